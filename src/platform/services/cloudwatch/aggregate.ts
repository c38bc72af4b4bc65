/**
 * What is kept of the samples of one period: count, sum, extremes, and a histogram for percentiles. The histogram's
 * buckets grow by 2 %, so a percentile is at most 1 % off; its size depends on the spread of the values, not on
 * their number.
 */
export interface Aggregate {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
  /** Samples by histogram bucket; absent when only the statistics are known (`StatisticValues`). */
  buckets: Map<number, number> | undefined;
}

const GROWTH = Math.log(1.02);
/** Smaller magnitudes count as zero. */
const SMALLEST = 1e-9;
// Buckets of negative values are negative, those of positive ones positive, whatever their magnitude.
const OFFSET = 10_000;

export function emptyAggregate(): Aggregate {
  return { count: 0, sum: 0, minimum: Number.POSITIVE_INFINITY, maximum: Number.NEGATIVE_INFINITY, buckets: new Map() };
}

/** Adds `times` samples of `value`. */
export function addSample(aggregate: Aggregate, value: number, times = 1): void {
  aggregate.count += times;
  aggregate.sum += value * times;
  if (value < aggregate.minimum) aggregate.minimum = value;
  if (value > aggregate.maximum) aggregate.maximum = value;
  const bucket = bucketOf(value);
  aggregate.buckets?.set(bucket, (aggregate.buckets.get(bucket) ?? 0) + times);
}

export function mergeAggregate(into: Aggregate, other: Aggregate): void {
  into.count += other.count;
  into.sum += other.sum;
  into.minimum = Math.min(into.minimum, other.minimum);
  into.maximum = Math.max(into.maximum, other.maximum);
  if (other.buckets === undefined) into.buckets = undefined;
  else if (into.buckets !== undefined) {
    for (const [bucket, times] of other.buckets) into.buckets.set(bucket, (into.buckets.get(bucket) ?? 0) + times);
  }
}

function bucketOf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude < SMALLEST) return 0;
  const index = Math.ceil(Math.log(magnitude) / GROWTH) + OFFSET;
  return value > 0 ? index : -index;
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const magnitude = Math.exp((Math.abs(bucket) - OFFSET - 0.5) * GROWTH);
  return bucket > 0 ? magnitude : -magnitude;
}

/** The value below which `percent` of the samples lie; undefined when their distribution is not known. */
export function percentile(aggregate: Aggregate, percent: number): number | undefined {
  if (aggregate.count === 0) return undefined;
  if (aggregate.minimum === aggregate.maximum) return aggregate.minimum;
  if (aggregate.buckets === undefined) return undefined;
  const rank = Math.max(1, Math.ceil((percent / 100) * aggregate.count));
  let seen = 0;
  for (const [bucket, times] of [...aggregate.buckets].sort(([a], [b]) => a - b)) {
    seen += times;
    if (seen >= rank) return Math.min(aggregate.maximum, Math.max(aggregate.minimum, middleOf(bucket)));
  }
  return aggregate.maximum;
}

/** One line of the journal: `[count, sum, minimum, maximum, unit, bucket, times, …]`; a lone sample is only its value and unit. */
export function encodeAggregate({ count, sum, minimum, maximum, buckets }: Aggregate, unit: string): string {
  if (count === 1 && buckets !== undefined) return JSON.stringify([sum, unit]);
  return JSON.stringify([count, sum, minimum, maximum, unit, ...(buckets === undefined ? ["-"] : [...buckets].flat())]);
}

export function decodeAggregate(text: string): { readonly aggregate: Aggregate; readonly unit: string } {
  const fields = JSON.parse(text) as (number | string)[];
  if (fields.length === 2) {
    const aggregate = emptyAggregate();
    addSample(aggregate, fields[0] as number);
    return { aggregate, unit: fields[1] as string };
  }
  const [count, sum, minimum, maximum, unit, ...rest] = fields as [number, number, number, number, string, ...(number | string)[]];
  const buckets = rest[0] === "-" ? undefined : new Map<number, number>();
  if (buckets !== undefined) {
    for (let index = 0; index < rest.length; index += 2) buckets.set(rest[index] as number, rest[index + 1] as number);
  }
  return { aggregate: { count, sum, minimum, maximum, buckets }, unit };
}
