/**
 * Metrics by namespace, name and dimensions. Samples are added up by period and lie in the journal, one line a
 * period, so nothing of their volume is held in memory but the period that is still open. Timestamps are wall time;
 * at speed N the standard resolution of a minute lasts 60/N wall seconds, so that an alarm's shortened periods are
 * made of whole ones.
 */
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Collection, Journal, Store } from "../../persistence/store.ts";
import { type Aggregate, addSample, decodeAggregate, emptyAggregate, encodeAggregate, mergeAggregate } from "./aggregate.ts";
import type { MetricSink } from "./metric-sink.ts";

export interface MetricIdentity {
  readonly region: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One datum of PutMetricData. */
export interface PutDatum {
  readonly metric: MetricIdentity;
  readonly aggregate: Aggregate;
  /** Wall time, ms. */
  readonly timestamp: number;
  readonly unit: string;
  /** `StorageResolution: 1`. */
  readonly isHighResolution: boolean;
}

/** A period that is still open. */
interface OpenPeriod {
  readonly start: number;
  readonly end: number;
  readonly unit: string;
  readonly aggregate: Aggregate;
}

export interface MetricStoreDependencies {
  readonly store: Store;
  /** Wall time. */
  readonly clock: Clock;
  /** Engine seconds per wall second. */
  readonly speed: number;
}

const SHORTEST_PERIOD_MS = 100;
const READ_AT_ONCE = 1_000;
const RETENTION_MS = 15 * 86_400_000;
const HOUR_MS = 3_600_000;

export class MetricStore implements MetricSink {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #metrics: Collection<MetricIdentity>;
  readonly #journal: Journal;
  readonly #standardMs: number;
  readonly #highMs: number;
  /** By series, then by start and unit. */
  readonly #open = new Map<string, Map<string, OpenPeriod>>();
  readonly #watchers = new Map<string, Set<() => void>>();
  #cancelFlush: Cancel | undefined;
  #cancelTrim: Cancel;

  constructor({ store, clock, speed }: MetricStoreDependencies) {
    this.#clock = clock;
    this.#store = store;
    this.#metrics = store.collection("cloudwatch.metrics");
    this.#journal = store.journal("cloudwatch.metrics");
    this.#standardMs = Math.max(SHORTEST_PERIOD_MS, 60_000 / speed);
    this.#highMs = Math.max(SHORTEST_PERIOD_MS, 1_000 / speed);
    this.#cancelTrim = clock.at(clock.now() + HOUR_MS, () => this.#trim());
  }

  /** Writes what is still open; call once, when nothing records any more. */
  close(): void {
    this.#cancelFlush?.();
    this.#cancelTrim();
    this.#flush(Number.POSITIVE_INFINITY);
  }

  record(
    region: string,
    namespace: string,
    name: string,
    dimensions: Readonly<Record<string, string>>,
    value: number,
    timestamp: number,
    unit = "None",
  ): void {
    const series = this.#seriesOf({ region, namespace, name, dimensions });
    const start = Math.floor(timestamp / this.#standardMs) * this.#standardMs;
    const key = `${start} ${unit}`;
    let periods = this.#open.get(series);
    if (periods === undefined) {
      periods = new Map();
      this.#open.set(series, periods);
      this.#scheduleFlush();
    }
    let period = periods.get(key);
    if (period === undefined) {
      period = { start, end: start + this.#standardMs, unit, aggregate: emptyAggregate() };
      periods.set(key, period);
    }
    addSample(period.aggregate, value);
    this.#notify(series);
  }

  /** Stores what a client put: all of it, durable on return. */
  put(data: readonly PutDatum[]): void {
    this.#store.transaction(() => {
      for (const { metric, aggregate, timestamp, unit, isHighResolution } of data) {
        const resolutionMs = isHighResolution ? this.#highMs : this.#standardMs;
        const start = Math.floor(timestamp / resolutionMs) * resolutionMs;
        this.#journal.append(this.#seriesOf(metric), [{ timestamp: start, text: encodeAggregate(aggregate, unit) }]);
      }
    });
    for (const { metric } of data) this.#notify(seriesKey(metric));
  }

  /** Every metric of a region that had data within the retention, in order of namespace, name and dimensions. */
  list(region: string): MetricIdentity[] {
    return this.#metrics.list(`${region}:`);
  }

  /** When the metric's newest stored period began; undefined when it never had any. */
  newest(metric: MetricIdentity): number | undefined {
    const series = seriesKey(metric);
    const open = this.#openOf(series).map(({ start }) => start);
    const stored = this.#journal.readByTime(series, { limit: 1, newestFirst: true })[0]?.timestamp;
    return [...open, ...(stored === undefined ? [] : [stored])].reduce<number | undefined>(
      (latest, start) => (latest === undefined || start > latest ? start : latest),
      undefined,
    );
  }

