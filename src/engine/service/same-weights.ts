import type { TrafficWeight } from "./service-state.ts";

/** Whether a listener rule has these weights already. */
export function sameWeights(one: readonly TrafficWeight[] | undefined, other: readonly TrafficWeight[]): boolean {
  return (
    one !== undefined &&
    one.length === other.length &&
    one.every((each, index) => each.targetGroupArn === other[index]?.targetGroupArn && each.weight === other[index]?.weight)
  );
}
