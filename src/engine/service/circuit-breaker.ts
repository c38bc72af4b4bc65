/**
 * When a deployment has failed too often: BOUNDED_PERCENT (ECS's default, 50) is a share of the desired count kept
 * within 3 and 200, UNBOUNDED_PERCENT the bare share, COUNT a number. The latest desired count is used. A service of
 * which nothing is desired has not failed: the share of nothing is still one task.
 *
 * Example, BOUNDED_PERCENT 50: desired 1 → 3, 25 → 13, 400 → 200, 800 → 200.
 */
import type { ThresholdConfiguration } from "./service-state.ts";

/** Failed tasks that trip the breaker. */
export function breakerThreshold(threshold: ThresholdConfiguration, desiredCount: number): number {
  switch (threshold.type) {
    case "COUNT":
      return threshold.value;
    case "UNBOUNDED_PERCENT":
      return Math.max(1, Math.ceil((threshold.value * desiredCount) / 100));
    case "BOUNDED_PERCENT":
      return Math.min(200, Math.max(3, Math.ceil((threshold.value * desiredCount) / 100)));
  }
}
