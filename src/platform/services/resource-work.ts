/**
 * What the resource types of all services have in common: reading properties, names, tags, calls in the stack's
 * region, and turning properties into an operation's input.
 */
import type { ResourceSchema, Shape } from "../../engine/stack/resource-schema.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../../kit/json.ts";
import type { OperationInput, OperationName, OperationOutput, ServiceName } from "../gateway/operations.ts";
import { errorCode } from "./error-code.ts";
import type { Properties, ResourceRequest } from "./resource-type.ts";

/** A service's operations, called in the region of the request. */
export function caller<Service extends ServiceName>(service: Service) {
  return (request: Pick<ResourceRequest, "call" | "region">) =>
    <Operation extends OperationName<Service>>(
      operation: Operation,
      input: OperationInput<Service, Operation>,
    ): Promise<OperationOutput<Service, Operation>> =>
      request.call(service, operation, input, { region: request.region });
}

/** The schema has already made sure of the type, so a property is what it should be or absent. */
export function text(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" ? value : undefined;
}

export function flag(properties: Properties, name: string): boolean | undefined {
  const value = properties[name];
  return typeof value === "boolean" ? value : undefined;
}

export function number(properties: Properties, name: string): number | undefined {
  const value = properties[name];
  return typeof value === "number" ? value : undefined;
}

export function list(properties: Properties, name: string): readonly Json[] {
  const value = properties[name];
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function texts(properties: Properties, name: string): string[] {
  return list(properties, name).filter((item) => typeof item === "string");
}

export function objects(properties: Properties, name: string): JsonObject[] {
  return list(properties, name).filter(isObject);
}

/** A document that a template may write as an object or as text. */
export function document(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? {});
}

/**
 * `stack-LogicalId-1A2B3C4D5E6F`, cut to `longest` characters: as CloudFormation names what the template does not, and
 * the same for every attempt at the same act.
 */
export function generatedName(request: Pick<ResourceRequest, "stackName" | "logicalId" | "token">, longest: number): string {
  const suffix = BigInt(`0x${request.token.slice(0, 20)}`)
    .toString(36)
    .toUpperCase()
    .padStart(12, "0")
    .slice(-12);
  const room = longest - suffix.length - 2;
  // Both parts are cut, so that names stay telling.
  const logical = request.logicalId.slice(0, Math.max(Math.ceil(room / 2), room - request.stackName.length));
  return `${request.stackName.slice(0, room - logical.length)}-${logical}-${suffix}`;
}

/** The stack's tags and the resource's own, its own winning. Services that reserve `aws:` for themselves get none. */
export function tagMap(
  { tags, properties }: Pick<ResourceRequest, "tags" | "properties">,
  withSystemTags = false,
  property = "Tags",
): Record<string, string> {
  const own = properties[property];
  const pairs = Array.isArray(own)
    ? (own as readonly Json[]).filter(isObject).map((tag) => [String(tag.Key ?? ""), String(tag.Value ?? "")])
    : Object.entries(isObject(own) ? own : {}).map(([key, value]) => [key, String(value)]);
  const inherited = Object.entries(tags).filter(([key]) => withSystemTags || !key.startsWith("aws:"));
  return Object.fromEntries([...inherited, ...pairs]);
}

/** As most services write tags. */
export function tagList(request: Pick<ResourceRequest, "tags" | "properties">, withSystemTags = false): { Key: string; Value: string }[] {
  return Object.entries(tagMap(request, withSystemTags)).map(([Key, Value]) => ({ Key, Value }));
}

/** Runs a call; an error with one of these codes is no error. Answers whether the call went through. */
export async function unless(codes: RegExp, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (fault) {
    if (!codes.test(errorCode(fault))) throw fault;
    return false;
  }
}

/** Creates; `exists` are the error codes by which a repeated attempt learns that the first one came through. Answers whether this one did. */
export function unlessMadeBefore({ isRepeated }: ResourceRequest, exists: RegExp, create: () => Promise<unknown>): Promise<boolean> {
  return unless(isRepeated ? exists : /(?!)/, create);
}

const DEPENDENCY_LIMIT_MS = 15 * 60 * 1000;

/** Deletes, trying again while something else still holds on; `busy` and `gone` are error codes. */
export async function deleteWhenFree(
  request: ResourceRequest,
  codes: { busy: RegExp; gone: RegExp },
  work: () => Promise<unknown>,
): Promise<void> {
  let held: unknown;
  try {
    await request.until(async () => {
      try {
        await unless(codes.gone, work);
        return true;
      } catch (fault) {
        if (!codes.busy.test(errorCode(fault))) throw fault;
        held = fault;
        return false;
      }
    }, DEPENDENCY_LIMIT_MS);
  } catch (fault) {
    // Who holds on is the better explanation than that it took too long.
    throw held !== undefined && errorCode(fault) === "ResourceFailure" ? held : fault;
  }
}

export function changed(name: string, next: Properties, previous: Properties): boolean {
  return !sameJson(next[name], previous[name]);
}

/**
 * Properties as an operation's input. The API's names differ from CloudFormation's in the case of the first letter at
 * most (`PascalCase` → `camelCase` for ECS and ECR); keys of maps are the user's and stay.
 */
export function apiInput<Input>(
  properties: Properties,
  schema: ResourceSchema,
  casing: "camel" | "same",
  names?: readonly string[],
): Input {
  const chosen = names ?? Object.keys(properties);
  const entries = chosen.flatMap((name): [string, Json][] => {
    const value = properties[name];
    if (value === undefined) return [];
    return [[casing === "camel" ? lowered(name) : name, renamed(value, schema.properties[name] ?? "json", schema, casing)]];
  });
  return Object.fromEntries(entries) as Input;
}

function renamed(value: Json, shape: Shape, schema: ResourceSchema, casing: "camel" | "same"): Json {
  if (typeof shape === "string" || typeof value !== "object" || value === null) return value;
  if ("ref" in shape) return renamed(value, schema.definitions[shape.ref] ?? "json", schema, casing);
  if ("list" in shape)
    return Array.isArray(value) ? (value as readonly Json[]).map((item) => renamed(item, shape.list, schema, casing)) : value;
  if (!isObject(value)) return value;
  if ("map" in shape)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, shape.map, schema, casing)]));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      casing === "camel" ? lowered(key) : key,
      renamed(item, shape.object[key] ?? "json", schema, casing),
    ]),
  );
}

function lowered(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
