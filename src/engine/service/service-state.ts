/**
 * One service as the scheduler keeps it: plain JSON, durable, never changed in place. Names as in DescribeServices,
 * DescribeServiceDeployments and DescribeServiceRevisions; instants ending in `At` are wall time, in `Time` engine time.
 */
import type { ClientAlias } from "../../model/task-launch.ts";
import type { ServiceNotice } from "./service-notice.ts";
import type { TaskSetState } from "./task-set-state.ts";

/** A service's own target group, or the alternate one of `advancedConfiguration`: they take turns. */
export type Slot = "PRIMARY" | "ALTERNATE";

export type RolloutState = "IN_PROGRESS" | "COMPLETED" | "FAILED";

export interface ThresholdConfiguration {
  readonly type: "BOUNDED_PERCENT" | "UNBOUNDED_PERCENT" | "COUNT";
  readonly value: number;
}

export interface CircuitBreaker {
  readonly enable: boolean;
  readonly rollback: boolean;
  readonly resetOnHealthyTask: boolean;
  readonly threshold: ThresholdConfiguration;
}

export interface DeploymentConfiguration {
  readonly strategy: "ROLLING" | "BLUE_GREEN" | "LINEAR" | "CANARY";
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly circuitBreaker: CircuitBreaker;
  readonly alarms?: { readonly alarmNames: readonly string[]; readonly enable: boolean; readonly rollback: boolean };
  /** Blue and green side by side after all traffic has moved. Not for ROLLING. */
  readonly bakeTimeMs: number;
  readonly lifecycleHooks: readonly LifecycleHook[];
  readonly linear: { readonly stepPercent: number; readonly stepBakeMs: number };
  readonly canary: { readonly percent: number; readonly bakeMs: number };
}

/** The stages of a BLUE_GREEN, LINEAR or CANARY deployment, in order. */
export const lifecycleStages = [
  "RECONCILE_SERVICE",
  "PRE_SCALE_UP",
  "SCALE_UP",
  "POST_SCALE_UP",
  "TEST_TRAFFIC_SHIFT",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRE_PRODUCTION_TRAFFIC_SHIFT",
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
  "BAKE_TIME",
  "CLEAN_UP",
] as const;
export type LifecycleStage = (typeof lifecycleStages)[number];

/** The stages a hook may be set on. In the others ECS itself is at work, and asks nobody ("Lifecycle hooks for Amazon ECS service deployments"). */
export const hookStages: readonly LifecycleStage[] = lifecycleStages.filter(
  (stage) => stage !== "SCALE_UP" && stage !== "BAKE_TIME" && stage !== "CLEAN_UP",
);

export interface LifecycleHook {
  /** PAUSE waits for ContinueServiceDeployment; AWS_LAMBDA is called until it has succeeded or failed. */
  readonly targetType: "AWS_LAMBDA" | "PAUSE";
  readonly target?: string;
  /** The role the hook is called with; kept for the API. */
  readonly roleArn?: string;
  readonly stages: readonly LifecycleStage[];
  readonly details?: unknown;
  readonly timeoutMs?: number;
  readonly timeoutAction: "CONTINUE" | "ROLLBACK";
}

/** One hook at work in the present stage. */
export interface HookState {
  readonly hookId: string;
  /** Which of the configuration's hooks. */
  readonly index: number;
  readonly status: "AWAITING_ACTION" | "IN_PROGRESS" | "SUCCEEDED" | "FAILED";
  readonly sinceTime: number;
  /** When it is called (again). */
  readonly callTime?: number;
}

export interface StagedProgress {
  readonly stage: LifecycleStage;
  readonly stageSinceTime: number;
  /** Empty until the stage's own act is done and its hooks are called. */
  readonly hooks: readonly HookState[];
  readonly hooksCalled: boolean;
  /** Percent of traffic on this deployment's tasks. */
  readonly testWeight: number;
  readonly productionWeight: number;
  /** This step's share of the production traffic was decided. */
  readonly stepShifted?: boolean;
  /** Since when a part of the production traffic bakes. */
  readonly stepSinceTime?: number;
}

