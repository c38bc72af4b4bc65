/** An event taken apart into its leaves. */
import { isObject, type Json, type JsonObject } from "../../kit/json.ts";

/** A value that is neither object nor list. */
export type Scalar = null | boolean | number | string;

export interface Leaf {
  readonly value: Scalar;
  /** Of each list it is in, which item: by a number that the list has in its event. */
  readonly items: ReadonlyMap<number, number>;
}

/** The leaves by path: each key with U+0000 in front. Empty objects and lists have none. */
export function leavesOf(event: JsonObject): Map<string, Leaf[]> {
  const leaves = new Map<string, Leaf[]>();
  let lists = 0;
  const walk = (value: Json | undefined, path: string, items: ReadonlyMap<number, number>): void => {
    if (Array.isArray(value)) {
      const list = lists++;
      for (const [index, item] of (value as readonly Json[]).entries()) walk(item, path, new Map([...items, [list, index]]));
    } else if (isObject(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}\u0000${key}`, items);
    } else if (value !== undefined) {
      const leaf = { value: value as Scalar, items };
      const known = leaves.get(path);
      if (known === undefined) leaves.set(path, [leaf]);
      else known.push(leaf);
    }
  };
  walk(event, "", new Map());
  return leaves;
}
