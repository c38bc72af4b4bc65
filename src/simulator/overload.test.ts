import { describe, expect, test } from "vitest";
import { noFaults } from "./faults.ts";
import { measuredLoad, steadyLoad } from "./load.ts";
import type { ServiceModel } from "./service-model.ts";
import { simulate } from "./simulation.ts";
import { model, options } from "./simulation-situation.testing.ts";

describe("overload", () => {
  const { scaling: _none, ...fixed } = model;

  test("far above what the tasks can do fails their health checks, and they are replaced over and over", () => {
    const seen = simulate(fixed, { ...options, load: steadyLoad(600) });
    expect(seen.violations).toEqual([]);
    expect(seen.tasks.min).toBe(0);
    expect(seen.timeline.some(({ overloaded = 0 }) => overloaded > 0)).toBe(true);
    // Replacements start before the ill ones go, so now and then four tasks work on what two thirds too many ask for.
    expect(seen.failed / seen.requests).toBeGreaterThan(0.5);
  });

  test("just below what they can do slows requests and fails no check", () => {
    const seen = simulate(fixed, { ...options, load: steadyLoad(180) });
    expect([seen.tasks.min, seen.failed]).toEqual([2, 0]);
    expect(seen.timeline.every(({ overloaded }) => overloaded === undefined)).toBe(true);
    expect(seen.timeline[30]?.latencyMs).toBeGreaterThan(100);
  });

  test("that scaling meets in time ends, and every task is healthy again", () => {
    const load = measuredLoad([
      { atMs: 0, rps: 100 },
      { atMs: 1_800_000, rps: 100 },
      { atMs: 1_800_001, rps: 400 },
    ]);
    const seen = simulate(model, { ...options, hours: 3, load });
    expect(seen.violations).toEqual([]);
    expect(seen.timeline.at(-1)?.overloaded).toBeUndefined();
    expect(seen.timeline.at(-1)?.tasks).toBeGreaterThanOrEqual(6);
  });

  test("is the same with the same seed", () => {
    const once = (): string => JSON.stringify(simulate(fixed, { ...options, load: steadyLoad(600) }));
    expect(once()).toBe(once());
  });

  test("leaves a queue behind when the load drops, which whoever comes then waits for until it is worked off", () => {
    const patient = { ...fixed, gracePeriodMs: 86_400_000 };
    // 300 requests a second for two minutes, 200 of which are done; then 100.
    const load = measuredLoad([
      { atMs: 0, rps: 300 },
      { atMs: 60_000, rps: 300 },
      { atMs: 60_001, rps: 100 },
    ]);
    const { timeline, violations, failed } = simulate(patient, { ...options, hours: 0.2, load });
    expect([violations, failed]).toEqual([[], 0]);
    const near = (value: number | undefined, expected: number): void => {
      expect(value).toBeGreaterThan(expected * 0.85);
      expect(value).toBeLessThan(expected * 1.15);
    };
    // Per task 150 come in a second and 100 are done: after two minutes 6,000 wait, a minute's work.
    near(timeline[1]?.backlog, 12_000);
    near(timeline[1]?.latencyMs, 46_000);
    // 50 a second of each are worked off: it is empty after two minutes, and the wait falls from 60 s over 30 s to nothing.
    near(timeline[2]?.backlog, 6_000);
    near(timeline[2]?.latencyMs, 45_000);
    near(timeline[3]?.latencyMs, 15_000);
    expect(timeline[2]?.utilization).toBe(100);
    expect(timeline[5]?.latencyMs).toBeLessThan(50);
    expect(timeline.slice(5).every(({ backlog, overloaded }) => backlog === undefined && overloaded === undefined)).toBe(true);
  });

  test("loses what waits in a task that is gone", () => {
    const calm = measuredLoad([
      { atMs: 0, rps: 600 },
      { atMs: 60_000, rps: 600 },
      { atMs: 60_001, rps: 0 },
    ]);
    const seen = simulate(fixed, { ...options, hours: 0.1, load: calm, faults: { ...noFaults, crash: 60 } });
    expect(seen.crashes).toBeGreaterThan(0);
    expect(seen.failed).toBeLessThanOrEqual(seen.requests);
    expect(seen.timeline.at(-1)?.backlog).toBeUndefined();
  });
});

describe("a container's check", () => {
  const { scaling: _none, ...fixed } = model;
  /** The load balancer forgives everything here; the check in the container asks every ten seconds. */
  const checked = (over: Partial<NonNullable<ServiceModel["containerCheck"]>> = {}): ServiceModel => ({
    ...fixed,
    gracePeriodMs: 0,
    balancer: { ...fixed.balancer!, intervalMs: 300_000, timeoutMs: 120_000, unhealthyThreshold: 10 },
    containerCheck: {
      command: ["CMD-SHELL", "curl -f http://127.0.0.1:8000/health"],
      intervalMs: 10_000,
      timeoutMs: 5_000,
      retries: 3,
      startPeriodMs: 0,
      asksProgram: true,
      ...over,
    },
  });
  const overloaded = { ...options, hours: 0.5, load: steadyLoad(600) };

  test("that asks the program fails under overload like the load balancer's, and the task is replaced", () => {
    const seen = simulate(checked(), overloaded);
    expect(seen.violations).toEqual([]);
    expect(seen.tasks.min).toBe(0);
    expect(seen.timeline.some(({ overloaded: late = 0 }) => late > 0)).toBe(true);
    expect(seen.replaced).toBeGreaterThan(0);
  });

  test.each([
    ["has the patience", { timeoutMs: 120_000, intervalMs: 130_000 }],
    ["asks something else", { asksProgram: false }],
  ])("that %s does not fail", (_name, over) => {
    const seen = simulate(checked(over), overloaded);
    expect([seen.tasks.min, seen.replaced]).toEqual([2, 0]);
    expect(seen.timeline.every(({ overloaded: late }) => late === undefined)).toBe(true);
  });

  test("that forgives nothing calls a task ill for each flap, and one that forgives two failures for none", () => {
    const flapping = { ...options, hours: 3, load: steadyLoad(60), faults: { ...noFaults, flap: 4 } };
    const strict = simulate(checked({ intervalMs: 5_000, timeoutMs: 2_000, retries: 1 }), flapping);
    const lenient = simulate(checked({ intervalMs: 30_000 }), flapping);
    expect([strict.violations, lenient.violations]).toEqual([[], []]);
    expect([strict.tasks.min, lenient.tasks.min]).toEqual([1, 2]);
    // Half a minute is too short for a replacement: the task is well again before it could take over.
    expect([strict.replaced, lenient.replaced]).toEqual([0, 0]);
  });

  test("finds a program that hangs, whose task is replaced", () => {
    const hanging = { ...options, hours: 2, load: steadyLoad(60), faults: { ...noFaults, hang: 1 } };
    const slowBalancer = { ...fixed.balancer!, unhealthyThreshold: 10 };
    const seen = simulate({ ...checked(), balancer: slowBalancer }, hanging);
    expect(seen.violations).toEqual([]);
    expect(seen.replaced).toBeGreaterThan(0);
  });

  test("does the same with the same seed", () => {
    const once = (): string => JSON.stringify(simulate(checked(), { ...overloaded, faults: { ...noFaults, flap: 2 } }));
    expect(once()).toBe(once());
  });
});
