import { describe, expect, it } from "vitest";
import { isCompleted, nextOccurrence, type ScheduleTimes } from "./occurrence.ts";

const at = (text: string): number => Date.parse(text);
const schedule = (expression: string, more: Partial<ScheduleTimes> = {}): ScheduleTimes => ({
  expression,
  timezone: "UTC",
  state: "ENABLED",
  creationDate: at("2026-01-01T00:00:30Z"),
  ...more,
});

/** The first `count` occurrences after an instant, as UTC. */
function occurrences(times: ScheduleTimes, after: string, count: number): string[] {
  const found: string[] = [];
  for (let instant = nextOccurrence(times, at(after)); instant !== undefined && found.length < count; ) {
    found.push(new Date(instant).toISOString().replace(".000Z", "Z"));
    instant = nextOccurrence(times, instant);
  }
  return found;
}

describe("occurrences", () => {
  it.each<[situation: string, times: ScheduleTimes, after: string, expected: string[]]>([
    [
      "a rate counts from the creation",
      schedule("rate(5 minutes)"),
      "2026-01-01T00:03:00Z",
      ["2026-01-01T00:05:30Z", "2026-01-01T00:10:30Z"],
    ],
    [
      "a rate with a start counts from it, the start included",
      schedule("rate(1 hour)", { startDate: at("2026-01-02T07:15:00Z") }),
      "2026-01-01T12:00:00Z",
      ["2026-01-02T07:15:00Z", "2026-01-02T08:15:00Z"],
    ],
    ["at occurs once", schedule("at(2026-05-01T08:00:00)"), "2026-01-01T00:00:00Z", ["2026-05-01T08:00:00Z"]],
    [
      "at in a zone",
      schedule("at(2026-07-01T08:00:00)", { timezone: "America/New_York" }),
      "2026-01-01T00:00:00Z",
      ["2026-07-01T12:00:00Z"],
    ],
    ["at in the past never occurs", schedule("at(2025-05-01T08:00:00)"), "2026-01-01T00:00:00Z", []],
    ["cron on weekdays", schedule("cron(0 9 ? * MON-FRI *)"), "2026-01-02T10:00:00Z", ["2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z"]],
    [
      "no occurrence after the end",
      schedule("cron(0 0 * * ? *)", { endDate: at("2026-01-03T00:00:00Z") }),
      "2026-01-01T00:00:00Z",
      ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"],
    ],
    ["none while disabled", schedule("rate(1 minute)", { state: "DISABLED" }), "2026-01-01T00:00:00Z", []],
    [
      "a local time that spring skips does not occur on that day",
      schedule("cron(30 2 * * ? *)", { timezone: "Europe/Berlin" }),
      "2026-03-28T00:00:00Z",
      ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"],
    ],
    [
      "a local time that autumn repeats occurs once, the first time",
      schedule("cron(30 2 * * ? *)", { timezone: "Europe/Berlin" }),
      "2026-10-24T12:00:00Z",
      ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    ],
    [
      "a rate knows no change of clocks",
      schedule("rate(1 day)", { timezone: "Europe/Berlin", startDate: at("2026-03-28T06:00:00Z") }),
      "2026-03-28T00:00:00Z",
      ["2026-03-28T06:00:00Z", "2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z"],
    ],
    [
      "in the southern autumn too",
      schedule("cron(30 2 * * ? *)", { timezone: "Australia/Sydney" }),
      "2026-04-04T12:00:00Z",
      ["2026-04-04T15:30:00Z", "2026-04-05T16:30:00Z"],
    ],
  ])("%s", (_situation, times, after, expected) => {
    expect(occurrences(times, after, Math.max(1, expected.length))).toEqual(expected);
  });

  it("are over after the last one, also of a schedule that is disabled", () => {
    const once = schedule("at(2026-05-01T08:00:00)", { state: "DISABLED" });
    expect(isCompleted(once, at("2026-05-01T07:59:59Z"))).toBe(false);
    expect(isCompleted(once, at("2026-05-01T08:00:00Z"))).toBe(true);
  });
});
