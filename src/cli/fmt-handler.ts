/** Formats manifests in place. JSON is an array of `{file, changed}`. What is not YAML is told as by validate, and nothing is written. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Diagnostic, Diagnostics } from "../manifest/diagnostic.ts";
import { formatManifest } from "../manifest/format.ts";
import { readYaml } from "../manifest/yaml-source.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { readManifests } from "./manifest-files.ts";
import { printDiagnostics } from "./manifest-report.ts";
import type { Handler } from "./verb.ts";

export const fmtHandler: Handler = async ({ given, output, cwd }) => {
  const check = given.flag("check");
  const upgrade = given.flag("upgrade");
  const diagnostics = new Diagnostics();
  const files: { file: string; before: string; after: string }[] = [];
  for (const source of readManifests(given.list("file"), cwd)) {
    if ("unreadable" in source) {
      diagnostics.report(source.code, { file: source.file, line: 1, column: 1 }, "", source.unreadable, source.hint);
      continue;
    }
    const own = new Diagnostics();
    readYaml(source.file, source.bytes, "file", own);
    // What does not hinder the formatting is for validate to say; fields it cannot place hinder an upgrade.
    const wrong: readonly Diagnostic[] = own
      .sorted()
      .filter(({ code, severity }) => severity === "error" && (upgrade || code.startsWith("FSD10")));
    for (const { code, file, line, column, path, message, hint } of wrong)
      diagnostics.report(code, { file, line, column }, path, message, hint);
    if (wrong.length > 0) continue;
    const before = Buffer.from(source.bytes).toString("utf8");
    const formatted = formatManifest(before, upgrade);
    if ("refused" in formatted) {
      throw failure("FSD5005", `${source.file} cannot be formatted: ${formatted.refused}`, { hint: "write that part more simply" });
    }
    files.push({ file: source.file, before, after: formatted.text });
  }
  const wrong = diagnostics.sorted();
  if (wrong.length > 0) {
    if (output.format === "json") output.json(wrong);
    else printDiagnostics(wrong, output);
    return ExitCode.usage;
  }
  const changed = files.filter(({ before, after }) => before !== after);
  if (!check) for (const { file, after } of changed) replace(realpathSync(resolve(cwd, file)), after);
  if (output.format === "json") output.json(files.map(({ file, before, after }) => ({ file, changed: before !== after })));
  else {
    for (const { file } of changed) output.line(file);
    const count = `${changed.length} of ${files.length} file${files.length === 1 ? "" : "s"}`;
    output.note(changed.length === 0 ? "nothing to change" : `${count} ${check ? "would change" : "changed"}`);
  }
  return check && changed.length > 0 ? ExitCode.failed : ExitCode.done;
};

/** The whole file or nothing: what is interrupted in the middle must not leave half a manifest. */
function replace(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, { flag: "wx", mode: statSync(path).mode });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw failure("FSD5005", `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
