/** The way out: patches on the generated template by JSON pointer (RFC 6901). A patch that hits nothing is an error. */
import { FsdError } from "../kit/fsd-error.ts";
import type { Patch } from "../manifest/resolved.ts";
import { readable } from "../manifest/text.ts";
import type { Template } from "./template.ts";

type Container = Record<string, unknown> | unknown[];

/** Throws for the first patch that hits nothing. */
export function applyPatches(template: Template, patches: readonly Patch[]): Template {
  if (patches.length === 0) return template;
  const copy = structuredClone(template) as unknown as Record<string, unknown>;
  for (const patch of patches) {
    const missed = apply(copy, patch);
    if (missed === undefined) continue;
    const { file, line, column } = patch.place;
    throw new FsdError({ code: "FSD1902", message: `${file}:${line}:${column} ${missed.message}`, hint: missed.hint, exitCode: 2 });
  }
  return copy as unknown as Template;
}

interface Missed {
  readonly message: string;
  readonly hint: string;
}

function apply(root: Record<string, unknown>, { path, value }: Patch): Missed | undefined {
  const steps = path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() as string;
  let container: unknown = root;
  const walked: string[] = [];
  for (const step of steps) {
    const next = childOf(container, step);
    if (next === undefined) return missed(path, walked, step, container);
    container = next;
    walked.push(step);
  }
  const hit = typeof container === "object" && container !== null && put(container as Container, last, value);
  return hit ? undefined : missed(path, walked, last, container);
}

function missed(path: string, walked: readonly string[], step: string, container: unknown): Missed {
  const keys = keysOf(container).slice(0, 30).join(", ");
  return {
    message: `the patch ${readable(path)} hits nothing: there is no /${[...walked, step].join("/")}`,
    hint:
      keys === ""
        ? `/${walked.join("/")} holds nothing`
        : `there ${walked.length === 0 ? "are" : `under /${walked.join("/")} are`} ${keys}`,
  };
}

/** False when there is no such place. */
function put(container: Container, key: string, value: unknown): boolean {
  if (Array.isArray(container)) {
    const index = key === "-" ? container.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > container.length || (value === null && index === container.length)) return false;
    if (value === null) container.splice(index, 1);
    else container[index] = value;
    return true;
  }
  if (value === null) return Object.hasOwn(container, key) && delete container[key];
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
  return true;
}

function childOf(container: unknown, step: string): unknown {
  if (typeof container !== "object" || container === null) return undefined;
  return Object.hasOwn(container, step) ? (container as Record<string, unknown>)[step] : undefined;
}

function keysOf(container: unknown): string[] {
  return typeof container === "object" && container !== null ? Object.keys(container) : [];
}
