import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localTimeOf } from "./local-time.ts";
import { parseSchedule, ScheduleExpressionError } from "./schedule-expression.ts";

const from = (iso: string): number => Date.parse(iso);
/** The next `count` occurrences after an instant, as ISO times in UTC. */
function occurrences(expression: string, after: string, count = 3, timeZone?: string): string[] {
  const schedule = parseSchedule(expression, timeZone);
  const found: string[] = [];
  for (let instant: number | undefined = from(after); found.length < count; ) {
    instant = schedule.next(instant, from(after));
    if (instant === undefined) break;
    found.push(new Date(instant).toISOString().slice(0, 16));
  }
  return found;
}

describe("a schedule", () => {
  it("by cron meets its minutes, days and months", () => {
    expect(occurrences("cron(0 20 * * ? *)", "2026-11-20T13:00:00Z", 2)).toEqual(["2026-11-20T20:00", "2026-11-21T20:00"]);
    expect(occurrences("cron(0/20 8-9 ? * MON-FRI *)", "2026-11-20T09:30:00Z", 4)).toEqual([
      "2026-11-20T09:40",
      "2026-11-23T08:00",
      "2026-11-23T08:20",
      "2026-11-23T08:40",
    ]);
    expect(occurrences("cron(15 10 L * ? *)", "2027-01-31T11:00:00Z", 2)).toEqual(["2027-02-28T10:15", "2027-03-31T10:15"]);
    expect(occurrences("cron(0 9 ? * 2#1 *)", "2026-11-20T00:00:00Z", 2)).toEqual(["2026-12-07T09:00", "2027-01-04T09:00"]);
    expect(occurrences("cron(0 9 ? * 6L *)", "2026-11-20T00:00:00Z", 2)).toEqual(["2026-11-27T09:00", "2026-12-25T09:00"]);
    expect(occurrences("cron(0 9 1W * ? *)", "2026-11-20T00:00:00Z", 3)).toEqual([
      "2026-12-01T09:00",
      "2027-01-01T09:00",
      "2027-02-01T09:00",
    ]);
    // Saturday and Sunday give way to the weekday next to them, the first of a month to none of the month before.
    expect(occurrences("cron(0 9 15W * ? *)", "2026-08-01T00:00:00Z", 4)).toEqual([
      "2026-08-14T09:00",
      "2026-09-15T09:00",
      "2026-10-15T09:00",
      "2026-11-16T09:00",
    ]);
    expect(occurrences("cron(0 9 1W * ? *)", "2026-07-20T00:00:00Z", 1)).toEqual(["2026-08-03T09:00"]);
    expect(occurrences("cron(0 0 29 2 ? *)", "2026-11-20T00:00:00Z", 2)).toEqual(["2028-02-29T00:00", "2032-02-29T00:00"]);
    expect(occurrences("cron(0 0 1 1 ? 2027)", "2026-11-20T00:00:00Z")).toEqual(["2027-01-01T00:00"]);
    expect(occurrences("cron(0 0 31 2 ? *)", "2026-11-20T00:00:00Z")).toEqual([]);
  });

  it("keeps its local time through daylight saving, skips what does not exist and happens once when an hour repeats", () => {
    expect(occurrences("cron(0 20 * * ? *)", "2026-10-24T00:00:00Z", 2, "Europe/Berlin")).toEqual(["2026-10-24T18:00", "2026-10-25T19:00"]);
    expect(occurrences("cron(30 2 * * ? *)", "2027-03-27T00:00:00Z", 2, "Europe/Berlin")).toEqual(["2027-03-27T01:30", "2027-03-29T00:30"]);
    expect(occurrences("cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", 2, "Europe/Berlin")).toEqual(["2026-10-25T00:30", "2026-10-26T01:30"]);
    expect(occurrences("cron(0 6 * * ? *)", "2026-11-20T00:00:00Z", 1, "Asia/Kolkata")).toEqual(["2026-11-20T00:30"]);
  });

  it("at a time occurs once; at a rate it counts from its anchor", () => {
    expect(occurrences("at(2026-12-01T08:00:00)", "2026-11-20T00:00:00Z", 3, "America/New_York")).toEqual(["2026-12-01T13:00"]);
    expect(occurrences("at(2026-11-01T08:00:00)", "2026-11-20T00:00:00Z")).toEqual([]);
    expect(occurrences("rate(5 minutes)", "2026-11-20T00:02:00Z", 2)).toEqual(["2026-11-20T00:07", "2026-11-20T00:12"]);
    expect(parseSchedule("rate(1 hour)").next(50, 100)).toBe(100);
  });

  it("that is malformed says what to write", () => {
    for (const text of [
      "every day",
      "rate(0 minutes)",
      "rate(1 minutes)",
      "rate(2 hour)",
      "rate(5 weeks)",
      "at(tomorrow)",
      "at(2026-02-30T00:00:00)",
      "cron(0 20 * * *)",
      "cron(0 20 * * * *)",
      "cron(0 20 ? * ? *)",
      "cron(60 20 * * ? *)",
      "cron(0 20 * XYZ ? *)",
      "cron(*/0 20 * * ? *)",
    ]) {
      expect(() => parseSchedule(text), text).toThrow(ScheduleExpressionError);
    }
    expect(() => parseSchedule("rate(1 day)", "Mars/Olympus")).toThrow(ScheduleExpressionError);
  });

  it("occurs later than asked for, at a local time its fields name, and nothing lies between", () => {
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata");
    const instants = fc.integer({ min: from("2026-01-01T00:00:00Z"), max: from("2030-01-01T00:00:00Z") });
    fc.assert(
      fc.property(zone, instants, fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }), (timeZone, after, minute, hour) => {
        const schedule = parseSchedule(`cron(${minute} ${hour} * * ? *)`, timeZone);
        const next = schedule.next(after, after)!;
        expect(next).toBeGreaterThan(after);
        expect(localTimeOf(next, timeZone)).toMatchObject({ minute, hour, second: 0 });
        expect(next - after).toBeLessThanOrEqual(50 * 3_600_000);
        expect(schedule.next(next - 1, after)).toBe(next);
      }),
    );
  });
});
