import { didYouMean } from "../manifest/did-you-mean.ts";
import type { ResolvedJob, ResolvedService } from "../manifest/resolved.ts";
import { failure } from "../model/failures.ts";

/** What manifests hold, as a verb that plays services takes it. */
export interface Documents {
  readonly services: readonly ResolvedService[];
  readonly jobs: readonly ResolvedJob[];
}

/** The services that `--service` names, or all; a name that no manifest has is refused, and so is a job, which has no rollout to play. */
export function chosenServices({ services, jobs }: Documents, wanted: readonly string[]): readonly ResolvedService[] {
  const missing = wanted.find((name) => !services.some((service) => service.name === name));
  const isJob = (name: string | undefined): boolean => jobs.some((job) => job.name === name);
  if (isJob(missing) || (services.length === 0 && jobs.length > 0)) {
    const name = missing ?? jobs[0]?.name ?? "";
    throw failure("FSD5002", `${name} is a job: it has no rollout, no load and no scaling that could be played`, {
      hint: `run it on this machine: fsd deploy --service ${name}, then fsd run ${name} --wait`,
    });
  }
  if (missing !== undefined) {
    const known = services.map(({ name }) => name);
    const meant = didYouMean(missing, known);
    throw failure("FSD5002", `no manifest describes the service ${missing}`, {
      hint: meant === undefined ? `there are ${known.length === 0 ? "none" : known.join(", ")}` : `did you mean ${meant}?`,
    });
  }
  const chosen = services.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  if (chosen.length === 0) throw failure("FSD5002", "no manifest describes a service");
  return chosen;
}
