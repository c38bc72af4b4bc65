import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmState } from "../alarm/alarm-evaluation.ts";
import { scheduledBounds, withinBounds } from "./capacity-bounds.ts";
import { decideScaling, type PolicyView, type ScalingWorld, type StepView, type TargetTrackingView } from "./scaling-decision.ts";
import { type StepAdjustment, stepFor, steppedCapacity, stepsProblem } from "./step-scaling.ts";
import { highAlarm, lowAlarm, trackedCapacity } from "./target-tracking.ts";

const MINUTE = 60_000;

/** A policy that tracks 60 % CPU and sees `value`, with the alarms that value makes when it lasts. */
function tracking(value: number | undefined, changes: Partial<TargetTrackingView> = {}): TargetTrackingView {
  const target = changes.target ?? 60;
  const state = (isAlarm: boolean): AlarmState => (value === undefined ? "INSUFFICIENT_DATA" : isAlarm ? "ALARM" : "OK");
  const view = (isAlarm: boolean) => ({ state: state(isAlarm), ...(value === undefined ? {} : { value }) });
  return {
    kind: "target-tracking",
    name: "cpu",
    target,
    disableScaleIn: false,
    scaleOutCooldownMs: 5 * MINUTE,
    scaleInCooldownMs: 5 * MINUTE,
    high: view((value ?? 0) > target),
    low: view((value ?? 0) < target * 0.9),
    ...changes,
  };
}

function stepping(value: number | undefined, steps: StepAdjustment[], changes: Partial<StepView> = {}): StepView {
  const alarm = value === undefined ? { state: "OK" as const } : { state: "ALARM" as const, value };
  return {
    kind: "step",
    name: "step",
    adjustmentType: "ChangeInCapacity",
    steps,
    cooldownMs: 5 * MINUTE,
    alarms: [{ name: "a", threshold: 60, ...alarm }],
    ...changes,
  };
}

const world = (policies: PolicyView[], changes: Partial<ScalingWorld> = {}): ScalingWorld => ({
  now: 100 * MINUTE,
  minCapacity: 1,
  maxCapacity: 20,
  desired: 4,
  running: 4,
  isDeploying: false,
  suspended: { in: false, out: false },
  policies,
  past: [],
  ...changes,
});
const desired = (policies: PolicyView[], changes: Partial<ScalingWorld> = {}): number | undefined =>
  decideScaling(world(policies, changes))?.desired;

describe("target tracking", () => {
  it("asks for the capacity that brings the metric to its target, rounded up", () => {
    expect([trackedCapacity(4, 90, 60), trackedCapacity(4, 30, 60), trackedCapacity(3, 0.7, 0.7), trackedCapacity(5, 0, 60)]).toEqual([
      6, 2, 3, 0,
    ]);
    expect(trackedCapacity(4, 60.0001, 60)).toBe(5);
  });

  it("wakes from nothing when more waits than the target, and not before", () => {
    expect([trackedCapacity(0, 250, 100), trackedCapacity(0, 101, 100), trackedCapacity(0, 100, 100), trackedCapacity(0, 0, 100)]).toEqual([
      3, 2, 0, 0,
    ]);
  });

  it("of the depth of a queue doubles and doubles while the depth stands still; of the backlog of each task it stops at enough", () => {
    const depth = 1_200;
    const grown = (metric: (running: number) => number): number[] => {
      const counts = [1];
      for (let look = 0; look < 3; look++) counts.push(trackedCapacity(counts.at(-1) ?? 0, metric(counts.at(-1) ?? 0), 600));
      return counts;
    };
    expect(grown(() => depth)).toEqual([1, 2, 4, 8]);
    expect(grown((running) => depth / running)).toEqual([1, 2, 2, 2]);
  });

  it("is asked to scale out after three minutes above the target, in after fifteen below nine tenths of it", () => {
    expect(highAlarm(60)).toMatchObject({
      threshold: 60,
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
    });
    expect(lowAlarm(60)).toMatchObject({
      threshold: 54,
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 15,
      datapointsToAlarm: 15,
    });
  });

  it("scales out and in within the bounds, by running tasks", () => {
    expect(desired([tracking(90)])).toBe(6);
    expect(desired([tracking(30)])).toBe(2);
    expect(desired([tracking(57)])).toBeUndefined();
    expect(desired([tracking(600)])).toBe(20);
    expect(desired([tracking(0)])).toBe(1);
    expect(desired([tracking(0)], { minCapacity: 0 })).toBe(0);
    expect(desired([tracking(90)], { desired: 6, running: 4 })).toBeUndefined();
    expect(desired([tracking(undefined)])).toBeUndefined();
  });

  it("with scale-in disabled neither scales in nor keeps others from it", () => {
    const memory = { name: "memory", target: 75 };
    expect(desired([tracking(30, { disableScaleIn: true })])).toBeUndefined();
    expect(desired([tracking(30), tracking(74, { ...memory, disableScaleIn: true })])).toBe(2);
  });
});

