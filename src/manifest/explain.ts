/** Where a value came from: the line it stands in, the layer that decided, and what was written before `${…}` was resolved. */
import type { ResolvedEnvironment, ResolvedJob, ResolvedService } from "./resolved.ts";
import { readable } from "./text.ts";
import { entryOf, type MapNode, type Node, nodeAt, plain } from "./tree.ts";

export interface Explained {
  readonly path: string;
  readonly value: unknown;
  /** `fsd.yml:14:12`, `size: small (built-in)`, `built-in`, `--override`. */
  readonly from: string;
  /** The text with its references, when it had any. */
  readonly written?: string;
}

/** What is known besides the document's own tree. */
export interface Surroundings {
  /** The tree of the environment's document, when there is one. */
  readonly environment?: MapNode | undefined;
  /** What is assumed when the field is absent, in the schema's words. */
  readonly otherwise?: string | undefined;
}

/** The value of a field in a resolved document; undefined when it has none. `path` may hold places of lists: `sidecars[0].name`. */
export function explainValue(
  path: string,
  document: ResolvedService | ResolvedJob | ResolvedEnvironment,
  tree: MapNode,
  { environment, otherwise }: Surroundings = {},
): Explained | undefined {
  const node = nodeAt(tree, path);
  if (node !== undefined) {
    const { written } = node.at;
    return { path, value: shown(plain(node)), from: originOf(node), ...(written === undefined ? {} : { written }) };
  }
  const value = valueAt(contentFor(document, path), path.replace(/^job\./, "service."));
  if (value === undefined) return undefined;
  return { path, value: shown(value), from: decider(path, tree) ?? fromEnvironment(path, environment) ?? builtIn(otherwise) };
}

function builtIn(otherwise: string | undefined): string {
  return otherwise === undefined ? "built-in" : `built-in (${otherwise})`;
}

function originOf({ at }: Node): string {
  const place = `${at.file}:${at.line}:${at.column}`;
  if (at.layer === "file") return place;
  return at.layer.startsWith("--") ? at.layer : `${place} (${at.layer})`;
}

interface Derivation {
  /** The field whose value follows from others. */
  readonly field: RegExp;
  /** The fields it follows from, the nearest first, below the body. */
  readonly after: readonly string[];
  /** The nearest of them when none is given. */
  readonly assumed?: string;
}

/** What a value that nobody wrote follows from. */
const derivations: readonly Derivation[] = [
  { field: /^resources\.memory$/, after: ["resources.cpu", "resources.size"], assumed: "size: small" },
  { field: /^resources\.cpu$/, after: ["resources.size"], assumed: "size: small" },
  { field: /^resources\.desiredCount$/, after: ["singleton", "resources.minCapacity", "resources.maxCapacity"] },
  { field: /^resources\.minCapacity$/, after: ["resources.desiredCount"] },
  { field: /^resources\.maxCapacity$/, after: ["resources.minCapacity", "resources.desiredCount"] },
  { field: /^autoScaling(\.|$)/, after: ["resources.maxCapacity"] },
  { field: /^deployment\.(minimumHealthyPercent|maximumPercent)$/, after: ["singleton", "deployment.strategy"] },
  { field: /^deployment\.(bakeTime|canary|linear|circuitBreaker)(\.|$)/, after: ["deployment.strategy"] },
  { field: /^capacity$/, after: ["spot"] },
];

function decider(path: string, tree: MapNode): string | undefined {
  const [body = "", ...rest] = path.split(".");
  if (body !== "service" && body !== "job") return undefined;
  const field = rest.join(".");
  const derivation = derivations.find((candidate) => candidate.field.test(field));
  for (const name of derivation?.after ?? []) {
    const node = nodeAt(tree, `${body}.${name}`);
    if (node?.kind === "scalar") return `${name.split(".").at(-1)}: ${node.source} (${originOf(node)})`;
  }
  return derivation?.assumed === undefined ? undefined : `${derivation.assumed} (built-in)`;
}

/** A variable that every service of the environment has. */
function fromEnvironment(path: string, environment: MapNode | undefined): string | undefined {
  const name = /^(?:service|job)\.environment\.(.+)$/.exec(path)?.[1];
  const variables = entryOf(entryOf(environment, "environment")?.value, "variables")?.value;
  const node = name === undefined ? undefined : entryOf(variables, name)?.value;
  return node === undefined ? undefined : `${originOf(node)} (the environment's variables)`;
}

function contentFor(document: ResolvedService | ResolvedJob | ResolvedEnvironment, path: string): unknown {
  if (document.kind === "Environment")
    return { metadata: { name: document.name, description: document.description }, environment: document };
  if (document.kind === "Service") return { ...document, service: { ...document.service, ...containerCheck(document) } };
  const [, field] = path.split(".");
  return field !== undefined && field in document.job
    ? { service: document.job }
    : { ...document.task, service: { ...document.task.service, logs: document.task.service.observability.logs } };
}

/** The container's check, where the manifest has it. */
function containerCheck({ service }: ResolvedService): object {
  const { healthCheck, containerCheck: container } = service;
  return container === undefined ? {} : { healthCheck: { ...healthCheck, container } };
}

function valueAt(document: unknown, path: string): unknown {
  let value: unknown = document;
  for (const part of path.split(/\.|(?=\[)/)) {
    const key = part.startsWith("[") ? part.slice(1, -1) : part;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
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
