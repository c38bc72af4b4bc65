import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareTraffic, type GroupTraffic } from "./traffic-comparison.ts";

const since = "2026-11-29T08:00:00.000Z";
/** So many requests, so many of them errors, each answered in `ms`. */
const traffic = (requests: number, errors = 0, ms = 20): GroupTraffic => ({
  requests,
  errors,
  responseSeconds: (requests * ms) / 1000,
  responses: requests,
  ...(requests === 0 ? {} : { p99Seconds: (ms * 3) / 1000 }),
});

describe("the new revision against the old", () => {
  test("is shown with its requests, errors and times", () => {
    expect(compareTraffic(since, traffic(10_000, 10), traffic(500, 1, 30))).toMatchObject({
      since,
      old: { requests: 10_000, errors: 10, errorRate: 0.1, latencyMs: 20, p99Ms: 60 },
      new: { requests: 500, errors: 1, errorRate: 0.2, latencyMs: 30, p99Ms: 90 },
    });
  });

  test("that was not asked yet has no numbers", () => {
    expect(compareTraffic(since, traffic(1_000), traffic(0))).toMatchObject({
      new: { requests: 0, errorRate: null, latencyMs: null, p99Ms: null },
      verdict: "no-traffic",
      findings: [],
    });
  });

  test.each([
    ["one error in ten requests beside none in a hundred", traffic(100), traffic(10, 1), "worse"],
    ["as many errors in proportion", traffic(10_000, 100), traffic(500, 5), "no-worse"],
    ["a little more than chance gives", traffic(10_000, 10), traffic(500, 5), "worse"],
    ["fewer errors", traffic(10_000, 500), traffic(500, 1), "no-worse"],
    ["nothing but errors", traffic(1_000), traffic(3, 3), "worse"],
    ["no errors, but hardly any requests", traffic(1_000), traffic(20), "too-little"],
    ["no errors, and hardly any requests to the old", traffic(20), traffic(1_000), "too-little"],
    ["twice the time", traffic(1_000, 0, 40), traffic(1_000, 0, 80), "worse"],
    ["twice the time, which is a few milliseconds", traffic(1_000, 0, 4), traffic(1_000, 0, 8), "no-worse"],
    ["twice the time of a handful", traffic(1_000, 0, 40), traffic(5, 0, 80), "too-little"],
  ] as const)("with %s", (_name, before, after, verdict) => {
    expect(compareTraffic(since, before, after).verdict).toBe(verdict);
  });

  test("says what is worse", () => {
    expect(compareTraffic(since, traffic(1_000, 0, 40), traffic(1_000, 50, 80)).findings).toEqual([
      "the new revision answers more of its requests with 5xx",
      "the new revision is slower",
    ]);
  });
});

test("is never worse than itself, whatever it is", () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(1_000), fc.nat(10_000), (requests, errors, ms) => {
      const same = traffic(requests, Math.min(errors, requests), ms);
      expect(compareTraffic(since, same, same).findings).toEqual([]);
    }),
  );
});
