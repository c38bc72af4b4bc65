/**
 * The sections of a template as typed values. This is the first of two checks: shape only (known sections, types,
 * attributes). Whether names refer to something is `validate-template.ts`.
 */
import type { Json, JsonObject } from "../../kit/json.ts";
import { isObject } from "../../kit/json.ts";
import { TemplateError } from "./template-error.ts";
import { parseTemplateText } from "./template-text.ts";

export type DeletionPolicy = "Delete" | "Retain" | "RetainExceptOnCreate" | "Snapshot";

export interface ParameterDefinition {
  readonly type: string;
  readonly default?: string;
  readonly description?: string;
  readonly noEcho: boolean;
  readonly allowedValues?: readonly string[];
  readonly allowedPattern?: string;
  readonly constraintDescription?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
}

export interface ResourceDefinition {
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition?: string;
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
  readonly metadata?: Json;
}

export interface OutputDefinition {
  readonly value: Json;
  readonly description?: string;
  readonly exportName?: Json;
  readonly condition?: string;
}

export interface Template {
  readonly description?: string;
  readonly metadata?: Json;
  readonly parameters: Readonly<Record<string, ParameterDefinition>>;
  readonly mappings: Readonly<Record<string, JsonObject>>;
  readonly conditions: Readonly<Record<string, Json>>;
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  readonly outputs: Readonly<Record<string, OutputDefinition>>;
}

const SECTIONS = new Set([
  "AWSTemplateFormatVersion",
  "Description",
  "Metadata",
  "Parameters",
  "Mappings",
  "Conditions",
  "Resources",
  "Outputs",
]);
const RESOURCE_ATTRIBUTES = new Set([
  ...["Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"],
]);
const POLICIES: readonly string[] = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"] satisfies DeletionPolicy[];
const MOST_RESOURCES = 500;

/** Reads a template's text. Throws `TemplateError`. */
export function parseTemplate(text: string): Template {
  const document = parseTemplateText(text);
  if (document.Transform !== undefined)
    throw new TemplateError(
      `Template format error: Transform ${JSON.stringify(document.Transform)} is not supported; macros do not run here.`,
    );
  const unknown = Object.keys(document).filter((section) => !SECTIONS.has(section));
  if (unknown.length > 0) throw new TemplateError(`Invalid template property or properties [${unknown.join(", ")}]`);
  const version = document.AWSTemplateFormatVersion;
  if (version !== undefined && version !== "2010-09-09")
    throw new TemplateError(`Template format error: ${String(version)} is not a supported value for AWSTemplateFormatVersion.`);
  const description = optionalString(document.Description, "/Description");
  const resources = entries(document, "Resources", resource);
  const count = Object.keys(resources).length;
  if (count === 0) throw new TemplateError("Template format error: At least one Resources member must be defined.");
  if (count > MOST_RESOURCES)
    throw new TemplateError(`Template format error: Number of resources, ${count}, is greater than maximum allowed, ${MOST_RESOURCES}`);
  return {
    ...(description === undefined ? {} : { description }),
    ...(document.Metadata === undefined ? {} : { metadata: document.Metadata }),
    parameters: entries(document, "Parameters", parameter),
    mappings: entries(document, "Mappings", mapping),
    conditions: entries(document, "Conditions", (_, value) => value),
    resources,
    outputs: entries(document, "Outputs", output),
  };
}

function entries<Value>(document: JsonObject, section: string, read: (name: string, value: Json) => Value): Record<string, Value> {
  const value = document[section];
  if (value === undefined) return {};
  if (value === null) throw new TemplateError(`Template format error: [/${section}] 'null' values are not allowed in templates`);
  if (!isObject(value)) throw new TemplateError(`Template format error: [/${section}] must be an object`);
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => {
      if (!/^[a-zA-Z0-9]+$/.test(name) && section !== "Mappings")
        throw new TemplateError(`Template format error: ${section} name ${name} is non alphanumeric.`);
      return [name, read(name, entry)];
    }),
  );
}

function resource(name: string, value: Json): ResourceDefinition {
  const place = `/Resources/${name}`;
  const fields = object(value, place);
  const invalid = Object.keys(fields).find((attribute) => !RESOURCE_ATTRIBUTES.has(attribute));
  if (invalid === "CreationPolicy" || invalid === "UpdatePolicy")
    throw new TemplateError(
      `Template format error: [${place}/${invalid}] ${invalid} is not supported; no resource type here takes signals.`,
    );
  if (invalid !== undefined) throw new TemplateError(`Invalid template resource property '${invalid}'`);
  const type = fields.Type;
  if (type === undefined) throw new TemplateError(`Template format error: [${place}] Every Resources object must contain a Type member.`);
  if (typeof type !== "string") throw new TemplateError(`Template format error: [${place}/Type] must be a string.`);
  refuseNulls(fields, place);
  const condition = optionalString(fields.Condition, `${place}/Condition`);
  return {
    type,
    properties: fields.Properties === undefined ? {} : object(fields.Properties, `${place}/Properties`),
    dependsOn: stringOrList(fields.DependsOn, `${place}/DependsOn`),
    ...(condition === undefined ? {} : { condition }),
    deletionPolicy: policy(fields.DeletionPolicy, `${place}/DeletionPolicy`),
    updateReplacePolicy: policy(fields.UpdateReplacePolicy, `${place}/UpdateReplacePolicy`),
    ...(fields.Metadata === undefined ? {} : { metadata: fields.Metadata }),
  };
}

