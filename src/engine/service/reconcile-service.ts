/**
 * The service scheduler: from one service's snapshot to what is to be done now. It reads no clock and does nothing;
 * the controller commits the outcome and carries it out. One pass goes from learning (who became healthy, who failed)
 * over judging (circuit breaker, rollback) to acting (stop, start) and closing (complete, steady state); a world in
 * which nothing happens and no time passes decides nothing the second time.
 */
import { breakerThreshold } from "./circuit-breaker.ts";
import { isBaked, watchAlarms } from "./deployment-alarms.ts";
import { completeDeployment, failDeployment, finishService, retireDeployment } from "./deployment-end.ts";
import { backOff, countFailures } from "./failed-tasks.ts";
import type { EngineSettings, Moment } from "./moment.ts";
import { reconcileTaskSets } from "./reconcile-task-sets.ts";
import { rollForward } from "./rolling-update.ts";
import type { ServiceOutcome } from "./service-decision.ts";
import { followDeployment } from "./service-deployment-record.ts";
import { ServiceDraft } from "./service-draft.ts";
import { rolloutReason, serviceEvent } from "./service-events.ts";
import { serviceNotice } from "./service-notice.ts";
import type { DeploymentState } from "./service-state.ts";
import type { NewIds, ServiceWorld } from "./service-world.ts";
import { rollStaged } from "./staged-rollout.ts";
import { tellSteadiness } from "./steadiness.ts";
import { wanted } from "./task-counts.ts";
import type { TaskState } from "./task-state.ts";
import { tellThrottling } from "./tell-throttling.ts";
import { shiftAgain } from "./traffic-shift.ts";
import { rebalanceZones } from "./zone-balance.ts";

/** An image digest that cannot be resolved this often fails a deployment with a circuit breaker; without one it goes on unpinned. */
export const RESOLUTION_ATTEMPTS = 3;
const FAILED_PLACEMENT = /^Capacity is unavailable at this time/;

/** Decides what is to be done about a service now. */
export function reconcileService(world: ServiceWorld, now: Moment, ids: NewIds, settings: EngineSettings): ServiceOutcome {
  if (world.service.status === "INACTIVE") return { service: world.service, decisions: [], events: [], wakeAt: undefined };
  const reconcileOne = (one: ServiceWorld): ServiceOutcome => reconcileDeployments(one, now, ids, settings);
  return world.service.taskSets === undefined ? reconcileOne(world) : reconcileTaskSets(world, now, ids, settings, reconcileOne);
}

function reconcileDeployments(world: ServiceWorld, now: Moment, ids: NewIds, settings: EngineSettings): ServiceOutcome {
  const draft = new ServiceDraft(world, now, ids, settings);
  tellHappenings(draft);
  shiftAgain(draft);
  learn(draft);
  judge(draft);
  if (draft.configuration.strategy === "ROLLING") rollForward(draft);
  else rollStaged(draft);
  close(draft);
  rebalanceZones(draft);
  followDeployment(draft);
  return draft.outcome();
}

function tellHappenings(draft: ServiceDraft): void {
  const name = draft.service.serviceName;
  const count = (type: "target-registered" | "target-deregistered"): [targetGroupArn: string, tasks: number][] => {
    const counts = new Map<string, number>();
    for (const happening of draft.world.happenings) {
      if (happening.type === type) counts.set(happening.targetGroupArn, (counts.get(happening.targetGroupArn) ?? 0) + 1);
    }
    return [...counts];
  };
  for (const [arn, tasks] of count("target-registered")) draft.tell(serviceEvent.registered(name, tasks, arn));
  const deregistered = count("target-deregistered");
  for (const [arn, tasks] of deregistered) draft.tell(serviceEvent.deregistered(name, tasks, arn));
  const draining = new Set(draft.world.happenings.filter(({ type }) => type === "target-deregistered").map(({ taskArn }) => taskArn));
  if (draining.size > 0) draft.tell(serviceEvent.draining(name, draining.size));
  const throttled = new Set(draft.world.happenings.flatMap((happening) => (happening.type === "throttled" ? [happening.service] : [])));
  for (const service of throttled) tellThrottling(draft, service);
}

/** Notes who became healthy, who fell ill and who failed, and counts it for the deployment they belong to. */
function learn(draft: ServiceDraft): void {
  for (const task of draft.world.tasks) {
    const deployment = draft.deployment(task.deploymentId);
    if (deployment !== undefined && task.runningTime !== undefined) noteRunning(draft, deployment, task.runningTime);
    const verdict = draft.verdict(task);
    if (verdict.type === "leaving") {
      if (!task.accounted) account(draft, task);
    } else if (verdict.type === "healthy" && task.firstHealthyTime === undefined) {
      draft.mark(task.taskArn, { firstHealthyTime: draft.now.time });
      const current = draft.deployment(task.deploymentId);
      if (current !== undefined && current.failedTasks > 0 && draft.breaker.resetOnHealthyTask) {
        draft.changeDeployment(current.id, { failedTasks: 0 });
      }
    } else if (verdict.type === "sick" && !task.sickAnnounced) {
      draft.mark(task.taskArn, { sickAnnounced: true });
      const { cause } = verdict;
      const name = draft.service.serviceName;
      if (cause.type === "container") {
        const inRegistry = task.registries.some(({ registered }) => registered);
        draft.tell(serviceEvent.containerUnhealthy(name, task.taskId), inRegistry ? serviceNotice.instanceUnhealthy : undefined);
      } else {
        const { port, targetGroupArn, description = "Health checks failed" } = cause.target;
        draft.tell(serviceEvent.targetUnhealthy(name, task.taskId, port, targetGroupArn, description));
      }
      countFailures(draft, task.deploymentId);
    }
  }
}

