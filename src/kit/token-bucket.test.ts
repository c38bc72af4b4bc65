import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

test("a token bucket gives its burst at once, then as many as a second brings, and never saves more than its burst", () => {
  const bucket = new TokenBucket(3, 2);
  const taken = (now: number): number => {
    let count = 0;
    while (bucket.take(now)) count++;
    return count;
  };
  expect(taken(0)).toBe(3);
  expect(taken(400)).toBe(0);
  expect(taken(1_000)).toBe(2);
  expect(taken(1_500)).toBe(1);
  expect(taken(60_000)).toBe(3);
});

test("a token bucket whose clock is set back an hour keeps what it has, and fills on from there", () => {
  const bucket = new TokenBucket(3, 1);
  expect(bucket.take(3_600_000)).toBe(true);
  expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false]);
  expect(bucket.take(1_000)).toBe(true);
});