function policy(value: Json | undefined, place: string): DeletionPolicy {
  if (value === undefined) return "Delete";
  if (typeof value === "string" && POLICIES.includes(value)) return value as DeletionPolicy;
  throw new TemplateError(
    `Template format error: Unrecognized ${place.split("/").pop()} ${JSON.stringify(value)} at [${place}]; use ${POLICIES.join(", ")}`,
  );
}

function parameter(name: string, value: Json): ParameterDefinition {
  const place = `/Parameters/${name}`;
  const fields = object(value, place);
  const type = fields.Type;
  if (typeof type !== "string")
    throw new TemplateError(`Template format error: [${place}] Every Parameters object must contain a Type member.`);
  const unknown = Object.keys(fields).filter((field) => !PARAMETER_FIELDS.has(field));
  if (unknown.length > 0) throw new TemplateError(`Invalid template parameter property '${unknown[0]}'`);
  const fallback = fields.Default;
  if (fallback !== undefined && (fallback === null || typeof fallback === "object"))
    throw new TemplateError(`Template format error: [${place}/Default] must be a string.`);
  return {
    type,
    ...(fallback === undefined ? {} : { default: String(fallback) }),
    ...optional("description", optionalString(fields.Description, `${place}/Description`)),
    noEcho: fields.NoEcho === true || fields.NoEcho === "true",
    ...optional(
      "allowedValues",
      fields.AllowedValues === undefined ? undefined : list(fields.AllowedValues, `${place}/AllowedValues`).map(String),
    ),
    ...optional("allowedPattern", optionalString(fields.AllowedPattern, `${place}/AllowedPattern`)),
    ...optional("constraintDescription", optionalString(fields.ConstraintDescription, `${place}/ConstraintDescription`)),
    ...optional("minLength", optionalNumber(fields.MinLength, `${place}/MinLength`)),
    ...optional("maxLength", optionalNumber(fields.MaxLength, `${place}/MaxLength`)),
    ...optional("minValue", optionalNumber(fields.MinValue, `${place}/MinValue`)),
    ...optional("maxValue", optionalNumber(fields.MaxValue, `${place}/MaxValue`)),
  };
}

const PARAMETER_FIELDS = new Set([
  ...["Type", "Default", "Description", "NoEcho", "AllowedValues", "AllowedPattern", "ConstraintDescription"],
  ...["MinLength", "MaxLength", "MinValue", "MaxValue"],
]);

function mapping(name: string, value: Json): JsonObject {
  const levels = object(value, `/Mappings/${name}`);
  for (const [key, entry] of Object.entries(levels)) object(entry, `/Mappings/${name}/${key}`);
  return levels;
}

function output(name: string, value: Json): OutputDefinition {
  const place = `/Outputs/${name}`;
  const fields = object(value, place);
  if (fields.Value === undefined || fields.Value === null)
    throw new TemplateError(`Template format error: [${place}] Every Outputs member must contain a Value object`);
  const exported = fields.Export === undefined ? undefined : object(fields.Export, `${place}/Export`).Name;
  return {
    value: fields.Value,
    ...optional("description", optionalString(fields.Description, `${place}/Description`)),
    ...optional("exportName", exported),
    ...optional("condition", optionalString(fields.Condition, `${place}/Condition`)),
  };
}

function refuseNulls(value: Json, place: string): void {
  if (value === null) throw new TemplateError(`Template format error: [${place}] 'null' values are not allowed in templates`);
  if (Array.isArray(value)) for (const [index, item] of value.entries()) refuseNulls(item as Json, `${place}/${index}`);
  else if (isObject(value)) for (const [key, item] of Object.entries(value)) refuseNulls(item, `${place}/${key}`);
}

function object(value: Json | undefined, place: string): JsonObject {
  if (value === null) throw new TemplateError(`Template format error: [${place}] 'null' values are not allowed in templates`);
  if (isObject(value)) return value;
  throw new TemplateError(`Template format error: [${place}] must be an object`);
}

function list(value: Json, place: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw new TemplateError(`Template format error: [${place}] must be a list`);
}

function stringOrList(value: Json | undefined, place: string): readonly string[] {
  if (value === undefined) return [];
  const items = Array.isArray(value) ? (value as readonly Json[]) : [value];
  if (!items.every((item) => typeof item === "string"))
    throw new TemplateError(`Template format error: [${place}] must be a string or a list of strings.`);
  return items;
}

function optionalString(value: Json | undefined, place: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TemplateError(`Template format error: [${place}] must be a string.`);
}

function optionalNumber(value: Json | undefined, place: string): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw new TemplateError(`Template format error: [${place}] must be a number.`);
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}
