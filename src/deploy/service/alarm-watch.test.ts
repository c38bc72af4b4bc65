import { describe, expect, it } from "vitest";
import { type AlarmStates, wentOff } from "./alarm-watch.ts";

const states = (given: Readonly<Record<string, string>>): AlarmStates =>
  new Map(Object.entries(given).map(([name, state]) => [name, { state, reason: "" }]));

describe("an alarm went off", () => {
  it.each([
    ["it was quiet", { cpu: "OK" }, { cpu: "ALARM" }, "cpu"],
    ["it had no data", { cpu: "INSUFFICIENT_DATA" }, { cpu: "ALARM" }, "cpu"],
    ["the deployment made it", {}, { cpu: "ALARM" }, "cpu"],
    ["another one burnt already", { cpu: "ALARM", memory: "OK" }, { cpu: "ALARM", memory: "ALARM" }, "memory"],
  ])("when %s", (_, before, now, name) => expect(wentOff(states(before), states(now))).toBe(name));

  it.each([
    ["it burnt already", { cpu: "ALARM" }, { cpu: "ALARM" }],
    ["it went out", { cpu: "ALARM" }, { cpu: "OK" }],
    ["it has no data", { cpu: "OK" }, { cpu: "INSUFFICIENT_DATA" }],
    ["it was deleted", { cpu: "OK" }, {}],
  ])("not when %s", (_, before, now) => expect(wentOff(states(before as never), states(now as never))).toBeUndefined());
});
