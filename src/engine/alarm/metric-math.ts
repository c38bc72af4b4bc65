/**
 * CloudWatch metric math, the part alarms, dashboards and target tracking use: `+ - * / ^`, comparisons, `AND`/`OR`,
 * `IF`, `FILL`, `METRICS`, `SUM`, `AVG`, `MIN`, `MAX`, `ABS`, `CEIL`, `FLOOR`, `PERIOD`, `RATE`, `DIFF`, `RUNNING_SUM`,
 * `FIRST`, `LAST` and `DATAPOINT_COUNT`. Pure: named series go in, a series comes out. Where a datapoint is missing on
 * either side of an operator, or the result is not a finite number, there is no datapoint.
 *
 * Example: `IF(tasks > 0, depth / tasks, depth)` is the backlog per task, and the raw depth while no task runs.
 */
import { type Expression, MetricMathError, parseMetricMath } from "./metric-math-parser.ts";

export { MetricMathError, parseMetricMath };

/** Values by the start of their period, ms since the epoch. */
export type Series = ReadonlyMap<number, number>;
type Value = number | Series | readonly Series[];

export interface MetricMathContext {
  /** Series by id; those of other expressions included. */
  readonly series: ReadonlyMap<string, Series>;
  /** The ids that `METRICS()` stands for: metrics, not expressions. */
  readonly metricIds: readonly string[];
  /** The start of every period asked for, ascending: what `FILL` fills. */
  readonly timestamps: readonly number[];
  readonly periodSeconds: number;
}

/** A parsed expression's value as one series; a scalar becomes the same value at every period. Throws `MetricMathError`. */
export function evaluateMetricMath(expression: Expression, context: MetricMathContext): Series {
  const value = evaluate(expression, context);
  if (typeof value === "number") return onlyFinite(new Map(context.timestamps.map((timestamp) => [timestamp, value])));
  if (!isList(value)) return onlyFinite(value);
  const [only] = value;
  if (only === undefined || value.length > 1) throw new MetricMathError("The expression must return one time series.");
  return onlyFinite(only);
}

function onlyFinite(series: Series): Series {
  return new Map([...series].filter(([, value]) => Number.isFinite(value)));
}

function evaluate(expression: Expression, context: MetricMathContext): Value {
  switch (expression.type) {
    case "number":
      return expression.value;
    case "name": {
      const series = context.series.get(expression.name);
      if (series === undefined) throw new MetricMathError(`Unknown id '${expression.name}' in expression.`);
      return series;
    }
    case "text":
      throw new MetricMathError(`A text stands where a time series is needed: "${expression.value}".`);
    case "list":
      return expression.items.flatMap((item) => asList(evaluate(item, context)));
    case "negation":
      return each(evaluate(expression.operand, context), (value) => -value);
    case "binary":
      return binary(expression.operator, evaluate(expression.left, context), evaluate(expression.right, context));
    case "call":
      return call(expression.name, expression.arguments, context);
  }
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
  "==": (left, right) => Number(left === right),
  "!=": (left, right) => Number(left !== right),
  "<": (left, right) => Number(left < right),
  "<=": (left, right) => Number(left <= right),
  ">": (left, right) => Number(left > right),
  ">=": (left, right) => Number(left >= right),
  AND: (left, right) => Number(left !== 0 && right !== 0),
  OR: (left, right) => Number(left !== 0 || right !== 0),
};

function binary(operator: string, left: Value, right: Value): Value {
  const apply = OPERATORS[operator];
  if (apply === undefined) throw new MetricMathError(`Unknown operator '${operator}'.`);
  if (isList(left) && isList(right)) throw new MetricMathError(`'${operator}' does not go between two lists of time series.`);
  if (isList(left)) return left.map((series) => pair(series, right as number | Series, apply));
  if (isList(right)) return right.map((series) => pair(left, series, apply));
  return typeof left === "number" && typeof right === "number" ? apply(left, right) : pair(left, right, apply);
}

/** Point by point, where both have a point. */
function pair(left: number | Series, right: number | Series, apply: (left: number, right: number) => number): Series {
  const result = new Map<number, number>();
  const add = (timestamp: number, a: number | undefined, b: number | undefined): void => {
    if (a === undefined || b === undefined) return;
    const value = apply(a, b);
    if (Number.isFinite(value)) result.set(timestamp, value);
  };
  if (typeof left !== "number")
    for (const [timestamp, a] of left) add(timestamp, a, typeof right === "number" ? right : right.get(timestamp));
  else if (typeof right !== "number") for (const [timestamp, b] of right) add(timestamp, left, b);
  return result;
}

