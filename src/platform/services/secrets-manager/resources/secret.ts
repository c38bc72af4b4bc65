import { isObject, parseJsonObject } from "../../../../kit/json.ts";
import { ResourceFailure, type ResourceRequest, type ResourceType } from "../../resource-type.ts";
import { caller, changed, flag, generatedName, number, tagList, tagMap, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const secrets = caller("secrets-manager");

/** AWS::SecretsManager::Secret. `Ref` is its ARN. A generated value is generated once; deleting the resource deletes at once. */
export const secret: ResourceType = {
  type: "AWS::SecretsManager::Secret",
  schema: schemas["AWS::SecretsManager::Secret"],

  async create(request) {
    const { properties } = request;
    const Name = text(properties, "Name") ?? generatedName(request, 120);
    const Tags = tagList(request);
    const { ARN = "" } = await secrets(request)("CreateSecret", {
      Name,
      Description: text(properties, "Description"),
      KmsKeyId: text(properties, "KmsKeyId"),
      ClientRequestToken: request.token,
      ...(await value(request)),
      ...(Tags.length > 0 ? { Tags } : {}),
    });
    return { physicalId: ARN, attributes: { Id: ARN } };
  },

  async update(request, current, previous) {
    const { properties } = request;
    const isNewValue = changed("SecretString", properties, previous) || changed("GenerateSecretString", properties, previous);
    await secrets(request)("UpdateSecret", {
      SecretId: current.physicalId,
      Description: text(properties, "Description") ?? "",
      KmsKeyId: text(properties, "KmsKeyId"),
      ClientRequestToken: request.token,
      ...(isNewValue ? await value(request) : {}),
    });
    await retag(request, current.physicalId);
    return current;
  },

  async delete(request, { physicalId }) {
    await unless(/^ResourceNotFound/, () => secrets(request)("DeleteSecret", { SecretId: physicalId, ForceDeleteWithoutRecovery: true }));
  },
};

async function value(request: ResourceRequest): Promise<{ SecretString?: string }> {
  const { SecretString, GenerateSecretString } = request.properties;
  if (typeof SecretString === "string") return { SecretString };
  if (!isObject(GenerateSecretString)) return {};
  const { RandomPassword = "" } = await secrets(request)("GetRandomPassword", {
    PasswordLength: number(GenerateSecretString, "PasswordLength"),
    ExcludeCharacters: text(GenerateSecretString, "ExcludeCharacters"),
    ExcludeLowercase: flag(GenerateSecretString, "ExcludeLowercase"),
    ExcludeNumbers: flag(GenerateSecretString, "ExcludeNumbers"),
    ExcludePunctuation: flag(GenerateSecretString, "ExcludePunctuation"),
    ExcludeUppercase: flag(GenerateSecretString, "ExcludeUppercase"),
    IncludeSpace: flag(GenerateSecretString, "IncludeSpace"),
    RequireEachIncludedType: flag(GenerateSecretString, "RequireEachIncludedType"),
  });
  const template = text(GenerateSecretString, "SecretStringTemplate");
  const key = text(GenerateSecretString, "GenerateStringKey");
  if (template === undefined || key === undefined) return { SecretString: RandomPassword };
  const members = parseJsonObject(template);
  if (members === undefined) throw new ResourceFailure("SecretStringTemplate must be a JSON object", "InvalidRequest");
  return { SecretString: JSON.stringify({ ...members, [key]: RandomPassword }) };
}

async function retag(request: ResourceRequest, SecretId: string): Promise<void> {
  const wanted = tagMap(request);
  const { Tags = [] } = await secrets(request)("DescribeSecret", { SecretId });
  const TagKeys = Tags.map(({ Key = "" }) => Key).filter((key) => !Object.hasOwn(wanted, key));
  if (TagKeys.length > 0) await secrets(request)("UntagResource", { SecretId, TagKeys });
  if (Object.keys(wanted).length > 0) await secrets(request)("TagResource", { SecretId, Tags: tagList(request) });
}
