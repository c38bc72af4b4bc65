// The items, one parameter each below a path of SSM Parameter Store.

/** Opens the store; `path` is `/items/<environment>`. */
export async function openItems(path) {
  const { SSMClient, GetParametersByPathCommand, PutParameterCommand } = await loadSdk();
  const ssm = new SSMClient({});
  return {
    async list() {
      const items = [];
      let NextToken;
      do {
        const page = await ssm.send(new GetParametersByPathCommand({ Path: path, NextToken }));
        items.push(...(page.Parameters ?? []).map(({ Value }) => JSON.parse(Value)));
        NextToken = page.NextToken;
      } while (NextToken);
      return items.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    },
    async add(item) {
      await ssm.send(new PutParameterCommand({ Name: `${path}/${item.id}`, Value: JSON.stringify(item), Type: "String" }));
    },
  };
}

// An image has the SDK from `npm install`. On `local` without a Docker Engine nothing is installed, so fsd's own build
// puts the same client, bundled into one file, beside this one.
async function loadSdk() {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  try {
    return await import("./vendor/client-ssm.mjs");
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return import("@aws-sdk/client-ssm");
  }
}
