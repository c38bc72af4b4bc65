/**
 * `MetricDataQuery` lists: metrics and metric math over one grid of periods. The same evaluation serves GetMetricData
 * in wall time and alarms in engine time, where a minute lasts 60/speed wall seconds and counts are multiplied back
 * so that they read as counts per configured period.
 */
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { evaluateMetricMath, MetricMathError, parseMetricMath, type Series } from "../../../engine/alarm/metric-math.ts";
import { namesIn } from "../../../engine/alarm/metric-math-parser.ts";
import type { MetricStore } from "./metric-store.ts";
import { growsWithPeriod, statisticOf } from "./statistic.ts";

/** The periods asked for: `count` of them, the first beginning at `start`. */
export interface Grid {
  /** Wall time, ms. */
  readonly start: number;
  readonly count: number;
  /** How long a period lasts on the wall, ms. */
  readonly wallPeriodMs: number;
  /** How long it is said to be, seconds. */
  readonly periodSeconds: number;
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

export function querySeries({ metrics, region }: QueryScope, query: StatisticQuery, grid: Grid): Series {
  const { start, count, wallPeriodMs, periodSeconds } = grid;
  const aggregates = metrics.aggregates({ region, ...query }, start, start + count * wallPeriodMs, wallPeriodMs, query.unit);
  const factor = growsWithPeriod(query.statistic) ? (periodSeconds * 1000) / wallPeriodMs : 1;
  const series = new Map<number, number>();
  for (const index of [...aggregates.keys()].sort((a, b) => a - b)) {
    const aggregate = aggregates.get(index);
    const value = aggregate === undefined ? undefined : statisticOf(aggregate, query.statistic);
    if (value !== undefined) series.set(start + index * wallPeriodMs, value * factor);
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
    const timestamps = Array.from({ length: grid.count }, (_, index) => grid.start + index * grid.wallPeriodMs);
    return evaluateMetricMath(parsed, { series: named, metricIds, timestamps, periodSeconds: grid.periodSeconds });
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
