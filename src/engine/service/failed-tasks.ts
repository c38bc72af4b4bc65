/**
 * What failed tasks mean for their deployment: each counts for the circuit breaker, and starts that fail in a row make the
 * next one wait. AWS names failures to launch and to reach RUNNING for the breaker's first stage and failed health checks
 * for the second, and counts both in `failedTasks`; so does this.
 */
import type { ServiceDraft } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import { serviceNotice } from "./service-notice.ts";
import type { DeploymentState } from "./service-state.ts";
import { startBackOffMs } from "./start-back-off.ts";

/** Only tasks of the deployment that is under way count. */
export function countFailures(draft: ServiceDraft, deploymentId: string | undefined, tasks = 1): void {
  const { primary } = draft;
  if (primary === undefined || primary.id !== deploymentId || primary.rolloutState !== "IN_PROGRESS") return;
  draft.changeDeployment(primary.id, { failedTasks: primary.failedTasks + tasks });
}

/** One more start in a row was in vain; the next has to wait `atLeastMs`, or longer after several. */
export function backOff(draft: ServiceDraft, deployment: DeploymentState, atLeastMs = 0): void {
  const startFailures = deployment.startFailures + 1;
  const pauseMs = startBackOffMs(startFailures);
  draft.changeDeployment(deployment.id, {
    startFailures,
    lastStartFailureTime: draft.now.time,
    startAfterTime: draft.now.time + Math.max(pauseMs, atLeastMs),
  });
  if (pauseMs === 0) return;
  draft.complain(serviceEvent.unableToStart(draft.service.serviceName), serviceNotice.startImpaired);
}
