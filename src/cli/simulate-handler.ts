/** Simulates the service or the job that the files hold, or that `--service` names. */

import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { chosenDocument } from "./chosen-documents.ts";
import { checkPagePlace } from "./end-simulation.ts";
import { loadForEnvironment } from "./render-handler.ts";
import { simulateJobRuns } from "./simulate-job.ts";
import { simulateService } from "./simulate-service.ts";
import { simulatedSpan } from "./simulated-span.ts";
import type { Handler } from "./verb.ts";

/** Options that say something of one kind only, as they are written. */
const OF_SERVICES = {
  rps: "--rps",
  load: "--load",
  deployments: "--deployments",
  cpuMs: "--cpu-ms",
  latencyMs: "--latency-ms",
  metric: "--metric",
};
const OF_JOBS = { duration: "--duration" };

export const simulateHandler: Handler = async (context) => {
  const { given } = context;
  const loaded = loadForEnvironment(context);
  if (loaded === undefined) return ExitCode.usage;
  const document = chosenDocument(loaded, given.text("service"));
  const foreign = document.kind === "Job" ? OF_SERVICES : OF_JOBS;
  for (const [name, flag] of Object.entries(foreign)) {
    if (given.text(name) === undefined) continue;
    throw failure(
      "FSD5001",
      `${flag} is for ${document.kind === "Job" ? "services" : "jobs"}, and ${document.name} is a ${document.kind.toLowerCase()}`,
    );
  }
  const span = simulatedSpan(given);
  checkPagePlace(context);
  if (document.kind === "Service") return simulateService(context, document, loaded.environment, span);
  return simulateJobRuns(context, document, loaded.environment, span);
};
