/**
 * A managed table's keys as DynamoDB's own template writes them: `attributes` with their types and a `keySchema`
 * that says which of them are the keys. Now they are `managed.partitionKey` and `managed.sortKey`.
 */
import { isMap, isScalar, isSeq, type Node, Pair, type Scalar, type YAMLMap } from "yaml";
import type { Say } from "./remark.ts";
import { fold, inheritComments, type KeyedPair, mapAt, nameOf, offsetOf, pairsOf, scalarAt } from "./tree-building.ts";

/** The dependency with its table's keys where they stand now; the same when it has none. */
export function dependencyOf(node: Node, path: string, say: Say): Node {
  if (!isMap(node)) return node;
  const managed = pairsOf(node).find((pair) => nameOf(pair) === "managed" && isMap(pair.value));
  const holders = [node, ...(managed === undefined ? [] : [managed.value as YAMLMap])];
  const attributes = find(holders, "attributes");
  const schema = find(holders, "keyschema");
  if (attributes === undefined && schema === undefined) return node;
  const keys = keysOf(attributes?.value ?? undefined, schema?.value ?? undefined);
  for (const pair of [attributes, schema]) {
    if (pair === undefined) continue;
    say({
      code: keys === undefined ? "FSD1106" : "FSD1108",
      offset: offsetOf(pair.key),
      path: `${path}.${nameOf(pair)}`,
      message: keys === undefined ? `${nameOf(pair)} does not say which key is the table's` : `${nameOf(pair)} is an old spelling`,
      hint:
        keys === undefined
          ? "write managed: {partitionKey: {name: id, type: S}, sortKey: {name: at, type: N}}"
          : "write managed.partitionKey and sortKey; fsd fmt --upgrade does",
    });
  }
  if (keys === undefined) {
    for (const holder of holders) holder.items = (holder.items as Pair[]).filter((pair) => pair !== attributes && pair !== schema);
    return node;
  }
  const first = attributes ?? (schema as KeyedPair);
  const made = keys.map(
    ({ role, name, type }) =>
      new Pair(
        scalarAt(role, first.key),
        mapAt(first.key, [new Pair(scalarAt("name", name), name), new Pair(scalarAt("type", name), type ?? scalarAt("S", name))]),
      ),
  );
  for (const pair of [attributes, schema]) if (pair !== undefined) inheritComments(pair, pair.value as YAMLMap, made[0]?.key);
  for (const holder of holders) holder.items = (holder.items as Pair[]).filter((pair) => pair !== attributes && pair !== schema);
  if (managed !== undefined) (managed.value as YAMLMap).items.push(...made);
  else {
    const bare = pairsOf(node).find((pair) => nameOf(pair) === "managed");
    const settings = mapAt(first.key, made);
    if (bare === undefined) node.items.push(new Pair(scalarAt("managed", first.key), settings));
    else bare.value = settings;
  }
  return node;
}

function find(holders: readonly YAMLMap[], folded: string): KeyedPair | undefined {
  for (const holder of holders) {
    const found = pairsOf(holder).find((pair) => fold(nameOf(pair)) === folded);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Key {
  readonly role: "partitionKey" | "sortKey";
  readonly name: Scalar;
  readonly type: Scalar | undefined;
}

/** Undefined when no key can be made out. */
function keysOf(attributes: Node | undefined, schema: Node | undefined): readonly Key[] | undefined {
  const types = new Map(
    entriesOf(attributes, ["type", "attributetype"]).map(({ name, value }) => [String(name.value), { name, type: value }]),
  );
  const roles = entriesOf(schema, ["type", "keytype"]);
  if (schema === undefined) {
    const named = [...types.values()];
    if (named.length < 1 || named.length > 2) return undefined;
    return named.map(({ name, type }, index): Key => ({ role: index === 0 ? "partitionKey" : "sortKey", name, type: typeOf(type) }));
  }
  const keys = roles.map(({ name, value }): Key | undefined => {
    // `{hash: id}` as well as `{id: HASH}`.
    const [role, key] = /^(hash|partition|range|sort)(key)?$/i.test(String(name.value)) ? [name, value] : [value, name];
    if (key === undefined || role === undefined) return undefined;
    const word = String(role.value).toLowerCase();
    const kind = /^(hash|partition)/.test(word) ? "partitionKey" : /^(range|sort)/.test(word) ? "sortKey" : undefined;
    return kind === undefined ? undefined : { role: kind, name: key, type: typeOf(types.get(String(key.value))?.type) };
  });
  if (keys.some((key) => key === undefined) || keys.filter((key) => key?.role === "partitionKey").length !== 1 || keys.length > 2)
    return undefined;
  return (keys as Key[]).sort((a) => (a.role === "partitionKey" ? -1 : 1));
}

/** `[{name: id, type: S}]`, `[{AttributeName: id, AttributeType: S}]` and `{id: S}` alike. */
function entriesOf(node: Node | undefined, valueNames: readonly string[]): { name: Scalar; value: Scalar | undefined }[] {
  if (isMap(node)) return pairsOf(node).map((pair) => ({ name: pair.key, value: isScalar(pair.value) ? pair.value : undefined }));
  if (!isSeq(node)) return [];
  return node.items.flatMap((item) => {
    if (!isMap(item)) return [];
    const pairs = pairsOf(item);
    const name = pairs.find((pair) => ["name", "attributename", "attribute"].includes(fold(nameOf(pair))))?.value;
    const value = pairs.find((pair) => valueNames.includes(fold(nameOf(pair))))?.value;
    if (isScalar(name)) return [{ name, value: isScalar(value) ? value : undefined }];
    const [only] = pairs;
    return only !== undefined && pairs.length === 1 ? [{ name: only.key, value: isScalar(only.value) ? only.value : undefined }] : [];
  });
}

const types: Readonly<Record<string, string>> = { s: "S", string: "S", n: "N", number: "N", b: "B", binary: "B" };

function typeOf(type: Scalar | undefined): Scalar | undefined {
  if (type === undefined) return undefined;
  const known = types[String(type.value).toLowerCase()];
  return known === undefined || known === type.value ? type : scalarAt(known, type);
}
