/** Every place of a manifest where a field's name or value stands, so that tests can put something else there. */
import { isMap, isScalar, isSeq, type Node, type Pair, parseAllDocuments } from "yaml";
import type { Field } from "../../src/manifest/schema/field.ts";
import { type Kind, type KindSchema, kindSchemas } from "../../src/manifest/schema/kinds.ts";

export interface Spot {
  readonly path: string;
  /** Characters from the beginning of the text. */
  readonly start: number;
  readonly end: number;
  readonly node: Node | null;
  readonly field: Field;
}

/** The keys that the format names, and the values, of every document and of its block for `prod`. */
export function fieldSpots(text: string): { readonly key?: Spot; readonly value?: Spot }[] {
  return parseAllDocuments(text).flatMap((document) => {
    const kind = String((document.contents as unknown as { get(key: string): unknown }).get("kind")) as Kind;
    const schema: KindSchema = kindSchemas[kind];
    const found = [...spots(document.contents as Node, schema.document, "")];
    const layers = (document.contents as unknown as { get(key: string): unknown }).get("environments");
    if (isMap(layers) && schema.layer !== undefined)
      for (const pair of layers.items as Pair<Node, Node>[])
        if (String(pair.key) === "prod") found.push(...spots(pair.value as Node, schema.layer, `.environments.${String(pair.key)}`));
    return found;
  });
}

function* spots(node: Node, field: Field, path: string): Generator<{ key?: Spot; value?: Spot }> {
  if (field.type === "either") {
    const option = field.options.find(({ type }) => isMap(node) === (type === "object" || type === "record"));
    if (option !== undefined) yield* spots(node, option, path);
    return;
  }
  if (isSeq(node) && field.type === "list") {
    for (const [index, item] of (node.items as Node[]).entries()) {
      yield { value: spot(item, field.item, `${path}[${index}]`) };
      yield* spots(item, field.item, `${path}[${index}]`);
    }
  }
  if (!isMap(node) || (field.type !== "object" && field.type !== "record")) return;
  for (const pair of node.items as Pair<Node, Node>[]) {
    const name = isScalar(pair.key) ? String(pair.key.value) : "";
    const inner = field.type === "record" ? field.value : field.fields[name];
    const own = `${path}.${name}`;
    if (inner === undefined || inner.type === "any") continue;
    yield { ...(field.type === "object" ? { key: spot(pair.key, inner, own) } : {}), value: spot(pair.value as Node, inner, own) };
    if (pair.value !== null) yield* spots(pair.value, inner, own);
  }
}

const spot = (node: Node, field: Field, path: string): Spot => {
  const [start = 0, end = 0] = node.range ?? [];
  return { path, start, end, node, field };
};

/** The text with something else at the spot; a block's end is the next line's beginning and stays. */
export function put(text: string, { start, end }: Spot, other: string): string {
  return text.slice(0, start) + other + text.slice(start + text.slice(start, end).trimEnd().length);
}
