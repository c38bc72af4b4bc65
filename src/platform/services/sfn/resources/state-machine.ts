import { isObject, type Json } from "../../../../kit/json.ts";
import { type Properties, ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { caller, generatedName, tagMap, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const sfn = caller("sfn");
const GONE = /^StateMachineDoesNotExist/;

/** AWS::StepFunctions::StateMachine. `Ref` is its ARN. */
export const stateMachine: ResourceType = {
  type: "AWS::StepFunctions::StateMachine",
  schema: schemas["AWS::StepFunctions::StateMachine"],

  async create(request) {
    const { properties } = request;
    // Creating a machine again with the same definition answers the same machine, which a repeated attempt relies on.
    const { stateMachineArn = "" } = await sfn(request)("CreateStateMachine", {
      name: text(properties, "StateMachineName") ?? generatedName(request, 80),
      type: text(properties, "StateMachineType") as "STANDARD" | undefined,
      definition: definitionOf(properties),
      roleArn: text(properties, "RoleArn"),
      tags: tags(request),
    });
    return describe(request, stateMachineArn);
  },

  async update(request, { physicalId: stateMachineArn }) {
    await sfn(request)("UpdateStateMachine", {
      stateMachineArn,
      definition: definitionOf(request.properties),
      roleArn: text(request.properties, "RoleArn"),
    });
    await retag(request, stateMachineArn);
    return describe(request, stateMachineArn);
  },

  async delete(request, { physicalId: stateMachineArn }) {
    await unless(GONE, () => sfn(request)("DeleteStateMachine", { stateMachineArn }));
  },
};

/** The definition as text, with `${Name}` of its substitutions filled in. */
function definitionOf({ Definition, DefinitionString, DefinitionSubstitutions }: Properties): string {
  if ((Definition === undefined) === (DefinitionString === undefined)) {
    throw new ResourceFailure("Exactly one of Definition and DefinitionString is given.", "InvalidRequest");
  }
  const values: { readonly [key: string]: Json } = isObject(DefinitionSubstitutions) ? DefinitionSubstitutions : {};
  const filled = (value: Json): Json => {
    if (typeof value === "string") return fillIn(value, values);
    if (Array.isArray(value)) return (value as readonly Json[]).map(filled);
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)])) : value;
  };
  return typeof DefinitionString === "string" ? fillIn(DefinitionString, values) : JSON.stringify(filled(Definition ?? {}));
}

function fillIn(text: string, values: { readonly [key: string]: Json }): string {
  return text.replace(/\$\{([\w.-]+)\}/g, (mark, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : mark));
}

function tags(request: ResourceRequest): { key: string; value: string }[] {
  return Object.entries(tagMap(request)).map(([key, value]) => ({ key, value }));
}

async function retag(request: ResourceRequest, resourceArn: string): Promise<void> {
  const wanted = tagMap(request);
  const { tags: present = [] } = await sfn(request)("ListTagsForResource", { resourceArn });
  const tagKeys = present.map(({ key = "" }) => key).filter((key) => !Object.hasOwn(wanted, key));
  if (tagKeys.length > 0) await sfn(request)("UntagResource", { resourceArn, tagKeys });
  await sfn(request)("TagResource", { resourceArn, tags: tags(request) });
}

async function describe(request: ResourceRequest, stateMachineArn: string): Promise<ResourceState> {
  const { name = "", revisionId = "" } = await sfn(request)("DescribeStateMachine", { stateMachineArn });
  return { physicalId: stateMachineArn, attributes: { Arn: stateMachineArn, Name: name, StateMachineRevisionId: revisionId } };
}
