/** The way out: patches on the generated template by JSON pointer (RFC 6901). A patch that hits nothing is an error. */
import { FsdError } from "../kit/fsd-error.ts";
import type { Patch } from "../manifest/resolved.ts";
import { readable } from "../manifest/text.ts";
import type { Template } from "./template.ts";

type Container = Record<string, unknown> | unknown[];

export function applyPatches(template: Template, patches: readonly Patch[]): Template {
  if (patches.length === 0) return template;
  const copy = structuredClone(template) as unknown as Record<string, unknown>;
  for (const patch of patches) apply(copy, patch);
  return copy as unknown as Template;
}

function apply(root: Record<string, unknown>, { path, value, place }: Patch): void {
  const steps = path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() as string;
  let container: unknown = root;
  const walked: string[] = [];
  const miss = (): never => {
    throw new FsdError({
      code: "FSD1902",
      message: `${place.file}:${place.line}:${place.column} the patch ${readable(path)} hits nothing: there is no ${steps
        .concat(last)
        .slice(0, walked.length + 1)
        .join("/")}`,
      hint: `there ${walked.length === 0 ? "are" : `under /${walked.join("/")} are`} ${keysOf(container).slice(0, 30).join(", ")}`,
      exitCode: 2,
    });
  };
  for (const step of steps) {
    const next = childOf(container, step);
    if (next === undefined) miss();
    container = next;
    walked.push(step);
  }
  if (typeof container !== "object" || container === null) miss();
  put(container as Container, last, value, miss);
}

function put(container: Container, key: string, value: unknown, miss: () => never): void {
  if (Array.isArray(container)) {
    const index = key === "-" ? container.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > container.length) miss();
    if (value === null) container.splice(index, 1);
    else container[index] = value;
    return;
  }
  if (value === null) {
    if (!Object.hasOwn(container, key)) miss();
    delete container[key];
  } else Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function childOf(container: unknown, step: string): unknown {
  if (typeof container !== "object" || container === null) return undefined;
  return Object.hasOwn(container, step) ? (container as Record<string, unknown>)[step] : undefined;
}

function keysOf(container: unknown): string[] {
  return typeof container === "object" && container !== null ? Object.keys(container) : [];
}