function call(name: string, operands: readonly Expression[], context: MetricMathContext): Value {
  const count = (least: number, most = least): void => {
    if (operands.length < least || operands.length > most) throw new MetricMathError(`${name} has the wrong number of arguments.`);
  };
  const value = (index: number): Value => {
    const operand = operands[index];
    if (operand === undefined) throw new MetricMathError(`${name} has the wrong number of arguments.`);
    return evaluate(operand, context);
  };
  switch (name) {
    case "METRICS": {
      count(0, 1);
      const wanted = operands[0]?.type === "text" ? operands[0].value : "";
      return context.metricIds.filter((id) => id.includes(wanted)).map((id) => context.series.get(id) ?? new Map());
    }
    case "IF":
      count(2, 3);
      return choose(value(0), value(1), operands.length === 3 ? value(2) : new Map());
    case "FILL":
      count(2);
      return mapSeries(value(0), (series) => fill(series, fillerOf(operands[1], context), context.timestamps));
    case "SUM":
      count(1);
      return aggregate(value(0), (values) => values.reduce((sum, each) => sum + each, 0));
    case "AVG":
      count(1);
      return aggregate(value(0), (values) => values.reduce((sum, each) => sum + each, 0) / values.length);
    case "MIN":
      count(1);
      return aggregate(value(0), (values) => values.reduce((least, each) => Math.min(least, each)));
    case "MAX":
      count(1);
      return aggregate(value(0), (values) => values.reduce((most, each) => Math.max(most, each)));
    case "ABS":
      count(1);
      return each(value(0), Math.abs);
    case "CEIL":
      count(1);
      return each(value(0), Math.ceil);
    case "FLOOR":
      count(1);
      return each(value(0), Math.floor);
    case "PERIOD":
      count(1);
      return context.periodSeconds;
    case "DATAPOINT_COUNT":
      count(1);
      return aggregate(value(0), (values) => values.length);
    case "FIRST":
    case "LAST": {
      count(1);
      const list = value(0);
      const chosen = isList(list) ? list.at(name === "FIRST" ? 0 : -1) : undefined;
      if (chosen === undefined) throw new MetricMathError(`${name} takes a list of time series.`);
      return chosen;
    }
    case "RATE":
      count(1);
      return mapSeries(value(0), (series) => differences(series, (change, seconds) => change / seconds));
    case "DIFF":
      count(1);
      return mapSeries(value(0), (series) => differences(series, (change) => change));
    case "RUNNING_SUM": {
      count(1);
      return mapSeries(value(0), (series) => {
        let sum = 0;
        return new Map(
          [...series].map(([timestamp, point]) => {
            sum += point;
            return [timestamp, sum];
          }),
        );
      });
    }
    default:
      throw new MetricMathError(`The function ${name} is not supported.`);
  }
}

function choose(condition: Value, then: Value, otherwise: Value): Value {
  if (isList(condition) || isList(then) || isList(otherwise)) throw new MetricMathError("IF takes time series and numbers, not lists.");
  if (typeof condition === "number") return condition !== 0 ? then : otherwise;
  const result = new Map<number, number>();
  for (const [timestamp, truth] of condition) {
    const branch = truth !== 0 ? then : otherwise;
    const chosen = typeof branch === "number" ? branch : branch.get(timestamp);
    if (chosen !== undefined) result.set(timestamp, chosen);
  }
  return result;
}

type Filler = "REPEAT" | "LINEAR" | number | Series;

function fillerOf(operand: Expression | undefined, context: MetricMathContext): Filler {
  if (operand?.type === "name" && (operand.name === "REPEAT" || operand.name === "LINEAR")) return operand.name;
  const value = operand === undefined ? 0 : evaluate(operand, context);
  if (isList(value)) throw new MetricMathError("FILL takes a number, a time series, REPEAT or LINEAR.");
  return value;
}

function fill(series: Series, filler: Filler, timestamps: readonly number[]): Series {
  const result = new Map<number, number>();
  timestamps.forEach((timestamp, index) => {
    const value = series.get(timestamp) ?? filling(series, filler, timestamps, index);
    if (value !== undefined) result.set(timestamp, value);
  });
  return result;
}

function filling(series: Series, filler: Filler, timestamps: readonly number[], index: number): number | undefined {
  if (typeof filler === "number") return filler;
  if (typeof filler !== "string") return filler.get(timestamps[index] ?? 0);
  const before = timestamps.slice(0, index).findLast((timestamp) => series.has(timestamp));
  const earlier = before === undefined ? undefined : series.get(before);
  if (filler === "REPEAT" || earlier === undefined || before === undefined) return earlier;
  const after = timestamps.slice(index).find((timestamp) => series.has(timestamp));
  const later = after === undefined ? undefined : series.get(after);
  if (later === undefined || after === undefined) return undefined;
  return earlier + ((later - earlier) * ((timestamps[index] ?? 0) - before)) / (after - before);
}

/** Of one series a scalar over time; of a list of series a series across them. */
function aggregate(value: Value, apply: (values: readonly number[]) => number): Value {
  if (typeof value === "number") return value;
  if (!isList(value)) return value.size === 0 ? new Map() : apply([...value.values()]);
  const timestamps = new Set(value.flatMap((series) => [...series.keys()]));
  return new Map(
    [...timestamps]
      .sort((a, b) => a - b)
      .map((timestamp) => [timestamp, apply(value.map((series) => series.get(timestamp)).filter((point) => point !== undefined))]),
  );
}

function differences(series: Series, apply: (change: number, seconds: number) => number): Series {
  const result = new Map<number, number>();
  let previous: [timestamp: number, value: number] | undefined;
  for (const [timestamp, value] of series) {
    if (previous !== undefined) result.set(timestamp, apply(value - previous[1], (timestamp - previous[0]) / 1000));
    previous = [timestamp, value];
  }
  return result;
}

function each(value: Value, apply: (value: number) => number): Value {
  if (typeof value === "number") return apply(value);
  return mapSeries(value, (series) => new Map([...series].map(([timestamp, point]) => [timestamp, apply(point)])));
}

function mapSeries(value: Value, apply: (series: Series) => Series): Value {
  if (typeof value === "number") throw new MetricMathError("A time series is needed where the expression has a number.");
  return isList(value) ? value.map(apply) : apply(value);
}

function asList(value: Value): readonly Series[] {
  if (typeof value === "number") throw new MetricMathError("A list holds time series, not numbers.");
  return isList(value) ? value : [value];
}

function isList(value: Value): value is readonly Series[] {
  return Array.isArray(value);
}
