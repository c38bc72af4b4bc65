/** A task as DescribeTasks shows it. */
import type { Container, Task } from "@aws-sdk/client-ecs";
import { taskHealthStatus } from "../../../engine/service/container-health.ts";
import type { ContainerState, TaskState } from "../../../engine/service/task-state.ts";
import type { EcsState } from "./ecs-state.ts";
import { tagList } from "./tags.ts";
import { planOf } from "./task-plans.ts";

export function describeTask(task: TaskState, state: EcsState, include: readonly string[] = []): Task {
  const definition = state.taskDefinitions.get(task.taskDefinitionArn);
  const { capacityProviderName } = task;
  return {
    taskArn: task.taskArn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    group: task.group,
    startedBy: task.startedBy,
    availabilityZone: task.availabilityZone,
    ...(capacityProviderName === undefined ? {} : { capacityProviderName }),
    launchType: "FARGATE",
    platformVersion: task.platformVersion,
    platformFamily: "Linux",
    cpu: task.overrides?.cpu ?? definition?.cpu,
    memory: task.overrides?.memory ?? definition?.memory,
    ephemeralStorage: definition?.ephemeralStorage ?? { sizeInGiB: 20 },
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: definition === undefined ? "UNKNOWN" : taskHealthStatus(task, planOf(definition)),
    version: task.version,
    connectivity: task.attachment === undefined ? undefined : task.lastStatus === "STOPPED" ? "DISCONNECTED" : "CONNECTED",
    connectivityAt: date(task.connectivityAt),
    createdAt: date(task.createdAt),
    pullStartedAt: date(task.pullStartedAt),
    pullStoppedAt: date(task.pullStoppedAt),
    startedAt: date(task.startedAt),
    stoppingAt: date(task.stoppingAt),
    executionStoppedAt: date(task.executionStoppedAt),
    stoppedAt: date(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    enableExecuteCommand: task.enableExecuteCommand,
    overrides: overridesOf(task),
    attributes: [{ name: "ecs.cpu-architecture", value: definition?.runtimePlatform?.cpuArchitecture === "ARM64" ? "arm64" : "x86_64" }],
    attachments: [attachmentOf(task)],
    containers: task.containers.map((container) => containerOf(container, task, state)),
    tags: include.includes("TAGS") ? tagList(tagsOf(task, state)) : [],
  };
}

/** ECS's word for a container's phase. */
function containerStatus(container: ContainerState): string {
  switch (container.phase) {
    case "running":
    case "stopping":
      return "RUNNING";
    case "stopped":
      return "STOPPED";
    default:
      return "PENDING";
  }
}

function containerOf(container: ContainerState, task: TaskState, state: EcsState): Container {
  const definition = state.taskDefinitions.get(task.taskDefinitionArn)?.containerDefinitions?.find((each) => each.name === container.name);
  const ip = task.attachment?.privateIp;
  return {
    containerArn: `${task.taskArn.replace(":task/", ":container/")}/${container.name}`,
    taskArn: task.taskArn,
    name: container.name,
    image: definition?.image,
    imageDigest: container.imageDigest,
    runtimeId: container.runtimeId,
    lastStatus: containerStatus(container),
    exitCode: container.phase === "stopped" ? container.exitCode : undefined,
    reason: container.reason,
    networkBindings: [],
    networkInterfaces: ip === undefined ? [] : [{ attachmentId: task.attachment?.attachmentId, privateIpv4Address: ip }],
    healthStatus: container.health.status,
    cpu: String(definition?.cpu ?? 0),
    ...(definition?.memory === undefined ? {} : { memory: String(definition.memory) }),
    ...(definition?.memoryReservation === undefined ? {} : { memoryReservation: String(definition.memoryReservation) }),
  };
}

function overridesOf(task: TaskState): Task["overrides"] {
  const { containerOverrides, ...rest } = task.overrides ?? { containerOverrides: [] };
  const byName = new Map(containerOverrides.map((each) => [each.name, each]));
  return {
    ...rest,
    inferenceAcceleratorOverrides: [],
    containerOverrides: task.containers.map(({ name }) => {
      const override = byName.get(name);
      return {
        name,
        ...(override?.command === undefined ? {} : { command: [...override.command] }),
        ...(override?.environment === undefined ? {} : { environment: [...override.environment] }),
        ...(override?.cpu === undefined ? {} : { cpu: override.cpu }),
        ...(override?.memory === undefined ? {} : { memory: override.memory }),
        ...(override?.memoryReservation === undefined ? {} : { memoryReservation: override.memoryReservation }),
      };
    }),
  };
}

/** The network interface: `PRECREATED` until it has an address, `ATTACHED`, and `DELETED` with the task. */
function attachmentOf(task: TaskState): NonNullable<Task["attachments"]>[number] {
  const { attachment } = task;
  const details = [{ name: "subnetId", value: task.subnetId }];
  if (attachment === undefined)
    return { id: `${task.taskId.slice(0, 8)}-pending`, type: "ElasticNetworkInterface", status: "PRECREATED", details };
  return {
    id: attachment.attachmentId,
    type: "ElasticNetworkInterface",
    status: task.lastStatus === "STOPPED" ? "DELETED" : "ATTACHED",
    details: [
      ...details,
      { name: "networkInterfaceId", value: `eni-${task.taskId.slice(0, 17)}` },
      { name: "macAddress", value: attachment.macAddress },
      { name: "privateDnsName", value: `ip-${attachment.privateIp.replaceAll(".", "-")}.ec2.internal` },
      { name: "privateIPv4Address", value: attachment.privateIp },
    ],
  };
}

/** A task's own tags, or those its service propagates to it. */
function tagsOf(task: TaskState, state: EcsState): Record<string, string> {
  const own = state.tags.get(task.taskArn);
  const service = task.serviceArn === undefined ? undefined : state.services.get(task.serviceArn);
  const from =
    service?.propagateTags === "SERVICE"
      ? state.tags.get(service.serviceArn)
      : service?.propagateTags === "TASK_DEFINITION"
        ? state.tags.get(task.taskDefinitionArn)
        : undefined;
  const managed: Record<string, string> =
    service?.enableECSManagedTags === true
      ? {
          "aws:ecs:clusterName": task.clusterArn.split("/").at(-1) ?? "",
          "aws:ecs:serviceName": service.serviceArn.split("/").at(-1) ?? "",
        }
      : {};
  return { ...managed, ...from, ...own };
}

function date(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
