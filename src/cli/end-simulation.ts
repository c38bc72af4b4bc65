/** How a simulation ends, of a service or of a job: its page is written, the report told, and a broken promise is exit code 1. */
import { closeSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import type { Output } from "./output.ts";
import type { VerbContext } from "./verb.ts";

/** With what every page begins. */
const PAGE_BEGINS = "<!doctype html>";

/** Refuses a place where the page of `--html` cannot be, or may not, before anything is simulated: another file is not written over. */
export function checkPagePlace({ given, cwd }: VerbContext): void {
  const file = given.text("html");
  if (file === undefined) return;
  if (file.trim() === "") throw failure("FSD5001", "--html needs the name of a file");
  const path = resolve(cwd, file);
  if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw failure("FSD5005", `${file} cannot be written: there is no folder ${dirname(path)}`, {
      hint: "make the folder, or name another",
    });
  }
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) throw failure("FSD5005", `${file} is a folder`, { hint: "name a file in it for the page" });
  if (found.isFile() && found.size > 0 && !isPage(path)) {
    throw failure("FSD5005", `${file} exists and is no page`, { hint: "only a page is written over: name another file for it" });
  }
}

function isPage(path: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const beginning = Buffer.alloc(PAGE_BEGINS.length);
    readSync(descriptor, beginning);
    return beginning.toString("latin1").toLowerCase() === PAGE_BEGINS;
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** `page`: the report as HTML, asked for by `--html`. `tell`: the report for people. */
export function endSimulation<Report extends { readonly violations: readonly unknown[] }>(
  report: Report,
  { given, output, cwd }: VerbContext,
  { page, tell }: { readonly page: (report: Report) => string; readonly tell: (report: Report, output: Output) => void },
): ExitCode {
  const file = given.text("html");
  if (output.format === "json") output.json(report);
  else tell(report, output);
  if (file !== undefined) write(file, resolve(cwd, file), page(report));
  return report.violations.length > 0 ? ExitCode.failed : ExitCode.done;
}

function write(file: string, path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (cause) {
    throw failure("FSD5005", `${file} cannot be written (${(cause as NodeJS.ErrnoException).code ?? "unknown reason"})`, { cause });
  }
}
