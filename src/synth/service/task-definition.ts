/** The task definition: one container `app` from the deployed image, and the sidecars. */
import { CONTAINER } from "../names.ts";
import { sorted, tagList } from "../tags.ts";
import { ref, type Value } from "../template.ts";
import { type Companions, logConfiguration } from "./containers.ts";
import type { ServiceContext } from "./context.ts";
import { secretValueFrom } from "./roles.ts";

export function taskDefinition(
  context: ServiceContext,
  executionRole: Value,
  taskRole: Value,
  uses: Readonly<Record<string, Value>>,
  beside: Companions,
): Value {
  const { name, environment, service, template, tags } = context;
  const { cpu, memory, architecture, ephemeralStorage } = service.resources;
  return template.resource("TaskDefinition", {
    Type: "AWS::ECS::TaskDefinition",
    Properties: {
      Family: `fsd-${environment.name}-${name}`,
      RequiresCompatibilities: ["FARGATE"],
      NetworkMode: "awsvpc",
      Cpu: String(cpu),
      Memory: String(memory),
      RuntimePlatform: { CpuArchitecture: architecture.toUpperCase(), OperatingSystemFamily: "LINUX" },
      ...(ephemeralStorage === undefined ? {} : { EphemeralStorage: { SizeInGiB: ephemeralStorage } }),
      ExecutionRoleArn: executionRole,
      TaskRoleArn: taskRole,
      ContainerDefinitions: [mainContainer(context, { ...beside.variables, ...uses }, beside), ...beside.containers],
      ...(beside.volumes.length === 0 ? {} : { Volumes: beside.volumes }),
      Tags: tagList(tags),
    },
  });
}

function mainContainer(context: ServiceContext, uses: Readonly<Record<string, Value>>, beside: Companions): Value {
  const { service, template } = context;
  const { port, command, containerCheck, secrets } = service;
  const own = Object.fromEntries(Object.entries(service.environment).map(([name, value]) => [name, template.text(value)]));
  // What the manifest says itself wins over what follows from its dependencies.
  const variables = sorted({ ...uses, ...own });
  return {
    Name: CONTAINER,
    Image: ref("ImageUri"),
    Essential: true,
    ...(command === undefined ? {} : { Command: command.map((word) => template.text(word)) }),
    ...(port === undefined ? {} : { PortMappings: [{ ContainerPort: port, Protocol: "tcp" }] }),
    ...(variables.length === 0 ? {} : { Environment: variables.map(([Name, value]) => ({ Name, Value: value })) }),
    ...(secrets.length === 0
      ? {}
      : {
          Secrets: [...secrets]
            .sort((a, b) => (a.name < b.name ? -1 : 1))
            .map((secret) => ({ Name: secret.name, ValueFrom: secretValueFrom(secret, context) })),
        }),
    ...(containerCheck === undefined
      ? {}
      : {
          HealthCheck: {
            Command: containerCheck.command,
            Interval: containerCheck.interval,
            Timeout: containerCheck.timeout,
            Retries: containerCheck.retries,
            StartPeriod: containerCheck.startPeriod,
          },
        }),
    ...(beside.mountPoints.length === 0 ? {} : { MountPoints: beside.mountPoints }),
    ...logConfiguration(context),
    // An init process reaps what a shell opened by `fsd exec` leaves behind.
    ...(service.exec ? { LinuxParameters: { InitProcessEnabled: true } } : {}),
    ReadonlyRootFilesystem: service.readonlyRootFilesystem,
    StopTimeout: service.stopTimeout,
  };
}

/** Whether the collector writes metrics as log events (the embedded metric format). */
function writesMetricLogs({ observability }: ServiceContext["service"]): boolean {
  return observability.metrics.enabled && observability.metrics.exporter === "emf";
}

export function logGroup(context: ServiceContext): void {
  const { service, template, tags } = context;
  const { logs } = service.observability;
  if (!logs.enabled && !writesMetricLogs(service)) return;
  template.resource("LogGroup", {
    Type: "AWS::Logs::LogGroup",
    // What a service said outlives it: its last lines are needed most when it is gone.
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: { LogGroupName: template.text(logs.group), RetentionInDays: logs.retention, Tags: tagList(tags) },
  });
}
