import type { TaskState } from "../../../engine/service/task-state.ts";

const PENDING = ["PROVISIONING", "PENDING", "ACTIVATING"];

/** How many of the tasks run, and how many are on their way to. */
export function countTasks(tasks: readonly TaskState[]): { runningCount: number; pendingCount: number } {
  let runningCount = 0;
  let pendingCount = 0;
  for (const task of tasks) {
    if (task.lastStatus === "RUNNING") runningCount++;
    else if (PENDING.includes(task.lastStatus) && task.desiredStatus === "RUNNING") pendingCount++;
  }
  return { runningCount, pendingCount };
}
