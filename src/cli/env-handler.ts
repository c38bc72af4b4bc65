/** Shows and renders environments. `local` needs no file. */
import { documentOf } from "../manifest/environment-document.ts";
import { type Loaded, loadManifests, type Source } from "../manifest/load.ts";
import { LOCAL } from "../manifest/resolve-environment.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { synthesizeEnvironment } from "../synth/environment/synthesize-environment.ts";
import { environmentStackName } from "../synth/names.ts";
import { renderYaml } from "../synth/render-yaml.ts";
import { meantEnvironment } from "./environment-name.ts";
import { readManifests } from "./manifest-files.ts";
import { noteDiagnostics, refuse, verdict } from "./manifest-report.ts";
import { printTemplates } from "./render-handler.ts";
import type { Handler, VerbContext } from "./verb.ts";

export const envShowHandler: Handler = async (context) => {
  const { given, output } = context;
  const name = given.argument("environment") ?? LOCAL;
  const environment = described(load(context, name), name, context);
  if (environment === undefined) return ExitCode.usage;
  const document = documentOf(environment);
  if (output.format === "json") output.json(document);
  else output.raw(renderYaml(document));
  return ExitCode.done;
};

export const envRenderHandler: Handler = async (context) => {
  const { given, output } = context;
  const name = given.text("env") ?? LOCAL;
  const environment = described(load(context, name), name, context);
  if (environment === undefined) return ExitCode.usage;
  printTemplates([[environmentStackName(name), synthesizeEnvironment(environment)]], given.text("format") ?? "yaml", output);
  return ExitCode.done;
};

function load({ given, cwd, env }: VerbContext, environment: string): Loaded {
  const files = given.list("file");
  // Without `-f`, what stands in this folder is welcome but nothing need be there.
  const sources = readManifests(files, cwd).filter((source: Source) => files.length > 0 || "bytes" in source);
  return loadManifests(sources, { environment, variables: env });
}

function described(
  { environment, environments, diagnostics }: Loaded,
  name: string,
  { given, output }: VerbContext,
): NonNullable<Loaded["environment"]> | undefined {
  if (verdict(diagnostics, given.flag("strict")) !== ExitCode.done) {
    refuse(diagnostics, output);
    return undefined;
  }
  noteDiagnostics(diagnostics, output);
  if (environment?.described !== true) {
    throw failure("FSD5005", `no document describes the environment ${name}`, {
      hint: meantEnvironment(name, environments) ?? "give it with -f; local is built in",
    });
  }
  return environment;
}
