/** The JSON Schema (draft 2020-12) of manifests, for editors: the same fields, ranges, descriptions and defaults as validation. */
import { secondsPattern } from "./check.ts";
import type { Field, ObjectField } from "./field.ts";
import { type KindSchema, kindSchemas } from "./kinds.ts";

type Schema = { readonly [key: string]: unknown };

export function jsonSchema(): Schema {
  const kinds = Object.entries(kindSchemas) as [string, KindSchema][];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:fargate-service-deploy:fsd:v1",
    title: "Fargate Service Deploy manifest",
    type: "object",
    required: ["apiVersion", "kind"],
    properties: { apiVersion: { const: "fsd/v1" }, kind: { enum: kinds.map(([kind]) => kind) } },
    allOf: kinds.map(([kind]) => ({
      // biome-ignore lint/suspicious/noThenProperty: `then` is JSON Schema's own keyword.
      then: { $ref: `#/$defs/${kind}` },
      if: { properties: { kind: { const: kind } }, required: ["kind"] },
    })),
    $defs: Object.fromEntries(
      kinds.flatMap(([kind, { document, layer }]) => [
        [kind, documentSchema(kind, document, layer)],
        ...(layer === undefined ? [] : [[`${kind}Layer`, schemaOf(layer)]]),
      ]),
    ),
  };
}

function documentSchema(kind: string, document: ObjectField, layer: ObjectField | undefined): Schema {
  const schema = schemaOf(document) as { properties: Record<string, Schema> };
  const properties: Record<string, Schema> = { ...schema.properties, apiVersion: { const: "fsd/v1" }, kind: { const: kind } };
  if (layer !== undefined) {
    properties.environments = {
      ...properties.environments,
      additionalProperties: false,
      patternProperties: { "^[a-z][a-z0-9]{0,15}$": { $ref: `#/$defs/${kind}Layer` } },
    };
  }
  return { ...schema, properties };
}

function schemaOf(field: Field): Schema {
  const notes = {
    description: [
      field.about,
      field.otherwise === undefined ? "" : `Default: ${field.otherwise}.`,
      field.becomes === undefined ? "" : `Becomes: ${field.becomes}.`,
    ]
      .filter((part) => part !== "")
      .join(" "),
    ...(field.default === undefined ? {} : { default: field.default }),
    ...(field.example === undefined ? {} : { examples: [field.example] }),
  };
  return { ...notes, ...shapeOf(field) };
}

/** A text that `${…}` will turn into something else. */
const open: Schema = { type: "string", pattern: "\\$\\{[^}]+\\}" };

function shapeOf(field: Field): Schema {
  switch (field.type) {
    case "any":
      return {};
    case "text": {
      const text: Schema = {
        type: field.anyScalar === true ? ["string", "number", "boolean"] : "string",
        ...(field.max === undefined ? {} : { maxLength: field.max }),
      };
      if (field.pattern === undefined) return text;
      return { anyOf: [{ ...text, pattern: field.pattern.source }, open] };
    }
    case "number":
      return { anyOf: [{ type: field.integer ? "integer" : "number", ...limits(field.min, field.max) }, open] };
    case "duration":
      return { anyOf: [{ type: "integer", ...limits(field.min, field.max) }, { type: "string", pattern: secondsPattern }, open] };
    case "boolean":
      return { anyOf: [{ type: "boolean" }, open] };
    case "choice":
      return { anyOf: [{ enum: field.values }, open] };
    case "list":
      return {
        type: "array",
        items: schemaOf(field.item),
        ...(field.min > 0 ? { minItems: field.min } : {}),
        ...(field.max < 500 ? { maxItems: field.max } : {}),
      };
    case "record":
      return {
        type: ["object", "null"],
        additionalProperties: schemaOf(field.value),
        ...(field.key?.pattern === undefined ? {} : { propertyNames: { pattern: field.key.pattern.source } }),
      };
    case "either":
      return { anyOf: field.options.map(schemaOf) };
    case "object": {
      const required = Object.entries(field.fields).filter(([, inner]) => inner.required === true);
      const properties = Object.entries(field.fields).map(([name, inner]): [string, Schema] => [
        name,
        inner.required === true ? schemaOf(inner) : nullable(schemaOf(inner)),
      ]);
      return {
        type: ["object", "null"],
        additionalProperties: false,
        properties: {
          ...Object.fromEntries(properties),
          ...Object.fromEntries(
            Object.entries({ ...field.renamed, ...field.moved }).map(([old, name]) => [
              old,
              { deprecated: true, description: `Old spelling of ${name}.` },
            ]),
          ),
        },
        ...(required.length === 0 ? {} : { required: required.map(([name]) => name) }),
      };
    }
  }
}

/** `null` takes a value of an earlier layer back. */
function nullable(schema: Schema): Schema {
  const { type, anyOf } = schema as { type?: string | readonly string[]; anyOf?: readonly Schema[] };
  if (anyOf !== undefined) return { ...schema, anyOf: [...anyOf, { type: "null" }] };
  if (typeof type === "string") return { ...schema, type: [type, "null"] };
  if (Array.isArray(type) && !type.includes("null")) return { ...schema, type: [...type, "null"] };
  return schema;
}

function limits(min: number, max: number): Schema {
  return {
    ...(Math.abs(min) === Number.MAX_SAFE_INTEGER ? {} : { minimum: min }),
    ...(max === Number.MAX_SAFE_INTEGER ? {} : { maximum: max }),
  };
}
