import { describe, expect, it } from "vitest";
import { codesOf, load } from "../loaded.testing.ts";

describe("schedules of a job", () => {
  const job = "apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob:\n  command: [python, etl.py]\n";

  it.each([
    ["five fields", 'cron: "0 2 * * *"', "FSD1113"],
    ["both days", 'cron: "0 2 1 * 1 *"', "FSD1113"],
    ["an hour that is none", 'cron: "0 25 * * ? *"', "FSD1113"],
    ["a weekday that is none", 'cron: "0 2 ? * 0 *"', "FSD1113"],
    ["a rate in the wrong number", "rate: 1 hours", "FSD1113"],
    ["an unknown time zone", 'cron: "0 2 * * ? *", timezone: Europe/Berln', "FSD1114"],
    ["no time at all", "enabled: true", "FSD1103"],
  ])("a schedule with %s", (_, schedule, code) => {
    expect(codesOf(load(`${job}  schedule: {${schedule}}\n`).diagnostics)).toEqual([code]);
  });

  it.each([
    'cron: "0/15 8-18 ? * MON-FRI *"',
    'cron: "0 9 L * ? *"',
    'cron: "0 9 ? * 6#3 2027"',
    'cron: "30 1 15W JAN,JUL ? *"',
    "rate: 1 hour",
    "at: 2027-01-31T20:00:00",
  ])("a schedule %s is right", (schedule) => {
    expect(load(`${job}  schedule: {${schedule}}\n`, { environment: "dev" }).diagnostics).toEqual([]);
  });

  it.each([
    ["30 February", "0 2 30 FEB ? *", "no such month has a day 30"],
    ["31 in short months", "0 2 31 APR,JUN ? *", "no such month has a day 31"],
    ["29 February of no leap year", "0 2 29 2 ? 2027", "2027 has no 29 February"],
  ])("a schedule on %s never comes", (_, cron, message) => {
    const text = `apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob: {schedule: {cron: "${cron}"}}\n`;
    expect(load(text, { environment: "dev" }).diagnostics).toMatchObject([{ code: "FSD1113", message: expect.stringContaining(message) }]);
  });

  it.each(['cron: "0 2 29 2 ? *"', 'cron: "0 2 29 2 ? 2028"', 'cron: "0 2 31 4,5 ? *"', 'cron: "0 2 30-31 * ? *"'])(
    "a schedule %s comes",
    (when) => {
      expect(
        load(`apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob: {schedule: {${when}}}\n`, { environment: "dev" }).diagnostics,
      ).toEqual([]);
    },
  );

  it("a time that is in no calendar never comes", () => {
    const text = `apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob: {schedule: {at: "2027-02-30T20:00:00"}}\n`;
    expect(load(text, { environment: "dev" }).diagnostics).toMatchObject([{ code: "FSD1113" }]);
  });
});
