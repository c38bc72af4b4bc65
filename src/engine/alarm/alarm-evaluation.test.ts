import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AlarmRule,
  type AlarmState,
  type Datapoint,
  evaluateAlarm,
  evaluationRange,
  type MissingDataTreatment,
} from "./alarm-evaluation.ts";
import { alarmReason } from "./alarm-reason.ts";

const rule = (evaluationPeriods: number, datapointsToAlarm: number, treatMissingData: MissingDataTreatment = "missing"): AlarmRule => ({
  comparisonOperator: "GreaterThanThreshold",
  threshold: 60,
  evaluationPeriods,
  datapointsToAlarm,
  treatMissingData,
});

/** `0` within, `X` beyond the threshold, `-` missing, newest last, as AWS's documentation draws them. */
const data = (drawing: string): (Datapoint | undefined)[] =>
  drawing.split(" ").map((mark, index) => (mark === "-" ? undefined : { timestamp: index * 60_000, value: mark === "X" ? 90 : 10 }));

const treatments: MissingDataTreatment[] = ["missing", "ignore", "breaching", "notBreaching"];
/** The documentation's columns: MISSING, IGNORE, BREACHING, NOT BREACHING. `RETAIN` stands for the state before. */
const outcomes = (drawing: string, datapointsToAlarm: number): string[] =>
  treatments.map((treatment) => {
    const [before, other] = (["OK", "ALARM"] as AlarmState[]).map(
      (current) => evaluateAlarm(rule(3, datapointsToAlarm, treatment), data(drawing), current).state,
    );
    return before === other ? (before ?? "") : "RETAIN";
  });

describe("an alarm with missing data", () => {
  it.each([
    ["0 - X - X", ["OK", "OK", "OK", "OK"]],
    ["0 - - - -", ["OK", "OK", "OK", "OK"]],
    ["- - - - -", ["INSUFFICIENT_DATA", "RETAIN", "ALARM", "OK"]],
    ["0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["- - X - -", ["ALARM", "RETAIN", "ALARM", "OK"]],
  ])("3 of 3: %s is as AWS documents", (drawing, expected) => expect(outcomes(drawing, 3)).toEqual(expected));

  it.each([
    ["0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0 - X - -", ["OK", "OK", "ALARM", "OK"]],
    ["- - - - 0", ["OK", "OK", "ALARM", "OK"]],
    ["- - - X -", ["ALARM", "RETAIN", "ALARM", "OK"]],
  ])("2 of 3: %s is as AWS documents", (drawing, expected) => expect(outcomes(drawing, 2)).toEqual(expected));

  it("one fresh breaching datapoint is not yet an alarm of 3", () => {
    for (const drawing of ["- - - - X", "- - - X -"]) expect(outcomes(drawing, 3)[0], drawing).toBe("RETAIN");
  });
});

describe("an alarm", () => {
  it("looks two periods further back than it decides on", () => {
    expect(evaluationRange(rule(3, 3))).toBe(5);
  });

  it("with all data goes by the count of breaching datapoints among the N newest, whatever came before", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(...treatments),
        fc.constantFrom<AlarmState>("OK", "ALARM", "INSUFFICIENT_DATA"),
        fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 8, maxLength: 8 }),
        (periods, toAlarm, treatment, current, values) => {
          const of = rule(periods, Math.min(periods, toAlarm), treatment);
          const points = values.map((value, index) => ({ timestamp: index, value }));
          const breaching = values.slice(-periods).filter((value) => value > 60).length;
          expect(evaluateAlarm(of, points.slice(-evaluationRange(of)), current).state).toBe(
            breaching >= of.datapointsToAlarm ? "ALARM" : "OK",
          );
        },
      ),
    );
  });

  it("gives its reason in CloudWatch's words", () => {
    const reason = (of: AlarmRule, drawing: string, previous: AlarmState): string =>
      alarmReason(of, evaluateAlarm(of, data(drawing), previous), previous);
    expect(reason(rule(1, 1), "0 0 X", "OK")).toBe(
      "Threshold Crossed: 1 out of the last 1 datapoints [90.0 (01/01/70 00:02:00)] was greater than the threshold (60.0) (minimum 1 datapoint for OK -> ALARM transition).",
    );
    expect(reason(rule(2, 2), "0 0 X X", "OK")).toContain("2 out of the last 2 datapoints [90.0 (01/01/70 00:03:00), 90.0");
    expect(reason(rule(1, 1), "X X 0", "ALARM")).toContain(
      "was not greater than the threshold (60.0) (minimum 1 datapoint for ALARM -> OK",
    );
    expect(reason(rule(2, 2), "- - - -", "OK")).toBe("Insufficient Data: 2 datapoints were unknown.");
    expect(reason(rule(1, 1, "notBreaching"), "- - -", "ALARM")).toBe(
      "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
    );
  });
});
