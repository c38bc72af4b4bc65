/**
 * The text of a template as JSON. YAML's short forms (`!Ref`, `!GetAtt A.B`, `!Sub` …) become the long forms, so that
 * nothing behind this file knows which of the two languages a template was written in.
 */
import {
  type Alias,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from "yaml";
import { isObject, type Json, type JsonObject, parseJson } from "../../kit/json.ts";
import { TemplateError } from "./template-error.ts";

/** CloudFormation's limit for a template of any origin. */
const LARGEST_TEMPLATE_CHARACTERS = 1_000_000;
/** More values than 500 resources need; above it an alias bomb is unfolding. */
const MOST_VALUES = 250_000;

/** Reads YAML or JSON; throws `TemplateError` with CloudFormation's wording and the place. */
export function parseTemplateText(text: string): JsonObject {
  if (text.length > LARGEST_TEMPLATE_CHARACTERS)
    throw new TemplateError(`1 validation error detected: Template may not exceed ${LARGEST_TEMPLATE_CHARACTERS} bytes in size.`);
  // A YAML flow mapping starts with a brace, too; the YAML reader says where neither language fits.
  const value = text.trimStart().startsWith("{") ? (parseJson(text) ?? parseYaml(text, "JSON")) : parseYaml(text, "YAML");
  if (!isObject(value)) throw new TemplateError("Template format error: unsupported structure.");
  return value;
}

function parseYaml(text: string, language: "YAML" | "JSON"): Json {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, schema: "core", merge: true, prettyErrors: false, stringKeys: false });
  if (!Array.isArray(documents)) throw new TemplateError("Template format error: unsupported structure.");
  const [document] = documents;
  if (document === undefined) throw new TemplateError("Template format error: unsupported structure.");
  if (documents.length > 1) throw new TemplateError("Template format error: a template is one document.");
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new TemplateError(`Template format error: ${language} not well-formed. (line ${line}, column ${col})${explained(fault.code)}`);
  }
  refuseEndlessAliases(document);
  return new Reader(document, lines).read(document.contents);
}

function explained(code: ErrorCode): string {
  return code === "DUPLICATE_KEY" ? ": duplicate key" : "";
}

function refuseEndlessAliases(document: Document): void {
  visit(document, {
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      if (target === undefined || path.some((ancestor) => ancestor === target))
        throw new TemplateError(`Template format error: YAML alias *${alias.source} cannot be resolved.`);
    },
  });
}

class Reader {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #targets = new Map<Alias, unknown>();
  #values = 0;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  read(node: unknown): Json {
    if (++this.#values > MOST_VALUES) throw new TemplateError("Template format error: YAML aliases unfold to too many values.");
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return this.read(this.#target(node));
    const plain = this.#plain(node);
    const tag = (node as Node & { tag?: string }).tag;
    return tag?.startsWith("!") && tag !== "!" ? this.#longForm(tag.slice(1), plain, node as Node) : plain;
  }

  // Looking an alias up walks the document; a bomb asks for the same few again and again.
  #target(alias: Alias): unknown {
    let target = this.#targets.get(alias);
    if (target === undefined) {
      target = alias.resolve(this.#document);
      this.#targets.set(alias, target);
    }
    return target;
  }

  #plain(node: unknown): Json {
    if (isScalar(node)) return scalar(node.value);
    if (isSeq(node)) return node.items.map((item) => this.read(item));
    if (!isMap(node)) throw new TemplateError("Template format error: unsupported structure.");
    const entries: Record<string, Json> = {};
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined) throw new TemplateError(`Template format error: map keys must be strings${this.#place(node)}.`);
      if (name === "<<" && (isAlias(value) || isMap(value))) {
        const merged = this.read(value);
        if (isObject(merged)) for (const [inner, item] of Object.entries(merged)) if (!(inner in entries)) put(entries, inner, item);
      } else put(entries, name, this.read(value));
    }
    return entries;
  }

  #longForm(tag: string, value: Json, node: Node): Json {
    if (tag === "Ref" || tag === "Condition") return { [tag]: value };
    if (tag === "GetAtt" && typeof value === "string") {
      const dot = value.indexOf(".");
      return { "Fn::GetAtt": dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)] };
    }
    if (!SHORT_FORMS.has(tag)) throw new TemplateError(`Template format error: unknown tag !${tag}${this.#place(node)}.`);
    return { [`Fn::${tag}`]: value };
  }

  #place(node: Node): string {
    if (!node.range) return "";
    const { line, col } = this.#lines.linePos(node.range[0]);
    return ` (line ${line}, column ${col})`;
  }
}

const SHORT_FORMS = new Set([
  ...["And", "Base64", "Cidr", "Equals", "FindInMap", "GetAtt", "GetAZs", "If", "ImportValue", "Join", "Length"],
  ...["Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"],
]);

// `__proto__` as a key is data like any other.
function put(entries: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(entries, key, { value, enumerable: true, writable: true, configurable: true });
}

function scalar(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return value;
  return String(value);
}
