/** Finds a REST service's operation by method and path, and the labels in the path. */
import type { HttpBinding } from "./schema.ts";

export interface RestRoute {
  readonly operation: string;
  readonly http: HttpBinding;
}

/** The route whose pattern fits best: a literal segment beats a label, a label beats the rest of the path. */
export function findRoute(routes: readonly RestRoute[], method: string, path: string): string | undefined {
  const segments = segmentsOf(path);
  const fitting = routes.filter(({ http }) => http.method === method && fits(segmentsOf(http.pattern), segments));
  fitting.sort((a, b) => labelsIn(a) - labelsIn(b) || (a.http.pattern.includes("+}") ? 1 : 0) - (b.http.pattern.includes("+}") ? 1 : 0));
  return fitting[0]?.operation;
}

/** What the labels of a pattern hold, decoded. */
export function labelsOf(pattern: string, path: string): Record<string, string> {
  const segments = segmentsOf(path);
  const labels: Record<string, string> = {};
  segmentsOf(pattern).forEach((segment, index) => {
    const label = /^\{(.+?)(\+?)\}$/.exec(segment);
    if (label === null) return;
    const text = label[2] === "+" ? segments.slice(index).join("/") : (segments[index] ?? "");
    labels[label[1] as string] = decoded(text);
  });
  return labels;
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  const isGreedy = pattern.at(-1)?.endsWith("+}") ?? false;
  if (isGreedy ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((segment, index) => segment.startsWith("{") || segment === segments[index]);
}

function labelsIn({ http }: RestRoute): number {
  return segmentsOf(http.pattern).filter((segment) => segment.startsWith("{")).length;
}

function segmentsOf(path: string): string[] {
  return (path.split("?")[0] ?? "").replace(/^\/|\/$/g, "").split("/");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
