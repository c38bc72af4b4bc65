/**
 * The state machine of a CloudWatch metric alarm: M datapoints to alarm out of the N most recent, with CloudWatch's
 * four treatments of missing data and its rule against premature alarms ("Configuring how CloudWatch alarms treat
 * missing data"). Pure: datapoints and the present state go in, the next state and its reason come out.
 *
 * Worked example, 3 of 3 with a range of 5 (0 within, X beyond the threshold, - missing, newest last):
 * `0 X X - X` is ALARM whatever the treatment, since three datapoints exist; `- - X - -` is ALARM when missing data
 * is missing or breaching, OK when it is notBreaching, and unchanged when it is ignored.
 */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export type ComparisonOperator =
  | "GreaterThanThreshold"
  | "GreaterThanOrEqualToThreshold"
  | "LessThanThreshold"
  | "LessThanOrEqualToThreshold";

export type MissingDataTreatment = "missing" | "ignore" | "breaching" | "notBreaching";

export interface AlarmRule {
  readonly comparisonOperator: ComparisonOperator;
  readonly threshold: number;
  /** N: how many datapoints decide. */
  readonly evaluationPeriods: number;
  /** M: how many of them must breach; at most N. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingDataTreatment;
}

/** The aggregate of one period. */
export interface Datapoint {
  /** Where the period begins, ms since the epoch. */
  readonly timestamp: number;
  readonly value: number;
}

export interface AlarmEvaluation {
  readonly state: AlarmState;
  /** The real datapoints that decided, newest last; at most N. */
  readonly evaluated: readonly Datapoint[];
  /** How many of N were missing and had to be filled in. */
  readonly filled: number;
  /** How many datapoints, filled ones included, were beyond the threshold. */
  readonly breaching: number;
}

/** How many periods to look back: two more than decide, in case some of the most recent are missing. */
export function evaluationRange(rule: Pick<AlarmRule, "evaluationPeriods">): number {
  return rule.evaluationPeriods + 2;
}

/** @param datapoints one entry a period of the evaluation range, newest last; undefined where there is no data */
export function evaluateAlarm(rule: AlarmRule, datapoints: readonly (Datapoint | undefined)[], current: AlarmState): AlarmEvaluation {
  const breaches = ({ value }: Datapoint): boolean => isBreaching(rule.comparisonOperator, value, rule.threshold);
  const existing = datapoints.filter((datapoint) => datapoint !== undefined);
  const evaluated = existing.slice(-rule.evaluationPeriods);
  const filled = rule.evaluationPeriods - evaluated.length;
  const breachingReal = evaluated.filter(breaches).length;
  const outcome = (state: AlarmState, breaching = breachingReal): AlarmEvaluation => ({ state, evaluated, filled, breaching });
  const byCount = (breaching: number): AlarmEvaluation => outcome(breaching >= rule.datapointsToAlarm ? "ALARM" : "OK", breaching);

  if (filled === 0) return byCount(breachingReal);
  if (rule.treatMissingData === "breaching") return byCount(breachingReal + filled);
  if (rule.treatMissingData === "notBreaching") return byCount(breachingReal);

  if (breachingReal >= rule.datapointsToAlarm) return outcome("ALARM");
  if (existing.length === 0) return outcome(rule.treatMissingData === "missing" ? "INSUFFICIENT_DATA" : current);
  if (breachingReal < evaluated.length) return outcome("OK");
  // All there is breaches, but it is too little. It counts once M periods have passed without a word to the contrary.
  const recent = datapoints.slice(-rule.evaluationPeriods);
  const oldest = recent.findIndex((datapoint) => datapoint !== undefined);
  const ageOfOldest = oldest < 0 ? 0 : recent.length - oldest;
  if (rule.treatMissingData === "missing" && ageOfOldest >= rule.datapointsToAlarm) return outcome("ALARM");
  return outcome(current);
}

function isBreaching(operator: ComparisonOperator, value: number, threshold: number): boolean {
  switch (operator) {
    case "GreaterThanThreshold":
      return value > threshold;
    case "GreaterThanOrEqualToThreshold":
      return value >= threshold;
    case "LessThanThreshold":
      return value < threshold;
    case "LessThanOrEqualToThreshold":
      return value <= threshold;
  }
}
