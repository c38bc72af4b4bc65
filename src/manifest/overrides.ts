/** `--override path=value` and `--set KEY=VALUE` as layers: the last word over every file. */
import type { Diagnostics } from "./diagnostic.ts";
import { mergeLayers } from "./layers.ts";
import { check } from "./schema/check.ts";
import { serviceLayer } from "./schema/service.ts";
import { type Entry, type MapNode, type Node, type Origin, quote } from "./tree.ts";
import { readYamlText } from "./yaml-source.ts";

export function overrideLayers(overrides: readonly string[], settings: readonly string[], diagnostics: Diagnostics): MapNode[] {
  const layers: MapNode[] = [];
  for (const text of overrides) add(layers, text, "--override", false, diagnostics);
  for (const text of settings) add(layers, text, "--set", true, diagnostics);
  return layers;
}

function add(layers: MapNode[], text: string, option: "--override" | "--set", variable: boolean, diagnostics: Diagnostics): void {
  const at: Origin = { file: option, line: 1, column: 1, layer: option };
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
    return;
  }
  const value: Node | undefined = variable
    ? { kind: "scalar", value: text.slice(equals + 1), source: text.slice(equals + 1), quoted: true, at }
    : parse(text.slice(equals + 1), at, diagnostics);
  if (value === undefined) return;
  const path = variable ? ["service", "environment", name] : name.split(".");
  // Short form: what is no field of the document is one of its body.
  if (!variable && !Object.hasOwn(serviceLayer.fields, path[0] as string)) path.unshift("service");
  const node = path.reduceRight<Node>(
    (inner, key) => ({ kind: "map", entries: new Map<string, Entry>([[key, { keyAt: at, value: inner }]]), at }),
    value,
  );
  const own = diagnostics.forDocument();
  const layer = check(node, serviceLayer, "", { mode: "layer", diagnostics: own, shownPrefix: "" });
  if (layer?.kind === "map") layers.push(layer);
  // Two overrides of one branch are one layer, so that alternatives among them are seen together.
  if (layers.length > 1 && layers.at(-2)?.at.layer === option) {
    const [last, before] = [layers.pop(), layers.pop()] as [MapNode, MapNode];
    layers.push(mergeLayers(before, last, serviceLayer));
  }
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
