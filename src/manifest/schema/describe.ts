/** Fields in words: found by path, listed, described. Behind `fsd explain` and the reference page. */
import { typeName } from "./check.ts";
import type { Field, ObjectField } from "./field.ts";
import { type Kind, type KindSchema, kindSchemas, kinds } from "./kinds.ts";

export interface Found {
  readonly kind: Kind;
  /** The full path, from the document's root. */
  readonly path: string;
  readonly field: Field;
}

/** The fields a path names, in every kind that has it; `resources.cpu` is understood as `service.resources.cpu`. */
export function findFields(path: string): Found[] {
  const names = path
    .replaceAll(/\[\d*\]/g, "")
    .split(".")
    .filter((name) => name !== "");
  return kinds.flatMap((kind) => {
    const { document, body } = kindSchemas[kind] as KindSchema;
    for (const full of [names, [body, ...names]]) {
      const field = walk(document, full);
      if (field !== undefined) return [{ kind, path: full.join("."), field }];
    }
    return [];
  });
}

function walk(document: ObjectField, names: readonly string[]): Field | undefined {
  let field: Field | undefined = document;
  for (const name of names) {
    field = field === undefined ? undefined : childOf(field, name);
    if (field === undefined) return undefined;
  }
  return field;
}

function childOf(field: Field, name: string): Field | undefined {
  const inner = inside(field);
  if (inner.type === "object") return Object.hasOwn(inner.fields, name) ? inner.fields[name] : undefined;
  return inner.type === "record" ? inner.value : undefined;
}

/** A list is described by its items, an alternative by its map. */
function inside(field: Field): Field {
  if (field.type === "list") return inside(field.item);
  if (field.type === "either") return field.options.find(({ type }) => type === "object" || type === "record") ?? field;
  return field;
}

/** Names of the fields below, with what they are. */
export function fieldsBelow(field: Field): readonly (readonly [name: string, field: Field])[] {
  const inner = inside(field);
  return inner.type === "object" ? Object.entries(inner.fields) : inner.type === "record" ? [["<name>", inner.value]] : [];
}

export function typeText(field: Field): string {
  switch (field.type) {
    case "list":
      return `list of ${typeText(field.item)}`;
    case "record":
      return `map of ${typeText(field.value)}`;
    case "object":
      return "map";
    default:
      return typeName(field).replace(/^an? /, "");
  }
}

export function rangeText(field: Field): string | undefined {
  switch (field.type) {
    case "number":
      return Math.abs(field.min) === Number.MAX_SAFE_INTEGER
        ? undefined
        : field.max === Number.MAX_SAFE_INTEGER
          ? `${field.min} or more`
          : `${field.min} to ${field.max}`;
    case "duration":
      return `${field.min} s to ${field.max} s`;
    case "text":
      return (
        [field.form, field.max === undefined ? undefined : `at most ${field.max} characters`]
          .filter((part) => part !== undefined)
          .join("; ") || undefined
      );
    case "list":
      return field.min > 0 || field.max < 500 ? `${field.min} to ${field.max} items` : undefined;
    default:
      return undefined;
  }
}

export function defaultText(field: Field): string {
  if (field.required === true) return "must be given";
  if (field.default !== undefined) return String(field.default);
  return field.otherwise ?? "none";
}
