/** The statistics CloudWatch computes of a period, by the names its API uses. */
import { type Aggregate, percentile } from "./aggregate.ts";

/** Whether the name is a statistic known here: the five simple ones and percentiles `p0`…`p100`. */
export function isStatistic(name: string): boolean {
  return ["SampleCount", "Average", "Sum", "Minimum", "Maximum"].includes(name) || percentOf(name) !== undefined;
}

/** The statistic's value; undefined without samples, or for a percentile whose distribution is not known. */
export function statisticOf(aggregate: Aggregate, name: string): number | undefined {
  if (aggregate.count === 0) return undefined;
  switch (name) {
    case "SampleCount":
      return aggregate.count;
    case "Average":
      return aggregate.sum / aggregate.count;
    case "Sum":
      return aggregate.sum;
    case "Minimum":
      return aggregate.minimum;
    case "Maximum":
      return aggregate.maximum;
    default: {
      const percent = percentOf(name);
      return percent === undefined ? undefined : percentile(aggregate, percent);
    }
  }
}

/** Whether the statistic grows with the length of its period, as counts do and averages do not. */
export function growsWithPeriod(name: string): boolean {
  return name === "Sum" || name === "SampleCount";
}

function percentOf(name: string): number | undefined {
  const match = /^p(\d{1,3}(?:\.\d{1,10})?)$/.exec(name);
  const percent = match === null ? Number.NaN : Number(match[1]);
  return percent >= 0 && percent <= 100 ? percent : undefined;
}
