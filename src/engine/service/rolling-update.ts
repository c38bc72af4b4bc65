/**
 * Moves a service towards its desired count and its newest deployment within the bounds of its deployment
 * configuration. Start-before-stop and stop-before-start are not modes: they follow from the numbers.
 *
 * Example, desired 4 at 50/100 (2 healthy at least, 4 tasks at most): stop 2, start 2, and when those are healthy
 * stop 2, start 2. At 100/200: start 4, and stop one old task for each new one that becomes healthy.
 */
import { type Bounds, deploymentBounds } from "./deployment-bounds.ts";
import { type ServiceDraft, TELL_AGAIN_AFTER_MS } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import type { DeploymentState } from "./service-state.ts";
import { stopReason } from "./stop-reason.ts";
import { leastMissed, startMissing, stopSick, stopSurplus } from "./task-counts.ts";
import type { TaskState } from "./task-state.ts";
import { leadHome, serving } from "./traffic-home.ts";

const STUCK_AFTER_MS = 5 * 60_000;

/** Decides this pass's stops and starts. */
export function rollForward(draft: ServiceDraft): void {
  const { primary, service } = draft;
  if (primary === undefined) return;
  if (primary.desiredCount !== service.desiredCount) draft.changeDeployment(primary.id, { desiredCount: service.desiredCount });
  leadHome(draft);
  const bounds = boundsOf(draft);
  stopSick(draft, bounds);
  stopSurplus(draft, primary);
  stopOutdated(draft, primary, bounds);
  for (const deployment of draft.deployments.slice(1)) startMissing(draft, deployment, bounds);
  startMissing(draft, primary, bounds);
  watchForStandstill(draft, bounds);
}

function boundsOf(draft: ServiceDraft): Bounds {
  const { desiredCount, status } = draft.service;
  if (status === "DRAINING") return { minHealthy: 0, maxTasks: 0 };
  const { minimumHealthyPercent, maximumPercent } = draft.configuration;
  return deploymentBounds(desiredCount, minimumHealthyPercent, maximumPercent);
}

/** Tasks of older deployments, as far as the healthy ones that serve stay at or above the minimum. */
function stopOutdated(draft: ServiceDraft, primary: DeploymentState, bounds: Bounds): void {
  if (primary.rolloutState === "FAILED" || draft.awaitsWeights) return;
  const healthyServing = (): number => serving(draft, draft.allLive()).filter((task) => draft.isHealthy(task)).length;
  const { desiredCount } = draft.service;
  for (const deployment of draft.deployments.slice(1)) {
    // What is gone already and not needed is not replaced.
    const lost = deployment.desiredCount - draft.live(deployment.id).length;
    if (lost > 0 && healthyServing() >= bounds.minHealthy) {
      draft.changeDeployment(deployment.id, { desiredCount: draft.live(deployment.id).length });
    }
  }
  for (;;) {
    const outdated = serving(
      draft,
      draft.deployments.slice(1).flatMap((deployment) => draft.live(deployment.id)),
    );
    const unhealthy = outdated.filter((task) => !draft.isHealthy(task));
    const healthyTotal = healthyServing();
    const missing = desiredCount - draft.live(primary.id).length;
    let task: TaskState | undefined;
    let reason: "replaced-by-deployment" | "makes-room" = "replaced-by-deployment";
    if (unhealthy.length > 0 && healthyTotal >= bounds.minHealthy) {
      task = leastMissed(draft, unhealthy);
    } else if (unhealthy.length > 0 && missing > 0 && draft.total >= bounds.maxTasks) {
      task = leastMissed(draft, unhealthy);
      reason = "makes-room";
    } else if (outdated.length > 0 && healthyTotal - 1 >= bounds.minHealthy) {
      task = leastMissed(draft, outdated);
    }
    if (task === undefined) return;
    draft.stop(task, stopReason.scaling(primary.id), reason);
    const owner = draft.deployment(task.deploymentId);
    if (owner !== undefined) draft.changeDeployment(owner.id, { desiredCount: Math.max(0, owner.desiredCount - 1) });
  }
}

/** A configuration that permits neither a start nor a stop is named after some minutes of standing still. */
function watchForStandstill(draft: ServiceDraft, bounds: Bounds): void {
  const { primary, service } = draft;
  if (primary === undefined) return;
  const missing = service.desiredCount - draft.live(primary.id).length;
  const waits = draft.allLive().some((task) => !draft.isHealthy(task));
  const stands =
    primary.rolloutState === "IN_PROGRESS" &&
    missing > 0 &&
    !draft.acts &&
    !waits &&
    draft.total >= bounds.maxTasks &&
    service.status === "ACTIVE";
  if (!stands) {
    if (service.stuckSinceTime !== undefined) draft.forget("stuckSinceTime");
    return;
  }
  if (service.stuckSinceTime === undefined) draft.change({ stuckSinceTime: draft.now.time });
  const dueTime = (draft.service.stuckSinceTime ?? draft.now.time) + STUCK_AFTER_MS;
  if (draft.now.time < dueTime) {
    draft.wake(dueTime);
    return;
  }
  const message = serviceEvent.stuck(service.serviceName);
  draft.complain(message);
  draft.wake((draft.service.complaints[message] ?? draft.now.time) + TELL_AGAIN_AFTER_MS);
}
