/**
 * How a task comes to its end: by a stop, a Spot reclaim, or the loss of its processes. A stop flips `desiredStatus`
 * and takes the task out of its load balancers; the containers are signalled when those have drained
 * (DEACTIVATING before STOPPING). On a Spot reclaim both happen at once.
 */
import { stopReason } from "./stop-reason.ts";
import type { TaskDraft } from "./task-draft.ts";
import type { StopCode } from "./task-state.ts";
import { awaitsDeregistration } from "./throttled-calls.ts";

/** Longest configurable deregistration delay, and a minute: after that a drain nobody reports on is over. */
const LONGEST_DRAIN_MS = 3_660_000;

/** From now on the task is wanted STOPPED; the first reason given stays. */
export function stopTask(draft: TaskDraft, stopCode: StopCode, stoppedReason: string): void {
  const { task } = draft;
  if (task.desiredStatus === "STOPPED") return;
  draft.change({ desiredStatus: "STOPPED", stopCode, stoppedReason, stoppingAt: draft.now.wall });
  if (task.lastStatus === "RUNNING" || task.lastStatus === "ACTIVATING") {
    deregister(draft);
    draft.enter("DEACTIVATING");
  } else {
    draft.enter("STOPPING");
  }
}

/** Spot wants its capacity back: the stop signal comes at once, while the target may still be registered. */
export function reclaimTask(draft: TaskDraft): void {
  if (draft.task.desiredStatus === "RUNNING") {
    draft.change({
      desiredStatus: "STOPPED",
      stopCode: "SpotInterruption",
      stoppedReason: stopReason.spotInterrupted,
      stoppingAt: draft.now.wall,
    });
    if (draft.task.lastStatus === "RUNNING") deregister(draft);
  }
  if (["DEPROVISIONING", "STOPPED"].includes(draft.task.lastStatus)) return;
  draft.enter("STOPPING");
}

/** Its processes are gone with the platform: a task that had not started begins anew, any other has ended. */
export function loseTask(draft: TaskDraft): void {
  const { task } = draft;
  const started = task.containers.some((container) => container.startedTime !== undefined);
  if (!started && task.desiredStatus === "RUNNING" && ["PROVISIONING", "PENDING"].includes(task.lastStatus)) {
    draft.forget("attachment", "connectivityAt", "pullStartedAt", "pullStoppedAt");
    const containers = task.containers.map((container) => ({ ...container, phase: "waiting" as const }));
    draft.change({ lastStatus: "PROVISIONING", containers });
    draft.decide({ type: "provision" });
    return;
  }
  draft.change({
    lost: true,
    containers: task.containers.map((container) =>
      container.phase === "stopped"
        ? container
        : container.startedTime === undefined
          ? { ...container, phase: "stopped" as const }
          : { ...container, phase: "stopped" as const, exitCode: 137, reason: "The local platform stopped" },
    ),
  });
  if (task.desiredStatus === "RUNNING") stopTask(draft, "EssentialContainerExited", stopReason.essentialContainerExited);
  else if (task.lastStatus === "DEPROVISIONING") draft.decide({ type: "deprovision" });
  else deregister(draft);
}

/** Takes the task out of its target groups and registries; repeated calls repeat the decisions, not the happenings. */
export function deregister(draft: TaskDraft): void {
  const { attachment, targets, registries, taskArn } = draft.task;
  if (attachment === undefined) return;
  for (const { targetGroupArn, port, state } of targets) {
    if (state === "none" || state === "unused") continue;
    draft.decide({ type: "deregister-target", targetGroupArn, ip: attachment.privateIp, port });
    if (state !== "draining") draft.tell({ type: "target-deregistered", taskArn, targetGroupArn });
  }
  for (const registry of registries) {
    if (registry.registered || registry.leaving === true) draft.decide({ type: "deregister-instance", registryArn: registry.registryArn });
  }
  draft.change({
    drainDeadlineTime: draft.task.drainDeadlineTime ?? draft.now.time + LONGEST_DRAIN_MS,
    targets: targets.map((target) =>
      target.state === "none" || target.state === "unused" ? target : { ...target, state: "draining" as const },
    ),
    registries: registries.map((registry) => (registry.registered ? { ...registry, registered: false, leaving: true as const } : registry)),
  });
}

/** The registry took the call to take the task out. */
export function instanceDeregistered(draft: TaskDraft, registryArn: string): void {
  draft.change({
    registries: draft.task.registries.map((registry) => {
      if (registry.registryArn !== registryArn || registry.leaving === undefined) return registry;
      const { leaving: _left, ...rest } = registry;
      return rest;
    }),
  });
}

/** Looks again at the drain's deadline. Behind it only what is awaited, a refused call's pause or a registry's word, leads on. */
export function awaitDrain(draft: TaskDraft): void {
  const { drainDeadlineTime } = draft.task;
  if (drainDeadlineTime !== undefined && draft.now.time < drainDeadlineTime) draft.wake(drainDeadlineTime);
}

/** Whether no load balancer has requests of the task in flight any more, and no registry names it. */
export function isDrained(draft: TaskDraft): boolean {
  const { targets, registries, drainDeadlineTime, lost } = draft.task;
  if (awaitsDeregistration(draft.task) || registries.some(({ leaving }) => leaving === true)) return false;
  // Nothing is left that a drain could spare, and the address may soon be another task's.
  if (lost) return true;
  if (targets.every((target) => target.state === "none" || target.state === "unused")) return true;
  return drainDeadlineTime !== undefined && draft.now.time >= drainDeadlineTime;
}
