/** Checks manifests. JSON is an array of `{code, severity, file, line, column, path, message, hint}`. */
import { type Diagnostic, hasErrors } from "../manifest/diagnostic.ts";
import { type Loaded, type LoadOptions, loadManifests } from "../manifest/load.ts";
import { readManifests } from "./manifest-files.ts";
import { countText, printDiagnostics, verdict } from "./manifest-report.ts";
import type { Handler, VerbContext } from "./verb.ts";

/** What `--set`, `--override` and the caller's environment say about manifests. */
export function loadOptions({ given, env }: VerbContext, environment?: string): LoadOptions {
  return {
    ...(environment === undefined ? {} : { environment }),
    override: given.list("override"),
    set: given.list("set"),
    overridden: [given.text("service") ?? [], given.list("service")].flat(),
    variables: env,
  };
}

export const validateHandler: Handler = async (context) => {
  const { given, output, cwd } = context;
  const sources = readManifests(given.list("file"), cwd);
  const loaded = loadManifests(sources, loadOptions(context, given.text("env")));
  const diagnostics = [...loaded.diagnostics, ...(await patchDiagnostics(loaded)), ...(await localDiagnostics(loaded))];
  if (output.format === "json") output.json(diagnostics);
  else {
    printDiagnostics(diagnostics, output);
    const files = `${sources.length} file${sources.length === 1 ? "" : "s"}`;
    output.note(diagnostics.length === 0 ? `${files}: nothing to mend` : `${files}: ${countText(diagnostics)}`);
  }
  return verdict(diagnostics, given.flag("strict"));
};

/** Whether every override patch hits something shows only in the template, so synthesis is asked, and loaded, only for those. */
async function patchDiagnostics({ resolved, diagnostics }: Loaded): Promise<readonly Diagnostic[]> {
  const patched = resolved.filter(({ document }) => (document.kind === "Job" ? document.task : document).overrides.length > 0);
  if (patched.length === 0 || hasErrors(diagnostics)) return [];
  const { missedPatches } = await import("../synth/missed-patches.ts");
  return patched.flatMap(({ document, environment }) => missedPatches(document, environment));
}

/** What `deploy --env local` would refuse, as warnings: elsewhere the manifest is right. Only when local is asked for, because it needs synthesis. */
async function localDiagnostics({ environment, resolved, trees, diagnostics }: Loaded): Promise<readonly Diagnostic[]> {
  if (environment?.local !== true || hasErrors(diagnostics)) return [];
  const { missingOnLocal } = await import("../synth/local-support.ts");
  return [environment, ...resolved.map(({ document }) => document)]
    .flatMap((document) => missingOnLocal(document, environment, trees.get(document)))
    .map((diagnostic) => ({ ...diagnostic, severity: "warning" }));
}
