/**
 * The controller's hands. Each port is a narrow noun owned here and implemented by the local platform and by the
 * simulator. Ports return nothing: every outcome arrives later as a `RuntimeEvent` or `TargetEvent`. All calls are
 * idempotent by task ARN (and container name), because a decision is committed before its effect and unfinished
 * effects are issued again after a restart. Timeouts are already scaled, in milliseconds of the runtime's wall time.
 */
import type { LifecycleStage, TrafficWeight } from "../engine/service/service-state.ts";
import type { AlarmSnapshot } from "../engine/service/service-world.ts";
import type { CalledService } from "../engine/service/throttled-calls.ts";
import type { TaskLaunch } from "../model/task-launch.ts";

/** Runs the containers of tasks. It decides nothing: order, health, restarts and replacement are the engine's. */
export interface TaskRuntime {
  /** Gives the task its network identity (PROVISIONING). → task-provisioned | task-provision-failed */
  provision(task: TaskLaunch): void;
  /** Fetches secrets and image of one container (PENDING). → container-pulled | container-pull-failed */
  pull(task: TaskLaunch, container: string): void;
  /** Starts one container. → container-started | container-start-failed, later container-exited */
  start(task: TaskLaunch, container: string): void;
  /** Runs the container's health command once. → container-probed */
  probe(taskArn: string, container: string, command: readonly string[], timeoutMs: number): void;
  /** Stop signal now, SIGKILL after `stopTimeoutMs`. → container-exited (also when it had never started) */
  stop(taskArn: string, container: string, stopTimeoutMs: number): void;
  /** Gives the network identity back and removes what the task left (DEPROVISIONING). → task-deprovisioned */
  deprovision(taskArn: string): void;
}

/** What happened to a task in its runtime. `at` is stamped by the controller on arrival, on its own clock. */
export type RuntimeEvent =
  | {
      readonly type: "task-provisioned";
      readonly taskArn: string;
      readonly privateIp: string;
      readonly macAddress: string;
      readonly attachmentId: string;
    }
  /** `reason` as ECS words it, e.g. `ResourceInitializationError: …`. */
  | { readonly type: "task-provision-failed"; readonly taskArn: string; readonly reason: string }
  | { readonly type: "container-pulled"; readonly taskArn: string; readonly container: string; readonly imageDigest?: string }
  /** `CannotPullContainerError: …`, `ResourceInitializationError: unable to pull secrets or registry auth: …`. */
  | { readonly type: "container-pull-failed"; readonly taskArn: string; readonly container: string; readonly reason: string }
  | { readonly type: "container-started"; readonly taskArn: string; readonly container: string; readonly runtimeId: string }
  /** `CannotStartContainerError: …`. */
  | { readonly type: "container-start-failed"; readonly taskArn: string; readonly container: string; readonly reason: string }
  /** `exitCode` is absent when the container never ran; `reason` only when ECS gives one (`OutOfMemoryError: …`). */
  | {
      readonly type: "container-exited";
      readonly taskArn: string;
      readonly container: string;
      readonly exitCode?: number;
      readonly reason?: string;
    }
  | {
      readonly type: "container-probed";
      readonly taskArn: string;
      readonly container: string;
      readonly passed: boolean;
      readonly output: string;
    }
  | { readonly type: "task-deprovisioned"; readonly taskArn: string };

/** A target as a target group knows it (`targetType: ip`). */
export interface Target {
  readonly ip: string;
  readonly port: number;
}

/** Elastic Load Balancing, seen from the scheduler. → target-health */
export interface TargetGroups {
  register(targetGroupArn: string, target: Target): void;
  /** Starts the drain; the target becomes `unused` when no request is in flight or the deregistration delay is over. */
  deregister(targetGroupArn: string, target: Target): void;
}

/** The states of `DescribeTargetHealth`. */
export type TargetState = "initial" | "healthy" | "unhealthy" | "unused" | "draining" | "unavailable";

export interface TargetEvent {
  readonly type: "target-health";
  readonly targetGroupArn: string;
  readonly target: Target;
  readonly state: TargetState;
  /** `Target.ResponseCodeMismatch`, `Elb.InitialHealthChecking` … */
  readonly reason?: string;
  /** `Health checks failed with these codes: [502]` … */
  readonly description?: string;
}

export interface InstanceAttributes {
  readonly ip: string;
  readonly port?: number;
  /** Of a task in a task set that has one. */
  readonly taskSetExternalId?: string;
}

/** Cloud Map, seen from the scheduler. */
export interface ServiceRegistries {
  register(registryArn: string, instanceId: string, attributes: InstanceAttributes): void;
  setHealth(registryArn: string, instanceId: string, healthy: boolean): void;
  deregister(registryArn: string, instanceId: string): void;
}

/** The rate limits of the services that are called through these ports, asked before each call. */
export interface RateLimits {
  /** False: the call is refused and not made; it is decided again after a pause. */
  admits(service: CalledService, capacityProviderName?: string): boolean;
}

/** What ECS needs before it can launch a task at all: that it may assume the task's roles. */
export interface TaskRoles {
  /** Why tasks of the definition cannot be launched, as ECS words it; undefined when they can. */
  launchError(taskDefinitionArn: string): string | undefined;
}

/** CloudWatch, seen from the scheduler, which polls it while a deployment with alarms is under way. */
export interface Alarms {
  find(region: string, alarmName: string): AlarmSnapshot | undefined;
}

/** The listener rules (or listeners' default actions) through which a BLUE_GREEN, LINEAR or CANARY deployment moves traffic. */
export interface ListenerRules {
  /** Makes the rule forward to these target groups with these weights; the latest call counts. */
  setWeights(listenerRuleArn: string, weights: readonly TrafficWeight[]): void;
}

/** Lifecycle hooks: what a deployment asks between its stages. → hook-answered */
export interface LifecycleHooks {
  call(hook: HookCall): void;
}

export interface HookCall {
  readonly hookId: string;
  /** Lambda function ARN on AWS; locally also a URL to post to. */
  readonly target: string;
  readonly details?: unknown;
  readonly stage: LifecycleStage;
  readonly serviceArn: string;
  readonly serviceDeploymentArn: string;
  readonly targetServiceRevisionArn: string;
}

export interface HookEvent {
  readonly type: "hook-answered";
  readonly serviceArn: string;
  readonly hookId: string;
  readonly status: "SUCCEEDED" | "FAILED" | "IN_PROGRESS";
  /** IN_PROGRESS: when to ask again; 30 s unless the hook says otherwise. */
  readonly callBackDelayMs?: number;
}
