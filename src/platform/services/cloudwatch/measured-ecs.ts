/** The tasks and services of ECS as `EcsMetrics` measures them, read from what the scheduler keeps. */
import type { TaskState } from "../../../engine/service/task-state.ts";
import { parseArn } from "../../../model/arn.ts";
import type { EcsState } from "../ecs/ecs-state.ts";
import type { StoreKeeper } from "../ecs/store-keeper.ts";
import type { StoredTaskPlans } from "../ecs/task-plans.ts";
import type { EcsMetricsDependencies, MeasuredService, MeasuredTask } from "./ecs-metrics.ts";

const PENDING: readonly string[] = ["PROVISIONING", "PENDING", "ACTIVATING"];

export function measuredEcs(
  state: EcsState,
  keeper: StoreKeeper,
  plans: StoredTaskPlans,
): Pick<EcsMetricsDependencies, "tasks" | "insights"> {
  return {
    tasks: () =>
      keeper
        .tasks()
        .filter(({ lastStatus, serviceArn }) => lastStatus === "RUNNING" && serviceArn !== undefined)
        .map((task) => measured(task, keeper, plans)),
    insights: () => {
      const clusters = state.clusters.list().filter(({ status, settings }) => status === "ACTIVE" && settings.some(isInsights));
      return clusters.flatMap(({ clusterArn }) => servicesOf(clusterArn, keeper));
    },
  };
}

function measured(task: TaskState, keeper: StoreKeeper, plans: StoredTaskPlans): MeasuredTask {
  const revision = task.serviceRevisionArn === undefined ? undefined : keeper.revision(task.serviceRevisionArn);
  const { region, clusterName, serviceName, cpu, memory } = plans.launch(task, revision);
  return { taskArn: task.taskArn, region, clusterName, cpu, memory, ...(serviceName === undefined ? {} : { serviceName }) };
}

function servicesOf(clusterArn: string, keeper: StoreKeeper): MeasuredService[] {
  const { region = "", resource = "" } = parseArn(clusterArn) ?? {};
  const services = keeper.services().filter((service) => service.clusterArn === clusterArn && service.status === "ACTIVE");
  if (services.length === 0) return [];
  const tasks = new Map<string, TaskState[]>();
  for (const task of keeper.tasks()) {
    if (task.serviceArn === undefined || task.clusterArn !== clusterArn) continue;
    const own = tasks.get(task.serviceArn);
    if (own === undefined) tasks.set(task.serviceArn, [task]);
    else own.push(task);
  }
  return services.map(({ serviceArn, serviceName, desiredCount }) => {
    const own = tasks.get(serviceArn) ?? [];
    return {
      region,
      clusterName: resource.slice("cluster/".length),
      serviceName,
      desired: desiredCount,
      running: own.filter(({ lastStatus }) => lastStatus === "RUNNING").length,
      pending: own.filter(({ lastStatus, desiredStatus }) => PENDING.includes(lastStatus) && desiredStatus === "RUNNING").length,
    };
  });
}

function isInsights({ name, value }: { name?: string | undefined; value?: string | undefined }): boolean {
  return name === "containerInsights" && value !== undefined && value !== "disabled";
}
