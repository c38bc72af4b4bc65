/**
 * Minimum and maximum of a scalable target: what registering, updating and scheduled actions make of the desired
 * count. They move it into the bounds at once and ignore cooldowns.
 */
export interface CapacityBounds {
  readonly minCapacity: number;
  readonly maxCapacity: number;
}

/** The desired count moved into the bounds. */
export function withinBounds(desired: number, { minCapacity, maxCapacity }: CapacityBounds): number {
  return Math.min(maxCapacity, Math.max(minCapacity, desired));
}

/** The bounds after a scheduled action; undefined when it would leave the minimum above the maximum. */
export function scheduledBounds(
  bounds: CapacityBounds,
  action: { readonly minCapacity?: number | undefined; readonly maxCapacity?: number | undefined },
): CapacityBounds | undefined {
  const { minCapacity = bounds.minCapacity, maxCapacity = bounds.maxCapacity } = action;
  return minCapacity <= maxCapacity ? { minCapacity, maxCapacity } : undefined;
}
