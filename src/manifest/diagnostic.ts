/** What is wrong with a manifest, and where: values, never exceptions. Every code stands in the one registry (`codes.ts`). */
import type { Severity } from "./code-entry.ts";
import { type Code, codes } from "./codes.ts";

/** A place in a source. Lines and columns count from 1. */
export interface Place {
  /** As the user named it; `--override` and `--set` name themselves. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The field, from the document's root: `service.resources.memory`. Empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** What to do about it; may be empty. */
  readonly hint: string;
}

/** `service.yml:14:12 error FSD1203 memory 3000 is not a Fargate size for cpu 512; use 1024, 2048, 3072 or 4096` */
export function formatDiagnostic({ code, severity, file, line, column, message, hint }: Diagnostic): string {
  return `${file}:${line}:${column} ${severity} ${code} ${message}${hint === "" ? "" : `; ${hint}`}`;
}

/** Whether any of them forbids going on; with `strict`, warnings do too. */
export function hasErrors(diagnostics: readonly Diagnostic[], strict = false): boolean {
  return diagnostics.some(({ severity }) => severity === "error" || (strict && severity === "warning"));
}

const MOST = 500;

/** Gathers diagnostics; the same code at the same place is said once, however many environments meet it. */
export class Diagnostics {
  readonly #found: Map<string, Diagnostic>;
  /** Field paths whose value was refused: rules that need them keep silent, so one mistake gives one error. */
  readonly #broken = new Set<string>();

  constructor(found = new Map<string, Diagnostic>()) {
    this.#found = found;
  }

  report(code: Code, place: Place, path: string, message: string, hint = ""): void {
    const key = `${code} ${place.file}:${place.line}:${place.column} ${code === "FSD1103" ? path : ""}`;
    if (this.#found.has(key)) return;
    if (this.#found.size >= MOST) {
      if (this.#found.has("more")) return;
      const more: Code = "FSD1017";
      this.#found.set("more", {
        code: more,
        severity: "error",
        file: place.file,
        line: place.line,
        column: place.column,
        path: "",
        message: `there are more than ${MOST} mistakes; the rest are not listed`,
        hint: "mend these first",
      });
      return;
    }
    this.#found.set(key, {
      code,
      severity: codes[code].severity,
      file: place.file,
      line: place.line,
      column: place.column,
      path,
      message,
      hint,
    });
  }

  /** Whether this code was reported for this file. */
  has(code: Code, file: string): boolean {
    return [...this.#found.values()].some((found) => found.code === code && found.file === file);
  }

  /** Marks a field as refused. */
  breaks(path: string): void {
    this.#broken.add(path);
  }

  /** Whether the field, something in it or something around it was refused. */
  isBroken(path: string): boolean {
    for (const broken of this.#broken) {
      if (broken === path || broken === "" || isWithin(broken, path) || isWithin(path, broken)) return true;
    }
    return false;
  }

  brokenPaths(): Iterable<string> {
    return this.#broken;
  }

  /** Another set of refused fields over the same findings: documents do not silence one another. */
  forDocument(): Diagnostics {
    return new Diagnostics(this.#found);
  }

  /** By file, line, column, code. */
  sorted(): Diagnostic[] {
    return [...this.#found.values()].sort(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.code, b.code) || compare(a.path, b.path),
    );
  }
}

function isWithin(inner: string, outer: string): boolean {
  return inner.startsWith(outer) && (inner[outer.length] === "." || inner[outer.length] === "[");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
