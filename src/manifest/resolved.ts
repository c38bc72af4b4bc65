/**
 * Manifests as the rest of the house reads them: one environment chosen, layers merged, `${…}` resolved, every
 * default filled in. The nesting follows the manifest's own, so a field's path is the same before and after.
 * Texts may hold `Marks` (see `text.ts`) where only CloudFormation knows the value; synthesis turns them into `Fn::Sub`.
 */
import type { Place } from "./diagnostic.ts";

export interface ResolvedMetadata {
  readonly name: string;
  readonly pack?: string;
  readonly owners: readonly string[];
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Build {
  /** Relative to the manifest's folder. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
}

export interface ContainerCheck {
  /** As ECS writes it: `CMD` or `CMD-SHELL` first. */
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
}

/** Seconds, except thresholds (counts). */
export interface HealthCheck {
  readonly path: string;
  readonly interval: number;
  readonly timeout: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly matcher: string;
  readonly gracePeriod: number;
}

export interface Resources {
  /** CPU units, 1024 a vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  readonly architecture: "x86_64" | "arm64";
  /** GiB; absent: Fargate's own 20. */
  readonly ephemeralStorage?: number;
  readonly desiredCount: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;
}

export interface CapacityShare {
  readonly provider: "FARGATE" | "FARGATE_SPOT";
  readonly base: number;
  readonly weight: number;
}

export interface ScalingSchedule {
  readonly name: string;
  /** As Application Auto Scaling writes it: `cron(…)`, `rate(…)` or `at(…)`. */
  readonly expression: string;
  readonly timezone: string;
  readonly minCapacity?: number;
  readonly maxCapacity?: number;
}

export interface AutoScaling {
  readonly targetCPUUtilization?: number;
  readonly targetMemoryUtilization?: number;
  readonly targetRequestsPerTask?: number;
  readonly queue?: { readonly name: string; readonly backlogPerTask?: number; readonly depth?: number };
  readonly metric?: {
    readonly namespace: string;
    readonly name: string;
    readonly statistic: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly target: number;
  };
  readonly scaleInCooldown: number;
  readonly scaleOutCooldown: number;
  readonly schedule: readonly ScalingSchedule[];
}

export type Strategy = "rolling" | "all-at-once" | "blue-green" | "canary" | "linear";

export interface Hook {
  readonly stage: string;
  readonly pause: boolean;
  readonly lambda?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly onTimeout?: "CONTINUE" | "ROLLBACK";
}

export interface Deployment {
  readonly strategy: Strategy;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly circuitBreaker: {
    readonly enable: boolean;
    readonly rollback: boolean;
    readonly threshold?: { readonly type: "BOUNDED_PERCENT" | "UNBOUNDED_PERCENT" | "COUNT"; readonly value: number };
    readonly resetOnHealthyTask: boolean;
  };
  /** Names of the service's own alarms. */
  readonly alarms: readonly string[];
  /** Seconds; blue-green, canary and linear only. */
  readonly bakeTime: number;
  /** Seconds fsd watches after a deploy; 0: not at all. */
  readonly monitor: number;
  readonly freezeOnFailure: boolean;
  readonly canary?: { readonly percent: number; readonly bakeTime: number };
  readonly linear?: { readonly stepPercent: number; readonly stepBakeTime: number };
  readonly hooks: readonly Hook[];
}

export interface Secret {
  readonly name: string;
  /** Where ECS reads it: an ARN, or a name that `deploy` looks up to its ARN, or a parameter's name. */
  readonly source:
    | { readonly kind: "secret-arn"; readonly arn: string; readonly suffix: string }
    | { readonly kind: "secret-name"; readonly secret: string; readonly suffix: string }
    | { readonly kind: "parameter-arn"; readonly arn: string }
    | { readonly kind: "parameter-name"; readonly parameter: string };
}

export interface LoadBalancing {
  readonly type: "application";
  readonly internal: boolean;
  readonly certificateArn?: string;
  readonly host?: string;
  readonly path: string;
  readonly priority?: number;
  readonly stripPrefix: boolean;
  readonly deregistrationDelay: number;
  readonly stickiness: boolean;
  readonly dedicated: boolean;
}

export interface Networking {
  /** True: private subnets; false: public subnets and a public address. */
  readonly vpc: boolean;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Present exactly when the service has a port. */
  readonly loadBalancer?: LoadBalancing;
  readonly serviceDiscovery?: { readonly name: string; readonly ttl: number };
  readonly ingress: readonly { readonly from: { readonly service: string }; readonly port: number }[];
}

export interface Alarm {
  readonly metric: string;
  readonly threshold: number;
  readonly periods: number;
  /** Seconds. */
  readonly period: number;
  readonly statistic?: string;
  readonly comparison: ">" | ">=" | "<" | "<=";
  readonly missingData: "breaching" | "notBreaching" | "ignore" | "missing";
  /** A custom metric's. */
  readonly namespace?: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Observability {
  readonly logs: {
    readonly enabled: boolean;
    /** Days. */
    readonly retention: number;
    readonly group: string;
    readonly streamPrefix: string;
    readonly mode: "non-blocking" | "blocking";
    readonly datetimeFormat?: string;
    readonly multilinePattern?: string;
  };
  readonly metrics: {
    readonly enabled: boolean;
    readonly port?: number;
    readonly path: string;
    readonly exporter: "emf" | { readonly amp: string };
  };
  readonly traces: { readonly enabled: boolean; readonly exporter: "xray" | "otlp"; readonly otlpEndpoint?: string };
  readonly dashboard: boolean;
  readonly alarms: Readonly<Record<string, Alarm>>;
}

export interface Sidecar {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly command?: readonly string[];
  readonly cpu?: number;
  readonly memory?: number;
  readonly port?: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly dependsOn: Readonly<Record<string, "START" | "COMPLETE" | "SUCCESS" | "HEALTHY">>;
}

export interface Volume {
  readonly name: string;
  readonly mountPath: string;
  readonly efs?: {
    readonly fileSystemId: string;
    readonly accessPointId?: string;
    readonly securityGroup?: string;
    readonly readOnly: boolean;
  };
}

export interface Dependency {
  readonly type: string;
  readonly name: string;
  readonly access?: "read" | "write" | "read_write";
  readonly permissions?: readonly string[];
  readonly arn?: string;
  readonly endpoint?: string;
  readonly kmsKey?: string;
  readonly as?: string;
  readonly port?: number;
  readonly securityGroup?: string;
  readonly manageIngress: boolean;
  readonly topics: readonly string[];
  readonly groups: readonly string[];
  /** Present: the service's stack creates it. */
  readonly managed?: Readonly<Record<string, unknown>>;
}

export interface PolicyStatement {
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: Readonly<Record<string, unknown>>;
}

export interface Iam {
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly managedPolicies: readonly string[];
  readonly policyStatements: readonly PolicyStatement[];
}

/** A patch on the generated template, by JSON pointer. */
export interface Patch {
  readonly path: string;
  readonly value: unknown;
  readonly place: Place;
}

export interface ResolvedService {
  readonly kind: "Service";
  readonly name: string;
  /** The environment's name it was resolved for. */
  readonly env: string;
  /** The file it stands in; paths in it are relative to that file's folder. */
  readonly file: string;
  readonly metadata: ResolvedMetadata;
  readonly service: {
    readonly type: "ecs";
    /** What the manifest asks for, `${VERSION}` still open when no version is known. Absent (with `build` absent too): the service's own repository. */
    readonly image?: string;
    readonly build?: Build;
    readonly command?: readonly string[];
    /** Absent: a worker without load balancer. */
    readonly port?: number;
    /** Present exactly when the service has a port. */
    readonly healthCheck?: HealthCheck;
    readonly containerCheck?: ContainerCheck;
    readonly resources: Resources;
    readonly platformVersion: string;
    readonly capacity: readonly CapacityShare[];
    readonly singleton: boolean;
    /** Present when something scales the service: maxCapacity above minCapacity, or a schedule. */
    readonly autoScaling?: AutoScaling;
    readonly deployment: Deployment;
    readonly environment: Readonly<Record<string, string>>;
    readonly secrets: readonly Secret[];
    readonly networking: Networking;
    readonly observability: Observability;
    readonly sidecars: readonly Sidecar[];
    readonly volumes: readonly Volume[];
    readonly exec: boolean;
    readonly readonlyRootFilesystem: boolean;
    readonly stopTimeout: number;
  };
  readonly dependencies: readonly Dependency[];
  readonly iam: Iam;
  readonly overrides: readonly Patch[];
}

export interface JobSchedule {
  readonly name: string;
  /** As EventBridge Scheduler writes it: `cron(…)`, `rate(…)` or `at(…)`. */
  readonly expression: string;
  readonly timezone: string;
  readonly enabled: boolean;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cpu?: number;
  readonly memory?: number;
}

export interface ResolvedJob {
  readonly kind: "Job";
  readonly name: string;
  readonly env: string;
  readonly file: string;
  readonly metadata: ResolvedMetadata;
  /** The task it runs, as a service without a port would have it. */
  readonly task: ResolvedService;
  readonly job: {
    readonly schedules: readonly JobSchedule[];
    /** Seconds. */
    readonly timeout?: number;
    readonly retries: number;
    readonly concurrency: "allow" | "forbid";
    readonly count: number;
  };
}

export interface EnvironmentLoadBalancer {
  readonly certificateArn?: string;
  readonly sslPolicy: string;
  readonly idleTimeout: number;
  readonly accessLogs: boolean;
  readonly wafAclArn?: string;
  readonly shards: number;
}

export type ResolvedVpc =
  | {
      readonly cidr: string;
      readonly availabilityZones: number;
      readonly nat: "none" | "single" | "per-az" | "endpoints";
      /** Interface endpoints besides those that every task needs: `kms`, `sqs` … */
      readonly endpoints: readonly string[];
      readonly flowLogs: boolean;
    }
  | { readonly id: string; readonly cidr: string; readonly publicSubnets: readonly string[]; readonly privateSubnets: readonly string[] };

export interface ResolvedEnvironment {
  readonly kind: "Environment";
  readonly name: string;
  /** The built-in environment `local`, or a document that merges over it. */
  readonly local: boolean;
  /** False when no document describes it: it may be validated and rendered, not deployed to. */
  readonly described: boolean;
  readonly file: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Absent: the account the template is deployed to. */
  readonly account?: string;
  readonly region?: string;
  readonly vpc: ResolvedVpc;
  readonly cluster: {
    readonly name: string;
    /** An existing cluster is used, not created. */
    readonly existing: boolean;
    readonly containerInsights: "disabled" | "enabled" | "enhanced";
    readonly capacityProviders: readonly ("FARGATE" | "FARGATE_SPOT")[];
  };
  readonly loadBalancers: { readonly public?: EnvironmentLoadBalancer; readonly internal?: EnvironmentLoadBalancer };
  readonly domain?: { readonly name: string; readonly zoneId: string };
  readonly namespace?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly alarmTopics: Readonly<Record<string, string>>;
  /** Packs whose alarm topic the environment's own stack makes. */
  readonly packs: readonly string[];
  readonly dashboard: boolean;
  readonly images: {
    readonly registry?: { readonly account: string; readonly region: string };
    readonly scanGate: Readonly<Record<"critical" | "high" | "medium" | "low", "block" | "ask" | "note" | "ignore">>;
    readonly tags: string;
    readonly lifecycle: { readonly keep: number; readonly match: string };
  };
  readonly roles: {
    readonly deployRoleArn?: string;
    readonly cloudFormationRoleArn?: string;
    readonly permissionsBoundaryArn?: string;
    readonly rolePath: string;
  };
  readonly protect: boolean;
  readonly promoteFrom?: string;
  /** Stand-ins on `local`. */
  readonly standIns: {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly images: Readonly<Record<string, string>>;
    /** By the function's name: a URL, or the words of a command. */
    readonly hooks: Readonly<Record<string, string | readonly string[]>>;
  };
}
