import { expect, it } from "vitest";
import { awsRhythm, localRhythm, Pace, rhythmOf } from "./polling.ts";

it("a wait is short while things change, and longer each time nothing does, up to its limit", () => {
  for (const rhythm of [awsRhythm, localRhythm]) {
    const pace = new Pace(rhythm);
    const quiet = Array.from({ length: 200 }, () => pace.next(false));
    expect(quiet).toEqual([...quiet].sort((a, b) => a - b));
    expect(quiet[0]).toBeGreaterThan(rhythm.shortestMs);
    expect(quiet.at(-1)).toBe(rhythm.longestMs);
    expect(pace.next(true)).toBe(rhythm.shortestMs);
  }
});

it("AWS is asked at most five times a second, the platform of this machine more often", () => {
  expect(rhythmOf({ local: false }).shortestMs).toBeGreaterThanOrEqual(200);
  expect(rhythmOf({ local: true }).shortestMs).toBeLessThan(50);
});
