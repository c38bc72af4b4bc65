/** The one place that prints a failure: an expected one as code, message and hint; a defect with its stack and the request to report it. */
import { isFsdError } from "../kit/fsd-error.ts";
import { ExitCode } from "../model/exit-code.ts";
import type { Output } from "./output.ts";

/** Under `--output json` a line `{"error": {code, message, hint}}`. Answers with the exit code that goes with it. */
export function reportFailure(error: unknown, output: Output): ExitCode {
  const { paint } = output;
  if (isFsdError(error)) {
    if (output.format === "json") output.jsonLine({ error: { code: error.code, message: error.message, hint: error.hint ?? null } });
    else {
      output.note(`${paint.bad("error")} ${paint.faint(error.code)} ${error.message}`);
      if (error.hint !== undefined) output.note(`  ${paint.strong("→")} ${error.hint}`);
    }
    return error.exitCode as ExitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (output.format === "json")
    output.jsonLine({ error: { code: "FSD9999", message: error instanceof Error ? error.message : String(error), hint: null } });
  output.note(`${paint.bad("fsd has a bug")}: please report this with the command you ran.\n${text}`);
  return ExitCode.failed;
}
