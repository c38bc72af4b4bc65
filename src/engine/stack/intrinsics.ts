/**
 * CloudFormation's intrinsic functions, evaluated against a scope. A value that cannot be known yet (the id of a
 * resource that a change set is only planning) is `UNKNOWN` and makes everything built from it unknown; whatever
 * becomes `AWS::NoValue` disappears from the object or list it stood in.
 */
import type { Json, JsonObject } from "../../kit/json.ts";
import { isObject } from "../../kit/json.ts";
import { cidrBlocks } from "./cidr-blocks.ts";
import { subParts } from "./sub-parts.ts";
import { TemplateError } from "./template-error.ts";

export const NO_VALUE: unique symbol = Symbol("AWS::NoValue");
export const UNKNOWN: unique symbol = Symbol("known after apply");

/** JSON in which unknown values may stand. */
export type Value = null | boolean | number | string | typeof UNKNOWN | readonly Value[] | { readonly [key: string]: Value };
type MaybeValue = Value | typeof NO_VALUE;

/** What the functions look names up in. Lookups of names that do not exist throw `TemplateError`. */
export interface Scope {
  /** Parameters, pseudo parameters and resources. `undefined`: no such name. */
  ref(name: string): MaybeValue | undefined;
  getAtt(logicalId: string, attribute: string): Value;
  condition(name: string): boolean;
  /** `undefined`: no such entry. */
  mapping(map: string, first: string, second: string): Json | undefined;
  importValue(name: string): string;
  zones(region: string): readonly string[];
  readonly region: string;
}

/** Evaluates everything inside `value`; `undefined` when the whole is `AWS::NoValue`. */
export function evaluate(value: Json, scope: Scope): Value | undefined {
  const result = walk(value, scope);
  return result === NO_VALUE ? undefined : result;
}

/** Evaluates an object of properties: what becomes `AWS::NoValue` is absent. */
export function evaluateProperties(properties: JsonObject, scope: Scope): { readonly [key: string]: Value } {
  return members(properties, scope);
}

/** Whether something in `value` is not known yet. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** The name of the function that `value` calls, when it is a call. */
export function calledFunction(value: Json): string | undefined {
  if (!isObject(value)) return undefined;
  const keys = Object.keys(value);
  const [key] = keys;
  if (key === undefined || !(key === "Ref" || key.startsWith("Fn::"))) return undefined;
  return keys.length === 1 ? key : undefined;
}

function walk(value: Json, scope: Scope): MaybeValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => walk(item, scope)).filter((item) => item !== NO_VALUE);
  const object = value as JsonObject;
  const name = calledFunction(object);
  if (name === undefined) return members(object, scope);
  const call = FUNCTIONS[name];
  if (call === undefined) throw new TemplateError(`Template error: unsupported function ${name}`);
  return call(object[name] as Json, scope);
}

function members(object: JsonObject, scope: Scope): { readonly [key: string]: Value } {
  const result: Record<string, Value> = {};
  for (const [key, item] of Object.entries(object)) {
    const evaluated = walk(item, scope);
    if (evaluated !== NO_VALUE)
      Object.defineProperty(result, key, { value: evaluated, enumerable: true, writable: true, configurable: true });
  }
  return result;
}

type Call = (argument: Json, scope: Scope) => MaybeValue;

