/**
 * Whose a service's or job's stack is: its tags name the service and the repository that deployed it last. Nothing of another's
 * is changed, unless the one who deploys says that he takes it over.
 */
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import { serviceTags } from "../../synth/tags.ts";
import { readiness, type StackView } from "./stack.ts";

export interface Claim {
  readonly service: Pick<ResolvedService, "name" | "metadata">;
  readonly environment: ResolvedEnvironment;
  /** As `repositoryName` gives it; undefined when the manifest's folder is in no repository that has a name. */
  readonly repository: string | undefined;
  /** The version of fsd that writes the template. */
  readonly fsdVersion: string;
}

/** Refuses a stack that another service or repository has; FSD7006. */
export function checkOwnership({ service, repository }: Claim, existing: StackView | undefined): void {
  if (existing === undefined || readiness(existing.status) === "empty") return;
  const { "fsd:service": owner, "fsd:repository": source } = existing.tags;
  const whose =
    owner === undefined
      ? "was not made by fsd"
      : owner !== service.name
        ? `is of the service ${owner}`
        : source !== undefined && repository !== undefined && source !== repository
          ? `is deployed from ${source}, and this is ${repository}`
          : undefined;
  if (whose === undefined) return;
  throw failure("FSD7006", `the stack ${existing.name} ${whose}`, {
    hint: "give the service another name, or deploy with --take-over if it shall be this one's from now on",
  });
}

/**
 * The tags of a service's stack. `fsd:version` is fsd's own version, so that a change that comes from an update of fsd can
 * be told from one of the manifest; what changes with every deployment (version of the service, commit) is no tag.
 */
export function stackTags(claim: Claim, existing: StackView | undefined): Readonly<Record<string, string>> {
  const repository = claim.repository ?? existing?.tags["fsd:repository"];
  return {
    ...serviceTags(claim.service, claim.environment),
    "fsd:version": claim.fsdVersion,
    ...(repository === undefined ? {} : { "fsd:repository": repository }),
  };
}
