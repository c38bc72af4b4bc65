/** Whether a task's change is one its service may have to act upon; most steps of a task are not. */
import type { TaskState } from "../engine/service/task-state.ts";

/** The steps of a task at which its service may have something to decide; the others it would look at in vain. */
const DECISIVE: ReadonlySet<TaskState["lastStatus"]> = new Set(["RUNNING", "STOPPING", "DEPROVISIONING", "STOPPED"]);

/** Whether the service must be reconciled: a desired or decisive status, a target or a container's health is another than before. */
export function concernsService(before: TaskState, after: TaskState): boolean {
  if (before.desiredStatus !== after.desiredStatus) return true;
  if (before.lastStatus !== after.lastStatus && DECISIVE.has(after.lastStatus)) return true;
  if (before.targets !== after.targets && before.targets.some((target, index) => target.state !== after.targets[index]?.state)) return true;
  return (
    before.containers !== after.containers &&
    before.containers.some((container, index) => container.health.status !== after.containers[index]?.health.status)
  );
}
