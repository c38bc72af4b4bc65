import type { LogGroup } from "@aws-sdk/client-cloudwatch-logs";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { caller, flag, generatedName, number, tagMap, text, unless, unlessMadeBefore } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const logs = caller("cloudwatch-logs");

/** AWS::Logs::LogGroup. `Ref` is the group's name; `Arn` ends in `:*`, as CloudFormation answers it. */
export const logGroup: ResourceType = {
  type: "AWS::Logs::LogGroup",
  schema: schemas["AWS::Logs::LogGroup"],

  async create(request) {
    const { properties } = request;
    const logGroupName = text(properties, "LogGroupName") ?? generatedName(request, 512);
    const tags = tagMap(request);
    await unlessMadeBefore(request, /^ResourceAlreadyExists/, () =>
      logs(request)("CreateLogGroup", {
        logGroupName,
        kmsKeyId: text(properties, "KmsKeyId"),
        ...(text(properties, "LogGroupClass") === "INFREQUENT_ACCESS" ? { logGroupClass: "INFREQUENT_ACCESS" } : {}),
        ...(flag(properties, "DeletionProtectionEnabled") === true ? { deletionProtectionEnabled: true } : {}),
        ...(Object.keys(tags).length > 0 ? { tags } : {}),
      }),
    );
    const state = stateOf(await describe(request, logGroupName), logGroupName);
    request.initiated(state);
    await setRetention(request, logGroupName);
    return state;
  },

  async update(request, { physicalId }, previous) {
    await setRetention(request, physicalId);
    const protection = flag(request.properties, "DeletionProtectionEnabled") ?? false;
    if (protection !== (flag(previous, "DeletionProtectionEnabled") ?? false))
      await logs(request)("PutLogGroupDeletionProtection", { logGroupIdentifier: physicalId, deletionProtectionEnabled: protection });
    const state = stateOf(await describe(request, physicalId), physicalId);
    await retag(request, String(state.attributes.Arn).replace(/:\*$/, ""));
    return state;
  },

  async delete(request, { physicalId }) {
    await unless(/^ResourceNotFound/, () => logs(request)("DeleteLogGroup", { logGroupName: physicalId }));
  },

  async find(request) {
    const name = text(request.properties, "LogGroupName");
    const found = name === undefined ? undefined : await describe(request, name);
    return name === undefined || found === undefined ? undefined : stateOf(found, name);
  },
};

async function setRetention(request: ResourceRequest, logGroupName: string): Promise<void> {
  const retentionInDays = number(request.properties, "RetentionInDays");
  if (retentionInDays === undefined) await logs(request)("DeleteRetentionPolicy", { logGroupName });
  else await logs(request)("PutRetentionPolicy", { logGroupName, retentionInDays });
}

async function describe(request: Pick<ResourceRequest, "call" | "region">, name: string): Promise<LogGroup | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await logs(request)("DescribeLogGroups", { logGroupNamePrefix: name, ...(nextToken === undefined ? {} : { nextToken }) });
    const found = page.logGroups?.find(({ logGroupName }) => logGroupName === name);
    if (found !== undefined) return found;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

async function retag(request: ResourceRequest, resourceArn: string): Promise<void> {
  const wanted = tagMap(request);
  const { tags = {} } = await logs(request)("ListTagsForResource", { resourceArn });
  const stale = Object.keys(tags).filter((key) => !Object.hasOwn(wanted, key));
  if (stale.length > 0) await logs(request)("UntagResource", { resourceArn, tagKeys: stale });
  if (Object.keys(wanted).length > 0) await logs(request)("TagResource", { resourceArn, tags: wanted });
}

function stateOf(found: LogGroup | undefined, name: string): ResourceState {
  return { physicalId: name, attributes: { Arn: found?.arn ?? "" } };
}
