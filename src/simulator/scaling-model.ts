/** How a simulated service scales: its bounds, its policies over the metrics of a minute, and the clock. */
import type { AlarmRule } from "../engine/alarm/alarm-evaluation.ts";
import type { StepRule } from "../engine/scaling/step-scaling.ts";

/** One minute's metrics, by the ids that metric math knows them by; absent where nothing reports. */
export interface MinuteMetrics {
  /** Percent of the running tasks' CPU, as AWS/ECS reports it. */
  readonly cpu?: number;
  /** Percent of their memory. */
  readonly memory?: number;
  /** Requests of the minute at the load balancer. */
  readonly requests?: number;
  /** Healthy targets, on average. */
  readonly hosts?: number;
  /** Messages waiting in the queue. */
  readonly waiting?: number;
  /** Running tasks; none is 0. */
  readonly tasks?: number;
  /** Requests or messages that came in, a second. */
  readonly rps?: number;
  /** Milliseconds. */
  readonly latency?: number;
}

/** The ids of `MinuteMetrics`, with what they are, for people who write metric math. */
export const minuteMetrics: Readonly<Record<keyof MinuteMetrics, string>> = {
  cpu: "percent",
  memory: "percent",
  requests: "a minute",
  hosts: "healthy targets",
  waiting: "messages in the queue",
  tasks: "running tasks",
  rps: "requests or messages a second",
  latency: "ms",
};

export type ScalingPolicy =
  | {
      readonly kind: "target-tracking";
      readonly name: string;
      /** Metric math over `MinuteMetrics`, `cpu` in the simplest case. */
      readonly metric: string;
      readonly target: number;
      readonly disableScaleIn: boolean;
      readonly scaleOutCooldownMs: number;
      readonly scaleInCooldownMs: number;
    }
  | (StepRule & {
      readonly kind: "step";
      readonly name: string;
      readonly cooldownMs: number;
      readonly alarms: readonly { readonly name: string; readonly metric: string; readonly rule: AlarmRule }[];
    });

export interface ScalingModel {
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly policies: readonly ScalingPolicy[];
  readonly schedule: readonly {
    readonly name: string;
    /** `cron(…)`, `rate(…)` or `at(…)`. */
    readonly expression: string;
    readonly timezone: string;
    readonly minCapacity?: number;
    readonly maxCapacity?: number;
  }[];
  /** SuspendedState: DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended. */
  readonly suspended?: { readonly in: boolean; readonly out: boolean; readonly scheduled: boolean };
}

/** Requests of a minute for each healthy target; all of them while there is none, so that scaling can begin. */
export const requestsPerTask = "IF(FILL(hosts, 0) > 0, FILL(requests, 0) / FILL(hosts, 0), FILL(requests, 0))";

/** Messages waiting for each running task; the whole backlog while none runs, so that scaling can begin. */
export const backlogPerTask = "IF(FILL(tasks, 0) > 0, waiting / FILL(tasks, 1), waiting)";
