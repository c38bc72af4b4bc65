/** A service as DescribeServices shows it, put together from the scheduler's state and the API's own records. */
import type { Deployment, Service } from "@aws-sdk/client-ecs";
import type { DeploymentState, ServiceState } from "../../../engine/service/service-state.ts";
import type { TaskState } from "../../../engine/service/task-state.ts";
import { describeDeploymentConfiguration } from "./deployment-configuration.ts";
import type { EcsState, RevisionRecord } from "./ecs-state.ts";
import { tagList } from "./tags.ts";

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

export function describeService(
  service: ServiceState,
  tasks: readonly TaskState[],
  state: EcsState,
  include: readonly string[] = [],
): Service {
  const record = state.services.get(service.serviceArn);
  const newest = service.deployments[0] ?? service.lastCompleted;
  const revision = newest === undefined ? undefined : state.revisions.get(newest.serviceRevisionArn);
  const open = service.serviceDeployments.find((each) =>
    ["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_REQUESTED", "STOP_REQUESTED"].includes(each.status),
  );
  const strategy = service.capacityProviderStrategy.map((item) => ({ ...item }));
  return {
    serviceArn: service.serviceArn,
    serviceName: service.serviceName,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    ...countTasks(tasks),
    ...(strategy.length > 0 ? { capacityProviderStrategy: strategy } : { launchType: "FARGATE" as const }),
    platformVersion: revision?.platformVersion ?? "LATEST",
    platformFamily: "Linux",
    taskDefinition: newest?.taskDefinitionArn,
    deploymentConfiguration: describeDeploymentConfiguration(service.deploymentConfiguration),
    deploymentController: { type: "ECS" },
    deployments: service.deployments.map((deployment) => describeDeployment(deployment, service, tasks, state)),
    loadBalancers: [...(revision?.loadBalancers ?? [])],
    serviceRegistries: [...(revision?.serviceRegistries ?? [])],
    networkConfiguration: revision?.networkConfiguration,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodMs / 1000,
    schedulingStrategy: "REPLICA",
    roleArn: record?.roleArn,
    createdBy: record?.createdBy,
    createdAt: new Date(service.createdAt),
    events: service.events.map(({ id, createdAt, message }) => ({ id, createdAt: new Date(createdAt), message })),
    currentServiceRevisions: service.deployments.map((deployment) => ({
      arn: deployment.serviceRevisionArn,
      requestedTaskCount: deployment.desiredCount,
      runningTaskCount: countTasks(tasksOf(tasks, deployment)).runningCount,
      pendingTaskCount: countTasks(tasksOf(tasks, deployment)).pendingCount,
    })),
    ...(open === undefined ? {} : { currentServiceDeployment: open.serviceDeploymentArn }),
    placementConstraints: [...(record?.placementConstraints ?? [])],
    placementStrategy: [...(record?.placementStrategy ?? [])],
    enableECSManagedTags: record?.enableECSManagedTags ?? false,
    propagateTags: record?.propagateTags ?? "NONE",
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: record?.availabilityZoneRebalancing ?? "ENABLED",
    ...(include.includes("TAGS") ? { tags: tagList(state.tags.get(service.serviceArn)) } : {}),
  };
}

function tasksOf(tasks: readonly TaskState[], deployment: DeploymentState): TaskState[] {
  return tasks.filter((task) => task.deploymentId === deployment.id);
}

function describeDeployment(deployment: DeploymentState, service: ServiceState, tasks: readonly TaskState[], state: EcsState): Deployment {
  const revision: RevisionRecord | undefined = state.revisions.get(deployment.serviceRevisionArn);
  const strategy = service.capacityProviderStrategy.map((item) => ({ ...item }));
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinitionArn,
    desiredCount: deployment.desiredCount,
    ...countTasks(tasksOf(tasks, deployment)),
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdAt),
    updatedAt: new Date(deployment.updatedAt),
    ...(strategy.length > 0 ? { capacityProviderStrategy: strategy } : { launchType: "FARGATE" as const }),
    platformVersion: revision?.platformVersion === "LATEST" ? "1.4.0" : revision?.platformVersion,
    platformFamily: "Linux",
    networkConfiguration: revision?.networkConfiguration,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    ...(revision?.serviceConnectConfiguration === undefined ? {} : { serviceConnectConfiguration: revision.serviceConnectConfiguration }),
    ...(revision?.serviceConnectResources === undefined ? {} : { serviceConnectResources: [...revision.serviceConnectResources] }),
  };
}