/** ECS's values for a REPLICA service that declares nothing. */
export const defaultDeploymentConfiguration: DeploymentConfiguration = {
  strategy: "ROLLING",
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  circuitBreaker: { enable: false, rollback: false, resetOnHealthyTask: true, threshold: { type: "BOUNDED_PERCENT", value: 50 } },
  bakeTimeMs: 0,
  lifecycleHooks: [],
  linear: { stepPercent: 10, stepBakeMs: 6 * 60_000 },
  canary: { percent: 5, bakeMs: 10 * 60_000 },
};

export interface CapacityProviderStrategyItem {
  readonly capacityProvider: string;
  readonly base: number;
  readonly weight: number;
}

export interface DeploymentState {
  /** `ecs-svc/<19 digits>` */
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE";
  readonly taskDefinitionArn: string;
  readonly serviceRevisionArn: string;
  readonly serviceDeploymentArn: string;
  /** How many tasks this deployment answers for: the service's desired count when PRIMARY, shrinking when ACTIVE. */
  readonly desiredCount: number;
  readonly failedTasks: number;
  readonly rolloutState: RolloutState;
  readonly rolloutStateReason: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdTime: number;
  /** It was COMPLETED once: its revision is proven, and its lost tasks are replaced by itself. */
  readonly proven: boolean;
  /** It became PRIMARY again because a later one failed. */
  readonly rollback: boolean;
  /** A task of it has been RUNNING: the circuit breaker's second stage. */
  readonly reachedRunning: boolean;
  /** Tasks in a row that never reached RUNNING, for the start back-off. */
  readonly startFailures: number;
  readonly lastStartFailureTime?: number;
  /** No start before this engine time. */
  readonly startAfterTime?: number;
  /** Whether its alarms may fail it: not when one was in ALARM as it began. Absent until first looked at. */
  readonly alarmsMonitored?: boolean;
  /** Which of a load balancer's two target groups its tasks are in; absent for ROLLING, unless it follows one of the others. */
  readonly slot?: Slot;
  /** How far a BLUE_GREEN, LINEAR or CANARY deployment has come. */
  readonly staged?: StagedProgress;
  /** Since when all its tasks stand and it bakes. */
  readonly bakingSinceTime?: number;
}

export type ServiceDeploymentStatus =
  | "PENDING"
  | "IN_PROGRESS"
  | "SUCCESSFUL"
  | "STOP_REQUESTED"
  | "STOPPED"
  | "ROLLBACK_REQUESTED"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_SUCCESSFUL"
  | "ROLLBACK_FAILED";

export type MonitorStatus = "TRIGGERED" | "MONITORING" | "MONITORING_COMPLETE" | "DISABLED";

/** One act of deploying, as DescribeServiceDeployments tells it. */
export interface ServiceDeploymentState {
  readonly serviceDeploymentArn: string;
  readonly deploymentId: string;
  readonly status: ServiceDeploymentStatus;
  readonly statusReason?: string;
  readonly lifecycleStage?: LifecycleStage;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly stoppedAt?: number;
  readonly updatedAt: number;
  readonly targetServiceRevisionArn: string;
  readonly sourceServiceRevisionArns: readonly string[];
  readonly rollback?: { readonly reason: string; readonly startedAt: number; readonly serviceRevisionArn: string };
  readonly circuitBreaker: { readonly status: MonitorStatus; readonly failureCount: number; readonly threshold: number };
  readonly alarms?: {
    readonly status: MonitorStatus;
    readonly alarmNames: readonly string[];
    readonly triggeredAlarmNames: readonly string[];
  };
  readonly deploymentConfiguration: DeploymentConfiguration;
}

export interface ServiceEvent {
  readonly id: string;
  readonly createdAt: number;
  readonly message: string;
  /** What EventBridge is told with it. */
  readonly notice?: ServiceNotice;
}

