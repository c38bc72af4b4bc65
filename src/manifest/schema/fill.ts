/** Fills in the defaults that the schema states, so that what `explain` says and what happens are one thing. */
import type { Field, ObjectField } from "./field.ts";

/** The value with every stated default of the object and of the objects given in it. `T` names the outcome's type. */
export function fill<T>(field: ObjectField, value: object | undefined): T {
  const given = (value ?? {}) as Record<string, unknown>;
  const filled: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(field.fields)) {
    const content = fillField(inner, given[name]);
    if (content !== undefined) filled[name] = content;
  }
  return filled as T;
}

function fillField(field: Field, value: unknown): unknown {
  if (value === undefined) return field.default;
  if (field.type === "object" && typeof value === "object") return fill(field, value as object);
  if (field.type === "list" && Array.isArray(value)) return value.map((item) => fillField(field.item, item));
  if (field.type === "record" && typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillField(field.value, item)]));
  }
  return value;
}
