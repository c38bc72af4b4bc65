/**
 * The containers of a task while it lives: started in the order of `dependsOn`, probed, restarted under their restart
 * policy, and deciding by their exit whether the task goes on.
 */
import { healthAtStart, probeAnswered, probeSent } from "./container-health.ts";
import { readiness } from "./container-order.ts";
import { stopReason } from "./stop-reason.ts";
import type { TaskDraft } from "./task-draft.ts";
import type { ContainerPlan } from "./task-plan.ts";
import type { ContainerState } from "./task-state.ts";
import { stopTask } from "./task-stop.ts";

/** Starts every pulled container whose dependencies allow it, and fails the task when one never will. */
export function startReadyContainers(draft: TaskDraft): void {
  if (draft.task.desiredStatus === "STOPPED") return;
  for (const container of draft.plan.containers) {
    const state = draft.containerState(container.name);
    if (state?.phase !== "pulled" && state?.phase !== "pulling") continue;
    const ready = readiness(container, draft.plan, draft.task, draft.now.time, draft.settings.limit);
    if (ready.type === "waiting") {
      draft.wake(ready.untilTime);
    } else if (ready.type === "failed") {
      const { dependency, condition, timeoutMs } = ready;
      stopTask(
        draft,
        "TaskFailedToStart",
        timeoutMs === undefined
          ? stopReason.dependencyFailed(container.name, dependency, condition)
          : stopReason.dependencyTimedOut(container.name, dependency, condition, timeoutMs / 1000),
      );
      return;
    } else if (state.phase === "pulled") {
      draft.changeContainer(container.name, ["pulled"], () => ({ phase: "starting" }));
      draft.decide({ type: "start", container: container.name });
    }
  }
}

export function containerStarted(draft: TaskDraft, name: string, runtimeId: string): void {
  const check = draft.containerPlan(name)?.healthCheck;
  draft.changeContainer(name, ["starting"], () => ({
    phase: "running",
    runtimeId,
    startedTime: draft.now.time,
    health: healthAtStart(check, draft.now),
  }));
}

/** Its image could not be had, or it could not be started. */
export function containerFailed(draft: TaskDraft, name: string, phases: readonly ContainerState["phase"][], reason: string): void {
  const state = draft.containerState(name);
  if (state === undefined || !phases.includes(state.phase)) return;
  draft.changeContainer(name, phases, () => ({ phase: "stopped", reason }));
  // A container whose restart fails had reached RUNNING with its task: that is an exit.
  if (draft.isEssential(name))
    stopTask(draft, draft.task.runningTime === undefined ? "TaskFailedToStart" : "EssentialContainerExited", reason);
}

/** A container has exited: it restarts, it ends the task when it is essential, or it just stays stopped. */
export function containerExited(draft: TaskDraft, name: string, exitCode: number | undefined, reason: string | undefined): void {
  const container = draft.containerPlan(name);
  const state = draft.containerState(name);
  if (container === undefined || state === undefined || state.phase === "stopped") return;
  const wasStopping = state.phase === "stopping" || draft.task.desiredStatus === "STOPPED";
  if (!wasStopping && restarts(draft, container, state, exitCode)) {
    draft.changeContainer(name, [state.phase], () => ({
      phase: "starting",
      restartCount: state.restartCount + 1,
      health: healthAtStart(undefined, draft.now),
      ...(exitCode === undefined ? {} : { exitCode }),
    }));
    draft.decide({ type: "start", container: name });
    return;
  }
  draft.changeContainer(name, [state.phase], () => ({
    phase: "stopped",
    health: { ...state.health, probing: false },
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(reason === undefined ? {} : { reason }),
  }));
  if (container.essential && !wasStopping) {
    const started = state.startedTime !== undefined;
    stopTask(
      draft,
      started ? "EssentialContainerExited" : "TaskFailedToStart",
      started ? stopReason.essentialContainerExited : (reason ?? stopReason.essentialContainerExited),
    );
  }
}

function restarts(draft: TaskDraft, container: ContainerPlan, state: ContainerState, exitCode: number | undefined): boolean {
  const policy = container.restartPolicy;
  if (policy === undefined || state.startedTime === undefined) return false;
  if (exitCode !== undefined && policy.ignoredExitCodes.includes(exitCode)) return false;
  return draft.now.time - state.startedTime >= policy.restartAttemptPeriodMs;
}

/** Sends the health checks that are due, and gives up those that were never answered. */
export function probeContainers(draft: TaskDraft): void {
  for (const container of draft.plan.containers) {
    const check = container.healthCheck;
    const state = draft.containerState(container.name);
    if (check === undefined || state?.phase !== "running" || state.health.dueTime === undefined) continue;
    if (state.health.dueTime <= draft.now.time) {
      if (state.health.probing) {
        containerProbed(draft, container.name, false);
      } else {
        draft.changeContainer(container.name, ["running"], () => ({ health: probeSent(state.health, check, draft.now, draft.settings) }));
        const timeoutMs = draft.settings.limit(check.timeoutMs);
        draft.decide({ type: "probe", container: container.name, command: check.command, timeoutMs });
      }
    }
    draft.wake(draft.containerState(container.name)?.health.dueTime);
  }
}

export function containerProbed(draft: TaskDraft, name: string, passed: boolean): void {
  const check = draft.containerPlan(name)?.healthCheck;
  if (check === undefined || draft.containerState(name)?.health.probing !== true) return;
  draft.changeContainer(name, ["running"], (state) => ({
    health: probeAnswered(state, check, passed, draft.now, draft.settings),
  }));
  reportInstanceHealth(draft);
}

/** Cloud Map's custom health follows the containers' (its failure threshold is fixed at one). */
function reportInstanceHealth(draft: TaskDraft): void {
  const before = draft.before.containers.some((container) => container.health.status === "UNHEALTHY");
  const after = draft.task.containers.some((container) => container.health.status === "UNHEALTHY");
  if (before === after) return;
  for (const registry of draft.task.registries) {
    if (registry.registered) draft.decide({ type: "report-instance-health", registryArn: registry.registryArn, healthy: !after });
  }
}
