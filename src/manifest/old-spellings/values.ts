/** How single values of old spellings become what they are now. */
import { isMap, isScalar, isSeq, type Node, Pair, type Scalar } from "yaml";
import type { Field } from "../schema/field.ts";
import { shortTypes, type Turn } from "./flat-sections.ts";
import type { Say } from "./remark.ts";
import { dependencyOf } from "./table-keys.ts";
import {
  fold,
  foldedEntry,
  inheritComments,
  type KeyedPair,
  listAt,
  listInstead,
  mapAt,
  nameOf,
  offsetOf,
  pairsOf,
  renamed,
  scalarAt,
} from "./tree-building.ts";

/** The value as `fsd/v1` writes it; what cannot be turned stays, and is refused like any other wrong value. */
export function turned(value: Node | null, turn: Turn | undefined, field: Field | undefined, path: string, say: Say): Node | null {
  if (value === null) return null;
  switch (turn) {
    case undefined:
      return field === undefined ? value : respelt(value, field, path, say);
    case "inverted":
      return isScalar(value) && /^(true|false)$/.test(String(value.value)) ? inverted(value) : value;
    case "listed":
      return isSeq(value) || (isScalar(value) && value.value === null) ? value : listAt(value, [value]);
    case "path":
      return isScalar(value) && typeof value.value === "string"
        ? mapAt(value, [new Pair(scalarAt("path", value), value)])
        : turned(value, undefined, field, path, say);
    case "context":
      return isScalar(value) && typeof value.value === "string"
        ? mapAt(value, [new Pair(scalarAt("context", value), value)])
        : turned(value, undefined, field, path, say);
    case "platform":
      return isScalar(value) && /^(aws)?(ecs)?(fargate)?$/.test(fold(String(value.value))) && fold(String(value.value)) !== "aws"
        ? platform(value)
        : value;
    case "secrets":
      return isMap(value) ? secretList(pairsOf(value), value) : turned(value, undefined, field, path, say);
    case "statements":
      return isSeq(value)
        ? listInstead(
            value,
            value.items.map((item) => statement(item as Node, say)),
          )
        : value;
    case "dependencies": {
      const items = isMap(value) ? pairsOf(value).map(namedItem) : isSeq(value) ? (value.items as Node[]) : undefined;
      const now = items?.map((item, index) => dependency(item, field, `${path}[${index}]`, say));
      if (now === undefined) return value;
      return isSeq(value) ? listInstead(value, now) : listAt(value, now);
    }
  }
}

function inverted(value: Scalar): Scalar {
  const isTrue = String(value.value) === "true";
  const other = scalarAt(typeof value.value === "boolean" ? !isTrue : isTrue ? "false" : "true", value);
  other.comment = value.comment ?? null;
  other.range = value.range ?? null;
  return other;
}

function platform(value: Scalar): Scalar {
  const ecs = scalarAt("ecs", value);
  ecs.comment = value.comment ?? null;
  return ecs;
}

/** Keys in the capitals of `fsd/v1`, all the way down. */
export function respelt(node: Node, field: Field, path: string, say: Say): Node {
  if (field.type === "either") {
    const option = field.options.find(({ type }) =>
      isMap(node) ? type === "object" || type === "record" : isSeq(node) && type === "list",
    );
    return option === undefined ? node : respelt(node, option, path, say);
  }
  if (field.type === "list" && isSeq(node)) {
    node.items = node.items.map((item, index) => (isCollection(item) ? respelt(item, field.item, `${path}[${index}]`, say) : item));
  } else if (field.type === "record" && isMap(node)) {
    for (const pair of pairsOf(node))
      if (isCollection(pair.value)) pair.value = respelt(pair.value, field.value, `${path}.${nameOf(pair)}`, say);
  } else if (field.type === "object" && isMap(node)) {
    node.items = (node.items as Pair[]).map((pair) => {
      if (!isScalar(pair.key)) return pair;
      const keyed = pair as KeyedPair;
      const name = nameOf(keyed);
      const found = Object.hasOwn(field.renamed, name) ? undefined : foldedEntry(field.fields, name);
      if (found === undefined) return pair;
      const [now, inner] = found;
      if (now !== name) say(spelling(keyed, `${path}.${now}`, name));
      const renamedPair = renamed(keyed, now);
      if (isCollection(renamedPair.value)) renamedPair.value = respelt(renamedPair.value, inner, `${path}.${now}`, say);
      return renamedPair;
    });
  }
  return node;
}

