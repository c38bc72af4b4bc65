import { expect, it } from "vitest";
import { Countdown, lengthText } from "./countdown.ts";

it("says how long a wait lasts at its begin and at each tenth, and nothing between", () => {
  const countdown = new Countdown(95_000);
  const said = [95_000, 94_000, 86_000, 85_000, 50_000, 49_000, 1_000].map((leftMs) => countdown.next(leftMs));
  expect(said).toEqual(["2 min", undefined, undefined, "1 min more", "50 s more", undefined, "1 s more"]);
});

it("rounds seconds up, so that nothing waits for 0 s, and minutes to the nearest", () => {
  expect([200, 59_001, 60_000, 100_000].map(lengthText)).toEqual(["1 s", "60 s", "1 min", "2 min"]);
});
