/**
 * The order of containers in a task: `dependsOn` at start, its reverse at stop. A condition is looked at only while
 * the dependent has not started; HEALTHY is not verified again afterwards.
 */
import type { ContainerPlan, DependencyCondition, TaskPlan } from "./task-plan.ts";
import type { ContainerState, TaskState } from "./task-state.ts";

export type Readiness =
  | { readonly type: "ready" }
  | { readonly type: "waiting"; readonly untilTime?: number }
  /** The condition can no longer be met. */
  | {
      readonly type: "failed";
      readonly dependency: string;
      readonly condition: DependencyCondition;
      /** Present when it took too long. */
      readonly timeoutMs?: number;
    };

/** Whether `container` may start now. */
export function readiness(
  container: ContainerPlan,
  plan: TaskPlan,
  task: TaskState,
  time: number,
  limit: (configuredMs: number) => number,
): Readiness {
  let until: number | undefined;
  let waiting = false;
  for (const { containerName, condition } of container.dependsOn) {
    const state = containerState(task, containerName);
    if (state === undefined) continue;
    const met = conditionMet(state, condition);
    if (met === "yes") continue;
    if (met === "never") return { type: "failed", dependency: containerName, condition };
    waiting = true;
    const timeoutMs = plan.containers.find((each) => each.name === containerName)?.startTimeoutMs;
    if (timeoutMs === undefined || state.startedTime === undefined) continue;
    const deadline = state.startedTime + limit(timeoutMs);
    if (time >= deadline) return { type: "failed", dependency: containerName, condition, timeoutMs };
    until = until === undefined ? deadline : Math.min(until, deadline);
  }
  if (!waiting) return { type: "ready" };
  return until === undefined ? { type: "waiting" } : { type: "waiting", untilTime: until };
}

function conditionMet(state: ContainerState, condition: DependencyCondition): "yes" | "not yet" | "never" {
  const stopped = state.phase === "stopped";
  const neverRan = stopped && state.startedTime === undefined;
  if (neverRan) return "never";
  switch (condition) {
    case "START":
      return state.startedTime !== undefined ? "yes" : "not yet";
    case "COMPLETE":
      return stopped ? "yes" : "not yet";
    case "SUCCESS":
      if (!stopped) return "not yet";
      return state.exitCode === 0 ? "yes" : "never";
    case "HEALTHY":
      if (state.health.status === "HEALTHY" && !stopped) return "yes";
      return stopped || state.health.status === "UNHEALTHY" ? "never" : "not yet";
  }
}

/** Whether `name` may be stopped: nothing that depends on it is still up. */
export function mayStop(name: string, plan: TaskPlan, task: TaskState): boolean {
  return plan.containers.every(
    (container) =>
      !container.dependsOn.some((dependency) => dependency.containerName === name) ||
      ["stopped", "waiting"].includes(containerState(task, container.name)?.phase ?? "stopped"),
  );
}

/** The state of the container of that name. */
export function containerState(task: TaskState, name: string): ContainerState | undefined {
  return task.containers.find((container) => container.name === name);
}
