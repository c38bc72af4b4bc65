/** A deployment's failure: who found it, what is said of it, and whether it is rolled back. */
import type { FailureCause } from "./service-decision.ts";

/** Why a deployment failed. */
export interface Failure {
  readonly cause: FailureCause;
  /** The deployment's `rolloutStateReason`. */
  readonly reason: string;
  /** What the event says after "deployment failed: ". */
  readonly told: string;
  readonly rollback: boolean;
  readonly triggeredAlarmNames?: readonly string[];
}

/** What found the failure, as the rollback's reason names it. */
export const detectors: Readonly<Record<Failure["cause"], string>> = {
  "circuit-breaker": "deployment circuit breaker",
  alarm: "deployment alarms",
  "stopped-by-user": "deployment stopped by user",
  "lifecycle-hook": "deployment lifecycle hook",
  "stage-timeout": "deployment",
};
