/** What must never happen to the task sets of a service, whatever a third party does with them. Knows nothing of what caused it. */
import { deploymentBounds } from "../engine/service/deployment-bounds.ts";
import type { ServiceState } from "../engine/service/service-state.ts";
import { computedDesiredCount, isSteady } from "../engine/service/task-set-state.ts";
import type { TaskState } from "../engine/service/task-state.ts";

export interface TaskSetSituation {
  readonly service: ServiceState;
  /** Those wanted RUNNING. */
  readonly tasks: readonly TaskState[];
  /** Those just stopped that no check had failed, as they were before. */
  readonly stopped: readonly TaskState[];
  /** Of which task sets tasks were just started. */
  readonly started: ReadonlySet<string>;
  readonly isHealthy: (task: TaskState) => boolean;
}

/** The rules that are broken, one sentence each. */
export function brokenTaskSetRules({ service, tasks, stopped, started, isHealthy }: TaskSetSituation): string[] {
  const { taskSets = [], deploymentConfiguration } = service;
  const { minimumHealthyPercent, maximumPercent } = deploymentConfiguration;
  const ids = new Set(taskSets.map(({ deployment }) => deployment.id));
  const orphan = tasks.find((task) => !ids.has(task.deploymentId ?? ""));
  const broken = orphan === undefined ? [] : ["a task of no task set is wanted RUNNING"];
  for (const taskSet of taskSets) {
    const { id } = taskSet.deployment;
    const own = tasks.filter((task) => task.deploymentId === id);
    const count = computedDesiredCount(service, taskSet);
    if (taskSet.status === "DRAINING" && own.length > 0) broken.push(`a deleted task set wants ${own.length} tasks RUNNING`);
    const { maxTasks } = deploymentBounds(count, minimumHealthyPercent, maximumPercent);
    if (started.has(id) && own.length > maxTasks)
      broken.push(`a start makes ${own.length} tasks of a task set wanted RUNNING, at most ${maxTasks} may be`);
    const healthy = own.filter(isHealthy).length;
    const lost = stopped.filter((task) => task.deploymentId === id && isHealthy(task)).length;
    if (healthy < count && healthy + lost >= count) broken.push(`a stop of ${lost} healthy tasks left ${healthy} of a task set's ${count}`);
  }
  return broken;
}

/** What the task sets still lack; undefined: each stands with its count. */
export function unsettledTaskSet(service: ServiceState, tasks: readonly TaskState[]): string | undefined {
  const { taskSets = [] } = service;
  if (taskSets.length === 0) return "no task set";
  for (const taskSet of taskSets) {
    const { id } = taskSet.deployment;
    if (taskSet.status === "DRAINING") return `${id} is not gone`;
    const own = tasks.filter((task) => task.deploymentId === id && task.desiredStatus === "RUNNING");
    const count = computedDesiredCount(service, taskSet);
    if (own.length !== count) return `${own.length} tasks of ${count} in ${id}`;
    if (own.some((task) => task.lastStatus !== "RUNNING")) return `tasks not RUNNING in ${id}`;
    if (!isSteady(taskSet)) return `${id} is not steady`;
  }
  return service.steadyToldTime === undefined ? "not steady" : undefined;
}
