/**
 * Bytes to documents. Whatever the bytes are, what comes out is nodes and diagnostics: binary content, broken YAML,
 * tabs, twice-given keys, foreign tags, alias bombs and bottomless nesting each have their own code.
 */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type YAMLError,
  type Node as YamlNode,
} from "yaml";
import { aliasTargets } from "./aliases.ts";
import type { Diagnostics } from "./diagnostic.ts";
import { modernise } from "./old-spellings/modernise.ts";
import type { Entry, Node, Origin } from "./tree.ts";
import { quote } from "./tree.ts";

/** No manifest comes near these; reaching one means an alias bomb or nonsense. */
const MOST_NODES = 50_000;
const DEEPEST = 64;
const MOST_PROBLEMS = 20;
/** Words, spaces and line ends that are taken in: some 80 services in one file, and well under a second. */
const MOST_LEXEMES = 60_000;

/** Reads every document of a file. A document with a syntax error is left out, the others are still read. */
export function readYaml(file: string, bytes: Uint8Array, layer: string, diagnostics: Diagnostics): Node[] {
  const text = decode(file, bytes, diagnostics);
  return text === undefined ? [] : readYamlText(file, text, layer, diagnostics);
}

export function readYamlText(file: string, text: string, layer: string, diagnostics: Diagnostics): Node[] {
  const start = { file, line: 1, column: 1 };
  const depth = deepestFlow(text);
  if (depth !== undefined) {
    diagnostics.report("FSD1008", { file, ...depth }, "", `nested more than ${DEEPEST} deep`);
    return [];
  }
  const lines = new LineCounter();
  const documents: Node[] = [];
  try {
    const composer = new Composer({ uniqueKeys: false, prettyErrors: false, strict: true, version: "1.2", resolveKnownTags: false });
    const parsed: Document[] = [...composer.compose(tokens(text, lines, file, diagnostics), true, text.length)];
    let problems = 0;
    for (const document of parsed) {
      for (const failure of document.errors) {
        if (problems++ < MOST_PROBLEMS) reportSyntax(failure, file, lines, diagnostics);
      }
      if (document.errors.length > 0 || document.contents === null) continue;
      const refused: string[] = [];
      modernise(document, ({ code, offset, path, message, hint, breaks }) => {
        const { line, col } = lines.linePos(offset);
        diagnostics.report(code, { file, line: Math.max(1, line), column: Math.max(1, col) }, path, message, hint);
        if (breaks !== undefined) refused.push(breaks);
        else if (code !== "FSD1108") refused.push(path);
      });
      const reader = new Reader(file, layer, lines, aliasTargets(document), diagnostics, refused);
      const read = reader.read(document.contents as YamlNode, 0, "");
      if (reader.stopped) continue;
      const node = read?.kind === "map" && refused.length > 0 ? { ...read, refused } : read;
      if (node !== undefined && !(node.kind === "scalar" && node.value === null)) documents.push(node);
    }
    if (
      documents.length === 0 &&
      problems === 0 &&
      !diagnostics.has("FSD1016", file) &&
      !parsed.some(({ contents }) => contents !== null && !isScalar(contents))
    ) {
      diagnostics.report("FSD1010", start, "", "there is no document in this file", "begin with apiVersion: fsd/v1");
    }
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
    diagnostics.report("FSD1008", start, "", "nested too deeply to be read");
  }
  return documents;
}

/** The parser's tokens, up to a limit that no manifest comes near: what lies beyond is not read. */
function* tokens(text: string, lines: LineCounter, file: string, diagnostics: Diagnostics): Generator<CST.Token, void> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > MOST_LEXEMES) {
      const { line, col } = lines.linePos(parser.offset);
      diagnostics.report(
        "FSD1016",
        { file, line: Math.max(1, line), column: Math.max(1, col) },
        "",
        "there is too much in this file for a manifest",
        "split it into several files",
      );
      return;
    }
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

function decode(file: string, bytes: Uint8Array, diagnostics: Diagnostics): string | undefined {
  const start = { file, line: 1, column: 1 };
  if (bytes.subarray(0, 2).join() === "254,255" || bytes.subarray(0, 2).join() === "255,254") {
    diagnostics.report("FSD1003", start, "", "this is UTF-16, not UTF-8", "save the file as UTF-8");
    return undefined;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    diagnostics.report("FSD1003", start, "", "this is not a text file in UTF-8", "give a YAML file");
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: YAML allows no control characters but tab and line ends; they mark a binary file.
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.exec(text);
  if (control !== null) {
    const before = text.slice(0, control.index);
    const line = before.split("\n").length;
    const code = control[0].charCodeAt(0).toString(16).padStart(2, "0");
    diagnostics.report(
      "FSD1003",
      { file, line, column: control.index - before.lastIndexOf("\n") },
      "",
      `there is a control character (0x${code}) in it`,
      "give a YAML file",
    );
    return undefined;
  }
  return text;
}

/** Where brackets or indentation go deeper than any manifest; the parser itself would recurse as deep. */
function deepestFlow(text: string): { line: number; column: number } | undefined {
  let open = 0;
  let line = 1;
  let lineStart = 0;
  let dashes = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === 10) {
      line++;
      lineStart = index + 1;
      dashes = 0;
    } else if (character === 91 || character === 123) open++;
    else if ((character === 93 || character === 125) && open > 0) open--;
    // `- - - x` nests; a long `{a: 1, b: 2, …}` on one line does not.
    if ((character === 45 || character === 63 || character === 58) && /\s/.test(text[index + 1] ?? " ")) dashes++;
    else if (character !== 32 && character !== 9) dashes = 0;
    // Brackets inside comments and quoted texts are counted too; nobody writes hundreds of unclosed ones.
    if (open > 10 * DEEPEST || dashes > 10 * DEEPEST) return { line, column: index - lineStart + 1 };
  }
  return undefined;
}

