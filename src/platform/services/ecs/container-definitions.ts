/** What RegisterTaskDefinition refuses about containers on Fargate, and the defaults it fills in. */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { clientFault } from "./faults.ts";

const LOG_DRIVERS = ["awslogs", "splunk", "awsfirelens"];

/** The definitions as ECS keeps them, or the first refusal. */
export function requireContainers(
  containers: readonly ContainerDefinition[] | undefined,
  task: { readonly cpu: number; readonly memory: number; readonly executionRoleArn: string | undefined },
): ContainerDefinition[] {
  if (containers === undefined || containers.length === 0) throw clientFault("Container list cannot be empty.");
  if (containers.length > 10) throw clientFault("Too many containers: a task definition holds at most 10.");
  const names = new Set<string>();
  for (const container of containers) {
    const name = container.name ?? "";
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw clientFault(`Invalid 'name' setting for container '${name}'.`);
    if (names.has(name)) throw clientFault(`Container.name contains duplicate: ${name}.`);
    names.add(name);
    if (container.image === undefined || container.image === "") throw clientFault("Container.image should not be null or empty.");
    requireFargateFeatures(container);
    if ((container.memory ?? 0) > task.memory || (container.memoryReservation ?? 0) > task.memory) {
      throw clientFault(
        `Invalid 'memory' setting for container '${name}'. The container memory limit cannot be greater than the task memory limit.`,
      );
    }
    if (container.memory !== undefined && container.memoryReservation !== undefined && container.memoryReservation > container.memory) {
      throw clientFault(`Invalid setting for container '${name}'. The memory reservation must be less than the memory limit.`);
    }
    requireRoles(container, task.executionRoleArn);
    requireTimes(container);
  }
  const cpu = containers.reduce((sum, container) => sum + (container.cpu ?? 0), 0);
  if (cpu > task.cpu) throw clientFault("The total CPU of the containers exceeds the CPU of the task.");
  if (!containers.some((container) => container.essential !== false)) {
    throw clientFault("A task definition must have at least one essential container.");
  }
  requireDependencies(containers);
  return containers.map((container) => ({
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      ...(mapping.containerPort === undefined ? {} : { hostPort: mapping.hostPort ?? mapping.containerPort }),
      protocol: mapping.protocol ?? "tcp",
    })),
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(container.healthCheck === undefined
      ? {}
      : {
          healthCheck: {
            ...container.healthCheck,
            interval: container.healthCheck.interval ?? 30,
            timeout: container.healthCheck.timeout ?? 5,
            retries: container.healthCheck.retries ?? 3,
          },
        }),
  }));
}

function requireFargateFeatures(container: ContainerDefinition): void {
  const name = container.name ?? "";
  if (container.privileged === true) throw clientFault("When privileged=true, FARGATE is not a compatible launch type.");
  if ((container.links ?? []).length > 0) throw clientFault("Links are not supported when networkMode=awsvpc.");
  for (const mapping of container.portMappings ?? []) {
    if (mapping.hostPort !== undefined && mapping.hostPort !== 0 && mapping.hostPort !== mapping.containerPort) {
      throw clientFault("When networkMode=awsvpc, the host ports and container ports in port mappings must match.");
    }
  }
  const driver = container.logConfiguration?.logDriver;
  if (driver !== undefined && !LOG_DRIVERS.includes(driver)) {
    throw clientFault(`Log driver ${driver} is not supported for launch type FARGATE. Supported log drivers: ${LOG_DRIVERS.join(", ")}.`);
  }
  if (driver === "awslogs") {
    const options = container.logConfiguration?.options ?? {};
    for (const option of ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"]) {
      if (options[option] === undefined || options[option] === "") {
        throw clientFault(`Log driver awslogs requires options: ${option} (container '${name}').`);
      }
    }
  }
}

function requireRoles(container: ContainerDefinition, executionRoleArn: string | undefined): void {
  if (executionRoleArn !== undefined && executionRoleArn !== "") return;
  const needs = (what: string): never => {
    throw clientFault(`Fargate requires task definition to have execution role ARN to support ${what}.`);
  };
  if (/^\d{12}\.dkr\.ecr\./.test(container.image ?? "")) needs("ECR images");
  if (container.logConfiguration?.logDriver === "awslogs") needs("log driver awslogs");
  if ((container.secrets ?? []).length > 0) needs("secrets");
}

function requireTimes(container: ContainerDefinition): void {
  const within = (label: string, value: number | undefined, least: number, most: number): void => {
    if (value !== undefined && (value < least || value > most)) {
      throw clientFault(`Invalid '${label}' setting for container '${container.name ?? ""}'. It must be between ${least} and ${most}.`);
    }
  };
  within("stopTimeout", container.stopTimeout, 2, 120);
  within("startTimeout", container.startTimeout, 2, 120);
  within("restartPolicy.restartAttemptPeriod", container.restartPolicy?.restartAttemptPeriod, 60, 1800);
  if ((container.restartPolicy?.ignoredExitCodes ?? []).length > 50) {
    throw clientFault(
      `Invalid 'restartPolicy.ignoredExitCodes' setting for container '${container.name ?? ""}'. It holds at most 50 codes.`,
    );
  }
  const check = container.healthCheck;
  if (check === undefined) return;
  if (!["CMD", "CMD-SHELL"].includes(check.command?.[0] ?? "") || (check.command ?? []).length < 2) {
    throw clientFault("HealthCheck command must begin with CMD or CMD-SHELL and have something to run.");
  }
  within("healthCheck.interval", check.interval, 5, 300);
  within("healthCheck.timeout", check.timeout, 2, 60);
  within("healthCheck.retries", check.retries, 1, 10);
  within("healthCheck.startPeriod", check.startPeriod, 0, 300);
}

function requireDependencies(containers: readonly ContainerDefinition[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  for (const container of containers) {
    for (const { containerName, condition } of container.dependsOn ?? []) {
      const dependency = byName.get(containerName);
      if (dependency === undefined || dependency === container) {
        throw clientFault(
          `Container '${container.name ?? ""}' depends on '${containerName ?? ""}', which is not another container of the task definition.`,
        );
      }
      if (condition === "HEALTHY" && dependency.healthCheck === undefined) {
        throw clientFault(`Container '${containerName ?? ""}' is expected to be HEALTHY but has no health check.`);
      }
      if ((condition === "COMPLETE" || condition === "SUCCESS") && dependency.essential !== false) {
        throw clientFault(`Container '${containerName ?? ""}' is essential: the condition ${condition} cannot be set on it.`);
      }
    }
  }
  const visiting = new Set<string>();
  const visited = new Set<string>();
  const visit = (name: string): void => {
    if (visited.has(name)) return;
    if (visiting.has(name)) throw clientFault("The container dependencies form a cycle.");
    visiting.add(name);
    for (const { containerName } of byName.get(name)?.dependsOn ?? []) visit(containerName ?? "");
    visiting.delete(name);
    visited.add(name);
  };
  for (const container of containers) visit(container.name ?? "");
}
