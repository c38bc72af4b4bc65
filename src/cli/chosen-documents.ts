import { didYouMean } from "../manifest/did-you-mean.ts";
import type { ResolvedJob, ResolvedService } from "../manifest/resolved.ts";
import { failure } from "../model/failures.ts";

/** What manifests hold, as a verb that plays it takes it. */
export interface Documents {
  readonly services: readonly ResolvedService[];
  readonly jobs: readonly ResolvedJob[];
}

/** Services and jobs that are named; with no name all services or, where there are none, all jobs. A name that no manifest has is refused. */
export function chosenDocuments({ services, jobs }: Documents, wanted: readonly string[]): readonly (ResolvedService | ResolvedJob)[] {
  const all = [...services, ...jobs];
  const known = all.map(({ name }) => name);
  if (known.length === 0) throw failure("FSD5002", "no manifest describes a service or a job");
  const missing = wanted.find((name) => !known.includes(name));
  if (missing !== undefined) {
    const meant = didYouMean(missing, known);
    throw failure("FSD5002", `no manifest describes the service ${missing}`, {
      hint: meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}?`,
    });
  }
  if (wanted.length > 0) return all.filter(({ name }) => wanted.includes(name));
  return services.length > 0 ? services : jobs;
}

/** The only one, or the one that is named. */
export function chosenDocument(documents: Documents, wanted: string | undefined): ResolvedService | ResolvedJob {
  const chosen = chosenDocuments(documents, wanted === undefined ? [] : [wanted]);
  const [document] = chosen;
  if (document === undefined || chosen.length > 1) {
    const kind = document?.kind === "Job" ? "jobs" : "services";
    throw failure("FSD5001", `the files hold ${chosen.length} ${kind}`, {
      hint: `choose one with --service: ${[...documents.services, ...documents.jobs].map(({ name }) => name).join(", ")}`,
    });
  }
  return document;
}