function reportSyntax(failure: YAMLError, file: string, lines: LineCounter, diagnostics: Diagnostics): void {
  const { line, col } = lines.linePos(failure.pos[0]);
  const place = { file, line: Math.max(1, line), column: Math.max(1, col) };
  if (failure.code === "TAB_AS_INDENT") {
    diagnostics.report("FSD1006", place, "", "a tab indents this line", "indent with spaces");
    return;
  }
  const message = failure.message.split("\n")[0] as string;
  if (/call stack/i.test(message)) {
    if (!diagnostics.has("FSD1008", file)) diagnostics.report("FSD1008", place, "", `nested more than ${DEEPEST} deep`);
    return;
  }
  diagnostics.report("FSD1004", place, "", `this is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`);
}

class Reader {
  #nodes = 0;
  #stopped = false;
  readonly #file: string;
  readonly #layer: string;
  readonly #lines: LineCounter;
  readonly #targets: ReadonlyMap<Alias, YamlNode | undefined>;
  readonly #refused: string[];
  readonly #diagnostics: Diagnostics;

  /** `refused` is filled with the paths of what could not be used. */
  constructor(
    file: string,
    layer: string,
    lines: LineCounter,
    targets: ReadonlyMap<Alias, YamlNode | undefined>,
    diagnostics: Diagnostics,
    refused: string[],
  ) {
    this.#file = file;
    this.#layer = layer;
    this.#lines = lines;
    this.#targets = targets;
    this.#diagnostics = diagnostics;
    this.#refused = refused;
  }

  /** Whether it gave up: what it has read until then is half a document. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Undefined when the node cannot be used; what is wrong has then been said. */
  read(node: YamlNode, depth: number, path: string): Node | undefined {
    const at = this.#at(node);
    if (this.#stopped) return undefined;
    if (++this.#nodes > MOST_NODES) return this.#stop("FSD1007", at, "aliases make this document too large to be a manifest");
    if (depth > DEEPEST) return this.#stop("FSD1008", at, `nested more than ${DEEPEST} deep`);
    if (isAlias(node)) {
      const target = this.#targets.get(node);
      if (target !== undefined) return this.read(target, depth + 1, path);
      this.#refused.push(path);
      this.#diagnostics.report("FSD1009", at, path, `no anchor &${node.source} stands before this alias`);
      return undefined;
    }
    if (node.tag !== undefined && node.tag !== "!" && !node.tag.startsWith("tag:yaml.org,2002:")) {
      this.#refused.push(path);
      this.#diagnostics.report("FSD1014", at, path, `the tag ${quote(node.tag)} has no meaning here`, "write the plain value");
      return undefined;
    }
    if (isMap(node)) return this.#readMap(node.items as { key: unknown; value: unknown }[], at, depth, path);
    if (isSeq(node)) {
      const items = (node.items as YamlNode[]).map((item, index) => this.read(item, depth + 1, `${path}[${index}]`));
      return { kind: "list", items: items.filter((item) => item !== undefined), at };
    }
    if (!isScalar(node)) return undefined;
    const value = node.value;
    const quoted = node.type !== "PLAIN" && node.type !== undefined;
    if (typeof value === "number" && !Number.isFinite(value))
      return { kind: "scalar", value: node.source ?? String(value), source: node.source ?? "", quoted, at };
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      return { kind: "scalar", value, source: typeof value === "string" ? value : (node.source ?? String(value)), quoted, at };
    }
    return { kind: "scalar", value: String(value), source: String(value), quoted, at };
  }

  #readMap(items: { key: unknown; value: unknown }[], at: Origin, depth: number, path: string): Node {
    const entries = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    for (const { key, value } of items) {
      const keyNode = key as YamlNode | null;
      const keyAt = keyNode === null ? at : this.#at(keyNode);
      const name =
        isScalar(keyNode) && keyNode.value !== null
          ? typeof keyNode.value === "string"
            ? keyNode.value
            : (keyNode.source ?? String(keyNode.value))
          : undefined;
      if (name === undefined) {
        this.#diagnostics.report("FSD1015", keyAt, path, "a key must be a text");
        continue;
      }
      const own = path === "" ? name : `${path}.${name}`;
      const read = value === null || value === undefined ? this.#nothing(keyAt) : this.read(value as YamlNode, depth + 1, own);
      if (read === undefined) continue;
      if (name === "<<" && (read.kind === "map" || read.kind === "list")) {
        for (const source of read.kind === "list" ? read.items : [read]) {
          if (source.kind === "map") for (const [inner, entry] of source.entries) if (!merged.has(inner)) merged.set(inner, entry);
        }
        continue;
      }
      if (entries.has(name)) {
        const first = entries.get(name) as Entry;
        this.#diagnostics.report(
          "FSD1005",
          keyAt,
          own,
          `${name} stands here a second time, first in line ${first.keyAt.line}`,
          "remove one of them",
        );
        continue;
      }
      entries.set(name, { keyAt, value: read });
    }
    for (const [name, entry] of merged) if (!entries.has(name)) entries.set(name, entry);
    return { kind: "map", entries, at };
  }

  #nothing(at: Origin): Node {
    return { kind: "scalar", value: null, source: "", quoted: false, at };
  }

  #stop(code: "FSD1007" | "FSD1008", at: Origin, message: string): undefined {
    this.#stopped = true;
    this.#diagnostics.report(code, at, "", message);
    return undefined;
  }

  #at(node: { range?: readonly [number, number, number] | null }): Origin {
    const { line, col } = this.#lines.linePos(node.range?.[0] ?? 0);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col), layer: this.#layer };
  }
}
