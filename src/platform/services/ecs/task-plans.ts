/** Task definitions as the scheduler sees them (`TaskPlan`) and as the runtime does (`TaskLaunch`). */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { TaskPlans } from "../../../controller/controller-dependencies.ts";
import type { ServiceRevision } from "../../../engine/service/service-state.ts";
import type { ContainerPlan, TaskPlan } from "../../../engine/service/task-plan.ts";
import type { ContainerOverride, TaskState } from "../../../engine/service/task-state.ts";
import { parseArn } from "../../../model/arn.ts";
import type { ContainerLaunch, ContainerLog, TaskLaunch } from "../../../model/task-launch.ts";
import type { EcsState, TaskDefinitionRecord } from "./ecs-state.ts";
import { cpuUnits, memoryMib } from "./fargate-sizes.ts";

/** Restart policies without a period wait five minutes. */
const DEFAULT_RESTART_ATTEMPT_PERIOD_S = 300;

export class StoredTaskPlans implements TaskPlans {
  readonly #state: EcsState;
  readonly #plans = new Map<string, TaskPlan>();

  constructor(state: EcsState) {
    this.#state = state;
  }

  plan(taskDefinitionArn: string): TaskPlan {
    let plan = this.#plans.get(taskDefinitionArn);
    if (plan === undefined) {
      plan = planOf(this.#definition(taskDefinitionArn));
      this.#plans.set(taskDefinitionArn, plan);
    }
    return plan;
  }

  launch(task: TaskState, revision: ServiceRevision | undefined): TaskLaunch {
    return launchOf(task, this.#definition(task.taskDefinitionArn), revision);
  }

  #definition(taskDefinitionArn: string): TaskDefinitionRecord {
    const record = this.#state.taskDefinitions.get(taskDefinitionArn);
    if (record === undefined) throw new Error(`The task definition ${taskDefinitionArn} is not kept: a defect.`);
    return record;
  }
}

/** The plan of a task definition, with ECS's defaults; seconds become milliseconds. */
export function planOf(record: TaskDefinitionRecord): TaskPlan {
  return { taskDefinitionArn: record.taskDefinitionArn, containers: (record.containerDefinitions ?? []).map(containerPlan) };
}

function containerPlan(container: ContainerDefinition): ContainerPlan {
  const { healthCheck, restartPolicy, startTimeout } = container;
  return {
    name: container.name ?? "",
    image: container.image ?? "",
    essential: container.essential !== false,
    dependsOn: (container.dependsOn ?? []).map(({ containerName = "", condition = "START" }) => ({ containerName, condition })),
    stopTimeoutMs: (container.stopTimeout ?? 30) * 1000,
    pinned: container.versionConsistency !== "disabled",
    ...(startTimeout === undefined ? {} : { startTimeoutMs: startTimeout * 1000 }),
    ...(healthCheck === undefined
      ? {}
      : {
          healthCheck: {
            command: healthCheck.command ?? [],
            intervalMs: (healthCheck.interval ?? 30) * 1000,
            timeoutMs: (healthCheck.timeout ?? 5) * 1000,
            retries: healthCheck.retries ?? 3,
            startPeriodMs: (healthCheck.startPeriod ?? 0) * 1000,
          },
        }),
    ...(restartPolicy?.enabled === true
      ? {
          restartPolicy: {
            ignoredExitCodes: restartPolicy.ignoredExitCodes ?? [],
            restartAttemptPeriodMs: (restartPolicy.restartAttemptPeriod ?? DEFAULT_RESTART_ATTEMPT_PERIOD_S) * 1000,
          },
        }
      : {}),
  };
}

/** What the runtime needs to run the task: its definition, with its overrides, and its revision's image digests. */
export function launchOf(task: TaskState, record: TaskDefinitionRecord, revision: ServiceRevision | undefined): TaskLaunch {
  const arn = parseArn(task.taskArn);
  const taskRoleArn = task.overrides?.taskRoleArn ?? record.taskRoleArn;
  const executionRoleArn = task.overrides?.executionRoleArn ?? record.executionRoleArn;
  return {
    taskArn: task.taskArn,
    taskId: task.taskId,
    account: arn?.account ?? "",
    region: arn?.region ?? "",
    clusterName: task.clusterArn.split("/").at(-1) ?? "",
    ...(task.serviceArn === undefined ? {} : { serviceName: task.serviceArn.split("/").at(-1) ?? "" }),
    family: record.family,
    revision: record.revision,
    cpu: cpuUnits(task.overrides?.cpu ?? record.cpu ?? "256"),
    memory: memoryMib(task.overrides?.memory ?? record.memory ?? "512"),
    ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
    ...(executionRoleArn === undefined ? {} : { executionRoleArn }),
    ...(revision?.serviceConnect === undefined ? {} : { clientAliases: revision.serviceConnect.clientAliases }),
    network: { subnetId: task.subnetId, securityGroups: task.securityGroups, assignPublicIp: task.assignPublicIp },
    containers: (record.containerDefinitions ?? []).map((container) => containerLaunch(container, task, revision)),
  };
}

function containerLaunch(container: ContainerDefinition, task: TaskState, revision: ServiceRevision | undefined): ContainerLaunch {
  const name = container.name ?? "";
  const override = task.overrides?.containerOverrides.find((each) => each.name === name);
  const digest = revision?.containerImages?.find((each) => each.containerName === name)?.imageDigest;
  const command = override?.command ?? container.command;
  const memory = override?.memory ?? container.memory;
  const log = logOf(container);
  const { entryPoint, workingDirectory, user } = container;
  return {
    name,
    image: digest === undefined ? (container.image ?? "") : pinnedReference(container.image ?? "", digest),
    essential: container.essential !== false,
    ...(entryPoint === undefined || entryPoint.length === 0 ? {} : { entryPoint }),
    ...(command === undefined || command.length === 0 ? {} : { command }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    ...(user === undefined ? {} : { user }),
    environment: environmentOf(container, override),
    secrets: (container.secrets ?? []).map((secret) => ({ name: secret.name ?? "", valueFrom: secret.valueFrom ?? "" })),
    ports: (container.portMappings ?? []).flatMap(({ containerPort, protocol }) =>
      containerPort === undefined ? [] : [{ containerPort, protocol: protocol ?? "tcp" }],
    ),
    readonlyRootFilesystem: container.readonlyRootFilesystem === true,
    ...(memory === undefined ? {} : { memory }),
    ...(log === undefined ? {} : { log }),
  };
}

function environmentOf(container: ContainerDefinition, override: ContainerOverride | undefined): Record<string, string> {
  const pairs = [...(container.environment ?? []), ...(override?.environment ?? [])];
  return Object.fromEntries(pairs.map(({ name = "", value = "" }) => [name, value]));
}

function logOf(container: ContainerDefinition): ContainerLog | undefined {
  if (container.logConfiguration?.logDriver !== "awslogs") return undefined;
  const options = container.logConfiguration.options ?? {};
  return {
    group: options["awslogs-group"] ?? "",
    region: options["awslogs-region"] ?? "",
    streamPrefix: options["awslogs-stream-prefix"] ?? "",
    createGroup: options["awslogs-create-group"] === "true",
  };
}

/** `repository:tag` or `repository@digest` with its digest replaced: `repository@sha256:…`. */
export function pinnedReference(image: string, digest: string): string {
  const unpinned = image.split("@")[0] ?? image;
  const slash = unpinned.lastIndexOf("/");
  const colon = unpinned.indexOf(":", slash + 1);
  return `${colon < 0 ? unpinned : unpinned.slice(0, colon)}@${digest}`;
}
