/** Tells the documents of a manifest apart by `apiVersion` and `kind`. */
import type { Diagnostics } from "./diagnostic.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type Kind, kinds } from "./schema/kinds.ts";
import { entryOf, kindName, type MapNode, type Node, quote } from "./tree.ts";

/** What kind of document it is; undefined when it is none, which has then been said. */
export function classify(node: Node, diagnostics: Diagnostics): { kind: Kind; tree: MapNode } | undefined {
  if (node.kind !== "map") {
    diagnostics.report(
      "FSD1011",
      node.at,
      "",
      `a document must be a map, not ${kindName(node)}`,
      "begin with apiVersion: fsd/v1 and kind: Service",
    );
    return undefined;
  }
  const version = entryOf(node, "apiVersion");
  const kind = entryOf(node, "kind");
  if (version === undefined) {
    const near = didYouMean("apiVersion", [...node.entries.keys()]);
    diagnostics.report(
      "FSD1011",
      near === undefined ? node.at : (entryOf(node, near)?.keyAt ?? node.at),
      "apiVersion",
      near === undefined ? "this document has no apiVersion" : `${quote(near)} is not apiVersion`,
      "begin with apiVersion: fsd/v1",
    );
    return undefined;
  }
  if (version.value.kind !== "scalar" || version.value.value !== "fsd/v1") {
    diagnostics.report(
      "FSD1012",
      version.value.at,
      "apiVersion",
      `apiVersion must be fsd/v1, not ${kindName(version.value)}`,
      "write apiVersion: fsd/v1",
    );
    return undefined;
  }
  if (kind === undefined) {
    const near = didYouMean("kind", [...node.entries.keys()]);
    const misspelt = near === undefined ? undefined : entryOf(node, near);
    if (misspelt === undefined) diagnostics.report("FSD1103", node.at, "kind", "kind is missing", `add kind: ${kinds.join(" | ")}`);
    else diagnostics.report("FSD1101", misspelt.keyAt, "kind", `unknown field ${quote(near as string)}`, "did you mean kind?");
    return undefined;
  }
  const name = kind.value.kind === "scalar" ? kind.value.value : undefined;
  const known = kinds.find((candidate) => candidate === name);
  if (known === undefined) {
    const near = didYouMean(String(name), kinds);
    diagnostics.report(
      "FSD1013",
      kind.value.at,
      "kind",
      `there is no kind ${kind.value.kind === "scalar" ? quote(kind.value.source) : kindName(kind.value)}`,
      near === undefined ? `use ${kinds.join(", ")}` : `did you mean ${near}?`,
    );
    return undefined;
  }
  return { kind: known, tree: node };
}
