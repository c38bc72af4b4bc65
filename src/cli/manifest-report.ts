/** How what is wrong with manifests is shown: a line each, or as JSON. */
import { type Diagnostic, formatDiagnostic, hasErrors } from "../manifest/diagnostic.ts";
import { ExitCode } from "../model/exit-code.ts";
import type { Output } from "./output.ts";

/** A line each, errors first as they stand in the files; then one line that sums up. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], output: Output): void {
  const { paint } = output;
  for (const diagnostic of diagnostics) {
    const line = formatDiagnostic(diagnostic);
    const place = `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`;
    const severity =
      diagnostic.severity === "error"
        ? paint.bad("error")
        : diagnostic.severity === "warning"
          ? paint.warn("warning")
          : paint.faint("info");
    output.line(`${place} ${severity}${line.slice(place.length + 1 + diagnostic.severity.length)}`);
  }
}

/** The verdict on manifests: exit code 2 when an error (or, with `strict`, a warning) stands among the diagnostics. */
export function verdict(diagnostics: readonly Diagnostic[], strict: boolean): ExitCode {
  return hasErrors(diagnostics, strict) ? ExitCode.usage : ExitCode.done;
}

/** `2 errors, 1 warning`. */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: string): number => diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const errors = count("error");
  const warnings = count("warning");
  return `${errors} error${errors === 1 ? "" : "s"}, ${warnings} warning${warnings === 1 ? "" : "s"}`;
}

/** Manifests that a verb cannot work with: its whole result under `--output json` (as of validate), remarks otherwise. */
export function refuse(diagnostics: readonly Diagnostic[], output: Output): void {
  if (output.format === "json") output.json(diagnostics);
  else noteDiagnostics(diagnostics, output);
}

/** The same beside another result: on stderr, where the result itself goes to stdout. */
export function noteDiagnostics(diagnostics: readonly Diagnostic[], output: Output): void {
  for (const diagnostic of diagnostics) if (diagnostic.severity !== "info") output.note(formatDiagnostic(diagnostic));
}
