/**
 * A manifest as everyone would write it: the schema's order of keys, two spaces, its comments and blank lines where they
 * were. Scalars keep their spelling, so `012345678901` and `1.10` stay what they are. The outcome is held against the
 * source before it is given back: the same values, the same comments.
 */
import { type Document, isMap, isScalar, isSeq, Lexer, type Pair, parseAllDocuments, visit, type YAMLMap } from "yaml";
import { type Json, sameJson } from "../kit/json.ts";
import { modernise } from "./old-spellings/modernise.ts";
import type { Field, ObjectField } from "./schema/field.ts";
import { type KindSchema, kindSchemas } from "./schema/kinds.ts";

/** The text, or why it cannot be written anew without changing what it says. */
export type Formatted = { readonly text: string } | { readonly refused: string };

/** The source must be YAML without syntax errors. With `upgrade`, old spellings are replaced. */
export function formatManifest(source: string, upgrade = false): Formatted {
  const documents = parse(source);
  let fault: string | undefined;
  if (upgrade) {
    for (const document of documents) {
      modernise(document, ({ code, message }) => {
        if (code !== "FSD1108") fault ??= message;
      });
    }
  }
  // Half of a document in old spellings would be lost with what it says.
  if (fault !== undefined) return { refused: fault };
  // A folder may hold other YAML too; what fsd does not know it leaves alone.
  if (!documents.some((document) => schemaOf(document) !== undefined)) return { text: source };
  for (const document of documents) arrange(document, upgrade);
  const text = documents
    .map((document, index) => {
      const written = document.toString({ indent: 2, lineWidth: 0, flowCollectionPadding: false });
      return index === 0 || /^(---|%)/m.test(written) ? written : `---\n${written}`;
    })
    .join("");
  if (comments(text).join("\n") !== comments(source).join("\n")) return { refused: "a comment would be lost" };
  const wanted = (upgrade ? documents : parse(source)).map(plainOf);
  return sameJson(wanted, parse(text).map(plainOf)) ? { text } : { refused: "a value would change" };
}

/** Every scalar a text, so that none is spelt another way. */
function parse(text: string): Document[] {
  return [...(parseAllDocuments(text, { schema: "failsafe", uniqueKeys: false }) as Document[])];
}

function plainOf(document: Document): Json {
  return document.toJS() as Json;
}

/** In no order: comments move with what they belong to. */
function comments(text: string): string[] {
  return [...new Lexer().lex(text)].filter((lexeme) => lexeme.startsWith("#")).sort();
}

function arrange(document: Document, upgrade: boolean): void {
  const schema = schemaOf(document);
  if (schema === undefined || !isMap(document.contents)) return;
  let aliased = false;
  visit(document, {
    Alias: () => {
      aliased = true;
      return visit.BREAK;
    },
  });
  // An anchor must come before its aliases, so nothing is moved where there are any.
  const order = { upgrade, move: !aliased };
  // What stands above everything is about the document, not about its first key.
  const top = document.contents;
  const first = top.items[0]?.key;
  const header = [top.commentBefore, isScalar(first) ? first.commentBefore : undefined].filter((comment) => comment != null);
  top.commentBefore = null;
  if (isScalar(first)) first.commentBefore = null;
  arrangeNode(top, schema.document, order);
  if (header.length > 0) top.commentBefore = header.join("\n");
  const layers = document.contents.get("environments");
  if (schema.layer === undefined || !isMap(layers)) return;
  for (const { value } of layers.items) arrangeNode(value, schema.layer, order);
}

function schemaOf({ contents }: Document): KindSchema | undefined {
  if (!isMap(contents) || !String(contents.get("apiVersion")).startsWith("fsd/")) return undefined;
  const kind = String(contents.get("kind"));
  return Object.hasOwn(kindSchemas, kind) ? kindSchemas[kind as keyof typeof kindSchemas] : undefined;
}

interface Order {
  readonly upgrade: boolean;
  readonly move: boolean;
}

function arrangeNode(node: unknown, field: Field, order: Order): void {
  if (field.type === "either") {
    for (const option of field.options) if (isSeq(node) === (option.type === "list")) arrangeNode(node, option, order);
  } else if (field.type === "list" && isSeq(node)) {
    for (const item of node.items) arrangeNode(item, field.item, order);
  } else if (field.type === "record" && isMap(node)) {
    for (const { value } of node.items) arrangeNode(value, field.value, order);
  } else if (field.type === "object" && isMap(node)) arrangeObject(node, field, order);
}

function arrangeObject(map: YAMLMap, field: ObjectField, order: Order): void {
  const names = Object.keys(field.fields);
  const place = (pair: Pair): number => {
    const index = names.indexOf(currentName(pair, field));
    return index < 0 ? names.length : index;
  };
  for (const pair of map.items) {
    const inner = field.fields[currentName(pair, field)];
    if (inner !== undefined) arrangeNode(pair.value, inner, order);
    if (order.upgrade && isScalar(pair.key)) {
      const name = currentName(pair, field);
      if (name !== pair.key.value && !map.has(name)) pair.key.value = name;
    }
  }
  if (!order.move) return;
  const first = map.items[0]?.key;
  const sorted = [...map.items].sort((a, b) => place(a) - place(b));
  if (sorted.every((pair, index) => pair === map.items[index])) return;
  // The parser gives the comment above the first key to the map; it belongs to that key.
  if (isScalar(first) && map.commentBefore != null && map.flow !== true) {
    first.commentBefore = map.commentBefore;
    map.commentBefore = null;
  }
  map.items = sorted;
  const leader = sorted[0]?.key;
  if (isScalar(leader)) leader.spaceBefore = false;
}

/** The key, an old spelling as the new one. */
function currentName({ key }: Pair, { renamed }: ObjectField): string {
  const name = isScalar(key) ? String(key.value) : "";
  return (Object.hasOwn(renamed, name) ? renamed[name] : undefined) ?? name;
}
