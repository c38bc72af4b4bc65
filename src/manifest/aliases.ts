/** What aliases stand for, and trees in which they are written out. */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, visit } from "yaml";

/** Every alias of a document with the node that its anchor names: the last one of that name before it. */
export function aliasTargets(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node | undefined>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** More nodes than any manifest has: an alias bomb. */
const MOST_NODES = 50_000;

/**
 * The document's contents with every alias as a copy of what it stands for, and `<<` as the keys it brings in. An alias
 * of nothing or of itself stays, for the reader to complain about; undefined when the copies would be too many.
 */
export function writtenOut(document: Document): Node | undefined {
  const targets = aliasTargets(document);
  const done = new Map<Node, Node>();
  const open = new Set<Node>();
  let nodes = 0;
  const expand = (node: Node): Node => {
    const known = done.get(node);
    if (known !== undefined) return known;
    if (open.has(node) || nodes > MOST_NODES) return node;
    open.add(node);
    const outcome = isAlias(node) ? copyOf(node) : inside(node);
    open.delete(node);
    if (!isAlias(node)) done.set(node, outcome);
    return outcome;
  };
  const copyOf = (alias: Alias): Node => {
    const target = targets.get(alias);
    if (target === undefined || open.has(target)) return alias;
    const copy = expand(target).clone() as Node;
    visit(copy, {
      Node: (_, inner) => {
        nodes++;
        if (nodes > MOST_NODES) return visit.BREAK;
        // Comments stand where they were written; a copy has none.
        Object.assign(inner, { comment: null, commentBefore: null });
        if (!isAlias(inner)) delete inner.anchor;
        return undefined;
      },
    });
    return copy;
  };
  const inside = (node: Node): Node => {
    if (isSeq(node)) node.items = node.items.map((item) => expand(item as Node));
    else if (isMap(node)) {
      for (const pair of node.items as Pair[]) if (pair.value !== null && pair.value !== undefined) pair.value = expand(pair.value as Node);
      node.items = merged(node.items as Pair[]);
    }
    return node;
  };
  if (document.contents === null) return undefined;
  const outcome = expand(document.contents as Node);
  return nodes > MOST_NODES ? undefined : outcome;
}

/** The pairs with those that `<<` brings in; what is written itself comes first. */
function merged(pairs: readonly Pair[]): Pair[] {
  const isMerge = ({ key, value }: Pair): boolean => isScalar(key) && key.value === "<<" && (isMap(value) || isSeq(value));
  const own = pairs.filter((pair) => !isMerge(pair));
  const names = new Set(own.map(({ key }) => (isScalar(key) ? String(key.value) : "")));
  for (const { value } of pairs.filter(isMerge)) {
    for (const source of isSeq(value) ? value.items : [value]) {
      if (!isMap(source)) continue;
      for (const pair of source.items as Pair[]) {
        const name = isScalar(pair.key) ? String(pair.key.value) : "";
        if (!names.has(name)) own.push(pair);
        names.add(name);
      }
    }
  }
  return own;
}
