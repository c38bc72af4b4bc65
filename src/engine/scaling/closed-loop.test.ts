import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AlarmRule, type AlarmState, type Datapoint, evaluateAlarm, evaluationRange } from "../alarm/alarm-evaluation.ts";
import { decideScaling, type PastScaling } from "./scaling-decision.ts";
import { highAlarm, lowAlarm } from "./target-tracking.ts";

const MINUTE = 60_000;

interface Loop {
  readonly target: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly start: number;
  /** Minutes a new task takes until it carries load. */
  readonly startMinutes: number;
  readonly outCooldownMinutes: number;
  readonly inCooldownMinutes: number;
  /** Load in percent of one task, by minute; the last goes on. */
  readonly load: (minute: number) => number;
}

/** Plays a service under target tracking minute by minute; answers its desired count in each. */
function play(loop: Loop, minutes: number): number[] {
  const { target, minCapacity, maxCapacity } = loop;
  const rules: Record<"high" | "low", AlarmRule> = { high: highAlarm(target), low: lowAlarm(target) };
  const states: Record<"high" | "low", AlarmState> = { high: "INSUFFICIENT_DATA", low: "INSUFFICIENT_DATA" };
  const points: Datapoint[] = [];
  const desiredAt: number[] = [];
  let desired = loop.start;
  let running = loop.start;
  let starting: { readonly at: number; readonly to: number } | undefined;
  let past: PastScaling | undefined;
  for (let minute = 0; minute < minutes; minute++) {
    const now = (minute + 1) * MINUTE;
    if (starting !== undefined && minute >= starting.at) {
      running = starting.to;
      starting = undefined;
      if (past !== undefined) past = { ...past, endedAt: now };
    }
    points.push({ timestamp: minute * MINUTE, value: running === 0 ? 0 : Math.min(100, loop.load(minute) / running) });
    const view = (alarm: "high" | "low") => {
      const evaluation = evaluateAlarm(rules[alarm], points.slice(-evaluationRange(rules[alarm])), states[alarm]);
      states[alarm] = evaluation.state;
      return { state: evaluation.state, value: evaluation.evaluated.at(-1)?.value ?? 0 };
    };
    const decision = decideScaling({
      now,
      minCapacity,
      maxCapacity,
      desired,
      running,
      isDeploying: false,
      suspended: { in: false, out: false },
      policies: [
        {
          kind: "target-tracking",
          name: "cpu",
          target,
          disableScaleIn: false,
          scaleOutCooldownMs: loop.outCooldownMinutes * MINUTE,
          scaleInCooldownMs: loop.inCooldownMinutes * MINUTE,
          high: view("high"),
          low: view("low"),
        },
      ],
      past: past === undefined ? [] : [past],
    });
    if (decision !== undefined) {
      past = { policy: "cpu", from: desired, to: decision.desired };
      desired = decision.desired;
      // Tasks go at once and come after their start.
      starting = { at: minute + (decision.direction === "out" ? loop.startMinutes : 0) + 1, to: desired };
    }
    desiredAt.push(desired);
  }
  return desiredAt;
}

const loops = fc.record({
  target: fc.integer({ min: 20, max: 80 }),
  minCapacity: fc.integer({ min: 1, max: 3 }),
  maxCapacity: fc.integer({ min: 3, max: 40 }),
  startMinutes: fc.integer({ min: 0, max: 4 }),
  outCooldownMinutes: fc.integer({ min: 0, max: 10 }),
  inCooldownMinutes: fc.integer({ min: 0, max: 10 }),
});

describe("a service under target tracking", () => {
  it("whose load is steady settles where it is carried, and then stays", () => {
    fc.assert(
      fc.property(loops, fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 1, max: 40 }), (loop, load, start) => {
        const { target, minCapacity, maxCapacity } = loop;
        const within = (count: number): number => Math.min(maxCapacity, Math.max(minCapacity, count));
        const desired = play({ ...loop, start: within(start), load: () => load }, 400);
        const last = desired.at(-1) ?? 0;
        expect(new Set(desired.slice(-120)).size).toBe(1);
        // Enough to be at the target or below it, and not so many that the metric lies far under it.
        expect(last).toBeGreaterThanOrEqual(within(Math.ceil(load / target)));
        expect(last).toBeLessThanOrEqual(within(Math.max(start, Math.ceil(load / (target * 0.9)))));
      }),
      { numRuns: 40 },
    );
  });

  it("whose load jumps is scaled out within four minutes, and in no sooner than fifteen after it fell", () => {
    const loop = { target: 60, minCapacity: 2, maxCapacity: 20, start: 2, startMinutes: 1, outCooldownMinutes: 1, inCooldownMinutes: 10 };
    const desired = play({ ...loop, load: (minute) => (minute >= 20 && minute < 60 ? 180 : 60) }, 120);
    const first = desired.findIndex((count) => count > 2);
    expect(first).toBeGreaterThanOrEqual(22);
    expect(first).toBeLessThanOrEqual(23);
    expect(Math.max(...desired)).toBe(3);
    expect(desired.findIndex((count, minute) => minute > 60 && count < 3)).toBeGreaterThanOrEqual(74);
    expect(desired.at(-1)).toBe(2);
  });
});
