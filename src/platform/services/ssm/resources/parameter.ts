import type { ParameterTier, ParameterType, PutParameterRequest } from "@aws-sdk/client-ssm";
import { errorCode } from "../../error-code.ts";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { caller, generatedName, tagMap, text, unless, unlessMadeBefore } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const ssm = caller("ssm");

/** AWS::SSM::Parameter. `Ref` is its name; `Type` and `Value` are attributes. */
export const parameter: ResourceType = {
  type: "AWS::SSM::Parameter",
  schema: schemas["AWS::SSM::Parameter"],

  async create(request) {
    const Name = text(request.properties, "Name") ?? `CFN-${generatedName(request, 200)}`;
    const tags = tagMap(request);
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await unlessMadeBefore(request, /^ParameterAlreadyExists/, () =>
      ssm(request)("PutParameter", { ...input(request, Name), ...(Tags.length > 0 ? { Tags } : {}) }),
    );
    return state(request, Name);
  },

  async update(request, { physicalId }) {
    await ssm(request)("PutParameter", { ...input(request, physicalId), Overwrite: true });
    await retag(request, physicalId);
    return state(request, physicalId);
  },

  async delete(request, { physicalId }) {
    await unless(/^ParameterNotFound/, () => ssm(request)("DeleteParameter", { Name: physicalId }));
  },

  async find(request) {
    const Name = text(request.properties, "Name");
    if (Name === undefined) return undefined;
    try {
      const { Parameter } = await ssm(request)("GetParameter", { Name });
      return { physicalId: Name, attributes: { Type: Parameter?.Type ?? "", Value: Parameter?.Value ?? "" } };
    } catch (fault) {
      if (errorCode(fault) === "ParameterNotFound") return undefined;
      throw fault;
    }
  },
};

function input({ properties }: ResourceRequest, Name: string): PutParameterRequest {
  const Tier = text(properties, "Tier") as ParameterTier | undefined;
  return {
    Name,
    Value: text(properties, "Value"),
    Type: text(properties, "Type") as ParameterType | undefined,
    Description: text(properties, "Description"),
    AllowedPattern: text(properties, "AllowedPattern"),
    DataType: text(properties, "DataType"),
    Policies: text(properties, "Policies"),
    ...(Tier === undefined ? {} : { Tier }),
  };
}

function state({ properties }: ResourceRequest, name: string): ResourceState {
  return { physicalId: name, attributes: { Type: text(properties, "Type") ?? "", Value: text(properties, "Value") ?? "" } };
}

async function retag(request: ResourceRequest, ResourceId: string): Promise<void> {
  const wanted = tagMap(request);
  const target = { ResourceType: "Parameter", ResourceId } as const;
  const { TagList = [] } = await ssm(request)("ListTagsForResource", target);
  const TagKeys = TagList.map(({ Key = "" }) => Key).filter((key) => !Object.hasOwn(wanted, key));
  if (TagKeys.length > 0) await ssm(request)("RemoveTagsFromResource", { ...target, TagKeys });
  const Tags = Object.entries(wanted).map(([Key, Value]) => ({ Key, Value }));
  if (Tags.length > 0) await ssm(request)("AddTagsToResource", { ...target, Tags });
}