const FUNCTIONS: Readonly<Record<string, Call>> = {
  Ref(argument, scope) {
    if (typeof argument !== "string") throw new TemplateError("Template error: every Ref object must have a single String value.");
    const value = scope.ref(argument);
    if (value === undefined) throw unresolved(argument);
    return value;
  },

  "Fn::GetAtt"(argument, scope) {
    const [logicalId, ...rest] =
      typeof argument === "string" ? dotted(argument) : Array.isArray(argument) ? (argument as readonly Json[]) : [];
    const parts = rest.map((part) => walk(part, scope));
    if (
      typeof logicalId !== "string" ||
      parts.length === 0 ||
      logicalId === "" ||
      parts.some((part) => typeof part !== "string" || part === "")
    )
      throw new TemplateError(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
      );
    return scope.getAtt(logicalId, parts.join("."));
  },

  "Fn::Sub"(argument, scope) {
    const [text, variables] = Array.isArray(argument) ? (argument as readonly Json[]) : [argument, {}];
    if (typeof text !== "string" || !isObject(variables ?? null) || (Array.isArray(argument) && argument.length !== 2))
      throw new TemplateError(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
      );
    const map = variables as JsonObject;
    let result = "";
    for (const part of subParts(text)) {
      if (part.literal !== undefined) {
        result += part.literal;
        continue;
      }
      const value = Object.hasOwn(map, part.name) ? walk(map[part.name] as Json, scope) : named(part.name, scope);
      if (value === UNKNOWN) return UNKNOWN;
      result += asText(value, () => `Template error: variable ${part.name} in Fn::Sub expression does not resolve to a string`);
    }
    return result;
  },

  "Fn::Join"(argument, scope) {
    const fault = () =>
      "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.";
    const [delimiter, items] = pair(argument, scope, fault);
    if (items === UNKNOWN) return UNKNOWN;
    if (typeof delimiter !== "string" || !Array.isArray(items)) throw new TemplateError(fault());
    if (items.includes(UNKNOWN)) return UNKNOWN;
    return items.map((item) => asText(item, fault)).join(delimiter);
  },

  "Fn::Select"(argument, scope) {
    const fault = () => "Template error: Fn::Select requires a list argument with two elements: an integer index and a list";
    const [index, items] = pair(argument, scope, fault);
    if (index === UNKNOWN || items === UNKNOWN) return UNKNOWN;
    const place = typeof index === "string" && /^\d+$/.test(index) ? Number(index) : index;
    if (typeof place !== "number" || !Number.isInteger(place) || !Array.isArray(items)) throw new TemplateError(fault());
    const item = items[place] as Value | undefined;
    if (item === undefined) throw new TemplateError(`Template error: Fn::Select cannot select nonexistent value at index ${place}`);
    return item;
  },

  "Fn::Split"(argument, scope) {
    const fault = () =>
      "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.";
    const [delimiter, text] = pair(argument, scope, fault);
    if (text === UNKNOWN) return UNKNOWN;
    if (typeof delimiter !== "string" || delimiter === "") throw new TemplateError(fault());
    return asText(text, fault).split(delimiter);
  },

  "Fn::If"(argument, scope) {
    if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== "string")
      throw new TemplateError("Template error: Fn::If requires a list argument with three elements");
    return walk(scope.condition(argument[0]) ? argument[1] : argument[2], scope);
  },

  "Fn::FindInMap"(argument, scope) {
    const list = Array.isArray(argument) ? (argument as readonly Json[]) : [];
    const [map, first, second] = list.slice(0, 3).map((part) => walk(part, scope));
    if (list.length < 3 || list.length > 4)
      throw new TemplateError(
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
      );
    if (map === UNKNOWN || first === UNKNOWN || second === UNKNOWN) return UNKNOWN;
    const fault = () => "Template error: every Fn::FindInMap parameter must be a string or a function that returns one";
    const found = scope.mapping(asText(map ?? null, fault), asText(first ?? null, fault), asText(second ?? null, fault));
    if (found !== undefined) return found;
    const fallback = list[3];
    if (isObject(fallback ?? null) && Object.hasOwn(fallback as JsonObject, "DefaultValue"))
      return walk((fallback as JsonObject).DefaultValue as Json, scope);
    throw new TemplateError(`Template error: Unable to get mapping for ${String(map)}::${String(first)}::${String(second)}`);
  },

  "Fn::ImportValue"(argument, scope) {
    const name = walk(argument, scope);
    if (name === UNKNOWN) return UNKNOWN;
    return scope.importValue(
      asText(name, () => "Template error: the attribute in Fn::ImportValue must be a string or a function that returns a string"),
    );
  },

  "Fn::Base64"(argument, scope) {
    const text = walk(argument, scope);
    if (text === UNKNOWN) return UNKNOWN;
    return base64(asText(text, () => "Template error: every Fn::Base64 object must have a String-typed value."));
  },

  "Fn::GetAZs"(argument, scope) {
    const region = walk(argument, scope);
    if (region === UNKNOWN) return UNKNOWN;
    const name = asText(region, () => "Template error: Fn::GetAZs needs the name of a region or an empty string");
    return [...scope.zones(name === "" ? scope.region : name)];
  },

  "Fn::Cidr"(argument, scope) {
    const parts = Array.isArray(argument) ? (argument as readonly Json[]).map((part) => walk(part, scope)) : [];
    if (parts.includes(UNKNOWN)) return UNKNOWN;
    const [block, count, bits] = parts.map((part) => (typeof part === "number" ? String(part) : part));
    if (typeof block !== "string" || typeof count !== "string" || (bits !== undefined && typeof bits !== "string"))
      throw new TemplateError(
        "Template error: every Fn::Cidr object requires two parameters, (1) a CIDR and (2) count and an optional (3) cidrBits",
      );
    return cidrBlocks(block, Number(count), bits === undefined ? undefined : Number(bits));
  },
};

