/** Where a value came from: the line it stands in, the layer that decided, and what was written before `${…}` was resolved. */
import type { ResolvedJob, ResolvedService } from "./resolved.ts";
import { readable } from "./text.ts";
import { type MapNode, type Node, nodeAt, plain } from "./tree.ts";

export interface Explained {
  readonly path: string;
  readonly value: unknown;
  /** `fsd.yml:14:12`, `built-in default`, `--override`. */
  readonly from: string;
  /** The text with its references, when it had any. */
  readonly written?: string;
}

/** The value of a field in a resolved document; undefined when it has none. */
export function explainValue(path: string, document: ResolvedService | ResolvedJob, tree: MapNode): Explained | undefined {
  const node = nodeAt(tree, path);
  if (node !== undefined) {
    const { written } = node.at;
    return { path, value: shown(plain(node)), from: originOf(node), ...(written === undefined ? {} : { written }) };
  }
  const value = valueAt(document.kind === "Job" ? asTask(document, path) : document, path.replace(/^job\./, "service."));
  return value === undefined ? undefined : { path, value: shown(value), from: "built-in default" };
}

function originOf({ at }: Node): string {
  const place = `${at.file}:${at.line}:${at.column}`;
  if (at.layer === "file") return place;
  return at.layer.startsWith("--") ? at.layer : `${place} (${at.layer})`;
}

function asTask(job: ResolvedJob, path: string): unknown {
  const [, field] = path.split(".");
  return field !== undefined && field in job.job ? { service: job.job } : job.task;
}

function valueAt(document: unknown, path: string): unknown {
  let value: unknown = document;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** Texts with their open parts as `${…}`. */
function shown(value: unknown): unknown {
  if (typeof value === "string") return readable(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)]));
}
