/** From PutMetricAlarm's request to an alarm: what must be there, what excludes what, what is meant when it is absent. */
import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { AlarmRule, ComparisonOperator, MissingDataTreatment } from "../../../engine/alarm/alarm-evaluation.ts";
import { MetricMathError, parseMetricMath } from "../../../engine/alarm/metric-math.ts";
import type { AlarmRecord } from "./alarm-record.ts";
import { invalidCombination, invalidValue, missingParameter } from "./faults.ts";
import { dimensionsOf } from "./metric-query.ts";
import { isStatistic } from "./statistic.ts";

const OPERATORS: readonly string[] = [
  "GreaterThanThreshold",
  "GreaterThanOrEqualToThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
];
const TREATMENTS: readonly string[] = ["missing", "ignore", "breaching", "notBreaching"];
const LONGEST_RANGE_SECONDS = 7 * 86_400;

/** `existing`: the alarm of that name, whose state and tags an update leaves alone. Throws CloudWatch's exceptions. */
export function alarmOf(input: PutMetricAlarmInput, region: string, existing: AlarmRecord | undefined, now: number): AlarmRecord {
  refuseUnsupported(input);
  const { watched, period } = watchedOf(input);
  const tags = Object.fromEntries((input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  return {
    region,
    name: input.AlarmName ?? "",
    ...(input.AlarmDescription === undefined ? {} : { description: input.AlarmDescription }),
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
    rule: ruleOf(input, period),
    hasDatapointsToAlarm: input.DatapointsToAlarm !== undefined,
    hasTreatMissingData: input.TreatMissingData !== undefined,
    period,
    watched,
    ...(input.EvaluateLowSampleCountPercentile === undefined
      ? {}
      : { evaluateLowSampleCountPercentile: input.EvaluateLowSampleCountPercentile }),
    tags: existing?.tags ?? tags,
    configuredAt: now,
    state: existing?.state ?? "INSUFFICIENT_DATA",
    stateReason: existing?.stateReason ?? "Unchecked: Initial alarm creation",
    ...(existing?.stateReasonData === undefined ? {} : { stateReasonData: existing.stateReasonData }),
    stateUpdatedAt: existing?.stateUpdatedAt ?? now,
    stateTransitionedAt: existing?.stateTransitionedAt ?? now,
  };
}

/** What this platform does not evaluate is refused, not ignored: an alarm that never rings is worse than none. */
function refuseUnsupported(input: PutMetricAlarmInput): void {
  const unsupported = (["ThresholdMetricId", "EvaluationCriteria", "EvaluationWindow"] as const).find(
    (field) => input[field] !== undefined,
  );
  if (unsupported !== undefined) throw invalidValue(`${unsupported} is not supported by the local platform.`);
  if (input.Metrics?.some(({ AccountId }) => AccountId !== undefined) === true) {
    throw invalidValue("Metrics of another account are not supported by the local platform.");
  }
}

function ruleOf(input: PutMetricAlarmInput, period: number): AlarmRule {
  const { Threshold, ComparisonOperator: operator = "", EvaluationPeriods = 0, TreatMissingData = "missing" } = input;
  if (Threshold === undefined) throw missingParameter("The parameter Threshold is required.");
  if (!OPERATORS.includes(operator))
    throw invalidValue(`ComparisonOperator ${operator} needs an anomaly detection band, which is not supported.`);
  if (EvaluationPeriods < 1) throw missingParameter("The parameter EvaluationPeriods is required.");
  const datapointsToAlarm = input.DatapointsToAlarm ?? EvaluationPeriods;
  if (datapointsToAlarm > EvaluationPeriods) {
    throw invalidValue("The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
  }
  if (!TREATMENTS.includes(TreatMissingData)) {
    throw invalidValue(
      `The value ${TreatMissingData} is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing].`,
    );
  }
  if (EvaluationPeriods * period > LONGEST_RANGE_SECONDS) {
    throw invalidValue("Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800).");
  }
  return {
    comparisonOperator: operator as ComparisonOperator,
    threshold: Threshold,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm,
    treatMissingData: TreatMissingData as MissingDataTreatment,
  };
}

function watchedOf(input: PutMetricAlarmInput): Pick<AlarmRecord, "watched" | "period"> {
  if (input.Metrics !== undefined) {
    if (input.MetricName !== undefined || input.Namespace !== undefined || input.Period !== undefined || input.Statistic !== undefined) {
      throw invalidCombination("MetricName, Namespace, Period, Statistic and Dimensions do not go with Metrics.");
    }
    return queriesOf(input.Metrics);
  }
  const { MetricName, Namespace, Period, Statistic, ExtendedStatistic, Unit } = input;
  if (MetricName === undefined) throw missingParameter("Exactly one of MetricName and Metrics is required.");
  if (Namespace === undefined) throw missingParameter("The parameter Namespace is required.");
  if (Period === undefined) throw missingParameter("The parameter Period is required.");
  checkPeriod(Period);
  if (Statistic === undefined && ExtendedStatistic === undefined) {
    throw missingParameter("Exactly one of Statistic and ExtendedStatistic is required.");
  }
  if (Statistic !== undefined && ExtendedStatistic !== undefined) {
    throw invalidCombination("Statistic and ExtendedStatistic are mutually exclusive.");
  }
  const statistic = Statistic ?? ExtendedStatistic ?? "";
  if (!isStatistic(statistic)) throw invalidValue(`The value ${statistic} for parameter ExtendedStatistic is not supported.`);
  const dimensions = dimensionsOf(input.Dimensions);
  return { period: Period, watched: { metric: { namespace: Namespace, name: MetricName, dimensions, statistic, unit: Unit } } };
}

function queriesOf(queries: NonNullable<PutMetricAlarmInput["Metrics"]>): Pick<AlarmRecord, "watched" | "period"> {
  const returning = queries.filter(({ ReturnData }) => ReturnData !== false);
  if (returning.length !== 1) throw invalidValue("Exactly one element of the metrics list should return data.");
  const ids = new Set<string>();
  let period = 0;
  for (const { Id = "", MetricStat, Expression } of queries) {
    if (!/^[a-z]\w*$/.test(Id) || ids.has(Id)) throw invalidValue(`The Id '${Id}' is not valid or not unique.`);
    ids.add(Id);
    if ((MetricStat === undefined) === (Expression === undefined))
      throw invalidValue(`The metric '${Id}' needs either MetricStat or Expression.`);
    if (Expression !== undefined) checkExpression(Expression);
    if (MetricStat === undefined) continue;
    checkPeriod(MetricStat.Period ?? 0);
    if (period !== 0 && period !== MetricStat.Period) throw invalidValue("Period must be the same for all metrics of the list.");
    period = MetricStat.Period ?? 0;
    if (!isStatistic(MetricStat.Stat ?? "")) throw invalidValue(`The statistic '${MetricStat.Stat}' of '${Id}' is not supported.`);
  }
  if (period === 0) throw invalidValue("At least one element of the metrics list must be a metric.");
  return { period, watched: { queries } };
}

function checkExpression(expression: string): void {
  try {
    parseMetricMath(expression);
  } catch (failure) {
    if (failure instanceof MetricMathError) throw invalidValue(failure.message);
    throw failure;
  }
}

function checkPeriod(seconds: number): void {
  if (seconds > 0 && (seconds % 60 === 0 || [10, 20, 30].includes(seconds))) return;
  throw invalidValue(`The period ${seconds} must be 10, 20, 30 or a multiple of 60.`);
}
