/**
 * A task set of a service whose deployments a third party controls (deployment controller EXTERNAL): a revision with a
 * count of its own, a share of the service's. Names as in DescribeTaskSets; instants ending in `At` are wall time.
 */
import type { CapacityProviderStrategyItem, DeploymentState, ServiceState } from "./service-state.ts";

export interface TaskSetState {
  readonly taskSetArn: string;
  /** PRIMARY serves production, which only the third party knows; DRAINING is deleted and has tasks left. */
  readonly status: "PRIMARY" | "ACTIVE" | "DRAINING";
  /** Percent of the service's desired count, 0 to 100. */
  readonly scale: number;
  /** What it is called outside. */
  readonly externalId?: string;
  readonly clientToken?: string;
  /** Empty: launch type FARGATE. */
  readonly capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  /** Revision, count and back-off; its id is the task set's. There is nothing to complete: it is COMPLETED from the first. */
  readonly deployment: DeploymentState;
  /** Since when it is as stable, or as unstable, as it is. */
  readonly stabilityStatusAt: number;
  /** As for a service. */
  readonly steadyToldTime?: number;
  readonly rebalancing?: { readonly taskId: string };
  readonly complaints: Readonly<Record<string, number>>;
}

/**
 * How many tasks a task set should have: its share of the service's desired count, always rounded up. Source: the type
 * TaskSet of the API reference.
 *
 * Example, 3 desired: 50 % are 2 tasks, 1 % is 1, 0 % is 0.
 */
export function computedDesiredCount({ desiredCount }: Pick<ServiceState, "desiredCount">, { status, scale }: TaskSetState): number {
  // 1,000 times 1.1 percent is a hair more than 11 to a computer.
  return status === "DRAINING" ? 0 : Math.max(0, Math.ceil((desiredCount * scale) / 100 - 1e-9));
}

/** Whether the task set stands: STEADY_STATE, else STABILIZING. */
export function isSteady({ steadyToldTime }: TaskSetState): boolean {
  return steadyToldTime !== undefined;
}
