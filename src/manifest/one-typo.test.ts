import { describe, expect, it } from "vitest";
import { isMap, isScalar, isSeq, type Node, type Pair, parseAllDocuments } from "yaml";
import { catalogue } from "../../test/support/catalogue.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { loadManifests } from "./load.ts";
import type { Field } from "./schema/field.ts";
import { type Kind, type KindSchema, kindSchemas } from "./schema/kinds.ts";

const told = (text: string): string[] =>
  loadManifests([{ file: "f", bytes: Buffer.from(text) }], { environment: "prod" })
    .diagnostics.filter(({ severity }) => severity !== "info")
    .map(formatDiagnostic);

interface Spot {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly node: Node | null;
  readonly field: Field;
}

/** Every key that the format names, and every value, with the field it belongs to. */
function* spots(node: Node, field: Field, path: string): Generator<{ key?: Spot; value?: Spot }> {
  if (field.type === "either") {
    const option = field.options.find(({ type }) =>
      isMap(node) ? type === "object" || type === "record" : type !== "object" && type !== "record",
    );
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

const placeIn = (text: string, offset: number): string => {
  const before = text.slice(0, offset);
  return `f:${before.split("\n").length}:${offset - before.lastIndexOf("\n")} `;
};

describe.each(Object.entries(catalogue))("%s", (_, text) => {
  it("is right", () => expect(told(text)).toEqual([]));

  const all = parseAllDocuments(text).flatMap((document) => {
    const kind = String((document.contents as { get(key: string): unknown }).get("kind")) as Kind;
    const schema: KindSchema = kindSchemas[kind];
    const found = [...spots(document.contents as Node, schema.document, "")];
    const layers = (document.contents as { get(key: string): unknown }).get("environments");
    if (isMap(layers) && schema.layer !== undefined)
      for (const pair of layers.items as Pair<Node, Node>[])
        if (String(pair.key) === "prod") found.push(...spots(pair.value as Node, schema.layer, `.environments.${String(pair.key)}`));
    return found;
  });

  it("with any field misspelt gives one error, at that field", () => {
    const wrong: unknown[] = [];
    for (const [index, { key }] of all.entries()) {
      if (key === undefined) continue;
      const name = text.slice(key.start, key.end);
      const typo = index % 2 === 0 || name.length < 3 ? `${name}x` : name.slice(1);
      const lines = told(text.slice(0, key.start) + typo + text.slice(key.end));
      if (lines.length !== 1 || !(lines[0] as string).startsWith(placeIn(text, key.start))) wrong.push({ path: key.path, typo, lines });
    }
    expect(wrong).toEqual([]);
  }, 30_000);

  it("with any value of a wrong type gives one error, at that value", () => {
    const wrong: unknown[] = [];
    for (const { value } of all) {
      if (value?.node == null) continue;
      for (const other of isSeq(value.node) ? ["{zz: 1}"] : isMap(value.node) ? ["[[1]]"] : ["[[1]]", "{zz: [1]}"]) {
        // A block's end is the next line's beginning.
        const end = value.start + text.slice(value.start, value.end).trimEnd().length;
        const lines = told(text.slice(0, value.start) + other + text.slice(end));
        const places = [value.start, value.start + 1].map((offset) => placeIn(text, offset));
        if (lines.length !== 1 || !places.some((place) => lines[0]?.startsWith(place))) wrong.push({ path: value.path, other, lines });
      }
    }
    expect(wrong).toEqual([]);
  }, 30_000);
});
