/**
 * `MetricDataQuery` lists: metrics and metric math over one grid of periods. The same evaluation serves GetMetricData
 * in wall time and alarms in engine time, where a minute lasts 60/speed wall seconds and counts are multiplied back
 * so that they read as counts per configured period.
 */
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { evaluateMetricMath, MetricMathError, parseMetricMath, type Series } from "../../../engine/alarm/metric-math.ts";
import { namesIn } from "../../../engine/alarm/metric-math-parser.ts";
import type { MetricStore } from "./metric-store.ts";
import type { Periods } from "./run-times.ts";
import { growsWithPeriod, statisticOf } from "./statistic.ts";

/** The periods asked for, oldest first. An alarm's may lie in several stretches, with the times between in which the platform was down. */
export interface Grid {
  readonly stretches: readonly Periods[];
  /** How long a period is said to be, seconds. */
  readonly periodSeconds: number;
}

/** The start of every period, ascending; wall time, ms. */
export function timestampsOf({ stretches }: Grid): number[] {
  return stretches.flatMap(({ start, count, lengthMs }) => Array.from({ length: count }, (_, index) => start + index * lengthMs));
}

export interface QueryScope {
  readonly metrics: MetricStore;
  readonly region: string;
}

/** One statistic of one metric, by the start of its periods (wall time, ms). */
export interface StatisticQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly unit?: string | undefined;
}

export function querySeries({ metrics, region }: QueryScope, query: StatisticQuery, { stretches, periodSeconds }: Grid): Series {
  const series = new Map<number, number>();
  for (const { start, count, lengthMs } of stretches) {
    const aggregates = metrics.aggregates({ region, ...query }, start, start + count * lengthMs, lengthMs, query.unit);
    const factor = growsWithPeriod(query.statistic) ? (periodSeconds * 1000) / lengthMs : 1;
    for (const index of [...aggregates.keys()].sort((a, b) => a - b)) {
      const aggregate = aggregates.get(index);
      const value = aggregate === undefined ? undefined : statisticOf(aggregate, query.statistic);
      if (value !== undefined) series.set(start + index * lengthMs, value * factor);
    }
  }
  return series;
}

/** Every query's series by id. `gridOf` says over which periods a query of so many seconds goes. Throws `MetricMathError`. */
export function evaluateQueries(
  scope: QueryScope,
  queries: readonly MetricDataQuery[],
  gridOf: (periodSeconds: number) => Grid,
): Map<string, Series> {
  const byId = new Map(queries.map((query) => [query.Id ?? "", query]));
  const results = new Map<string, Series>();
  const inProgress = new Set<string>();
  const metricIds = queries.filter(({ MetricStat }) => MetricStat !== undefined).map(({ Id = "" }) => Id);
  const longest = Math.max(60, ...queries.map(({ MetricStat }) => MetricStat?.Period ?? 0));

  const evaluate = (id: string): Series => {
    const known = results.get(id);
    if (known !== undefined) return known;
    const query = byId.get(id);
    if (query === undefined) throw new MetricMathError(`Unknown id '${id}' in expression.`);
    if (inProgress.has(id)) throw new MetricMathError(`The expressions refer to one another in a circle, through '${id}'.`);
    inProgress.add(id);
    const series =
      query.MetricStat === undefined ? expression(query) : querySeries(scope, statisticQuery(query), gridOf(query.MetricStat.Period ?? 60));
    inProgress.delete(id);
    results.set(id, series);
    return series;
  };

  const expression = (query: MetricDataQuery): Series => {
    const parsed = parseMetricMath(query.Expression ?? "");
    const named = new Map(namesIn(parsed).map((name) => [name, evaluate(name)]));
    for (const id of metricIds) named.set(id, evaluate(id));
    const grid = gridOf(query.Period ?? longest);
    const context = { series: named, metricIds, timestamps: timestampsOf(grid), periodSeconds: grid.periodSeconds };
    return evaluateMetricMath(parsed, context);
  };

  for (const id of byId.keys()) evaluate(id);
  return results;
}

/** The metrics a list of queries reads. */
export function metricsOf(queries: readonly MetricDataQuery[]): StatisticQuery[] {
  return queries.filter(({ MetricStat }) => MetricStat !== undefined).map(statisticQuery);
}

function statisticQuery({ MetricStat }: MetricDataQuery): StatisticQuery {
  return {
    namespace: MetricStat?.Metric?.Namespace ?? "",
    name: MetricStat?.Metric?.MetricName ?? "",
    dimensions: dimensionsOf(MetricStat?.Metric?.Dimensions),
    statistic: MetricStat?.Stat ?? "Average",
    unit: MetricStat?.Unit,
  };
}

export function dimensionsOf(
  dimensions: readonly { Name?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value]));
}