function noteRunning(draft: ServiceDraft, deployment: DeploymentState, runningTime: number): void {
  if (!deployment.reachedRunning) draft.changeDeployment(deployment.id, { reachedRunning: true });
  if (deployment.startFailures > 0 && runningTime >= (deployment.lastStartFailureTime ?? 0)) {
    draft.changeDeployment(deployment.id, { startFailures: 0, startAfterTime: draft.now.time });
  }
}

/** A task that is on its way out is looked at once: was it a failed task of its deployment? */
function account(draft: ServiceDraft, task: TaskState): void {
  draft.mark(task.taskArn, { accounted: true });
  const endedByItself = task.stopCode === "TaskFailedToStart" || task.stopCode === "EssentialContainerExited";
  if (task.lost || !endedByItself) return;
  if (task.runningTime === undefined) {
    failedStart(draft, task);
    countFailures(draft, task.deploymentId);
  } else if (task.firstHealthyTime === undefined && !task.sickAnnounced && draft.settings.countCrashBeforeHealthy) {
    countFailures(draft, task.deploymentId);
  }
}

function failedStart(draft: ServiceDraft, task: TaskState): void {
  const deployment = draft.deployment(task.deploymentId);
  if (task.stoppedReason !== undefined && FAILED_PLACEMENT.test(task.stoppedReason)) {
    const notice = serviceNotice.placementFailure(task.capacityProviderName ?? "FARGATE");
    draft.complain(serviceEvent.unableToPlace(draft.service.serviceName, task.stoppedReason), notice);
  }
  if (deployment !== undefined) backOff(draft, deployment);
}

/** Ends the deployment that someone wants stopped, whose alarm rings or whose tasks failed too often; the first to speak wins. */
function judge(draft: ServiceDraft): void {
  obeyStop(draft);
  watchAlarms(draft);
  tripBreaker(draft);
}

function obeyStop(draft: ServiceDraft): void {
  const { primary } = draft;
  if (primary === undefined || primary.rolloutState !== "IN_PROGRESS") return;
  const asked = draft.service.serviceDeployments.find((each) => each.serviceDeploymentArn === primary.serviceDeploymentArn);
  if (asked?.status !== "ROLLBACK_REQUESTED" && asked?.status !== "STOP_REQUESTED") return;
  failDeployment(draft, primary, {
    cause: "stopped-by-user",
    reason: rolloutReason.stoppedByUser,
    told: "stopped by user.",
    rollback: asked.status === "ROLLBACK_REQUESTED",
  });
}

function tripBreaker(draft: ServiceDraft): void {
  const { primary, service, breaker } = draft;
  // ECS has the breaker for rolling updates only.
  if (draft.configuration.strategy !== "ROLLING") return;
  if (primary === undefined || primary.rolloutState !== "IN_PROGRESS" || !breaker.enable || service.status !== "ACTIVE") return;
  const { unresolved } = draft.world.revision(primary.serviceRevisionArn);
  const unresolvable = unresolved !== undefined && unresolved.attempts >= RESOLUTION_ATTEMPTS;
  if (!unresolvable && primary.failedTasks < breakerThreshold(breaker.threshold, service.desiredCount)) return;
  failDeployment(draft, primary, {
    cause: "circuit-breaker",
    reason: rolloutReason.tasksFailed,
    told: "tasks failed to start.",
    rollback: breaker.rollback,
  });
}

/** Retires empty deployments, completes the one that has arrived, and says when the service is steady. */
function close(draft: ServiceDraft): void {
  for (const deployment of draft.deployments.slice(1)) {
    const held = draft.world.tasks.some((task) => task.deploymentId === deployment.id && !isGone(task));
    if (!held && wanted(deployment) === 0) retireDeployment(draft, deployment);
  }
  const { primary, service } = draft;
  if (service.status === "DRAINING") {
    if (draft.world.tasks.every((task) => task.lastStatus === "STOPPED") && !draft.startsAnything) finishService(draft);
    return;
  }
  if (primary === undefined) return;
  const alone = draft.deployments.length === 1;
  const live = draft.live(primary.id);
  const stands =
    alone && live.length === service.desiredCount && live.every((task) => draft.isHealthy(task)) && !draft.acts && !draft.awaitsWeights;
  if (stands && primary.rolloutState === "IN_PROGRESS" && mayComplete(draft, primary)) completeDeployment(draft, primary);
  const steady = stands && draft.primary?.rolloutState === "COMPLETED";
  tellSteadiness(draft, steady);
}

function mayComplete(draft: ServiceDraft, primary: DeploymentState): boolean {
  if (draft.configuration.strategy === "ROLLING" || primary.rollback) return isBaked(draft, primary);
  return primary.staged?.stage === "CLEAN_UP";
}

/** Drained and past its stop signal: it no longer holds its deployment open. */
function isGone(task: TaskState): boolean {
  return ["STOPPING", "DEPROVISIONING", "STOPPED"].includes(task.lastStatus);
}
