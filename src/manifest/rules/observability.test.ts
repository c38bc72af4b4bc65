import { describe, expect, it } from "vitest";
import { load, withPort } from "../loaded.testing.ts";

const told = (alarm: string): string[] =>
  load(`${withPort}  observability: {alarms: {a: {threshold: 1, ${alarm}}}}\n`, { environment: "dev" }).diagnostics.map(
    ({ code, path, message }) => `${code} ${path} ${message}`,
  );
const at = "FSD1105 service.observability.alarms.a";

describe("how far an alarm looks back", () => {
  it.each([
    ["metric: cpu, period: 60, periods: 1440", []],
    [
      "metric: cpu, period: 300, periods: 289",
      [`${at}.periods 289 periods of 300 s are more than a day, which is as far as such an alarm looks back`],
    ],
    ["metric: cpu, period: 3600, periods: 168", []],
    [
      "metric: cpu, period: 86400, periods: 8",
      [`${at}.periods 8 periods of 86400 s are more than seven days, which is as far as such an alarm looks back`],
    ],
    ["metric: cpu, period: 10", [`${at}.period cpu is measured once a minute, so a period of 10 s is empty most of the time`]],
    ["metric: Lag, namespace: App, period: 10", []],
  ])("%s", (alarm, expected) => expect(told(alarm)).toEqual(expected));
});
