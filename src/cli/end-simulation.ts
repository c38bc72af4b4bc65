/** How a simulation ends, of a service or of a job: its page is written, the report told, and a broken promise is exit code 1. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ExitCode } from "../model/exit-code.ts";
import type { Output } from "./output.ts";
import type { VerbContext } from "./verb.ts";

/** `page`: the report as HTML, asked for by `--html`. `tell`: the report for people. */
export function endSimulation<Report extends { readonly violations: readonly unknown[] }>(
  report: Report,
  { given, output, cwd }: VerbContext,
  { page, tell }: { readonly page: (report: Report) => string; readonly tell: (report: Report, output: Output) => void },
): ExitCode {
  const file = given.text("html");
  if (file !== undefined) writeFileSync(resolve(cwd, file), page(report));
  if (output.format === "json") output.json(report);
  else tell(report, output);
  return report.violations.length > 0 ? ExitCode.failed : ExitCode.done;
}