/** The hint about one key. */
export function spelling({ key }: KeyedPair, now: string, old: string): Parameters<Say>[0] {
  return {
    code: "FSD1108",
    offset: offsetOf(key),
    path: now,
    message: `${old} is an old spelling`,
    hint: `write ${now}; fsd fmt --upgrade does`,
  };
}

function isCollection(value: unknown): value is Node {
  return isMap(value) || isSeq(value);
}

function secretList(pairs: readonly KeyedPair[], at: Node): Node {
  return listAt(
    at,
    pairs.map((pair) => {
      const name = scalarAt(nameOf(pair), pair.key);
      name.range = pair.key.range ?? null;
      const item = mapAt(pair.key, [new Pair(scalarAt("name", pair.key), name), new Pair(scalarAt("valueFrom", pair.key), pair.value)]);
      item.commentBefore = pair.key.commentBefore ?? null;
      return item;
    }),
  );
}

const statementKeys: Readonly<Record<string, string>> = {
  sid: "sid",
  effect: "effect",
  action: "actions",
  actions: "actions",
  resource: "resources",
  resources: "resources",
  condition: "conditions",
  conditions: "conditions",
};

/** A statement as IAM itself writes it, too: `Action: s3:GetObject`. */
function statement(node: Node, say: Say): Node {
  if (!isMap(node)) return node;
  node.items = (node.items as Pair[]).map((pair) => {
    if (!isScalar(pair.key)) return pair;
    const keyed = pair as KeyedPair;
    const name = nameOf(keyed);
    const now = foldedEntry(statementKeys, name)?.[1];
    if (now === undefined) return pair;
    if (now !== name) say(spelling(keyed, now, name));
    const found = renamed(keyed, now);
    if ((now === "actions" || now === "resources") && isScalar(found.value)) found.value = listAt(found.value, [found.value]);
    return found;
  });
  return node;
}

/** `orders: {type: …}` as an item that says its name. */
function namedItem(pair: KeyedPair): Node {
  if (!isMap(pair.value)) return pair.value ?? pair.key;
  const name = scalarAt(nameOf(pair), pair.key);
  name.range = pair.key.range ?? null;
  const item = mapAt(pair.key, [new Pair(scalarAt("name", pair.key), name), ...(pair.value.items as Pair[])]);
  item.commentBefore = [pair.key.commentBefore, pair.value.commentBefore].filter((comment) => comment != null).join("\n") || null;
  return item;
}

/** `unmanaged: {permissions: […]}` says its content about a thing that is there; `managed: {…}` about one that is made. */
function dependency(node: Node, field: Field | undefined, path: string, say: Say): Node {
  if (!isMap(node)) return node;
  const items: Pair[] = [];
  for (const pair of node.items as Pair[]) {
    const name = isScalar(pair.key) ? nameOf(pair as KeyedPair) : "";
    if (fold(name) === "unmanaged" && isMap(pair.value)) {
      const inner = pairsOf(pair.value);
      inheritComments(pair as KeyedPair, pair.value, inner[0]?.key);
      for (const own of inner) say(spelling(own, `${path}.${nameOf(own)}`, `unmanaged.${nameOf(own)}`));
      items.push(...inner);
    } else if (fold(name) === "type" && isScalar(pair.value) && foldedEntry(shortTypes, String(pair.value.value)) !== undefined) {
      const long = foldedEntry(shortTypes, String(pair.value.value))?.[1] as string;
      const type = scalarAt(long, pair.value);
      type.comment = pair.value.comment ?? null;
      say({
        code: "FSD1108",
        offset: offsetOf(pair.value),
        path: `${path}.type`,
        message: `${String(pair.value.value)} is an old spelling`,
        hint: `write ${long}; fsd fmt --upgrade does`,
      });
      items.push(new Pair(pair.key, type));
    } else items.push(pair);
  }
  const item = mapAt(node, items);
  item.flow = node.flow ?? false;
  item.commentBefore = node.commentBefore ?? null;
  item.comment = node.comment ?? null;
  const itemField = field?.type === "list" ? field.item : undefined;
  return dependencyOf(itemField === undefined ? item : respelt(item, itemField, path, say), path, say);
}
