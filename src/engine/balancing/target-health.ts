/**
 * The state of a target, as `DescribeTargetHealth` tells it, and how a probe's outcome changes it (Application Load
 * Balancer, "Target group health checks"). A newly registered target needs one success to be healthy and
 * `unhealthyThreshold` failures in a row to be unhealthy; from then on `healthyThreshold` successes in a row bring
 * it back. Every node of a load balancer probes by itself and has a view of its own; `wholeHealth` is what the API tells.
 */

export interface HealthThresholds {
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export type ProbeOutcome =
  | { readonly type: "passed" }
  /** An answer whose code the matcher does not accept. */
  | { readonly type: "mismatch"; readonly code: number }
  /** No whole answer within the timeout. */
  | { readonly type: "timeout" }
  /** Refused, reset, or not HTTP. */
  | { readonly type: "failed" }
  /** The load balancer could not ask: what it lacked was its own, not the target's. */
  | { readonly type: "internal-error" };

export interface TargetHealth {
  readonly state: "initial" | "healthy" | "unhealthy" | "unused" | "draining" | "unavailable";
  readonly reason?: string;
  readonly description?: string;
  /** Passed probes in a row. */
  readonly successes: number;
  /** Failed probes in a row. */
  readonly failures: number;
}

const still = { successes: 0, failures: 0 } as const;

export const initial: TargetHealth = {
  state: "initial",
  reason: "Elb.InitialHealthChecking",
  description: "Initial health checks in progress",
  ...still,
};
const healthy: TargetHealth = { state: "healthy", ...still };
export const draining: TargetHealth = {
  state: "draining",
  reason: "Target.DeregistrationInProgress",
  description: "Target deregistration is in progress",
  ...still,
};
/** The target group serves no listener. */
export const notInUse: TargetHealth = {
  state: "unused",
  reason: "Target.NotInUse",
  description: "Target group is not configured to receive traffic from the load balancer",
  ...still,
};
/** No program answers at a load balancer's own address but the load balancer. */
export const ipUnusable: TargetHealth = {
  state: "unused",
  reason: "Target.IpUnusable",
  description: "The IP address cannot be used as a target, as it is in use by a load balancer",
  ...still,
};
export const notRegistered: TargetHealth = {
  state: "unused",
  reason: "Target.NotRegistered",
  description: "Target is not registered to the target group",
  ...still,
};
export const unchecked: TargetHealth = {
  state: "unavailable",
  reason: "Target.HealthCheckDisabled",
  description: "Health checks are disabled",
  ...still,
};

/** The health after one more probe. Only `initial`, `healthy` and `unhealthy` targets are probed. */
export function afterProbe(health: TargetHealth, outcome: ProbeOutcome, thresholds: HealthThresholds): TargetHealth {
  if (outcome.type === "passed") {
    const successes = health.successes + 1;
    const needed = health.state === "unhealthy" ? thresholds.healthyThreshold : 1;
    return successes >= needed ? { ...healthy, successes } : { ...health, successes, failures: 0 };
  }
  const failures = health.failures + 1;
  if (health.state === "unhealthy" || failures >= thresholds.unhealthyThreshold) {
    return { state: "unhealthy", ...why(outcome), successes: 0, failures };
  }
  return { ...health, successes: 0, failures };
}

/**
 * The health of a target from the views of a load balancer's nodes, at least one. AWS publishes no rule; here `unhealthy`
 * where one node finds it so, for that node sends it nothing; else `healthy` as soon as one node finds it so; else `initial`.
 * Healthy, healthy, unhealthy → unhealthy; initial, healthy → healthy.
 */
export function wholeHealth(views: readonly [TargetHealth, ...TargetHealth[]]): TargetHealth {
  const of = (state: TargetHealth["state"]): TargetHealth | undefined => views.find((view) => view.state === state);
  return of("unhealthy") ?? of("healthy") ?? views[0];
}

/** Whether an observer of the API could tell the two apart. */
export function looksDifferent(a: TargetHealth, b: TargetHealth): boolean {
  return a.state !== b.state || a.reason !== b.reason || a.description !== b.description;
}

function why(outcome: Exclude<ProbeOutcome, { type: "passed" }>): { reason: string; description: string } {
  switch (outcome.type) {
    case "mismatch":
      return { reason: "Target.ResponseCodeMismatch", description: `Health checks failed with these codes: [${outcome.code}]` };
    case "timeout":
      return { reason: "Target.Timeout", description: "Request timed out" };
    case "failed":
      return { reason: "Target.FailedHealthChecks", description: "Health checks failed" };
    case "internal-error":
      return { reason: "Elb.InternalError", description: "Health checks failed due to an internal error" };
  }
}