describe("several policies", () => {
  const memory = { name: "memory", target: 75 };

  it("scale out when one wants to, to the largest", () => {
    expect(decideScaling(world([tracking(90), tracking(150, memory)]))).toEqual({ desired: 8, policy: "memory", direction: "out" });
    expect(desired([tracking(90), tracking(10, memory)])).toBe(6);
  });

  it("scale in only when all agree and all have data, to the largest", () => {
    expect(decideScaling(world([tracking(30), tracking(50, memory)]))).toEqual({ desired: 3, policy: "memory", direction: "in" });
    expect(desired([tracking(30), tracking(74, memory)])).toBeUndefined();
    expect(desired([tracking(30), tracking(undefined, memory)])).toBeUndefined();
  });

  it("of which one steps: its scale-in does not wait for target tracking, but gives way to a scale-out", () => {
    const down = stepping(50, [{ upperBound: 0, scalingAdjustment: -1 }]);
    expect(desired([tracking(57), down])).toBe(3);
    expect(desired([tracking(90), down])).toBe(6);
  });
});

describe("cooldowns", () => {
  const out = { policy: "cpu", from: 4, to: 6 };

  it("after a scale-out let only a larger one through, less what was added", () => {
    const past = [{ ...out, endedAt: 98 * MINUTE }];
    expect(desired([tracking(60.5)], { past, desired: 6, running: 6 })).toBeUndefined();
    expect(desired([tracking(80)], { past, desired: 6, running: 6 })).toBeUndefined();
    expect(desired([tracking(90)], { past, desired: 6, running: 6 })).toBe(7);
    expect(desired([tracking(80)], { past, desired: 6, running: 6, now: 103 * MINUTE })).toBe(8);
  });

  it("count what is still starting as added", () => {
    expect(desired([tracking(90)], { past: [out], desired: 6, running: 4 })).toBeUndefined();
    expect(desired([tracking(105)], { past: [out], desired: 6, running: 4 })).toBe(7);
  });

  it("of +2 followed by +3 add one, as in AWS's example of step scaling", () => {
    const steps = [
      { lowerBound: 0, upperBound: 20, scalingAdjustment: 2 },
      { lowerBound: 20, scalingAdjustment: 3 },
    ];
    const past = [{ policy: "step", from: 4, to: 6, endedAt: 99 * MINUTE }];
    expect(desired([stepping(70, steps)], { past, desired: 6, running: 6 })).toBeUndefined();
    expect(desired([stepping(85, steps)], { past, desired: 6, running: 6 })).toBe(7);
  });

  it("after a scale-in hold back the next, never a scale-out", () => {
    const past = [{ policy: "cpu", from: 8, to: 4, endedAt: 98 * MINUTE }];
    expect(desired([tracking(30)], { past })).toBeUndefined();
    expect(desired([tracking(90)], { past })).toBe(6);
    expect(desired([tracking(30)], { past, now: 103 * MINUTE })).toBe(2);
  });
});

describe("a desired count that someone has set outside the bounds", () => {
  it("goes to the minimum with the next scale-out, to the maximum with the next scale-in", () => {
    expect(desired([tracking(90)], { desired: 1, running: 1, minCapacity: 5 })).toBe(5);
    expect(desired([tracking(59)], { desired: 1, running: 1, minCapacity: 5 })).toBeUndefined();
    expect(desired([tracking(30)], { desired: 40, running: 40, maxCapacity: 10 })).toBe(10);
    expect(desired([tracking(90)], { desired: 40, running: 40, maxCapacity: 10 })).toBeUndefined();
  });
});

describe("what holds scaling back", () => {
  it("a deployment keeps from scaling in and not from scaling out", () => {
    expect(desired([tracking(30)], { isDeploying: true })).toBeUndefined();
    expect(desired([tracking(90)], { isDeploying: true })).toBe(6);
  });

  it("each direction is suspended by itself, and a suspended scale-out still vetoes a scale-in", () => {
    expect(desired([tracking(90)], { suspended: { in: false, out: true } })).toBeUndefined();
    expect(desired([tracking(30)], { suspended: { in: true, out: false } })).toBeUndefined();
    expect(desired([tracking(30)], { suspended: { in: false, out: true } })).toBe(2);
    expect(
      desired([tracking(90), stepping(50, [{ upperBound: 0, scalingAdjustment: -1 }])], { suspended: { in: false, out: true } }),
    ).toBeUndefined();
  });
});

