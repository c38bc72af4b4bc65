/** Which changes of a task ECS tells the world of, in `ECS Task State Change` events. */
import type { ContainerState, TaskState } from "./task-state.ts";

/**
 * Whether the change shows: another status, wanted or real, a container that started or ended, a network interface that
 * came or went. What the scheduler notes for itself (probes, drains, deadlines) does not. `before` is absent for a new task.
 */
export function isTaskStateChange(before: TaskState | undefined, after: TaskState): boolean {
  if (before === undefined || before.lastStatus !== after.lastStatus || before.desiredStatus !== after.desiredStatus) return true;
  if (before.stopCode !== after.stopCode || (before.attachment === undefined) !== (after.attachment === undefined)) return true;
  if (before.containers === after.containers) return false;
  return after.containers.some((container, index) => shown(container) !== shown(before.containers[index]));
}

function shown(container: ContainerState | undefined): string | undefined {
  if (container === undefined) return undefined;
  const { phase, exitCode, restartCount } = container;
  const status = phase === "stopped" ? "STOPPED" : phase === "running" || phase === "stopping" ? "RUNNING" : "PENDING";
  return `${status} ${exitCode} ${restartCount}`;
}