/** A condition expression (`Fn::And`, `Fn::Equals`, `Condition` …) as true or false. */
export function evaluateCondition(expression: Json, scope: Scope): boolean {
  if (isObject(expression) && Object.keys(expression).length === 1) {
    const [name, argument] = Object.entries(expression)[0] as [string, Json];
    const list = Array.isArray(argument) ? (argument as readonly Json[]) : [];
    switch (name) {
      case "Condition":
        if (typeof argument === "string") return scope.condition(argument);
        break;
      case "Fn::Equals": {
        if (list.length !== 2) throw new TemplateError("Template error: every Fn::Equals object requires a list of 2 string parameters.");
        const [left, right] = list.map((side) => comparable(walk(side, scope)));
        return left === right;
      }
      case "Fn::Not":
        if (list.length !== 1) throw new TemplateError("Template error: every Fn::Not object requires a list of 1 boolean parameter.");
        return !evaluateCondition(list[0] as Json, scope);
      case "Fn::And":
      case "Fn::Or":
        if (list.length < 2 || list.length > 10)
          throw new TemplateError(`Template error: every ${name} object requires a list of at least 2 and at most 10 boolean parameters.`);
        return name === "Fn::And"
          ? list.every((item) => evaluateCondition(item, scope))
          : list.some((item) => evaluateCondition(item, scope));
    }
  }
  throw new TemplateError(
    "Template format error: Every Condition member must be a condition function: Fn::And, Fn::Equals, Fn::If, Fn::Not, Fn::Or or Condition.",
  );
}

function comparable(value: MaybeValue): string {
  if (value === NO_VALUE) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function named(name: string, scope: Scope): MaybeValue {
  const dot = name.indexOf(".");
  if (dot >= 0) return scope.getAtt(name.slice(0, dot), name.slice(dot + 1));
  const value = scope.ref(name);
  if (value === undefined) throw unresolved(name);
  return value;
}

function unresolved(name: string): TemplateError {
  return new TemplateError(`Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`);
}

function pair(argument: Json, scope: Scope, fault: () => string): [MaybeValue, MaybeValue] {
  if (!Array.isArray(argument) || argument.length !== 2) throw new TemplateError(fault());
  return [walk(argument[0], scope), walk(argument[1], scope)];
}

function asText(value: MaybeValue, fault: () => string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TemplateError(fault());
}

function dotted(text: string): string[] {
  const dot = text.indexOf(".");
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
}

// Without Buffer: the engine is plain ECMAScript.
function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
