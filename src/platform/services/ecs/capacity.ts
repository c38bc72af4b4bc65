/** Capacity provider strategies: what ECS refuses of them, and which one a request ends up with. */
import type { CapacityProviderStrategyItem as Requested } from "@aws-sdk/client-ecs";
import type { CapacityProviderStrategyItem } from "../../../engine/service/service-state.ts";
import type { ClusterRecord } from "./ecs-state.ts";
import { invalidParameter } from "./faults.ts";

/** The strategy with its defaults, or ECS's refusal. `associated`: the cluster's capacity providers. */
export function requireStrategy(items: readonly Requested[], associated: readonly string[]): CapacityProviderStrategyItem[] {
  if (items.length === 0) return [];
  if (items.length > 20) throw invalidParameter("A capacity provider strategy holds at most 20 capacity providers.");
  const strategy = items.map(({ capacityProvider = "", base = 0, weight = 0 }) => ({ capacityProvider, base, weight }));
  for (const { capacityProvider } of strategy) {
    if (!associated.includes(capacityProvider)) {
      throw invalidParameter(
        `The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again: ${capacityProvider}.`,
      );
    }
  }
  if (new Set(strategy.map((item) => item.capacityProvider)).size !== strategy.length) {
    throw invalidParameter("A capacity provider strategy cannot contain a capacity provider more than once.");
  }
  if (strategy.filter((item) => item.base > 0).length > 1) {
    throw invalidParameter("Only one capacity provider in a capacity provider strategy can have a base defined.");
  }
  if (strategy.every((item) => item.weight === 0)) {
    throw invalidParameter(
      "The specified capacity provider strategy does not contain any capacity provider with a weight greater than zero.",
    );
  }
  return strategy;
}

export interface Capacity {
  readonly launchType?: "FARGATE";
  /** Empty with a launch type. */
  readonly strategy: readonly CapacityProviderStrategyItem[];
}

/** What a service or a run is placed on: the launch type, the strategy given, or the cluster's default. */
export function capacityOf(
  input: { readonly launchType?: string | undefined; readonly capacityProviderStrategy?: readonly Requested[] | undefined },
  cluster: ClusterRecord,
): Capacity {
  const given = input.capacityProviderStrategy ?? [];
  if (input.launchType !== undefined && given.length > 0) {
    throw invalidParameter("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.");
  }
  if (input.launchType === "FARGATE") return { launchType: "FARGATE", strategy: [] };
  if (input.launchType !== undefined) {
    throw invalidParameter(`The local platform has no container instances for launch type ${input.launchType}; it runs tasks on FARGATE.`);
  }
  const strategy = given.length > 0 ? requireStrategy(given, cluster.capacityProviders) : cluster.defaultCapacityProviderStrategy;
  if (strategy.length === 0) {
    throw invalidParameter(
      "Neither a launch type nor a capacity provider strategy is given: ECS would place the tasks on EC2 container instances, which the local platform does not have. Specify launchType FARGATE.",
    );
  }
  return { strategy: strategy.map(({ capacityProvider = "", base = 0, weight = 0 }) => ({ capacityProvider, base, weight })) };
}
