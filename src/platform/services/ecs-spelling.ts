/**
 * Scheduler's and EventBridge's APIs spell what they pass to ECS partly as ECS does, CloudFormation all of it in its own
 * way.
 */
import { isObject, type Json, type JsonObject } from "../../kit/json.ts";

const LOWERED: Readonly<Record<string, string>> = {
  AwsVpcConfiguration: "awsvpcConfiguration",
  AwsvpcConfiguration: "awsvpcConfiguration",
  Base: "base",
  CapacityProvider: "capacityProvider",
  Expression: "expression",
  Field: "field",
  TagList: "Tags",
  Type: "type",
  Weight: "weight",
};

/** A target as a template has it, with its `EcsParameters` as the API takes them. */
export function ecsSpelling(target: JsonObject): JsonObject {
  const parameters = target.EcsParameters;
  if (!isObject(parameters)) return target;
  const { Tags, ...rest } = parameters;
  return { ...target, EcsParameters: { ...(lowered(rest) as JsonObject), ...(Tags === undefined ? {} : { Tags }) } };
}

function lowered(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(lowered);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [LOWERED[key] ?? key, lowered(item)]));
}
