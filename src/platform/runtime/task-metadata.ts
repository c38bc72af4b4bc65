/**
 * The documents of the task metadata endpoint, version 4, in Fargate's shape
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html).
 */
import { formatArn } from "../../model/arn.ts";
import type { ContainerLaunch, TaskLaunch } from "../../model/task-launch.ts";
import { routerAddress } from "./address-pool.ts";
import type { ResourceUse } from "./container-resources.ts";
import { RESOLVER_ADDRESS } from "./namespace-protocol.ts";
import type { TaskInterface } from "./task-host.ts";

/** A task as its runtime knows it at this moment. Instants are wall milliseconds. */
export interface TaskFacts {
  readonly launch: TaskLaunch;
  readonly network: TaskInterface;
  readonly availabilityZone: string;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly containers: readonly ContainerFacts[];
}

export interface ContainerFacts {
  readonly spec: ContainerLaunch;
  readonly runtimeId: string;
  readonly status: "CREATED" | "RUNNING" | "STOPPED";
  readonly imageDigest?: string;
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly exitCode?: number;
}

/** What the documents tell of a container, from what its runtime keeps. */
export function factsOf(container: {
  readonly spec: ContainerLaunch;
  readonly runtimeId: string;
  readonly image?: { readonly digest: string };
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly exit?: { readonly exitCode?: number };
}): ContainerFacts {
  const { spec, runtimeId, image, createdAt, startedAt, exit } = container;
  return {
    spec,
    runtimeId,
    status: exit !== undefined ? "STOPPED" : startedAt !== undefined ? "RUNNING" : "CREATED",
    ...(image === undefined ? {} : { imageDigest: image.digest }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(exit?.exitCode === undefined ? {} : { exitCode: exit.exitCode }),
  };
}

/** `${ECS_CONTAINER_METADATA_URI_V4}/task`. */
export function taskDocument(task: TaskFacts): object {
  const { launch } = task;
  return {
    Cluster: formatArn("ecs", launch.region, launch.account, `cluster/${launch.clusterName}`),
    TaskARN: launch.taskArn,
    Family: launch.family,
    Revision: String(launch.revision),
    ...(launch.serviceName === undefined ? {} : { ServiceName: launch.serviceName }),
    DesiredStatus: "RUNNING",
    KnownStatus: task.containers.every(({ status }) => status === "RUNNING") ? "RUNNING" : "PENDING",
    Limits: { CPU: launch.cpu / 1024, Memory: launch.memory },
    ...instant("PullStartedAt", task.pullStartedAt),
    ...instant("PullStoppedAt", task.pullStoppedAt),
    AvailabilityZone: task.availabilityZone,
    LaunchType: "FARGATE",
    Containers: task.containers.map((container) => containerDocument(task, container)),
    ClockDrift: { ClockErrorBound: 0, ReferenceTimestamp: new Date(0).toISOString(), ClockSynchronizationStatus: "NOT_SYNCHRONIZED" },
    FaultInjectionEnabled: false,
  };
}

/** `${ECS_CONTAINER_METADATA_URI_V4}`. */
export function containerDocument({ launch, network }: TaskFacts, container: ContainerFacts): object {
  const { spec } = container;
  return {
    DockerId: container.runtimeId,
    Name: spec.name,
    DockerName: spec.name,
    Image: spec.image,
    ImageID: container.imageDigest ?? "",
    Labels: {
      "com.amazonaws.ecs.cluster": formatArn("ecs", launch.region, launch.account, `cluster/${launch.clusterName}`),
      "com.amazonaws.ecs.container-name": spec.name,
      "com.amazonaws.ecs.task-arn": launch.taskArn,
      "com.amazonaws.ecs.task-definition-family": launch.family,
      "com.amazonaws.ecs.task-definition-version": String(launch.revision),
    },
    DesiredStatus: "RUNNING",
    KnownStatus: container.status,
    ...(container.exitCode === undefined ? {} : { ExitCode: container.exitCode }),
    Limits: { CPU: 0, ...(spec.memory === undefined ? {} : { Memory: spec.memory }) },
    ...instant("CreatedAt", container.createdAt),
    ...instant("StartedAt", container.startedAt),
    Type: "NORMAL",
    ...(spec.log === undefined
      ? {}
      : {
          LogDriver: "awslogs",
          LogOptions: {
            "awslogs-group": spec.log.group,
            "awslogs-region": spec.log.region,
            "awslogs-stream": `${spec.log.streamPrefix}/${spec.name}/${launch.taskId}`,
          },
        }),
    ContainerARN: formatArn(
      "ecs",
      launch.region,
      launch.account,
      `container/${launch.clusterName}/${launch.taskId}/${container.runtimeId}`,
    ),
    Ports: spec.ports.map(({ containerPort, protocol }) => ({ ContainerPort: containerPort, Protocol: protocol })),
    Networks: [
      {
        NetworkMode: "awsvpc",
        IPv4Addresses: [network.privateIp],
        AttachmentIndex: 0,
        MACAddress: network.macAddress,
        IPv4SubnetCIDRBlock: network.cidrBlock,
        DomainNameServers: [RESOLVER_ADDRESS],
        PrivateDNSName: network.hostname,
        SubnetGatewayIpv4Address: `${routerAddress(network.cidrBlock)}/${network.cidrBlock.split("/")[1]}`,
      },
    ],
    Snapshotter: "overlayfs",
  };
}

/** `${ECS_CONTAINER_METADATA_URI_V4}/stats`: the part of Docker's statistics that this runtime measures. */
export function statsDocument(spec: ContainerLaunch, launch: TaskLaunch, runtimeId: string, use: ResourceUse, now: number): object {
  return {
    read: new Date(now).toISOString(),
    name: spec.name,
    id: runtimeId,
    cpu_stats: { cpu_usage: { total_usage: Math.round(use.cpuMs * 1e6) }, online_cpus: Math.max(1, Math.ceil(launch.cpu / 1024)) },
    memory_stats: { usage: use.memoryBytes, limit: (spec.memory ?? launch.memory) * 1024 * 1024 },
  };
}

function instant<Name extends string>(name: Name, at: number | undefined): { [Key in Name]?: string } {
  return at === undefined ? {} : ({ [name]: new Date(at).toISOString() } as { [Key in Name]?: string });
}
