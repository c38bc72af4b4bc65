/** What a machine may ask for in a rehearsal, and what its RunTask says of how many tasks there are, where, and how large. */
import type { CapacityProviderStrategyItem } from "../../engine/service/service-state.ts";
import { isObject, type Json } from "../../kit/json.ts";

/** A Task's resource, without `arn:aws:states:::`. */
export const playedResources = ["ecs:runTask.sync", "ecs:runTask", "aws-sdk:ecs:listTasks"] as const;

export interface RunParameters {
  readonly count: number;
  /** Empty: FARGATE. */
  readonly strategy: readonly CapacityProviderStrategyItem[];
  readonly overrides: Json;
}

/** The parameters as a state machine spells them. */
export function runParameters(parameters: Json): RunParameters {
  const { Count, CapacityProviderStrategy = [], Overrides = {} } = isObject(parameters) ? parameters : {};
  return { count: typeof Count === "number" ? Count : 1, strategy: strategyOf(CapacityProviderStrategy), overrides: Overrides };
}

/** A capacity provider strategy as state machines and schedules spell it. */
export function strategyOf(items: Json): readonly CapacityProviderStrategyItem[] {
  if (!Array.isArray(items)) return [];
  return (items as readonly Json[]).map((item) => {
    const { CapacityProvider = "", Base = 0, Weight = 0 } = isObject(item) ? item : {};
    return { capacityProvider: String(CapacityProvider), base: Number(Base), weight: Number(Weight) };
  });
}
