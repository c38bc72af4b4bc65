/**
 * A job as a rehearsal needs it: what its stack would hold, without names of AWS resources. The command makes it from the
 * very template that `fsd deploy` would deploy, so the machine that is played is the machine that would run.
 */
import type { RetryPolicy } from "../../engine/events/retry-policy.ts";
import type { ScheduleTimes } from "../../engine/schedule/occurrence.ts";
import type { CapacityProviderStrategyItem } from "../../engine/service/service-state.ts";
import type { StateMachineDefinition } from "../../engine/state-machine/definition.ts";
import type { Json } from "../../kit/json.ts";

export interface JobModel {
  readonly name: string;
  /** CPU units, 1024 a vCPU, and MiB, where a schedule says nothing else. */
  readonly cpu: number;
  readonly memory: number;
  readonly stopTimeoutMs: number;
  readonly schedules: readonly JobSchedule[];
  /** What a schedule starts: tasks, */
  readonly run: { readonly count: number; readonly strategy: readonly CapacityProviderStrategyItem[] };
  /** or a machine that starts them. */
  readonly machine?: StateMachineDefinition;
  /** What the manifest promises, for the checkers: it is not read by what runs the job. */
  readonly promise: { readonly retries: number; readonly timeoutMs?: number; readonly concurrency: "allow" | "forbid" };
}

export interface JobSchedule extends Pick<ScheduleTimes, "expression" | "timezone" | "state"> {
  readonly name: string;
  readonly retryPolicy: RetryPolicy;
  /** What the machine begins with, or RunTask's overrides. */
  readonly input: Json;
}

/** How long a program takes: from `leastMs` to `mostMs`, each length as likely as any other. */
export interface RunDuration {
  readonly leastMs: number;
  readonly mostMs: number;
}
