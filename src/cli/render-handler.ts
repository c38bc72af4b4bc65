/** Prints templates: one as it is, several as YAML documents or as a JSON object by stack name. */
import { withLocalSecrets } from "../deploy/secrets/local-form.ts";
import { loadManifests } from "../manifest/load.ts";
import type { ResolvedEnvironment, ResolvedJob, ResolvedService } from "../manifest/resolved.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { serviceStackName } from "../synth/names.ts";
import { renderJson, renderYaml } from "../synth/render-yaml.ts";
import { synthesizeStack } from "../synth/synthesize-stack.ts";
import type { Template } from "../synth/template.ts";
import { readManifests } from "./manifest-files.ts";
import { noteDiagnostics, refuse, verdict } from "./manifest-report.ts";
import type { Output } from "./output.ts";
import { loadOptions } from "./validate-handler.ts";
import type { Handler, VerbContext } from "./verb.ts";

/** The manifests for the environment that `--env` names; undefined when they cannot be used, which has then been said. */
export function loadForEnvironment(
  context: VerbContext,
): { services: readonly ResolvedService[]; jobs: readonly ResolvedJob[]; environment: ResolvedEnvironment } | undefined {
  const { given, output, cwd } = context;
  const loaded = loadManifests(readManifests(given.list("file"), cwd), loadOptions(context, given.text("env")));
  if (loaded.environment === undefined || verdict(loaded.diagnostics, given.flag("strict")) !== ExitCode.done) {
    refuse(loaded.diagnostics, output);
    return undefined;
  }
  noteDiagnostics(loaded.diagnostics, output);
  return { services: loaded.services, jobs: loaded.jobs, environment: loaded.environment };
}

export const renderHandler: Handler = async (context) => {
  const { given, output } = context;
  const loaded = loadForEnvironment(context);
  if (loaded === undefined) return ExitCode.usage;
  const { environment } = loaded;
  const wanted = given.list("service");
  const all = [...loaded.services, ...loaded.jobs];
  const missing = wanted.find((name) => !all.some((document) => document.name === name));
  if (missing !== undefined) {
    throw failure("FSD5002", `no manifest describes ${missing}`, { hint: `there are ${all.map(({ name }) => name).join(", ") || "none"}` });
  }
  const chosen = all.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  if (chosen.length === 0)
    throw failure("FSD5002", "no manifest describes a service or job", { hint: "fsd env render prints an environment" });
  // What `deploy --env local` deploys: there secrets go by their names, whatever account the manifest's ARNs belong to.
  const deployed = environment.local ? chosen.map(withLocalSecrets) : chosen;
  printTemplates(
    deployed.map((document) => [serviceStackName(environment.name, document.name), synthesizeStack(document, environment)]),
    given.text("format") ?? "yaml",
    output,
  );
  return ExitCode.done;
};

export function printTemplates(templates: readonly (readonly [stack: string, template: Template])[], format: string, output: Output): void {
  if (format === "json" || output.format === "json") {
    output.raw(renderJson(templates.length === 1 ? templates[0]?.[1] : Object.fromEntries(templates)));
    return;
  }
  output.raw(
    templates.map(([stack, template]) => (templates.length === 1 ? "" : `# stack ${stack}\n`) + renderYaml(template)).join("---\n"),
  );
}
