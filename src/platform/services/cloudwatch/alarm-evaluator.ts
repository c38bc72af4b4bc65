/**
 * Evaluates alarms once a minute of engine time (every ten seconds for periods below a minute), which at speed N
 * is N times as often on the wall, over periods shortened alike. An alarm without data whose state has settled is
 * laid aside until its metric has a sample again, so idle alarms cost nothing.
 */
import { type AlarmRule, type Datapoint, evaluateAlarm, evaluationRange } from "../../../engine/alarm/alarm-evaluation.ts";
import { alarmReason } from "../../../engine/alarm/alarm-reason.ts";
import { MetricMathError, type Series } from "../../../engine/alarm/metric-math.ts";
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Store } from "../../persistence/store.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import { type AlarmRecord, alarmKey, metricsOfAlarm } from "./alarm-record.ts";
import { evaluateQueries, type Grid, querySeries, timestampsOf } from "./metric-query.ts";
import type { MetricStore } from "./metric-store.ts";
import { RunTimes } from "./run-times.ts";

export interface AlarmEvaluatorDependencies {
  readonly store: Store;
  /** Wall time: metrics have wall timestamps. */
  readonly clock: Clock;
  /** Engine seconds per wall second. */
  readonly speed: number;
  readonly alarms: AlarmBoard;
  readonly metrics: MetricStore;
}

const STANDARD_SECONDS = 60;
const HIGH_RESOLUTION_SECONDS = 10;
/** How far into a period the one before it is evaluated: what measures on the same beat has then reported. */
const SETTLING_FRACTION = 0.05;

/** The alarms evaluated on one beat. */
class Cadence {
  readonly wallMs: number;
  readonly keys = new Set<string>();
  cancel: Cancel | undefined;

  constructor(wallMs: number) {
    this.wallMs = wallMs;
  }
}

export class AlarmEvaluator {
  readonly #clock: Clock;
  readonly #runs: RunTimes;
  readonly #alarms: AlarmBoard;
  readonly #metrics: MetricStore;
  readonly #standard: Cadence;
  readonly #high: Cadence;
  readonly #laidAside = new Map<string, readonly (() => void)[]>();
  readonly #stopListening: () => void;

  constructor({ store, clock, speed, alarms, metrics }: AlarmEvaluatorDependencies) {
    this.#clock = clock;
    this.#runs = new RunTimes({ store, clock, speed });
    this.#alarms = alarms;
    this.#metrics = metrics;
    this.#standard = new Cadence((STANDARD_SECONDS * 1000) / speed);
    this.#high = new Cadence((HIGH_RESOLUTION_SECONDS * 1000) / speed);
    this.#stopListening = alarms.onConfigurationChange((key) => this.#changed(key));
    for (const alarm of alarms.list()) this.#take(alarm);
  }

  close(): void {
    this.#runs.mark();
    this.#stopListening();
    this.#standard.cancel?.();
    this.#high.cancel?.();
    for (const key of [...this.#laidAside.keys()]) this.#pickUp(key);
    this.#standard.keys.clear();
    this.#high.keys.clear();
  }

  #changed(key: string): void {
    this.#pickUp(key);
    this.#standard.keys.delete(key);
    this.#high.keys.delete(key);
    const alarm = this.#alarms.byKey(key);
    if (alarm !== undefined) this.#take(alarm);
  }

  #take(alarm: AlarmRecord): void {
    const cadence = alarm.period < STANDARD_SECONDS ? this.#high : this.#standard;
    cadence.keys.add(alarmKey(alarm));
    this.#schedule(cadence);
  }

