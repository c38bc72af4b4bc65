/**
 * Target tracking ("Target tracking scaling policies", Application Auto Scaling): the capacity that brings a metric
 * back to its target, and the two alarms that say when to ask. The metric is one that halves when capacity doubles.
 *
 * Worked example: target 60, 4 tasks running. At 90 % CPU: ceil(4 × 90 / 60) = 6. At 30 %: ceil(4 × 30 / 60) = 2, once
 * the metric stayed below 54 for fifteen minutes.
 */
import type { AlarmRule } from "../alarm/alarm-evaluation.ts";

/**
 * `running`: tasks that run, the base ECS scaling goes by, whatever was desired. Without any, a metric above its target
 * (only a custom one has values then, like the depth of a queue) counts as one task's, so that scaling begins: target
 * tracking "initiates scale up from zero" once the backlog exceeds the target ("Autoscale an asynchronous endpoint",
 * SageMaker, whose scaling is Application Auto Scaling's).
 */
export function trackedCapacity(running: number, metric: number, target: number): number {
  // 3 × 0.7 / 0.7 must stay 3: a whole number but for the error of division is that whole number.
  const base = running === 0 && metric > target ? 1 : running;
  const exact = (base * metric) / target;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) < 1e-9 * Math.max(1, nearest) ? nearest : Math.ceil(exact);
}

/** What of the target the metric must stay below to scale in. */
const LOW_SHARE = 0.9;

/** The alarm that asks to scale out: above the target for three minutes. */
export function highAlarm(target: number): AlarmRule {
  return {
    comparisonOperator: "GreaterThanThreshold",
    threshold: target,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    treatMissingData: "missing",
  };
}

/** The alarm that asks to scale in: below nine tenths of the target for fifteen minutes. */
export function lowAlarm(target: number): AlarmRule {
  return {
    comparisonOperator: "LessThanThreshold",
    threshold: round(target * LOW_SHARE),
    evaluationPeriods: 15,
    datapointsToAlarm: 15,
    treatMissingData: "missing",
  };
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}
