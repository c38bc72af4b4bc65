/** `--override path=value` and `--set KEY=VALUE` as layers: the last word over every file. */
import type { Diagnostics } from "./diagnostic.ts";
import { mergeLayers } from "./layers.ts";
import { check } from "./schema/check.ts";
import type { Field, ObjectField } from "./schema/field.ts";
import { jobLayer } from "./schema/job.ts";
import { serviceLayer } from "./schema/service.ts";
import { type Entry, type MapNode, type Node, type Origin, quote } from "./tree.ts";
import { readYamlText } from "./yaml-source.ts";

export type OverriddenKind = "Service" | "Job";

const bodies = {
  Service: { body: "service", layer: serviceLayer },
  Job: { body: "job", layer: jobLayer },
} as const satisfies Record<OverriddenKind, { body: string; layer: ObjectField }>;

/**
 * The layers for each kind of document. `service.…` and `job.…` are meant for their own kind; a short path, and a variable,
 * for every kind that has such a field. `kinds`: those that there are documents of; what none of them takes is an error.
 */
export function overrideLayers(
  overrides: readonly string[],
  settings: readonly string[],
  kinds: readonly OverriddenKind[],
  diagnostics: Diagnostics,
): Readonly<Record<OverriddenKind, readonly MapNode[]>> {
  const layers: Record<OverriddenKind, MapNode[]> = { Service: [], Job: [] };
  for (const [option, texts] of [
    ["--override", overrides],
    ["--set", settings],
  ] as const) {
    for (const text of texts) {
      const assignment = read(text, option, diagnostics);
      if (assignment !== undefined) add(layers, assignment, kinds, diagnostics);
    }
  }
  return layers;
}

interface Assignment {
  readonly option: "--override" | "--set";
  readonly name: string;
  readonly value: Node;
}

function read(text: string, option: Assignment["option"], diagnostics: Diagnostics): Assignment | undefined {
  const at: Origin = { file: option, line: 1, column: 1, layer: option };
  const variable = option === "--set";
  const equals = text.indexOf("=");
  const name = text.slice(0, equals).trim();
  if (equals < 1 || (variable ? !/^[A-Za-z_][\w.-]*$/.test(name) : !/^[A-Za-z][\w-]*(\.[\w-]+)*$/.test(name))) {
    diagnostics.report(
      "FSD1305",
      at,
      "",
      `${quote(text)} is not ${variable ? "KEY=VALUE" : "path=value"}`,
      variable ? "write --set LOG_LEVEL=DEBUG" : "write --override service.resources.cpu=2048",
    );
    return undefined;
  }
  const source = text.slice(equals + 1);
  const value: Node | undefined = variable ? { kind: "scalar", value: source, source, quoted: true, at } : parse(source, at, diagnostics);
  return value === undefined ? undefined : { option, name, value };
}

function add(
  layers: Record<OverriddenKind, MapNode[]>,
  { option, name, value }: Assignment,
  kinds: readonly OverriddenKind[],
  diagnostics: Diagnostics,
): void {
  const { at } = value;
  const pathIn = (kind: OverriddenKind): readonly string[] => {
    const { body, layer } = bodies[kind];
    if (option === "--set") return [body, "environment", name];
    const path = name.split(".");
    // Short form: what is no field of the document is one of its body.
    return Object.hasOwn(layer.fields, path[0] as string) ? path : [body, ...path];
  };
  const fitting = kinds.filter((kind) => hasField(bodies[kind].layer, pathIn(kind)));
  const other = (Object.keys(bodies) as OverriddenKind[]).find((kind) => name.startsWith(`${bodies[kind].body}.`) && !kinds.includes(kind));
  if (other !== undefined && kinds.length > 0) {
    diagnostics.report("FSD1305", at, name, `${name} is a field of a ${other}, and there is none here`, "give its manifest along with -f");
    return;
  }
  // What no kind has is told once, as the first kind sees it.
  for (const kind of fitting.length > 0 ? fitting : kinds.slice(0, 1)) {
    const { layer } = bodies[kind];
    const node = pathIn(kind).reduceRight<Node>(
      (inner, key) => ({ kind: "map", entries: new Map<string, Entry>([[key, { keyAt: at, value: inner }]]), at }),
      value,
    );
    const own = diagnostics.forDocument();
    const checked = check(node, layer, "", { mode: "layer", diagnostics: own, shownPrefix: "" });
    if ([...own.brokenPaths()].length > 0) return;
    if (checked?.kind !== "map") continue;
    const before = layers[kind].at(-1);
    // Two overrides of one branch are one layer, so that alternatives among them are seen together.
    if (before?.at.layer === option) layers[kind].splice(-1, 1, mergeLayers(before, checked, layer));
    else layers[kind].push(checked);
  }
}

/** Whether the format has the field. */
function hasField(field: Field | undefined, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (field === undefined) return false;
  if (name === undefined || field.type === "any") return true;
  if (field.type === "object") {
    const now = Object.hasOwn(field.renamed, name) ? (field.renamed[name] as string) : name;
    return Object.hasOwn(field.fields, now) && hasField(field.fields[now], rest);
  }
  if (field.type === "record") return hasField(field.value, rest);
  return field.type === "either" && field.options.some((option) => hasField(option, path));
}

/** The value as YAML reads it: `2048` a number, `[a, b]` a list, `x: y` no map but a text. */
function parse(text: string, at: Origin, diagnostics: Diagnostics): Node | undefined {
  const plain: Node = { kind: "scalar", value: text, source: text, quoted: true, at };
  if (text === "") return { kind: "scalar", value: null, source: "", quoted: false, at };
  if (!/^[[{"'\d-]|^(true|false|null|~)$/.test(text)) return plain;
  const own = diagnostics.forDocument();
  const [node] = readYamlText(at.file, text, at.layer, own);
  if (text === "null" || text === "~") return { kind: "scalar", value: null, source: text, quoted: false, at };
  return node;
}
