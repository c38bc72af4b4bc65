/**
 * One task as the scheduler keeps it: plain JSON, durable, never changed in place. Fields named as in DescribeTasks
 * mean what they mean there; instants ending in `At` are wall time, those ending in `Time` engine time.
 */
import type { Slot } from "./service-state.ts";
import type { TaskPlan } from "./task-plan.ts";
import type { ThrottledCalls } from "./throttled-calls.ts";

export type TaskStatus = "PROVISIONING" | "PENDING" | "ACTIVATING" | "RUNNING" | "DEACTIVATING" | "STOPPING" | "DEPROVISIONING" | "STOPPED";

export type StopCode =
  | "TaskFailedToStart"
  | "EssentialContainerExited"
  | "UserInitiated"
  | "ServiceSchedulerInitiated"
  | "SpotInterruption"
  | "TerminationNotice";

export type HealthStatus = "HEALTHY" | "UNHEALTHY" | "UNKNOWN";

export interface ContainerState {
  readonly name: string;
  /** waiting → pulling → pulled → starting → running → stopping → stopped */
  readonly phase: "waiting" | "pulling" | "pulled" | "starting" | "running" | "stopping" | "stopped";
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly startedTime?: number;
  readonly health: ContainerHealth;
  readonly restartCount: number;
}

export interface ContainerHealth {
  readonly status: HealthStatus;
  /** Consecutive failures that count. */
  readonly failures: number;
  /** Whether any probe ever passed since the container started: that ends the start period. */
  readonly passed: boolean;
  /** When the next probe is to be made, or, while one is under way, when its answer is given up. */
  readonly dueTime?: number;
  readonly probing: boolean;
  readonly statusSinceAt?: number;
}

export type TargetRegistration = "none" | "initial" | "healthy" | "unhealthy" | "unused" | "draining" | "unavailable";

export interface TaskTarget {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly port: number;
  /** `none` before registration; afterwards as the load balancer last told. */
  readonly state: TargetRegistration;
  readonly reason?: string;
  readonly description?: string;
}

export interface TaskRegistry {
  readonly registryArn: string;
  readonly port?: number;
  /** Of a Service Connect endpoint: which of a staged deployment's two colours the task is there. */
  readonly slot?: Slot;
  readonly registered: boolean;
  /** To take it out was decided, and the registry is not known to have taken the call. */
  readonly leaving?: true;
}

/** The task's network interface, once provisioned. */
export interface TaskAttachment {
  readonly attachmentId: string;
  readonly privateIp: string;
  readonly macAddress: string;
}

export interface ContainerOverride {
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  readonly cpu?: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
}

export interface TaskOverrides {
  readonly containerOverrides: readonly ContainerOverride[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
}

export interface TaskState {
  readonly taskArn: string;
  readonly taskId: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  /** Absent for a standalone task. */
  readonly serviceArn?: string;
  /** `ecs-svc/<digits>` of the deployment that started it. */
  readonly deploymentId?: string;
  readonly serviceRevisionArn?: string;
  /** What the third party calls the task's task set; told to registries. */
  readonly taskSetExternalId?: string;
  readonly group: string;
  readonly startedBy?: string;
  readonly overrides?: TaskOverrides;
  readonly enableExecuteCommand: boolean;
  readonly capacityProviderName?: string;
  readonly platformVersion: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;

  readonly lastStatus: TaskStatus;
  readonly desiredStatus: "RUNNING" | "STOPPED";
  readonly version: number;
  readonly containers: readonly ContainerState[];
  readonly targets: readonly TaskTarget[];
  readonly registries: readonly TaskRegistry[];
  readonly attachment?: TaskAttachment;
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
  /** When the load balancers' drains are no longer waited for. */
  readonly drainDeadlineTime?: number;
  /** When an effect that is still unanswered is issued again; only where `reissueAfterMs` is set. */
  readonly silentUntilTime?: number;
  /** Calls that a rate limit refused; absent while none ever was. */
  readonly throttled?: ThrottledCalls;

  readonly createdAt: number;
  readonly createdTime: number;
  readonly connectivityAt?: number;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly startedAt?: number;
  readonly runningTime?: number;
  readonly stoppingAt?: number;
  readonly executionStoppedAt?: number;
  readonly stoppedAt?: number;

  /** Written by the service's reconcile. */
  readonly firstHealthyTime?: number;
  /** Its failure has been counted, or need not be: nothing about it is left to decide once it is STOPPED. */
  readonly accounted: boolean;
  /** Its bad health has been told in an event. */
  readonly sickAnnounced: boolean;
  /** It ended because its platform did; no fault of its deployment. */
  readonly lost: boolean;
}

/** What distinguishes a task at birth. */
export type TaskBirth = Pick<
  TaskState,
  | "taskArn"
  | "taskId"
  | "clusterArn"
  | "serviceArn"
  | "deploymentId"
  | "serviceRevisionArn"
  | "taskSetExternalId"
  | "group"
  | "startedBy"
  | "overrides"
  | "enableExecuteCommand"
  | "capacityProviderName"
  | "platformVersion"
  | "subnetId"
  | "availabilityZone"
  | "securityGroups"
  | "assignPublicIp"
> & {
  readonly targets: readonly Pick<TaskTarget, "targetGroupArn" | "containerName" | "port">[];
  readonly registries: readonly Pick<TaskRegistry, "registryArn" | "port" | "slot">[];
};

const unprobed: ContainerHealth = { status: "UNKNOWN", failures: 0, passed: false, probing: false };

/** A container that has done nothing yet. */
export function waitingContainer(name: string): ContainerState {
  return { name, phase: "waiting", health: unprobed, restartCount: 0 };
}

/** A task that has just been decided on, in PROVISIONING. */
export function newTask(birth: TaskBirth, plan: TaskPlan, now: { readonly time: number; readonly wall: number }): TaskState {
  return {
    ...birth,
    taskDefinitionArn: plan.taskDefinitionArn,
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    version: 1,
    containers: plan.containers.map((container) => waitingContainer(container.name)),
    targets: birth.targets.map((target) => ({ ...target, state: "none" as const })),
    registries: birth.registries.map((registry) => ({ ...registry, registered: false })),
    createdAt: now.wall,
    createdTime: now.time,
    accounted: false,
    sickAnnounced: false,
    lost: false,
  };
}
