/** What a deployment brings about as a stack of its own: a service, or a job, whose task follows the rules of a service's. */
import type { ResolvedJob, ResolvedService } from "./resolved.ts";

export type Deployable = ResolvedService | ResolvedJob;

/** The service itself; of a job, its task as a service without a port would have it. */
export function taskOf(document: Deployable): ResolvedService {
  return document.kind === "Job" ? document.task : document;
}
