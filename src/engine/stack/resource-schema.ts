/**
 * The shape of a resource type's properties (CloudFormation's registry schemas, reduced) and what follows from it:
 * what is refused, what is coerced, what replaces. CloudFormation writes scalars leniently: `Port: "80"` is a number
 * where the schema says integer, `Value: 15` a text where it says string.
 */
import type { Json, JsonObject } from "../../kit/json.ts";
import { isObject } from "../../kit/json.ts";
import { UNKNOWN, type Value } from "./intrinsics.ts";

export type Shape =
  | "string"
  | "integer"
  | "number"
  | "boolean"
  | "json"
  | { readonly ref: string }
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly object: Readonly<Record<string, Shape>>; readonly required?: readonly string[] };

export interface ResourceSchema {
  readonly properties: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  /** Properties whose change needs a new resource; `A/B` names B inside A. */
  readonly createOnly: readonly string[];
  /** What `Fn::GetAtt` answers beside the properties themselves. */
  readonly attributes: readonly string[];
  /** Those of them that are lists. */
  readonly lists?: readonly string[];
  /** The property that holds tags; absent for types without. */
  readonly tags?: string;
  /** Properties that exist and that this platform cannot honour: refused, never ignored. */
  readonly unsupported?: readonly string[];
  readonly definitions: Readonly<Record<string, Shape>>;
}

/** Properties in the types the schema asks for, and everything that is wrong with them, in CloudFormation's words. */
export function conform(
  properties: { readonly [key: string]: Value },
  schema: ResourceSchema,
): { properties: { readonly [key: string]: Value }; problems: string[] } {
  const problems = (schema.unsupported ?? [])
    .filter((name) => properties[name] !== undefined)
    .map((name) => `#: key [${name}] is not supported by the local platform`);
  const shape: Shape = { object: schema.properties, required: schema.required };
  const conformed = coerce(properties, shape, schema, "#", problems);
  return { properties: conformed as { readonly [key: string]: Value }, problems };
}

/** Whether `Fn::GetAtt` of this name answers a list. */
export function isListAttribute({ lists = [], properties }: ResourceSchema, name: string): boolean {
  const shape = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return lists.includes(name) || (typeof shape === "object" && "list" in shape);
}

/** The first line CloudFormation writes about properties that do not fit. */
export function propertyFault(logicalId: string, problems: readonly string[]): string {
  return `Properties validation failed for resource ${logicalId} with message:\n${problems.join("\n")}`;
}

function coerce(value: Value, shape: Shape, schema: ResourceSchema, path: string, problems: string[]): Value {
  if (value === UNKNOWN || shape === "json") return value;
  if (typeof shape === "string") return scalar(value, shape, path, problems);
  if ("ref" in shape) {
    const definition = schema.definitions[shape.ref];
    return definition === undefined ? value : coerce(value, definition, schema, path, problems);
  }
  if ("list" in shape) {
    // One value where a list is asked for is taken as a list of it.
    const items = Array.isArray(value) ? (value as readonly Value[]) : isScalar(value) ? [value] : undefined;
    if (items === undefined) return mismatch(value, "JSONArray", path, problems);
    return items.map((item, index) => coerce(item, shape.list, schema, `${path}/${index}`, problems));
  }
  if (!isObject(value)) return mismatch(value, "JSONObject", path, problems);
  const object = value as { readonly [key: string]: Value };
  if ("map" in shape) return members(object, (key, item) => coerce(item, shape.map, schema, `${path}/${key}`, problems));
  for (const required of shape.required ?? [])
    if (object[required] === undefined) problems.push(`${path}: required key [${required}] not found`);
  return members(object, (key, item) => {
    const inner = Object.hasOwn(shape.object, key) ? shape.object[key] : undefined;
    if (inner !== undefined) return coerce(item, inner, schema, `${path}/${key}`, problems);
    problems.push(`${path}: extraneous key [${key}] is not permitted`);
    return item;
  });
}

function members(
  object: { readonly [key: string]: Value },
  change: (key: string, item: Value) => Value,
): { readonly [key: string]: Value } {
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, change(key, item)]));
}

function scalar(value: Value, type: "string" | "integer" | "number" | "boolean", path: string, problems: string[]): Value {
  if (type === "string") {
    if (typeof value === "string") return value;
    return typeof value === "number" || typeof value === "boolean" ? String(value) : mismatch(value, "String", path, problems);
  }
  if (type === "boolean") {
    if (typeof value === "boolean") return value;
    return value === "true" || value === "false" ? value === "true" : mismatch(value, "Boolean", path, problems);
  }
  const number = typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || (type === "integer" && !Number.isInteger(number)))
    return mismatch(value, type === "integer" ? "Integer" : "Number", path, problems);
  return number;
}

function mismatch(value: Value, expected: string, path: string, problems: string[]): Value {
  const found =
    value === null ? "Null" : Array.isArray(value) ? "JSONArray" : typeof value === "object" ? "JSONObject" : capitalised(typeof value);
  problems.push(`${path}: expected type: ${expected}, found: ${found}`);
  return value;
}

function isScalar(value: Value): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The value of `A` or `A/B` in properties. */
export function at(properties: { readonly [key: string]: Value } | JsonObject, path: string): Value | undefined {
  let value: Value | Json | undefined = properties;
  for (const key of path.split("/")) value = isObject(value) && Object.hasOwn(value, key) ? (value[key] as Value) : undefined;
  return value;
}
