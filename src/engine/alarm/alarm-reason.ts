/** The words in which CloudWatch gives the reason of an alarm's state (`StateReason`). */
import type { AlarmEvaluation, AlarmRule, AlarmState, ComparisonOperator } from "./alarm-evaluation.ts";

const COMPARISONS: Record<ComparisonOperator, string> = {
  GreaterThanThreshold: "greater than",
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

/** `Threshold Crossed: 3 out of the last 3 datapoints [90.0 (…), …] were greater than the threshold (60.0) (minimum 3 datapoints for OK -> ALARM transition).` */
export function alarmReason(rule: AlarmRule, evaluation: AlarmEvaluation, previous: AlarmState): string {
  const { state, evaluated, filled, breaching } = evaluation;
  if (state === "INSUFFICIENT_DATA") {
    return `Insufficient Data: ${rule.evaluationPeriods} ${plural(rule.evaluationPeriods, "datapoint was", "datapoints were")} unknown.`;
  }
  if (evaluated.length === 0) {
    const treatment = rule.treatMissingData === "breaching" ? "Breaching" : "NonBreaching";
    return `Threshold Crossed: no datapoints were received for ${filled} ${plural(filled, "period", "periods")} and ${filled} missing ${plural(filled, "datapoint was", "datapoints were")} treated as [${treatment}].`;
  }
  const isAlarm = state === "ALARM";
  const total = evaluated.length;
  const crossing = Math.min(breaching, total);
  const count = isAlarm ? crossing : total - crossing;
  const points = [...evaluated].reverse().map(({ value, timestamp }) => `${number(value)} (${time(timestamp)})`);
  const needed = isAlarm ? rule.datapointsToAlarm : rule.evaluationPeriods - rule.datapointsToAlarm + 1;
  const verb = `${plural(count, "was", "were")}${isAlarm ? "" : " not"}`;
  return (
    `Threshold Crossed: ${count} out of the last ${total} datapoints [${points.join(", ")}] ${verb} ` +
    `${COMPARISONS[rule.comparisonOperator]} the threshold (${number(rule.threshold)}) ` +
    `(minimum ${needed} ${plural(needed, "datapoint", "datapoints")} for ${previous === "INSUFFICIENT_DATA" ? (isAlarm ? "OK" : "ALARM") : previous} -> ${state} transition).`
  );
}

function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

/** As CloudWatch writes numbers: always with a decimal point. */
function number(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `20/11/26 13:05:00`, UTC. */
function time(timestamp: number): string {
  const iso = new Date(timestamp).toISOString();
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(2, 4)} ${iso.slice(11, 19)}`;
}
