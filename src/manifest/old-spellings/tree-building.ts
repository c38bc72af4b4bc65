/** Maps of the YAML parser taken apart and put together anew; nodes keep their comments and their place in the source. */
import { isMap, isScalar, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";

export type KeyedPair = Pair<Scalar, Node | null>;

/** Where a node stands: characters from the beginning of the source. */
export function offsetOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0] ?? 0;
}

/** A key or value that nobody wrote, said to stand where `at` does. */
export function scalarAt(value: unknown, at: unknown): Scalar {
  const scalar = new Scalar(value);
  const offset = offsetOf(at);
  scalar.range = [offset, offset, offset];
  return scalar;
}

export function mapAt(at: unknown, items: readonly Pair[] = []): YAMLMap {
  const map = new YAMLMap();
  const offset = offsetOf(at);
  map.range = [offset, offset, offset];
  map.items = [...items];
  return map;
}

export function listAt(at: unknown, items: readonly unknown[]): YAMLSeq {
  const list = new YAMLSeq();
  const offset = offsetOf(at);
  list.range = [offset, offset, offset];
  list.items = [...items];
  return list;
}

/** Another list in the place of one, with its comments and its style. */
export function listInstead(of: YAMLSeq, items: readonly unknown[]): YAMLSeq {
  const list = listAt(of, items);
  list.commentBefore = of.commentBefore ?? null;
  list.comment = of.comment ?? null;
  list.flow = of.flow ?? false;
  return list;
}

/** The pairs whose keys are plain; another key is left to the reader to complain about. */
export function pairsOf(map: YAMLMap): KeyedPair[] {
  return (map.items as Pair[]).filter((pair): pair is KeyedPair => isScalar(pair.key));
}

export function nameOf({ key }: KeyedPair): string {
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

/** The same pair under another name, its key's comments kept. */
export function renamed(pair: KeyedPair, name: string): KeyedPair {
  if (nameOf(pair) === name) return pair;
  const key = scalarAt(name, pair.key);
  key.range = pair.key.range ?? null;
  carryComments(pair.key, key);
  return new Pair<Scalar, Node | null>(key, pair.value);
}

export function carryComments(from: Scalar, to: Scalar): void {
  to.commentBefore = joined(from.commentBefore, to.commentBefore);
  to.comment = joined(from.comment, to.comment);
  if (from.spaceBefore === true) to.spaceBefore = true;
}

/** Comments of a section that is dissolved go to the first of what was in it. */
export function inheritComments(section: KeyedPair, map: YAMLMap, heir: Scalar | undefined): void {
  if (heir === undefined) return;
  const { key } = section;
  const before = [key.commentBefore, key.comment, map.commentBefore, heir.commentBefore].filter((comment) => comment != null);
  if (before.length > 0) heir.commentBefore = before.join("\n");
}

function joined(first: string | null | undefined, second: string | null | undefined): string | null {
  if (first == null) return second ?? null;
  return second == null ? first : `${first}\n${second}`;
}

/** Capitals, hyphens and underscores make no difference. */
export function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}

/** The entry of a table whose key is this name, whatever its capitals, hyphens and underscores. */
export function foldedEntry<T>(table: Readonly<Record<string, T>>, name: string): readonly [name: string, entry: T] | undefined {
  if (Object.hasOwn(table, name)) return [name, table[name] as T];
  const folded = fold(name);
  return Object.entries(table).find(([key]) => fold(key) === folded);
}

/** The map at a path of keys, made where it is missing; undefined where something else stands. */
export function mapBelow(root: YAMLMap, path: readonly string[], at: unknown): YAMLMap | undefined {
  let map = root;
  for (const name of path) {
    const pair = pairsOf(map).find((candidate) => nameOf(candidate) === name);
    if (pair === undefined) {
      const next = mapAt(at);
      map.items.push(new Pair(scalarAt(name, at), next));
      map = next;
    } else if (isMap(pair.value)) map = pair.value;
    else if (pair.value === null || (isScalar(pair.value) && pair.value.value === null)) {
      const next = mapAt(at);
      pair.value = next;
      map = next;
    } else return undefined;
  }
  return map;
}
