/**
 * What the scheduler must know of a task definition: order, essentials, health checks and timeouts, with every
 * default of ECS filled in. What a container runs is not its business; that is `TaskLaunch`.
 */
export interface TaskPlan {
  readonly taskDefinitionArn: string;
  readonly containers: readonly ContainerPlan[];
}

export type DependencyCondition = "START" | "COMPLETE" | "SUCCESS" | "HEALTHY";

export interface ContainerPlan {
  readonly name: string;
  /** As the task definition writes it. */
  readonly image: string;
  readonly essential: boolean;
  readonly dependsOn: readonly { readonly containerName: string; readonly condition: DependencyCondition }[];
  readonly healthCheck?: HealthCheckPlan;
  /** How long the containers that depend on this one wait for it. */
  readonly startTimeoutMs?: number;
  /** Between stop signal and SIGKILL. */
  readonly stopTimeoutMs: number;
  readonly restartPolicy?: RestartPolicy;
  /** Whether the image's digest is pinned per deployment (`versionConsistency`). */
  readonly pinned: boolean;
}

export interface HealthCheckPlan {
  /** `["CMD", …]` or `["CMD-SHELL", "…"]`. */
  readonly command: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  /** 0 when off. */
  readonly startPeriodMs: number;
}

export interface RestartPolicy {
  readonly ignoredExitCodes: readonly number[];
  /** A container restarts only when it ran at least this long since it last started. */
  readonly restartAttemptPeriodMs: number;
}
