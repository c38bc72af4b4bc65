/**
 * Resolves `${…}` in every text of a tree, and keeps with each value what was written and where. What only the stack
 * knows becomes a mark (`text.ts`); what is neither known nor can ever be is reported at its place.
 */
import type { Diagnostics } from "./diagnostic.ts";
import { didYouMean } from "./did-you-mean.ts";
import { mark } from "./text.ts";
import type { Entry, Node, ScalarNode } from "./tree.ts";
import { quote } from "./tree.ts";

export interface ValueContext {
  /** Plain values by name; undefined: known by name, but not set here. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The caller's environment. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export function resolveValues(node: Node, path: string, context: ValueContext, diagnostics: Diagnostics): Node {
  switch (node.kind) {
    case "scalar":
      return typeof node.value === "string" && node.value.includes("${") ? resolveText(node, node.value, path, context, diagnostics) : node;
    case "list":
      return { ...node, items: node.items.map((item, index) => resolveValues(item, `${path}[${index}]`, context, diagnostics)) };
    case "map": {
      const entries = new Map<string, Entry>();
      for (const [key, entry] of node.entries) {
        entries.set(key, { ...entry, value: resolveValues(entry.value, path === "" ? key : `${path}.${key}`, context, diagnostics) });
      }
      return { ...node, entries };
    }
  }
}

/** Of one text; who has written so many has understood after these. */
const MOST_WRONG = 20;

function resolveText(node: ScalarNode, written: string, path: string, context: ValueContext, diagnostics: Diagnostics): ScalarNode {
  // Each is looked up, and said to be wrong, once, however often it stands there.
  const known = new Map<string, string | undefined>();
  let wrong = 0;
  let resolved = "";
  let position = 0;
  while (position < written.length) {
    const next = written.indexOf("${", position);
    if (next < 0) {
      resolved += written.slice(position);
      break;
    }
    if (next > position && written[next - 1] === "$") {
      resolved += `${written.slice(position, next - 1)}\${`;
      position = next + 2;
      continue;
    }
    resolved += written.slice(position, next);
    const end = written.indexOf("}", next);
    if (end < 0) {
      diagnostics.breaks(path);
      diagnostics.report(
        "FSD1303",
        node.at,
        path,
        `\${ in ${quote(written)} is never closed`,
        "close it with }, or write $${ for a literal ${",
      );
      return { ...node, value: written, at: { ...node.at, written } };
    }
    const reference = written.slice(next + 2, end);
    if (!known.has(reference)) {
      const found = resolveReference(reference, node, path, context, diagnostics);
      if (found === undefined) {
        diagnostics.breaks(path);
        if (++wrong === MOST_WRONG) return { ...node, value: written, at: { ...node.at, written } };
      }
      known.set(reference, found);
    }
    const value = known.get(reference);
    resolved += value ?? "unknown";
    position = end + 1;
  }
  return { ...node, value: resolved, at: { ...node.at, written } };
}

function resolveReference(
  reference: string,
  { at }: ScalarNode,
  path: string,
  { values, variables }: ValueContext,
  diagnostics: Diagnostics,
): string | undefined {
  const [scheme, ...rest] = reference.split(":");
  const name = rest.join(":");
  if (rest.length === 0 && Object.hasOwn(values, reference)) {
    const value = values[reference];
    if (value === undefined) diagnostics.report("FSD1302", at, path, `\${${reference}} has no value here`, hintFor(reference));
    return value;
  }
  if (scheme === "env" && name !== "") {
    const [, variable, fallback] = /^([^:]+)(?::-(.*))?$/s.exec(name) ?? [];
    const value = variable === undefined ? undefined : variables[variable];
    if (value !== undefined && value !== "") return value;
    if (fallback !== undefined) return fallback;
    diagnostics.report(
      "FSD1302",
      at,
      path,
      `the environment variable ${variable ?? name} is not set`,
      `set it, or write \${env:${variable ?? name}:-fallback}`,
    );
    return undefined;
  }
  if (scheme === "secrets" && name !== "") return mark(`secrets:${name}`);
  if (scheme === "ssm" && name.startsWith("/")) return mark(`ssm:${name}`);
  if (scheme === "service" && rest.length === 2 && /^(url|host|port)$/.test(rest[1] as string)) return mark(`service:${name}`);
  const known = [...Object.keys(values), "env:NAME", "secrets:NAME", "ssm:/NAME", "service:NAME:url"];
  const near = didYouMean(reference, Object.keys(values));
  diagnostics.report(
    "FSD1301",
    at,
    path,
    `\${${reference}} names no value`,
    near === undefined ? `use one of ${known.map((word) => `\${${word}}`).join(", ")}` : `did you mean \${${near}}?`,
  );
  return undefined;
}

function hintFor(name: string): string {
  if (name === "PACK") return "add metadata.pack";
  if (name === "ENV") return "give --env";
  return `give --set or use a fallback`;
}
