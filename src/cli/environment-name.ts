import { didYouMean } from "../manifest/did-you-mean.ts";
import type { ResolvedEnvironment } from "../manifest/resolved.ts";

/** A hint when the name of an environment is nearly one that the manifests describe, `local` among them. */
export function meantEnvironment(name: string, environments: readonly ResolvedEnvironment[]): string | undefined {
  const known = environments.filter(({ described }) => described).map((environment) => environment.name);
  const meant = didYouMean(name, known);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}
