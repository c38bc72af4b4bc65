/** A task as it is born, of a task definition of the test's own. */
import type { TaskPlan } from "./task-plan.ts";
import { newTask, type TaskState } from "./task-state.ts";

type Birth = Parameters<typeof newTask>[0];

export function bornTask(
  plan: TaskPlan,
  { targets = [], registries = [] }: Partial<Pick<Birth, "targets" | "registries">> = {},
): TaskState {
  const around = { taskArn: "t", taskId: "t", clusterArn: "c", group: "g", enableExecuteCommand: false, platformVersion: "1.4.0" };
  const network = { subnetId: "s", availabilityZone: "a", securityGroups: [], assignPublicIp: false };
  return newTask({ ...around, ...network, targets, registries }, plan, { time: 0, wall: 0 });
}
