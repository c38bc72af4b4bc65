/** Metrics: put, list, get as statistics of one metric or as queries with metric math. */
import { type Datapoint, InvalidNextToken, type MetricDataResult, type MetricDatum } from "@aws-sdk/client-cloudwatch";
import { MetricMathError } from "../../../engine/alarm/metric-math.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { type Aggregate, addSample, emptyAggregate } from "./aggregate.ts";
import { invalidCombination, invalidValue, missingParameter } from "./faults.ts";
import { dimensionsOf, evaluateQueries, type Grid } from "./metric-query.ts";
import type { MetricIdentity, MetricStore } from "./metric-store.ts";
import type { Periods } from "./run-times.ts";
import { isStatistic, statisticOf } from "./statistic.ts";

const MOST_DATAPOINTS_OF_STATISTICS = 1_440;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export function metricOperations(metrics: MetricStore, now: () => number): Operations<"cloudwatch"> {
  return {
    PutMetricData: (input, { region }) => {
      const namespace = input.Namespace ?? "";
      // These are for AWS's services; the platform's own parts record theirs through `MetricSink`.
      if (namespace.startsWith("AWS/")) throw invalidValue("The value AWS/ for parameter Namespace is invalid.");
      const data = [...(input.MetricData ?? []), ...(input.EntityMetricData ?? []).flatMap(({ MetricData }) => MetricData ?? [])];
      // All or nothing: what is wrong is said before anything is kept.
      metrics.put(
        data.map((datum, index) => ({
          metric: { region, namespace, name: datum.MetricName ?? "", dimensions: dimensionsOf(datum.Dimensions) },
          aggregate: aggregateOf(datum, index + 1),
          timestamp: timestampOf(datum, now(), index + 1),
          unit: datum.Unit ?? "None",
          isHighResolution: datum.StorageResolution === 1,
        })),
      );
      return {};
    },

    ListMetrics: (input, { region }) => {
      const matching = metrics.list(region).filter(
        (metric) =>
          (input.Namespace === undefined || metric.namespace === input.Namespace) &&
          (input.MetricName === undefined || metric.name === input.MetricName) &&
          (input.Dimensions ?? []).every(({ Name = "", Value }) => {
            const actual = metric.dimensions[Name];
            return actual !== undefined && (Value === undefined || Value === actual);
          }) &&
          (input.RecentlyActive === undefined || (metrics.newest(metric) ?? 0) >= now() - 3 * HOUR_MS),
      );
      const keyed = matching.map((metric, index) => ({ metric, key: String(index).padStart(9, "0") }));
      const { items, nextToken } = pageOf(
        keyed,
        ({ key }) => key,
        500,
        input.NextToken,
        () => {
          throw new InvalidNextToken({ message: "The next token is invalid.", $metadata: {} });
        },
      );
      return { Metrics: items.map(({ metric }) => describe(metric)), ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
    },

    GetMetricStatistics: (input, { region }) => {
      const periodSeconds = input.Period ?? 60;
      checkPeriod(periodSeconds);
      const statistics = input.Statistics ?? [];
      const extended = input.ExtendedStatistics ?? [];
      if (statistics.length + extended.length === 0) throw missingParameter("At least one of Statistics and ExtendedStatistics is needed.");
      const unknown = extended.find((name) => !isStatistic(name));
      if (unknown !== undefined) throw invalidValue(`The value ${unknown} for parameter ExtendedStatistics is not supported.`);
      const periods = periodsBetween(input.StartTime, input.EndTime, periodSeconds);
      if (periods.count > MOST_DATAPOINTS_OF_STATISTICS) {
        throw invalidCombination(
          `You have requested up to ${periods.count.toLocaleString("en-US")} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
        );
      }
      const name = input.MetricName ?? "";
      const metric = { region, namespace: input.Namespace ?? "", name, dimensions: dimensionsOf(input.Dimensions) };
      const { start, count, lengthMs } = periods;
      const aggregates = metrics.aggregates(metric, start, start + count * lengthMs, lengthMs, input.Unit);
      const points = [...aggregates].map(([index, aggregate]): Datapoint => {
        const percentiles = extended
          .map((each) => [each, statisticOf(aggregate, each)] as const)
          .filter(([, value]) => value !== undefined);
        return {
          Timestamp: new Date(start + index * lengthMs),
          Unit: input.Unit ?? "None",
          ...Object.fromEntries(statistics.map((each) => [each, statisticOf(aggregate, each)])),
          ...(percentiles.length === 0 ? {} : { ExtendedStatistics: Object.fromEntries(percentiles) as Record<string, number> }),
        };
      });
      return { Label: name, Datapoints: points };
    },

    GetMetricData: (input, { region }) => {
      const queries = input.MetricDataQueries ?? [];
      checkQueries(queries);
      const { StartTime, EndTime } = input;
      const gridOf = (periodSeconds: number): Grid => ({ stretches: [periodsBetween(StartTime, EndTime, periodSeconds)], periodSeconds });
      const results: MetricDataResult[] = [];
      let series: ReturnType<typeof evaluateQueries>;
      try {
        series = evaluateQueries({ metrics, region }, queries, gridOf);
      } catch (failure) {
        if (failure instanceof MetricMathError) throw invalidValue(failure.message);
        throw failure;
      }
      for (const query of queries) {
        if (query.ReturnData === false) continue;
        const points = [...(series.get(query.Id ?? "") ?? [])];
        if (input.ScanBy !== "TimestampAscending") points.reverse();
        results.push({
          Id: query.Id,
          Label: query.Label ?? query.MetricStat?.Metric?.MetricName ?? query.Id,
          Timestamps: points.map(([timestamp]) => new Date(timestamp)),
          Values: points.map(([, value]) => value),
          StatusCode: "Complete",
        });
      }
      return { MetricDataResults: results, Messages: [] };
    },
  };
}

function describe({ namespace, name, dimensions }: MetricIdentity) {
  return { Namespace: namespace, MetricName: name, Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })) };
}

function aggregateOf(datum: MetricDatum, member: number): Aggregate {
  const { Value, Values, Counts, StatisticValues } = datum;
  const path = `MetricData.member.${member}`;
  const finite = (value: number | undefined, field: string): number => {
    if (value === undefined || !Number.isFinite(value)) throw invalidValue(`The value for ${path}.${field} is not a finite number.`);
    return value;
  };
  const given = [Value, Values, StatisticValues].filter((each) => each !== undefined).length;
  if (given === 0) throw missingParameter(`At least one of the parameters must be specified: ${path}.Value, Values or StatisticValues.`);
  if (given > 1) throw invalidCombination(`The parameters ${path}.Value, Values and StatisticValues are mutually exclusive.`);
  if (StatisticValues !== undefined) {
    return {
      count: finite(StatisticValues.SampleCount, "StatisticValues.SampleCount"),
      sum: finite(StatisticValues.Sum, "StatisticValues.Sum"),
      minimum: finite(StatisticValues.Minimum, "StatisticValues.Minimum"),
      maximum: finite(StatisticValues.Maximum, "StatisticValues.Maximum"),
      buckets: undefined,
    };
  }
  const values = Values ?? [Value];
  if (Counts !== undefined && Counts.length !== values.length) {
    throw invalidCombination(`The parameters ${path}.Values and Counts must be of the same length.`);
  }
  const aggregate = emptyAggregate();
  values.forEach((value, index) => {
    addSample(aggregate, finite(value, "Value"), finite(Counts?.[index] ?? 1, "Counts"));
  });
  return aggregate;
}

function timestampOf({ Timestamp }: MetricDatum, now: number, member: number): number {
  if (Timestamp === undefined) return now;
  const timestamp = Timestamp.getTime();
  if (timestamp < now - 14 * DAY_MS || timestamp > now + 2 * HOUR_MS) {
    throw invalidValue(`The parameter MetricData.member.${member}.Timestamp must be within the past two weeks and the next two hours.`);
  }
  return timestamp;
}

function checkPeriod(seconds: number): void {
  if (seconds > 0 && (seconds % 60 === 0 || [1, 5, 10, 20, 30].includes(seconds))) return;
  throw invalidValue(`The period ${seconds} must be 1, 5, 10, 20, 30 or a multiple of 60.`);
}

/** The periods that cover a time range, aligned to whole periods. */
function periodsBetween(start: Date | undefined, end: Date | undefined, periodSeconds: number): Periods {
  if (start === undefined || end === undefined) throw missingParameter("StartTime and EndTime are needed.");
  if (start >= end) throw invalidValue("The parameter StartTime must be less than the parameter EndTime.");
  const periodMs = periodSeconds * 1000;
  const first = Math.floor(start.getTime() / periodMs) * periodMs;
  return { start: first, count: Math.ceil((end.getTime() - first) / periodMs), lengthMs: periodMs };
}

type Queries = NonNullable<Parameters<NonNullable<Operations<"cloudwatch">["GetMetricData"]>>[0]["MetricDataQueries"]>;

function checkQueries(queries: Queries): void {
  const ids = new Set<string>();
  for (const { Id = "", MetricStat, Expression } of queries) {
    if (!/^[a-z]\w*$/.test(Id))
      throw invalidValue(`The Id '${Id}' must start with a lower-case letter and hold letters, digits and underscores.`);
    if (ids.has(Id)) throw invalidValue(`The Id '${Id}' is used more than once.`);
    ids.add(Id);
    if ((MetricStat === undefined) === (Expression === undefined))
      throw invalidValue(`The query '${Id}' needs either MetricStat or Expression.`);
    if (MetricStat === undefined) continue;
    checkPeriod(MetricStat.Period ?? 60);
    if (!isStatistic(MetricStat.Stat ?? "")) throw invalidValue(`The statistic '${MetricStat.Stat}' of '${Id}' is not supported.`);
  }
}
