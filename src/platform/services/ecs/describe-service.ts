/** A service as DescribeServices shows it, put together from the scheduler's state and the API's own records. */
import type { Deployment, Service } from "@aws-sdk/client-ecs";
import type { DeploymentState, ServiceState } from "../../../engine/service/service-state.ts";
import type { TaskSetState } from "../../../engine/service/task-set-state.ts";
import type { TaskState } from "../../../engine/service/task-state.ts";
import { countTasks } from "./count-tasks.ts";
import { describeDeploymentConfiguration } from "./deployment-configuration.ts";
import { describeTaskSet } from "./describe-task-set.ts";
import type { EcsState, RevisionRecord } from "./ecs-state.ts";
import { tagList } from "./tags.ts";

type Shown = Pick<TaskSetState, "deployment" | "capacityProviderStrategy">;

export function describeService(
  service: ServiceState,
  tasks: readonly TaskState[],
  state: EcsState,
  include: readonly string[] = [],
): Service {
  const record = state.services.get(service.serviceArn);
  const shown = shownOf(service);
  const revision = shown === undefined ? undefined : state.revisions.get(shown.deployment.serviceRevisionArn);
  const open = service.serviceDeployments.find((each) =>
    ["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_REQUESTED", "STOP_REQUESTED"].includes(each.status),
  );
  const { minimumHealthyPercent, maximumPercent } = service.deploymentConfiguration;
  return {
    serviceArn: service.serviceArn,
    serviceName: service.serviceName,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    ...countTasks(tasks),
    ...(shown === undefined
      ? {}
      : {
          ...capacityOf(shown.capacityProviderStrategy),
          platformVersion: revision?.platformVersion ?? "LATEST",
          platformFamily: "Linux",
          taskDefinition: shown.deployment.taskDefinitionArn,
        }),
    ...(service.taskSets === undefined
      ? {
          deploymentController: { type: "ECS" },
          deploymentConfiguration: describeDeploymentConfiguration(service.deploymentConfiguration),
        }
      : {
          deploymentController: { type: "EXTERNAL" },
          deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
          taskSets: service.taskSets.map((taskSet) => describeTaskSet(taskSet, service, tasks, state, include)),
        }),
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

/** Whose revision the service shows as its own: that of the newest deployment, or of the primary task set. */
function shownOf(service: ServiceState): Shown | undefined {
  const { taskSets, capacityProviderStrategy } = service;
  if (taskSets !== undefined) return taskSets.find(({ status }) => status === "PRIMARY");
  const deployment = service.deployments[0] ?? service.lastCompleted;
  return deployment === undefined ? undefined : { deployment, capacityProviderStrategy };
}

function capacityOf(strategy: ServiceState["capacityProviderStrategy"]): Pick<Service, "capacityProviderStrategy" | "launchType"> {
  return strategy.length > 0 ? { capacityProviderStrategy: strategy.map((item) => ({ ...item })) } : { launchType: "FARGATE" };
}

function tasksOf(tasks: readonly TaskState[], deployment: DeploymentState): TaskState[] {
  return tasks.filter((task) => task.deploymentId === deployment.id);
}

function describeDeployment(deployment: DeploymentState, service: ServiceState, tasks: readonly TaskState[], state: EcsState): Deployment {
  const revision: RevisionRecord | undefined = state.revisions.get(deployment.serviceRevisionArn);
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinitionArn,
    desiredCount: deployment.desiredCount,
    ...countTasks(tasksOf(tasks, deployment)),
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdAt),
    updatedAt: new Date(deployment.updatedAt),
    ...capacityOf(service.capacityProviderStrategy),
    platformVersion: revision?.platformVersion === "LATEST" ? "1.4.0" : revision?.platformVersion,
    platformFamily: "Linux",
    networkConfiguration: revision?.networkConfiguration,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    ...(revision?.serviceConnectConfiguration === undefined ? {} : { serviceConnectConfiguration: revision.serviceConnectConfiguration }),
    ...(revision?.serviceConnectResources === undefined ? {} : { serviceConnectResources: [...revision.serviceConnectResources] }),
  };
}