  /**
   * The samples from `from` (inclusive) to `to` (exclusive), added up by periods of `periodMs` that begin at `from`.
   * Answers the periods that have samples, by their index. A stored period counts where it begins.
   */
  aggregates(metric: MetricIdentity, from: number, to: number, periodMs: number, unit?: string): Map<number, Aggregate> {
    const series = seriesKey(metric);
    const result = new Map<number, Aggregate>();
    const add = (start: number, aggregate: Aggregate): void => {
      const index = Math.floor((start - from) / periodMs);
      const present = result.get(index);
      if (present === undefined) {
        const copy = emptyAggregate();
        mergeAggregate(copy, aggregate);
        result.set(index, copy);
      } else mergeAggregate(present, aggregate);
    };
    // A fraction of a millisecond in a period's start is cut in the journal.
    const first = Math.floor(from);
    for (let lines = this.#journal.readByTime(series, { from: first, to, limit: READ_AT_ONCE }); lines.length > 0; ) {
      for (const { timestamp, text } of lines) {
        const decoded = decodeAggregate(text);
        if (unit === undefined || unit === decoded.unit) add(Math.max(timestamp, from), decoded.aggregate);
      }
      const after = lines.at(-1);
      lines =
        lines.length < READ_AT_ONCE || after === undefined
          ? []
          : this.#journal.readByTime(series, { from: first, to, after, limit: READ_AT_ONCE });
    }
    for (const period of this.#openOf(series)) {
      const isWithin = period.start >= first && period.start < to;
      if (isWithin && (unit === undefined || unit === period.unit)) add(Math.max(period.start, from), period.aggregate);
    }
    return result;
  }

  /** Calls back on every further sample of the metric. Answers how to stop. */
  watch(metric: MetricIdentity, callback: () => void): () => void {
    const series = seriesKey(metric);
    const watchers = this.#watchers.get(series) ?? new Set();
    watchers.add(callback);
    this.#watchers.set(series, watchers);
    return () => {
      watchers.delete(callback);
      if (watchers.size === 0) this.#watchers.delete(series);
    };
  }

  #seriesOf(metric: MetricIdentity): string {
    const series = seriesKey(metric);
    if (!this.#metrics.has(series)) this.#metrics.put(series, metric);
    return series;
  }

  #notify(series: string): void {
    for (const callback of [...(this.#watchers.get(series) ?? [])]) callback();
  }

  #scheduleFlush(): void {
    if (this.#cancelFlush !== undefined) return;
    const now = this.#clock.now();
    const next = Math.floor(now / this.#standardMs + 1) * this.#standardMs;
    this.#cancelFlush = this.#clock.at(next, () => {
      this.#cancelFlush = undefined;
      this.#flush(this.#clock.now());
      if (this.#open.size > 0) this.#scheduleFlush();
    });
  }

  #openOf(series: string): OpenPeriod[] {
    return [...(this.#open.get(series)?.values() ?? [])];
  }

  #flush(now: number): void {
    this.#store.transaction(() => {
      for (const [series, periods] of this.#open) {
        const closed = [...periods.values()].filter(({ end }) => end <= now);
        if (closed.length === 0) continue;
        this.#journal.append(
          series,
          closed.map(({ start, aggregate, unit }) => ({ timestamp: start, text: encodeAggregate(aggregate, unit) })),
        );
      }
    });
    for (const [series, periods] of this.#open) {
      for (const [key, { end }] of periods) if (end <= now) periods.delete(key);
      if (periods.size === 0) this.#open.delete(series);
    }
  }

  /** Forgets what is older than the retention, and metrics of which nothing is left. */
  #trim(): void {
    const edge = this.#clock.now() - RETENTION_MS;
    for (const [series, metric] of this.#metrics.entries()) {
      this.#journal.trim(series, edge);
      if (this.newest(metric) === undefined) this.#metrics.delete(series);
    }
    this.#cancelTrim = this.#clock.at(this.#clock.now() + HOUR_MS, () => this.#trim());
  }
}

/** One text per metric; in order of region, namespace, name, dimensions. */
export function seriesKey({ region, namespace, name, dimensions }: MetricIdentity): string {
  const names = Object.keys(dimensions);
  if (names.length > 1) names.sort();
  return `${region}:${JSON.stringify([namespace, name, ...names.map((each) => [each, dimensions[each]])])}`;
}
