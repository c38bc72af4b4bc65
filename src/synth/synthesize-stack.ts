/** The template of what is deployed as one stack: a service or a job. */
import type { Deployable } from "../manifest/deployable.ts";
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import { synthesizeJob } from "./job/synthesize-job.ts";
import { synthesizeService } from "./service/synthesize-service.ts";
import type { Template } from "./template.ts";

/** A service becomes a service's stack, a job a job's. */
export function synthesizeStack(document: Deployable, environment: ResolvedEnvironment): Template {
  return document.kind === "Job" ? synthesizeJob(document, environment) : synthesizeService(document, environment);
}
