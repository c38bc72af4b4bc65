/** Names of environments as people type them: what was meant, and what cannot be one. */
import { didYouMean } from "../manifest/did-you-mean.ts";
import { loadManifests } from "../manifest/load.ts";
import { LOCAL } from "../manifest/resolve-environment.ts";
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import { environmentNamePattern } from "../manifest/schema/metadata.ts";
import { failure } from "../model/failures.ts";
import { readManifests } from "./manifest-files.ts";
import type { VerbContext } from "./verb.ts";

/** A hint when the name of an environment is nearly one that the manifests describe, `local` among them. */
export function meantEnvironment(name: string, environments: readonly ResolvedEnvironment[]): string | undefined {
  return hint(
    name,
    environments.filter(({ described }) => described).map((environment) => environment.name),
  );
}

/**
 * For verbs that need no manifest: refuses what cannot be an environment's name (FSD5001), and a misspelt `local`
 * (FSD7007), before anyone looks for AWS credentials. A name that the manifests of this folder know is none.
 */
export function checkEnvironmentName(name: string, context: VerbContext): void {
  if (!environmentNamePattern.test(name)) {
    throw failure("FSD5001", `${JSON.stringify(name)} is not an environment's name`, {
      hint: meantHere(name, context) ?? "use a lower-case letter and up to 15 further lower-case letters and digits",
    });
  }
  if (name === LOCAL || context.given.text("endpoint") !== undefined || didYouMean(name, [LOCAL]) === undefined) return;
  if (!environmentsHere(context).includes(name)) {
    throw failure("FSD7007", `no manifest here knows an environment ${name}`, { hint: hint(name, [LOCAL]) });
  }
}

/** A hint when the name is nearly that of an environment that the manifests of this folder know; none for one of theirs. */
export function meantHere(name: string, context: VerbContext): string | undefined {
  return hint(name, environmentsHere(context));
}

/** What to say of an environment without a stack: that is what a misspelt name looks like, too. */
export function nothingDeployed(context: VerbContext): string {
  const name = context.given.text("env") ?? LOCAL;
  const meant = meantHere(name, context);
  return `Nothing is deployed in the environment ${name}${meant === undefined ? "." : `; ${meant}`}`;
}

function hint(name: string, known: readonly string[]): string | undefined {
  const meant = known.includes(name) ? undefined : didYouMean(name, known);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

/** `local`, and what the manifests that a verb would find in this folder describe or have blocks for; their mistakes do not matter here. */
function environmentsHere({ cwd, env }: VerbContext): string[] {
  const sources = readManifests([], cwd).filter((source) => "bytes" in source);
  const { environments, resolved } = loadManifests(sources, { variables: env });
  return [...new Set([LOCAL, ...[...environments, ...resolved.map(({ environment }) => environment)].map(({ name }) => name)])];
}