  #schedule(cadence: Cadence): void {
    if (cadence.cancel !== undefined || cadence.keys.size === 0) return;
    const settling = cadence.wallMs * SETTLING_FRACTION;
    const next = Math.floor((this.#clock.now() - settling) / cadence.wallMs + 1) * cadence.wallMs + settling;
    cadence.cancel = this.#clock.at(next, () => {
      cadence.cancel = undefined;
      this.#runs.mark();
      // One that was laid aside meanwhile left the set; one that a listener added waits for the next beat.
      for (const key of [...cadence.keys]) {
        const alarm = this.#alarms.byKey(key);
        if (alarm !== undefined) this.#evaluate(alarm, cadence);
      }
      this.#schedule(cadence);
    });
  }

  #evaluate(alarm: AlarmRecord, cadence: Cadence): void {
    const end = Math.floor(this.#clock.now() / cadence.wallMs) * cadence.wallMs;
    const datapoints = this.#datapoints(alarm, end);
    if (typeof datapoints === "string") {
      this.#alarms.setState(alarm, { state: "INSUFFICIENT_DATA", reason: datapoints }, alarm.stateReason !== datapoints);
      return;
    }
    const evaluation = evaluateAlarm(alarm.rule, datapoints, alarm.state);
    const newest = evaluation.evaluated.at(-1);
    const isSettled =
      evaluation.evaluated.length === 0 &&
      evaluation.state === alarm.state &&
      alarm.state !== "ALARM" &&
      // What came in since the end of the range is next.
      metricsOfAlarm(alarm).every((metric) => (this.#metrics.newest(metric) ?? Number.NEGATIVE_INFINITY) < end);
    if (!isSettled) {
      this.#alarms.setState(alarm, {
        state: evaluation.state,
        reason: alarmReason(alarm.rule, evaluation, alarm.state),
        reasonData: reasonData(alarm, evaluation.evaluated, this.#clock.now()),
        ...(newest === undefined ? {} : { newest }),
      });
    } else this.#layAside(alarm, cadence);
  }

  /** One entry a period of the evaluation range, newest last; a text where the alarm's expression cannot be computed. */
  #datapoints(alarm: AlarmRecord, end: number): (Datapoint | undefined)[] | string {
    const count = evaluationRange(alarm.rule);
    const gridOf = (periodSeconds: number): Grid => ({
      stretches: this.#runs.back(end, Math.ceil((alarm.period * count) / periodSeconds), periodSeconds),
      periodSeconds,
    });
    const scope = { metrics: this.#metrics, region: alarm.region };
    let series: Series;
    try {
      series =
        "metric" in alarm.watched
          ? querySeries(scope, alarm.watched.metric, gridOf(alarm.period))
          : returned(alarm, evaluateQueries(scope, alarm.watched.queries, gridOf));
    } catch (failure) {
      if (failure instanceof MetricMathError) return `Unable to evaluate the expression: ${failure.message}`;
      throw failure;
    }
    const known = timestampsOf(gridOf(alarm.period)).map((timestamp) => {
      const value = series.get(timestamp);
      return value === undefined ? undefined : { timestamp, value };
    });
    return [...Array.from({ length: count - known.length }, () => undefined), ...known];
  }

  #layAside(alarm: AlarmRecord, cadence: Cadence): void {
    const key = alarmKey(alarm);
    cadence.keys.delete(key);
    const wake = (): void => this.#changed(key);
    this.#laidAside.set(
      key,
      metricsOfAlarm(alarm).map((metric) => this.#metrics.watch(metric, wake)),
    );
  }

  #pickUp(key: string): void {
    for (const stop of this.#laidAside.get(key) ?? []) stop();
    this.#laidAside.delete(key);
  }
}

/** The series of the one query that returns data. */
function returned(alarm: AlarmRecord, results: ReadonlyMap<string, Series>): Series {
  const queries = "queries" in alarm.watched ? alarm.watched.queries : [];
  const query = queries.find(({ ReturnData }) => ReturnData !== false);
  return results.get(query?.Id ?? "") ?? new Map();
}

function reasonData(alarm: AlarmRecord, evaluated: readonly Datapoint[], now: number): string {
  const { rule }: { rule: AlarmRule } = alarm;
  return JSON.stringify({
    version: "1.0",
    queryDate: new Date(now).toISOString(),
    ...("metric" in alarm.watched ? { statistic: alarm.watched.metric.statistic } : {}),
    period: alarm.period,
    recentDatapoints: evaluated.map(({ value }) => value),
    threshold: rule.threshold,
    evaluatedDatapoints: [...evaluated].reverse().map(({ timestamp, value }) => ({ timestamp: new Date(timestamp).toISOString(), value })),
  });
}
