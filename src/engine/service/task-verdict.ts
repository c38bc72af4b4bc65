/**
 * How the scheduler counts a task towards `minimumHealthyPercent`:
 *
 * | load balancer | container check | counted healthy                        |
 * |---------------|-----------------|----------------------------------------|
 * | no            | no              | RUNNING for 40 s                       |
 * | no            | yes             | container health HEALTHY               |
 * | yes           | no              | `healthy` in every target group        |
 * | yes           | yes             | both                                   |
 *
 * Inside `healthCheckGracePeriodSeconds`, counted from RUNNING, bad results of either kind are ignored.
 */
import { checkedHealthStatus } from "./container-health.ts";
import type { EngineSettings } from "./moment.ts";
import type { TaskPlan } from "./task-plan.ts";
import type { TaskState, TaskTarget } from "./task-state.ts";

export type Verdict =
  | { readonly type: "healthy" }
  /** Not healthy yet; `untilTime` when time alone will change that. */
  | { readonly type: "starting"; readonly untilTime?: number }
  | { readonly type: "sick"; readonly cause: SicknessCause }
  /** `desiredStatus` is STOPPED: it counts for nothing. */
  | { readonly type: "leaving" };

export type SicknessCause =
  | { readonly type: "target"; readonly target: TaskTarget }
  | { readonly type: "container"; readonly container: string };

/** "RUNNING for 40 s" of a task that nothing checks. */
export const UNCHECKED_HEALTHY_AFTER_MS = 40_000;

/** The verdict on a task at `time`. */
export function verdictOn(task: TaskState, plan: TaskPlan, gracePeriodMs: number, time: number, settings: EngineSettings): Verdict {
  if (task.desiredStatus === "STOPPED") return { type: "leaving" };
  if (task.lastStatus !== "RUNNING" || task.runningTime === undefined) return { type: "starting" };
  const containerHealth = checkedHealthStatus(task, plan);
  if (containerHealth === undefined && task.targets.length === 0) {
    const healthyTime = task.runningTime + UNCHECKED_HEALTHY_AFTER_MS;
    return time >= healthyTime ? { type: "healthy" } : { type: "starting", untilTime: healthyTime };
  }
  const cause = sickness(task, plan, containerHealth === "UNHEALTHY");
  if (cause !== undefined) {
    const graceEndTime = task.runningTime + settings.limit(gracePeriodMs);
    return time >= graceEndTime ? { type: "sick", cause } : { type: "starting", untilTime: graceEndTime };
  }
  const targetsHealthy = task.targets.every((target) => target.state === "healthy" || target.state === "unavailable");
  return targetsHealthy && containerHealth !== "UNKNOWN" ? { type: "healthy" } : { type: "starting" };
}

function sickness(task: TaskState, plan: TaskPlan, containerUnhealthy: boolean): SicknessCause | undefined {
  const target = task.targets.find((each) => each.state === "unhealthy");
  if (target !== undefined) return { type: "target", target };
  if (!containerUnhealthy) return undefined;
  const unhealthy = plan.containers.find(
    (container) =>
      container.essential && task.containers.some((state) => state.name === container.name && state.health.status === "UNHEALTHY"),
  );
  return { type: "container", container: unhealthy?.name ?? "" };
}
