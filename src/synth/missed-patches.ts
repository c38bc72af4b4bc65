/** Override patches that hit nothing in the template, as diagnostics: for `fsd validate`, which otherwise needs no template. */
import { isFsdError } from "../kit/fsd-error.ts";
import { type Diagnostic, Diagnostics } from "../manifest/diagnostic.ts";
import type { Patch, ResolvedEnvironment, ResolvedJob, ResolvedService } from "../manifest/resolved.ts";
import { synthesizeJob } from "./job/synthesize-job.ts";
import { synthesizeService } from "./service/synthesize-service.ts";

export function missedPatches(document: ResolvedService | ResolvedJob, environment: ResolvedEnvironment): readonly Diagnostic[] {
  const found = new Diagnostics();
  const patches = (document.kind === "Job" ? document.task : document).overrides;
  // One at a time, so that all that miss are told; an earlier one may make the place for a later one.
  patches.forEach((patch, index) => {
    const before = patches.slice(0, index);
    const message = missOf(document, environment, [...before, patch]);
    if (message === undefined || missOf(document, environment, before) !== undefined) return;
    const { file, line, column } = patch.place;
    found.report("FSD1902", { file, line, column }, `overrides[${index}].path`, message.text, message.hint);
  });
  return found.sorted();
}

function missOf(
  document: ResolvedService | ResolvedJob,
  environment: ResolvedEnvironment,
  overrides: readonly Patch[],
): { text: string; hint: string } | undefined {
  try {
    if (document.kind === "Job") synthesizeJob({ ...document, task: { ...document.task, overrides } }, environment);
    else synthesizeService({ ...document, overrides }, environment);
    return undefined;
  } catch (error) {
    if (!isFsdError(error)) throw error;
    return { text: error.message.replace(/^\S+ /, ""), hint: error.hint ?? "" };
  }
}
