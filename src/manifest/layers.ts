/**
 * Lays a later layer over an earlier one: maps merge deeply, lists are replaced, `null` takes a value back, and a
 * choice among alternatives removes the earlier layer's other choice (`size` in a block takes `cpu` and `memory` of
 * the base away). Both trees have been held against the schema before.
 */
import type { Field } from "./schema/field.ts";
import type { Entry, MapNode, Node } from "./tree.ts";

export function mergeLayers(base: MapNode, over: MapNode, field: Field | undefined): MapNode {
  const entries = new Map(base.entries);
  if (field?.type === "object") {
    for (const group of field.alternatives) {
      const chosen = group.find((names) => names.some((name) => over.entries.has(name)));
      if (chosen === undefined) continue;
      for (const names of group) if (names !== chosen) for (const name of names) entries.delete(name);
    }
  }
  for (const [key, entry] of over.entries) {
    if (entry.value.kind === "scalar" && entry.value.value === null) entries.delete(key);
    else entries.set(key, mergeEntry(entries.get(key), entry, fieldOf(field, key)));
  }
  return { kind: "map", entries, at: base.at };
}

function mergeEntry(earlier: Entry | undefined, later: Entry, field: Field | undefined): Entry {
  if (later.value.kind !== "map") return later;
  const below: MapNode = earlier?.value.kind === "map" ? earlier.value : { kind: "map", entries: new Map(), at: later.value.at };
  return { keyAt: earlier?.keyAt ?? later.keyAt, value: mergeLayers(below, later.value, field) };
}

function fieldOf(field: Field | undefined, key: string): Field | undefined {
  if (field?.type === "object") return Object.hasOwn(field.fields, key) ? field.fields[key] : undefined;
  if (field?.type === "record") return field.value;
  if (field?.type === "either") return field.options.find(({ type }) => type === "object" || type === "record");
  return undefined;
}

/** The same tree, said to come from another layer. */
export function relabel<N extends Node>(node: N, layer: string): N {
  const at = { ...node.at, layer };
  if (node.kind === "list") return { ...node, at, items: node.items.map((item) => relabel(item, layer)) };
  if (node.kind === "scalar") return { ...node, at };
  const entries = new Map<string, Entry>();
  for (const [key, { keyAt, value }] of node.entries) entries.set(key, { keyAt: { ...keyAt, layer }, value: relabel(value, layer) });
  return { ...node, at, entries };
}
