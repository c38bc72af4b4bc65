/**
 * The health state machine of one container, as Docker's and the ECS agent's: the first probe comes `interval` after
 * the start, the next one `interval` after the last answer; `retries` consecutive failures make UNHEALTHY, one pass
 * makes HEALTHY. Failures inside `startPeriod` do not count, and the first pass ends it.
 *
 * Example, interval 10 s, retries 3, startPeriod 60 s: probes at 10, 20, … fail uncounted until 60 s; those at 60, 70
 * and 80 s count, and the third makes the container UNHEALTHY.
 */
import type { EngineSettings, Moment } from "./moment.ts";
import type { HealthCheckPlan, TaskPlan } from "./task-plan.ts";
import type { ContainerHealth, ContainerState, HealthStatus, TaskState } from "./task-state.ts";

/** The health of a container at the moment it starts or restarts. */
export function healthAtStart(check: HealthCheckPlan | undefined, now: Moment): ContainerHealth {
  const unknown: ContainerHealth = { status: "UNKNOWN", failures: 0, passed: false, probing: false };
  return check === undefined ? unknown : { ...unknown, dueTime: now.time + check.intervalMs };
}

/** A probe has been sent; its answer is given up one interval after its own timeout. */
export function probeSent(health: ContainerHealth, check: HealthCheckPlan, now: Moment, settings: EngineSettings): ContainerHealth {
  return { ...health, probing: true, dueTime: now.time + settings.limit(check.timeoutMs) + check.intervalMs };
}

/** A probe has been answered, or given up (`passed` false). */
export function probeAnswered(
  container: ContainerState,
  check: HealthCheckPlan,
  passed: boolean,
  now: Moment,
  settings: EngineSettings,
): ContainerHealth {
  const { health } = container;
  const inStartPeriod =
    !health.passed && container.startedTime !== undefined && now.time < container.startedTime + settings.limit(check.startPeriodMs);
  const failures = passed ? 0 : inStartPeriod && check.startPeriodMs > 0 ? health.failures : health.failures + 1;
  const status: HealthStatus = passed ? "HEALTHY" : failures >= check.retries ? "UNHEALTHY" : health.status;
  return {
    status,
    failures,
    passed: health.passed || passed,
    probing: false,
    dueTime: now.time + check.intervalMs,
    ...(status === health.status ? statusSince(health) : { statusSinceAt: now.wall }),
  };
}

function statusSince(health: ContainerHealth): { statusSinceAt?: number } {
  return health.statusSinceAt === undefined ? {} : { statusSinceAt: health.statusSinceAt };
}

/**
 * A task's `healthStatus`: over its essential containers, any UNHEALTHY makes UNHEALTHY, else any UNKNOWN makes
 * UNKNOWN, else HEALTHY. An essential container without a check is UNKNOWN for ever, and so is its task.
 */
export function taskHealthStatus(task: TaskState, plan: TaskPlan): HealthStatus {
  return aggregate(task, plan, () => true);
}

/** As the scheduler looks at it: essential containers without a check are neutral. Undefined when none has one. */
export function checkedHealthStatus(task: TaskState, plan: TaskPlan): HealthStatus | undefined {
  if (!plan.containers.some((container) => container.essential && container.healthCheck !== undefined)) return undefined;
  return aggregate(task, plan, (checked) => checked);
}

function aggregate(task: TaskState, plan: TaskPlan, considered: (checked: boolean) => boolean): HealthStatus {
  let result: HealthStatus = "HEALTHY";
  for (const container of plan.containers) {
    if (!container.essential || !considered(container.healthCheck !== undefined)) continue;
    const status = task.containers.find((each) => each.name === container.name)?.health.status ?? "UNKNOWN";
    if (status === "UNHEALTHY") return "UNHEALTHY";
    if (status === "UNKNOWN") result = "UNKNOWN";
  }
  return result;
}
