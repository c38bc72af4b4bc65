/**
 * A manifest as read: plain nodes that know their place. YAML, aliases and tags are behind us here; layers, values
 * and defaults are ahead. Nodes are immutable, so an alias's content may stand in several places.
 */
import type { Place } from "./diagnostic.ts";

/** Where a value comes from, weakest first. `reference` values remember the text they were written as. */
export interface Origin extends Place {
  readonly layer: string;
  /** The text before `${…}` was resolved. */
  readonly written?: string;
}

export type Scalar = string | number | boolean | null;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: Scalar;
  /** As written, without quotes: `1.10`, `012345678901`. */
  readonly source: string;
  /** Whether it was quoted or a block, so that it is a text whatever it looks like. */
  readonly quoted: boolean;
  readonly at: Origin;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly at: Origin;
}

export interface Entry {
  readonly keyAt: Origin;
  readonly value: Node;
}

export interface MapNode {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: Origin;
  /** Of a whole document: paths that were refused while it was read, so that rules on them keep silent. */
  readonly refused?: readonly string[];
}

export type Node = ScalarNode | ListNode | MapNode;

export function entryOf(node: Node | undefined, key: string): Entry | undefined {
  return node?.kind === "map" ? node.entries.get(key) : undefined;
}

/** The node at a field path (`service.resources.cpu`, `sidecars[0].name`), or undefined. */
export function nodeAt(node: Node | undefined, path: string): Node | undefined {
  let current = node;
  for (const part of splitPath(path)) {
    if (current === undefined) return undefined;
    current = typeof part === "number" ? (current.kind === "list" ? current.items[part] : undefined) : entryOf(current, part)?.value;
  }
  return current;
}

/** The nearest place at or above a path: where to point for something that is absent. */
export function placeOf(node: Node, path: string): Origin {
  let current: Node = node;
  let at = node.at;
  for (const part of splitPath(path)) {
    if (typeof part === "number") {
      const item: Node | undefined = current.kind === "list" ? current.items[part] : undefined;
      if (item === undefined) return at;
      current = item;
      at = item.at;
    } else {
      const entry = entryOf(current, part);
      if (entry === undefined) return at;
      current = entry.value;
      // A map is best pointed at by its key, a value by itself.
      at = current.kind === "scalar" ? current.at : entry.keyAt;
    }
  }
  return at;
}

function splitPath(path: string): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const match of path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)) parts.push(match[1] === undefined ? (match[2] as string) : Number(match[1]));
  return parts;
}

/** The text at a path of keys; undefined when there is none, or when it is still open (`${…}`). */
export function textAt(tree: MapNode, ...path: string[]): string | undefined {
  let node: Node | undefined = tree;
  for (const key of path) node = entryOf(node, key)?.value;
  if (node?.kind !== "scalar" || node.value === null) return undefined;
  const text = node.source;
  return text.includes("${") ? undefined : text;
}

/** The node as plain data. */
export function plain(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
  }
}

/** What a person calls the kind of a value. */
export function kindName(node: Node): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a map";
  if (node.value === null) return "nothing";
  if (typeof node.value === "number") return `the number ${node.source}`;
  if (typeof node.value === "boolean") return node.source;
  return `the text ${quote(node.value)}`;
}

/** A value for a message: quoted, shortened, on one line. */
export function quote(text: string): string {
  const line = JSON.stringify(text);
  return line.length > 60 ? `${line.slice(0, 56)}…"` : line;
}
