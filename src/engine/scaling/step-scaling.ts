/**
 * Step scaling ("Step scaling policies", Application Auto Scaling): the farther the metric is beyond the alarm's
 * threshold, the larger the step. Bounds are relative to the threshold. At or above it a lower bound belongs to its
 * step and an upper does not; below it the other way round.
 *
 * Worked example: threshold 60, steps [0, 20) +2 and [20, ∞) +5. At 70 the step is +2, at 80 it is +5.
 */
export type AdjustmentType = "ChangeInCapacity" | "PercentChangeInCapacity" | "ExactCapacity";

export interface StepAdjustment {
  /** Distance from the threshold; absent: −∞. */
  readonly lowerBound?: number;
  /** Absent: +∞. */
  readonly upperBound?: number;
  readonly scalingAdjustment: number;
}

export interface StepRule {
  readonly adjustmentType: AdjustmentType;
  readonly steps: readonly StepAdjustment[];
  /** The least change in tasks that a percentage makes. */
  readonly minAdjustmentMagnitude?: number;
}

/** The step for a metric so far from the threshold; undefined when none covers it. */
export function stepFor(steps: readonly StepAdjustment[], distance: number): StepAdjustment | undefined {
  return steps.find(({ lowerBound = Number.NEGATIVE_INFINITY, upperBound = Number.POSITIVE_INFINITY }) =>
    distance >= 0 ? distance >= lowerBound && distance < upperBound : distance > lowerBound && distance <= upperBound,
  );
}

/** The capacity a step leads to, not yet within minimum and maximum. */
export function steppedCapacity(running: number, rule: StepRule, step: StepAdjustment): number {
  const { scalingAdjustment } = step;
  switch (rule.adjustmentType) {
    case "ExactCapacity":
      return scalingAdjustment;
    case "ChangeInCapacity":
      return running + scalingAdjustment;
    case "PercentChangeInCapacity":
      return running + percentOf(running, scalingAdjustment, rule.minAdjustmentMagnitude);
  }
}

/** Above 1 and below −1 a change is cut to whole tasks; between, it is one task. */
function percentOf(running: number, percent: number, leastMagnitude = 0): number {
  const exact = (running * percent) / 100;
  if (exact === 0) return percent === 0 ? 0 : Math.sign(percent) * leastMagnitude;
  const whole = Math.abs(exact) < 1 ? Math.sign(exact) : Math.trunc(exact);
  return Math.abs(whole) < leastMagnitude ? Math.sign(whole) * leastMagnitude : whole;
}

/** What is wrong with a list of steps, in AWS's sense: gaps, overlaps, more than one open end; undefined when nothing is. */
export function stepsProblem(steps: readonly StepAdjustment[]): string | undefined {
  if (steps.length === 0) return "At least one step adjustment must be specified";
  for (const { lowerBound, upperBound } of steps) {
    if (lowerBound === undefined && upperBound === undefined && steps.length > 1) return "Only one step adjustment may be unbounded";
    if (lowerBound !== undefined && upperBound !== undefined && lowerBound >= upperBound) {
      return "The lower bound of a step adjustment must be less than its upper bound";
    }
  }
  const ordered = [...steps].sort((a, b) => (a.lowerBound ?? Number.NEGATIVE_INFINITY) - (b.lowerBound ?? Number.NEGATIVE_INFINITY));
  for (const [index, step] of ordered.entries()) {
    const next = ordered[index + 1];
    if (next === undefined) continue;
    if (step.upperBound === undefined || next.lowerBound === undefined || step.upperBound > next.lowerBound) {
      return "Step adjustment intervals must not overlap";
    }
    if (step.upperBound < next.lowerBound) return "Step adjustment intervals must not have a gap between them";
  }
  return undefined;
}
