import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GroupChoice } from "./group-choice.ts";
import { decodeSticky, encodeSticky, readCookie, stickyCookies } from "./stickiness.ts";
import { routableTargets, TargetChoice } from "./target-choice.ts";

const target = (name: string, inFlight = 0, healthySince?: number) => ({ name, inFlight, healthySince });
const counted = (names: (string | undefined)[]) => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name ?? "none"] = (counts[name ?? "none"] ?? 0) + 1;
  return counts;
};

describe("choosing a target", () => {
  it("goes round, also when targets come and go", () => {
    const choice = new TargetChoice<ReturnType<typeof target>>(() => 0);
    const two = [target("a"), target("b")];
    expect(counted(Array.from({ length: 10 }, () => choice.next(two, "round_robin", 0, 0)?.name))).toEqual({ a: 5, b: 5 });
    expect(counted(Array.from({ length: 9 }, () => choice.next([...two, target("c")], "round_robin", 0, 0)?.name))).toEqual({
      a: 3,
      b: 3,
      c: 3,
    });
    expect(choice.next([], "round_robin", 0, 0)).toBeUndefined();
  });

  it("prefers the target with the fewest unanswered requests, equals in turn", () => {
    const choice = new TargetChoice<ReturnType<typeof target>>(() => 0);
    expect(choice.next([target("a", 3), target("b", 1), target("c", 2)], "least_outstanding_requests", 0, 0)?.name).toBe("b");
    const idle = [target("a"), target("b")];
    expect(counted(Array.from({ length: 8 }, () => choice.next(idle, "least_outstanding_requests", 0, 0)?.name))).toEqual({ a: 4, b: 4 });
  });

  it("goes by chance where weighted_random asks for it", () => {
    const throws = [0.1, 0.9, 0.6, 0.4];
    const choice = new TargetChoice<ReturnType<typeof target>>(() => throws.shift() ?? 0);
    const two = [target("a", 9), target("b")];
    expect(Array.from({ length: 4 }, () => choice.next(two, "weighted_random", 0, 0)?.name)).toEqual(["a", "b", "b", "a"]);
  });

  it("gives a target that starts slowly a share that grows with time", () => {
    const choice = new TargetChoice<ReturnType<typeof target>>(() => 0);
    const targets = [target("old", 0, 0), target("new", 0, 100_000)];
    const shareAt = (now: number) =>
      (counted(Array.from({ length: 1_000 }, () => choice.next(targets, "round_robin", 60_000, now)?.name)).new ?? 0) / 1_000;
    expect(shareAt(100_000)).toBeCloseTo(0.05 / 1.05, 1);
    expect(shareAt(130_000)).toBeCloseTo(1 / 3, 1);
    expect(shareAt(160_000)).toBe(0.5);
  });

  it("fails open when fewer are healthy than asked for", () => {
    const all = ["a", "b", "c", "d"];
    expect(routableTargets(all, ["a"], { minimumCount: 1, minimumPercentage: 0 })).toEqual(["a"]);
    expect(routableTargets(all, [], { minimumCount: 1, minimumPercentage: 0 })).toEqual(all);
    expect(routableTargets(all, ["a"], { minimumCount: 2, minimumPercentage: 0 })).toEqual(all);
    expect(routableTargets(all, ["a", "b"], { minimumCount: 1, minimumPercentage: 51 })).toEqual(all);
  });

  it("goes by what other nodes found while a node has found none healthy, rather than fail open", () => {
    const all = ["a", "b", "c"];
    expect(routableTargets(all, [], { minimumCount: 1, minimumPercentage: 0 }, ["b"])).toEqual(["b"]);
    expect(routableTargets(all, ["a"], { minimumCount: 1, minimumPercentage: 0 }, ["a", "b"])).toEqual(["a"]);
    expect(routableTargets(all, [], { minimumCount: 2, minimumPercentage: 0 }, ["b"])).toEqual(all);
    expect(routableTargets(all, ["a"], { minimumCount: 2, minimumPercentage: 0 }, ["a", "b"])).toEqual(["a", "b"]);
    expect(routableTargets(all, ["a"], { minimumCount: 1, minimumPercentage: 50 }, ["a", "b"])).toEqual(["a", "b"]);
    expect(routableTargets(all, ["a"], { minimumCount: 3, minimumPercentage: 0 }, ["a", "b"])).toEqual(all);
  });

  it("fails open where none is healthy even when no least number is asked for", () => {
    expect(routableTargets(["a"], [], { minimumCount: 0, minimumPercentage: 0 })).toEqual(["a"]);
    expect(routableTargets(["a", "b"], [], { minimumCount: 0, minimumPercentage: 0 }, ["b"])).toEqual(["b"]);
  });
});

describe("choosing among weighted target groups", () => {
  it("keeps every group within one request of its share, at every moment", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 200 }), (given, requests) => {
        const total = given.reduce((sum, weight) => sum + weight, 0);
        const choice = new GroupChoice(given.map((weight, index) => ({ arn: String(index), weight })));
        const counts = given.map(() => 0);
        for (let sent = 1; sent <= requests; sent++) {
          const arn = choice.next();
          if (total === 0) {
            expect(arn).toBeUndefined();
            continue;
          }
          counts[Number(arn)]!++;
          for (const [index, weight] of given.entries()) {
            if (weight === 0) expect(counts[index]).toBe(0);
            expect(Math.abs(counts[index]! - (sent * weight) / total)).toBeLessThan(given.length > 2 ? given.length - 1 : 1.000_001);
          }
        }
      }),
    );
  });
});

describe("a sticky cookie", () => {
  it("carries any place there and back", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme-ascii" }), (place) => decodeSticky(encodeSticky(place)) === place));
    expect(decodeSticky("_zz")).toBeUndefined();
  });

  it("is found among others", () => {
    expect(readCookie("AWSALBTG=x; a=b; AWSALB=10.0.1.5_3A80; c", "AWSALB")).toBe("10.0.1.5_3A80");
    expect(readCookie("NAWSALB=x", "AWSALB")).toBeUndefined();
    expect(stickyCookies("AWSALB", "10.0.1.5:80", 60, 0)).toEqual([
      "AWSALB=10.0.1.5_3A80; Expires=Thu, 01 Jan 1970 00:01:00 GMT; Path=/",
      "AWSALBCORS=10.0.1.5_3A80; Expires=Thu, 01 Jan 1970 00:01:00 GMT; Path=/; SameSite=None",
    ]);
  });
});
