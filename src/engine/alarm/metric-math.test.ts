import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateMetricMath, MetricMathError, parseMetricMath, type Series } from "./metric-math.ts";

const series = (...values: (number | null)[]): Series =>
  new Map(values.flatMap((value, index) => (value === null ? [] : [[index * 60_000, value] as [number, number]])));

/** The expression over five periods; null where it has no datapoint. */
function math(text: string, named: Record<string, Series>, metricIds = Object.keys(named)): (number | null)[] {
  const timestamps = [0, 1, 2, 3, 4].map((index) => index * 60_000);
  const context = { series: new Map(Object.entries(named)), metricIds, timestamps, periodSeconds: 60 };
  const result = evaluateMetricMath(parseMetricMath(text), context);
  return timestamps.map((timestamp) => result.get(timestamp) ?? null);
}

describe("metric math", () => {
  const m1 = series(10, 20, null, 40, 50);
  const m2 = series(1, 0, 3, null, 5);

  it("works point by point, with no datapoint where one side has none or divides by zero", () => {
    expect(math("m1 / m2", { m1, m2 })).toEqual([10, null, null, null, 10]);
    expect(math("m1 + m2 * 2 - 1", { m1, m2 })).toEqual([11, 19, null, null, 59]);
    expect(math("-(m1 - 10) ^ 2", { m1 })).toEqual([0, 100, null, 900, 1600]);
    expect(math("100 * m1", { m1 })).toEqual([1000, 2000, null, 4000, 5000]);
  });

  it("gives the backlog per task, and the depth itself while no task runs", () => {
    expect(math("IF(m2 > 0, m1 / m2, m1)", { m1, m2 })).toEqual([10, 20, null, null, 10]);
    expect(math("FILL(m1, 0) / FILL(m2, REPEAT)", { m1, m2 })).toEqual([10, null, 0, 40 / 3, 10]);
  });

  it("fills gaps with a value, the last value, a line or another series", () => {
    expect(math("FILL(m1, 0)", { m1 })).toEqual([10, 20, 0, 40, 50]);
    expect(math("FILL(m1, REPEAT)", { m1 })).toEqual([10, 20, 20, 40, 50]);
    expect(math("FILL(m1, LINEAR)", { m1 })).toEqual([10, 20, 30, 40, 50]);
    expect(math("FILL(m1, m2)", { m1, m2 })).toEqual([10, 20, 3, 40, 50]);
    expect(math("FILL(m1, 7)", { m1: series() })).toEqual([7, 7, 7, 7, 7]);
  });

  it("sums across all metrics, and over time within one", () => {
    expect(math("SUM(METRICS())", { m1, m2 })).toEqual([11, 20, 3, 40, 55]);
    expect(math('AVG(METRICS("m1"))', { m1, m2 })).toEqual([10, 20, null, 40, 50]);
    expect(math("MAX([m1, m2])", { m1, m2 })).toEqual([10, 20, 3, 40, 50]);
    expect(math("m1 / SUM(m1)", { m1: series(1, 3) })).toEqual([0.25, 0.75, null, null, null]);
    expect(math("SUM(METRICS())", { m1, e1: series(1000) }, ["m1"])).toEqual([10, 20, null, 40, 50]);
  });

  it("compares to 1 and 0, and combines", () => {
    expect(math("m1 >= 20 AND m2 < 5", { m1, m2 })).toEqual([0, 1, null, null, 0]);
    expect(math("m1 == 10 || m1 == 50", { m1 })).toEqual([1, 0, null, 0, 1]);
  });

  it("knows the change, the rate and the period", () => {
    expect(math("DIFF(m1)", { m1 })).toEqual([null, 10, null, 20, 10]);
    expect(math("RATE(m1) * PERIOD(m1)", { m1: series(0, 60, 180) })).toEqual([null, 60, 120, null, null]);
    expect(math("RUNNING_SUM(m1)", { m1 })).toEqual([10, 30, null, 70, 120]);
  });

  it("says what is wrong with an expression", () => {
    for (const text of ["m1 +", "m9", "(m1", "m1 m2", "SEARCH('x')", "IF(m1)", "METRICS()", "m1 $ 2", "[m1, 2]"]) {
      expect(() => math(text, { m1, m2 }), text).toThrow(MetricMathError);
    }
  });

  it("yields finite numbers or says why not, whatever it is given", () => {
    const atom = fc.constantFrom("m1", "m2", "0", "1.5", "METRICS()", "[m1,m2]");
    const text = fc.array(fc.oneof(atom, fc.constantFrom("+", "-", "*", "/", "^", "(", ")", ",", ">", "SUM(", "FILL(", "IF(")), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, (tokens) => {
        try {
          for (const value of math(tokens.join(" "), { m1, m2 })) expect(value === null || Number.isFinite(value)).toBe(true);
        } catch (failure) {
          expect(failure).toBeInstanceOf(MetricMathError);
        }
      }),
    );
  });
});
