/** A task set as DescribeTaskSets and DescribeServices show it. */
import type { TaskSet } from "@aws-sdk/client-ecs";
import type { ServiceState } from "../../../engine/service/service-state.ts";
import { computedDesiredCount, isSteady, type TaskSetState } from "../../../engine/service/task-set-state.ts";
import type { TaskState } from "../../../engine/service/task-state.ts";
import { countTasks } from "./count-tasks.ts";
import type { EcsState } from "./ecs-state.ts";
import { tagList } from "./tags.ts";

export function describeTaskSet(
  taskSet: TaskSetState,
  service: ServiceState,
  tasks: readonly TaskState[],
  state: EcsState,
  include: readonly string[] = [],
): TaskSet {
  const { deployment, externalId, capacityProviderStrategy } = taskSet;
  const revision = state.revisions.get(deployment.serviceRevisionArn);
  return {
    id: deployment.id,
    taskSetArn: taskSet.taskSetArn,
    serviceArn: service.serviceArn,
    clusterArn: service.clusterArn,
    ...(externalId === undefined ? {} : { externalId }),
    status: taskSet.status,
    taskDefinition: deployment.taskDefinitionArn,
    computedDesiredCount: computedDesiredCount(service, taskSet),
    ...countTasks(tasks.filter((task) => task.deploymentId === deployment.id)),
    createdAt: new Date(deployment.createdAt),
    updatedAt: new Date(deployment.updatedAt),
    ...(capacityProviderStrategy.length > 0
      ? { capacityProviderStrategy: capacityProviderStrategy.map((item) => ({ ...item })) }
      : { launchType: "FARGATE" as const }),
    platformVersion: revision?.platformVersion === "LATEST" ? "1.4.0" : revision?.platformVersion,
    platformFamily: "Linux",
    networkConfiguration: revision?.networkConfiguration,
    loadBalancers: [...(revision?.loadBalancers ?? [])],
    serviceRegistries: [...(revision?.serviceRegistries ?? [])],
    scale: { value: taskSet.scale, unit: "PERCENT" },
    stabilityStatus: isSteady(taskSet) ? "STEADY_STATE" : "STABILIZING",
    stabilityStatusAt: new Date(taskSet.stabilityStatusAt),
    ...(include.includes("TAGS") ? { tags: tagList(state.tags.get(taskSet.taskSetArn)) } : {}),
  };
}
