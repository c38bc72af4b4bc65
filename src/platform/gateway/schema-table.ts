/**
 * Operation schemas that were copied out of a client (`tools/generators/operation-schemas.mjs`), given back in the form the
 * client has them in: tuples that refer to one another.
 */

/** A scalar's number; `unit` or the place of a shape; or one of these with a member's traits. */
type Type = number | string | readonly [type: number | string, traits: unknown];

export interface SchemaTable {
  readonly namespace: string;
  /** `[kind, name, traits, type]`, `[kind, name, traits, key, value]` or `[kind, name, traits, memberNames, memberTypes]`. */
  readonly shapes: readonly (readonly unknown[])[];
  /** Operation → types of its input and output. */
  readonly operations: Readonly<Record<string, readonly [input: Type, output: Type]>>;
}

const OPERATION = 9;

/** Operation tuples by name, as a client exports them. */
export function schemasOfTable({ namespace, shapes, operations }: SchemaTable): Record<string, unknown> {
  const tuples: unknown[][] = shapes.map(() => []);

  const reference = (type: Type): unknown => {
    if (typeof type === "number" || type === "unit") return type;
    if (typeof type === "string") return tuples[Number(type)];
    return [reference(type[0]), type[1]];
  };

  shapes.forEach(([kind, name, traits, ...rest], place) => {
    const [names, types] = rest;
    const content =
      Array.isArray(names) && Array.isArray(types) ? [names, (types as Type[]).map(reference)] : (rest as Type[]).map(reference);
    tuples[place]?.push(kind, namespace, name, traits, ...content);
  });
  const entries = Object.entries(operations);
  return Object.fromEntries(
    entries.map(([name, [input, output]]) => [name, [OPERATION, namespace, name, 0, reference(input), reference(output)]]),
  );
}
