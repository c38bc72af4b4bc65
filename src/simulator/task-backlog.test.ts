import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PATIENCE_SECONDS, workOff } from "./task-backlog.ts";

describe("the requests in a task that does 100 a second", () => {
  test("wait for nobody below that", () => {
    expect(workOff(0, 90 * 60, 100, 60)).toEqual({ waiting: 0, done: 5_400, refused: 0, waitedMs: 0 });
  });

  test("queue up above it, half a minute's worth in a minute of 150 a second", () => {
    const seen = workOff(0, 150 * 60, 100, 60);
    expect(seen.waiting).toBeCloseTo(3_000);
    expect(seen.refused).toBe(0);
    expect(seen.waitedMs).toBeCloseTo(15_000);
  });

  test("that are left over when the load drops are worked off first, and who comes then waits for them", () => {
    const first = workOff(3_000, 50 * 60, 100, 60);
    expect(first.waiting).toBeCloseTo(0);
    expect(first.waitedMs).toBeCloseTo(15_000);
    expect(workOff(first.waiting, 50 * 60, 100, 60).waitedMs).toBeCloseTo(0);
  });

  test("leave when nothing comes any more", () => {
    expect(workOff(3_000, 0, 100, 60)).toEqual({ waiting: 0, done: 3_000, refused: 0, waitedMs: 0 });
    expect(workOff(6_000, 0, 100, 30)).toMatchObject({ waiting: 3_000, done: 3_000 });
  });

  test("are refused where they would wait longer than the load balancer does", () => {
    const seen = workOff(6_000, 150 * 60, 100, 60);
    expect(seen.waiting).toBeCloseTo(100 * PATIENCE_SECONDS);
    expect(seen.refused).toBeCloseTo(3_000);
    expect(seen.waitedMs).toBeCloseTo(60_000);
  });
});

test("every request is done, refused or still waiting, and none waits longer than the load balancer does", () => {
  const amount = (max: number) => fc.oneof(fc.constant(0), fc.double({ min: 0.01, max, noNaN: true }));
  fc.assert(
    fc.property(amount(6_000), amount(50_000), fc.double({ min: 1, max: 60, noNaN: true }), (waiting, arrivals, seconds) => {
      const seen = workOff(waiting, arrivals, 100, seconds);
      expect(seen.done + seen.refused + seen.waiting).toBeCloseTo(waiting + arrivals, 3);
      expect(seen.waiting).toBeLessThanOrEqual(100 * PATIENCE_SECONDS);
      expect(seen.done).toBeLessThanOrEqual(100 * seconds + 1e-6);
      expect(seen.waitedMs).toBeGreaterThanOrEqual(0);
      expect(seen.waitedMs).toBeLessThanOrEqual(PATIENCE_SECONDS * 1000 + 1);
    }),
  );
});