export interface ServiceState {
  readonly serviceArn: string;
  readonly serviceName: string;
  readonly clusterArn: string;
  readonly status: "ACTIVE" | "DRAINING" | "INACTIVE";
  readonly desiredCount: number;
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly healthCheckGracePeriodMs: number;
  /** Empty: launch type FARGATE. */
  readonly capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly enableExecuteCommand: boolean;
  /** Absent, as for a service that never had a value: DISABLED. */
  readonly availabilityZoneRebalancing?: "ENABLED" | "DISABLED";
  /** Newest first; the first is PRIMARY. */
  readonly deployments: readonly DeploymentState[];
  /** Oldest first. Only, and always, of a service whose deployments a third party controls; it has no `deployments`. */
  readonly taskSets?: readonly TaskSetState[];
  /** The most recent COMPLETED deployment, should it have to come back. */
  readonly lastCompleted?: DeploymentState;
  /** Newest first. */
  readonly serviceDeployments: readonly ServiceDeploymentState[];
  /** The weights last given to listener rules, by rule. */
  readonly traffic: Readonly<Record<string, readonly TrafficWeight[]>>;
  /** How Service Connect divides the traffic between the slots; absent while every task is in its first. */
  readonly slotShares?: SlotShares;
  /** Rules whose weights were decided and are not known to have been taken. */
  readonly shifting?: ShiftingTraffic;
  /** Newest first, at most 100. */
  readonly events: readonly ServiceEvent[];
  readonly createdAt: number;
  /** Engine time of the last "steady state" event while the service is steady; absent while it is not. */
  readonly steadyToldTime?: number;
  /** Since when a deployment can neither start nor stop. */
  readonly stuckSinceTime?: number;
  /** The task that was started in a thin zone, until one of the fullest zone has been stopped for it. */
  readonly rebalancing?: { readonly taskId: string };
  /** What was last asked of the alarms of the deployment under way. */
  readonly alarmPoll?: AlarmPoll;
  /** Engine time at which a repeating complaint was last made, by its text and cause. */
  readonly complaints: Readonly<Record<string, number>>;
}

/** Percent of Service Connect's requests for each slot: of those with the test header, and of all others. */
export interface SlotShares {
  readonly test: Readonly<Record<Slot, number>>;
  readonly production: Readonly<Record<Slot, number>>;
}

export interface ShiftingTraffic {
  readonly rules: readonly string[];
  /** In a row, by a rate limit. */
  readonly refusals: number;
  /** Engine time at which refused calls are made again; absent while the answer to a call is awaited. */
  readonly againTime?: number;
}

export interface AlarmPoll {
  readonly deploymentId: string;
  /** Engine time of the last call, answered or refused. */
  readonly polledTime: number;
  /** The slowest alarm's window as the last answer told it. */
  readonly windowMs: number;
}

/** The immutable record of what a deployment deploys. */
export interface ServiceRevision {
  readonly serviceRevisionArn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly platformVersion: string;
  readonly capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly network: RevisionNetwork;
  readonly loadBalancers: readonly RevisionLoadBalancer[];
  readonly serviceRegistries: readonly {
    readonly registryArn: string;
    readonly containerName?: string;
    readonly containerPort?: number;
    readonly port?: number;
  }[];
  /** Absent without Service Connect. */
  readonly serviceConnect?: RevisionServiceConnect;
  /** Filled when the deployment's first task starts; thereafter every task of the revision runs these digests. */
  readonly containerImages?: readonly ContainerImage[];
  /** Tries to resolve the images' digests that failed, and the engine time of the last; the third is the last. */
  readonly unresolved?: { readonly attempts: number; readonly lastTime: number };
  readonly createdAt: number;
}

/** Service Connect as it was when the deployment began: later endpoints are for later deployments. */
export interface RevisionServiceConnect {
  readonly namespaceArn: string;
  /** The Cloud Map services (ARNs) its tasks are instances of, all among `serviceRegistries`; none for a mere client. */
  readonly discoveryArns: readonly string[];
  /** Every endpoint of the namespace, its own included. */
  readonly clientAliases: readonly ClientAlias[];
}

export interface RevisionLoadBalancer {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
  /** For BLUE_GREEN, LINEAR and CANARY. */
  readonly advanced?: {
    readonly alternateTargetGroupArn: string;
    readonly productionListenerRule: string;
    readonly testListenerRule?: string;
  };
}

export interface TrafficWeight {
  readonly targetGroupArn: string;
  readonly weight: number;
}

export interface ContainerImage {
  readonly containerName: string;
  readonly image: string;
  readonly imageDigest?: string;
}

export interface RevisionNetwork {
  readonly subnets: readonly { readonly subnetId: string; readonly availabilityZone: string }[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
}