describe("step scaling", () => {
  const steps = [
    { upperBound: -10, scalingAdjustment: -2 },
    { lowerBound: -10, upperBound: 0, scalingAdjustment: -1 },
    { lowerBound: 0, upperBound: 20, scalingAdjustment: 2 },
    { lowerBound: 20, scalingAdjustment: 5 },
  ];

  it("above the threshold a lower bound belongs to its step, below it an upper bound does", () => {
    expect([0, 19.9, 20, 500, -1, -10, -10.1].map((distance) => stepFor(steps, distance)?.scalingAdjustment)).toEqual([
      2, 2, 5, 5, -1, -2, -2,
    ]);
    expect(stepFor([{ lowerBound: 5, scalingAdjustment: 1 }], 2)).toBeUndefined();
  });

  it("rounds percentages as AWS does", () => {
    const percent = (running: number, scalingAdjustment: number, minAdjustmentMagnitude?: number): number =>
      steppedCapacity(
        running,
        {
          adjustmentType: "PercentChangeInCapacity",
          steps: [],
          ...(minAdjustmentMagnitude === undefined ? {} : { minAdjustmentMagnitude }),
        },
        { scalingAdjustment },
      ) - running;
    expect([percent(10, 12), percent(10, 27), percent(3, 10), percent(3, -10), percent(10, -27), percent(10, 20, 4)]).toEqual([
      1, 2, 1, -1, -2, 4,
    ]);
    expect(steppedCapacity(7, { adjustmentType: "ExactCapacity", steps: [] }, { scalingAdjustment: 3 })).toBe(3);
  });

  it("refuses steps with gaps, overlaps or two open ends", () => {
    expect(stepsProblem(steps)).toBeUndefined();
    expect(stepsProblem([{ scalingAdjustment: 1 }])).toBeUndefined();
    expect(stepsProblem([])).toContain("At least one");
    expect(
      stepsProblem([
        { lowerBound: 0, upperBound: 5, scalingAdjustment: 1 },
        { lowerBound: 6, scalingAdjustment: 2 },
      ]),
    ).toContain("gap");
    expect(
      stepsProblem([
        { lowerBound: 0, scalingAdjustment: 1 },
        { lowerBound: 6, scalingAdjustment: 2 },
      ]),
    ).toContain("overlap");
  });
});

describe("bounds", () => {
  it("move the desired count into themselves at once; a scheduled action may set either", () => {
    expect([withinBounds(0, { minCapacity: 2, maxCapacity: 5 }), withinBounds(9, { minCapacity: 2, maxCapacity: 5 })]).toEqual([2, 5]);
    expect(scheduledBounds({ minCapacity: 2, maxCapacity: 5 }, { maxCapacity: 0, minCapacity: 0 })).toEqual({
      minCapacity: 0,
      maxCapacity: 0,
    });
    expect(scheduledBounds({ minCapacity: 2, maxCapacity: 5 }, { minCapacity: 9 })).toBeUndefined();
  });
});

describe("whatever the policies see", () => {
  const policy = fc
    .record({
      value: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
      target: fc.integer({ min: 1, max: 100 }),
      disableScaleIn: fc.boolean(),
    })
    .map(({ value, target, disableScaleIn }) => tracking(value, { target, disableScaleIn }));
  const worlds = fc
    .record({
      policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
      minCapacity: fc.integer({ min: 0, max: 5 }),
      room: fc.integer({ min: 0, max: 10 }),
      over: fc.integer({ min: 0, max: 10 }),
      starting: fc.integer({ min: 0, max: 4 }),
      isDeploying: fc.boolean(),
    })
    .map(({ policies, minCapacity, room, over, starting, isDeploying }) => {
      const named = policies.map((each, index) => ({ ...each, name: `p${index}` }));
      const count = minCapacity + Math.min(room, over);
      return world(named, {
        minCapacity,
        maxCapacity: minCapacity + room,
        desired: count,
        running: Math.max(0, count - starting),
        isDeploying,
      });
    });

  it("the result is a change, within the bounds, in the direction it says", () => {
    fc.assert(
      fc.property(worlds, (given) => {
        const decision = decideScaling(given);
        if (decision === undefined) return;
        expect(decision.desired).toBeGreaterThanOrEqual(given.minCapacity);
        expect(decision.desired).toBeLessThanOrEqual(given.maxCapacity);
        expect(Math.sign(decision.desired - given.desired)).toBe(decision.direction === "out" ? 1 : -1);
      }),
    );
  });

  it("nothing is scaled in while a policy wants out, or while one with scale-in enabled is not ready", () => {
    fc.assert(
      fc.property(worlds, (given) => {
        if (decideScaling(given)?.direction !== "in") return;
        for (const each of given.policies as TargetTrackingView[]) {
          expect(each.high.state === "ALARM" && trackedCapacity(given.running, each.high.value!, each.target) > given.running).toBe(false);
          expect(each.disableScaleIn || each.low.state === "ALARM").toBe(true);
        }
      }),
    );
  });

  it("doing what was decided decides nothing more while it is under way", () => {
    fc.assert(
      fc.property(worlds, (given) => {
        const first = decideScaling(given);
        if (first === undefined) return;
        const past = [{ policy: first.policy, from: given.desired, to: first.desired }];
        const second = decideScaling({ ...given, desired: first.desired, past });
        // A policy of its own accord may still want more out; the one that acted does not.
        expect(second === undefined || (second.direction === "out" && second.policy !== first.policy)).toBe(true);
      }),
    );
  });
});
