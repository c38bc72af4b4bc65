/** RunTask and ListTasks in the simulated world: standalone tasks for the controller that runs services too. */
import { nextProvider } from "../../engine/service/capacity-split.ts";
import type { CapacityProviderStrategyItem } from "../../engine/service/service-state.ts";
import type { TaskPlan } from "../../engine/service/task-plan.ts";
import { newTask, type TaskState } from "../../engine/service/task-state.ts";
import { isObject, type Json } from "../../kit/json.ts";
import type { SimulatedWorld } from "../simulated-world.ts";

export interface TaskRequest {
  readonly plan: TaskPlan;
  readonly count: number;
  /** Empty: FARGATE. */
  readonly strategy: readonly CapacityProviderStrategyItem[];
  readonly overrides: Json;
  readonly startedBy: string;
}

const ZONES = ["us-east-1a", "us-east-1b"];

/** Starts the tasks of one request, spread over capacity providers and zones as ECS spreads them. */
export function runTask(world: SimulatedWorld, { plan, count, strategy, overrides, startedBy }: TaskRequest): TaskState[] {
  const family = plan.taskDefinitionArn.split("/").at(-1)?.split(":")[0] ?? "";
  const providers = new Map<string, number>();
  return Array.from({ length: count }, (_, index) => {
    const provider = nextProvider(strategy, providers);
    if (provider !== undefined) providers.set(provider, (providers.get(provider) ?? 0) + 1);
    const taskId = world.random.hex(32);
    const zone = index % ZONES.length;
    const task = newTask(
      {
        taskArn: `${plan.taskDefinitionArn.replace(/:task-definition\/.*$/, ":task/sim")}/${taskId}`,
        taskId,
        clusterArn: plan.taskDefinitionArn.replace(/:task-definition\/.*$/, ":cluster/sim"),
        group: `family:${family}`,
        startedBy,
        ...sizeOverrides(overrides),
        enableExecuteCommand: false,
        ...(provider === undefined ? {} : { capacityProviderName: provider }),
        platformVersion: "1.4.0",
        subnetId: `subnet-${zone}`,
        availabilityZone: ZONES[zone] ?? "us-east-1a",
        securityGroups: [],
        assignPublicIp: false,
        targets: [],
        registries: [],
      },
      plan,
      world.controller.now(),
    );
    world.controller.addTask(task);
    return task;
  });
}

/** What ListTasks shows of a family: the tasks with desiredStatus RUNNING. */
export function listTasks(world: SimulatedWorld, family: string): readonly TaskState[] {
  return [...world.keeper.tasks()].filter(
    ({ taskDefinitionArn, desiredStatus }) => desiredStatus === "RUNNING" && taskDefinitionArn.split("/").at(-1)?.split(":")[0] === family,
  );
}

/** Of RunTask's overrides, in Scheduler's spelling or the machine's, what a task costs. */
function sizeOverrides(overrides: Json): Partial<Pick<TaskState, "overrides">> {
  if (!isObject(overrides)) return {};
  const cpu = overrides.cpu ?? overrides.Cpu;
  const memory = overrides.memory ?? overrides.Memory;
  if (cpu === undefined && memory === undefined) return {};
  return {
    overrides: {
      containerOverrides: [],
      ...(cpu === undefined ? {} : { cpu: String(cpu) }),
      ...(memory === undefined ? {} : { memory: String(memory) }),
    },
  };
}
