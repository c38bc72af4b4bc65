import { describe, expect, test } from "vitest";
import { noFaults } from "./faults.ts";
import { dailyLoad, measuredLoad, parseLoadCsv, steadyLoad } from "./load.ts";
import { backlogPerTask, requestsPerTask, type ScalingModel, type ScalingPolicy } from "./scaling-model.ts";
import type { ServiceModel } from "./service-model.ts";
import { simulate } from "./simulation.ts";
import { model, monday, options, tracking } from "./simulation-situation.testing.ts";

describe("scaling", () => {
  test("holds what is enough and never fails a request", () => {
    const seen = simulate(model, options);
    expect(seen).toMatchObject({ violations: [], failed: 0, tasks: { min: 2, max: 2 }, activities: [] });
    expect(seen.taskHours.onDemand).toBeCloseTo(4, 1);
  });

  test("goes out after three minutes above the target and in after fifteen below it", () => {
    const load = measuredLoad([
      { atMs: 0, rps: 100 },
      { atMs: 600_000, rps: 100 },
      { atMs: 600_001, rps: 170 },
      { atMs: 2_400_000, rps: 170 },
      { atMs: 2_400_001, rps: 80 },
    ]);
    const { activities } = simulate(model, { ...options, load });
    const [out, ...later] = activities;
    // 170 requests are 85 % of 2 tasks, ceil(2 × 85 / 60) = 3, and 57 % of 3 tasks: between the two alarms.
    expect(out).toMatchObject({ from: 2, to: 3, cause: "cpu" });
    expect(out?.atSeconds).toBeGreaterThanOrEqual(600 + 180);
    expect(out?.atSeconds).toBeLessThanOrEqual(600 + 300);
    const back = later.find((activity) => activity.to < activity.from);
    expect(back?.atSeconds).toBeGreaterThanOrEqual(2_400 + 15 * 60);
  });

  test("follows a schedule in its own time zone", () => {
    const schedule = [
      { name: "night", expression: "cron(0 20 * * ? *)", timezone: "Europe/Berlin", minCapacity: 0, maxCapacity: 0 },
      { name: "morning", expression: "cron(0 6 * * ? *)", timezone: "Europe/Berlin", minCapacity: 2, maxCapacity: 20 },
    ];
    const scaling = { ...model.scaling!, schedule };
    const { activities } = simulate({ ...model, scaling }, { ...options, hours: 24, load: steadyLoad(10) });
    expect(activities.map(({ atSeconds, to, cause }) => [atSeconds / 3600, to, cause])).toEqual([[19, 0, "night"]]);
  });
});

/** A worker with as many tasks as `desiredCount`; one vCPU works off 100 messages a second. */
const worker = (scaling: Partial<ScalingModel>): ServiceModel => {
  const { balancer: _none, ...rest } = model;
  return { ...rest, desiredCount: 1, scaling: { minCapacity: 1, maxCapacity: 10, policies: [], schedule: [], ...scaling } };
};
/** 50 messages a second, 400 in the second half hour, then 50 again. */
const burst = measuredLoad([
  { atMs: 0, rps: 50 },
  { atMs: 1_800_000, rps: 50 },
  { atMs: 1_800_001, rps: 400 },
  { atMs: 3_600_000, rps: 400 },
  { atMs: 3_600_001, rps: 50 },
]);

describe("a queue", () => {
  test("is worked off by as many workers as the backlog of each asks for, and the workers go when it is empty", () => {
    const seen = simulate(worker({ policies: [tracking("queue", backlogPerTask, 600)] }), { ...options, hours: 3, load: burst });
    expect(seen.violations).toEqual([]);
    expect(seen.failed).toBe(0);
    expect(seen.activities[0]).toMatchObject({ from: 1, cause: "queue" });
    expect(seen.tasks.max).toBeGreaterThan(4);
    expect(seen.timeline.at(-1)).toMatchObject({ waiting: 0, desired: 1 });
    expect(Math.max(...seen.timeline.map(({ waiting = 0 }) => waiting))).toBeGreaterThan(1_000);
  });

  test("wakes a service from nothing, and lets it go back", () => {
    const asleep = worker({ minCapacity: 0, policies: [tracking("queue", "waiting", 100)] });
    const load = measuredLoad([
      { atMs: 0, rps: 0 },
      { atMs: 1_800_000, rps: 0 },
      { atMs: 1_800_001, rps: 20 },
      { atMs: 3_600_000, rps: 20 },
      { atMs: 3_600_001, rps: 0 },
    ]);
    const seen = simulate({ ...asleep, desiredCount: 0 }, { ...options, hours: 3, load });
    expect(seen.violations).toEqual([]);
    expect(seen.activities[0]).toMatchObject({ from: 0, cause: "queue" });
    expect(seen.timeline.at(-1)).toMatchObject({ waiting: 0, tasks: 0, desired: 0 });
  });
});

describe("step scaling", () => {
  const rule = (comparisonOperator: "GreaterThanThreshold" | "LessThanThreshold", threshold: number) =>
    ({ comparisonOperator, threshold, evaluationPeriods: 1, datapointsToAlarm: 1, treatMissingData: "notBreaching" }) as const;
  const steps: ScalingPolicy = {
    kind: "step",
    name: "depth",
    adjustmentType: "ChangeInCapacity",
    cooldownMs: 120_000,
    steps: [
      { lowerBound: 0, upperBound: 20_000, scalingAdjustment: 1 },
      { lowerBound: 20_000, scalingAdjustment: 4 },
    ],
    alarms: [{ name: "deep", metric: "waiting", rule: rule("GreaterThanThreshold", 1_000) }],
  };
  const empty: ScalingPolicy = {
    kind: "step",
    name: "empty",
    adjustmentType: "PercentChangeInCapacity",
    cooldownMs: 300_000,
    steps: [{ upperBound: 0, scalingAdjustment: -50 }],
    alarms: [{ name: "idle", metric: "IF(waiting < 1, cpu)", rule: rule("LessThanThreshold", 30) }],
  };

  test("takes a larger step the farther the metric is beyond its alarm, and another policy takes tasks away", () => {
    const seen = simulate(worker({ policies: [steps, empty] }), { ...options, hours: 3, load: burst });
    expect(seen.violations).toEqual([]);
    const out = seen.activities.filter(({ cause }) => cause === "depth").map(({ from, to }) => to - from);
    expect(out).toContain(1);
    expect(Math.max(...out)).toBeGreaterThan(1);
    expect(seen.activities.some(({ cause, from, to }) => cause === "empty" && to === Math.max(1, from + Math.trunc(-from / 2)))).toBe(true);
    expect(seen.timeline.at(-1)).toMatchObject({ waiting: 0 });
  });
});

describe("several policies", () => {
  const crowded = steadyLoad(140);
  test("the one that asks for most wins, and all must agree before tasks go", () => {
    const policies = [tracking("cpu", "cpu", 60), tracking("requests", requestsPerTask, 1_500)];
    const { activities } = simulate({ ...model, scaling: { ...model.scaling!, policies } }, { ...options, load: crowded });
    // 140 × 60 requests a minute over 1,500 are 6 tasks; the CPU alone would do with 3.
    expect(activities.at(-1)).toMatchObject({ to: 6, cause: "requests" });
  });

  test("one whose metric nobody reports scales nothing and keeps the others from scaling in", () => {
    const falling = measuredLoad([
      { atMs: 0, rps: 190 },
      { atMs: 1_800_000, rps: 190 },
      { atMs: 1_800_001, rps: 10 },
    ]);
    const sizes = (policies: ScalingPolicy[]): number[] =>
      simulate({ ...model, scaling: { ...model.scaling!, policies } }, { ...options, load: falling }).activities.map(({ to }) => to);
    const cpu = tracking("cpu", "cpu", 60);
    expect(sizes([cpu]).at(-1)).toBe(2);
    expect(sizes([cpu, tracking("metric", "unknown", 10)])).toEqual([4]);
    expect(sizes([{ ...tracking("metric", "unknown", 10), disableScaleIn: true } as ScalingPolicy, cpu]).at(-1)).toBe(2);
  });

  test("what is suspended does not happen", () => {
    const suspended = (over: Partial<NonNullable<ScalingModel["suspended"]>>): ScalingModel => ({
      ...model.scaling!,
      schedule: [{ name: "noon", expression: "at(2026-01-05T01:00:00)", timezone: "UTC", minCapacity: 9 }],
      suspended: { in: false, out: false, scheduled: false, ...over },
    });
    const causes = (over: Partial<NonNullable<ScalingModel["suspended"]>>): string[] =>
      simulate({ ...model, scaling: suspended(over) }, { ...options, load: crowded }).activities.map(({ cause }) => cause);
    expect(causes({})).toEqual(["cpu", "noon"]);
    expect(causes({ out: true })).toEqual(["noon"]);
    expect(causes({ scheduled: true })).toEqual(["cpu"]);
  });
});

describe("requests", () => {
  test("fail while a task hangs, until its health checks have found it, and then go to the others", () => {
    const { timeline, violations } = simulate(model, { ...options, hours: 1, load: steadyLoad(60), faults: { ...noFaults, hang: 1 } });
    expect(violations).toEqual([]);
    const failing = timeline.filter(({ failed }) => failed > 0);
    expect(failing.length).toBeGreaterThan(0);
    expect(failing.length).toBeLessThan(timeline.length / 2);
  });

  test("slow down as the CPU fills up", () => {
    const latency = (rps: number): number => simulate(model, { ...options, hours: 0.2, load: steadyLoad(rps) }).timeline[1]?.latencyMs ?? 0;
    expect(latency(20)).toBeLessThan(25);
    expect(latency(150)).toBeGreaterThan(60);
  });
});

describe("faults", () => {
  test.each([
    ["flap", { flap: 4 }],
    ["slow", { slow: 0.5, crash: 2 }],
    ["lost", { lost: 0.05, crash: 2 }],
    ["storm", { storm: 2 }],
    ["throttle", { throttle: 2 }],
    ["role", { role: 2, crash: 1 }],
  ])("%s is survived, with deployments in the middle of it", (_name, over) => {
    const guarded = {
      ...model,
      deployment: { ...model.deployment, alarms: { alarmNames: ["any"], enable: true, rollback: true } },
      alarmWindowMs: 60_000,
    };
    const seen = simulate(guarded, { ...options, hours: 6, deployments: 6, load: steadyLoad(60), faults: { ...noFaults, ...over } });
    expect(seen.violations).toEqual([]);
    expect(seen.failed / seen.requests).toBeLessThan(0.05);
  });

  const guarded = {
    ...model,
    deployment: {
      ...model.deployment,
      circuitBreaker: { ...model.deployment.circuitBreaker, enable: true, rollback: true },
      alarms: { alarmNames: ["any"], enable: true, rollback: true },
    },
    alarmWindowMs: 60_000,
  };

  test("alarm storms roll deployments back, and it is told how many", () => {
    const faults = { ...noFaults, storm: 6 };
    const { deployments, violations } = simulate(guarded, { ...options, hours: 12, deployments: 12, load: steadyLoad(60), faults });
    expect(violations).toEqual([]);
    expect(deployments.rolledBack).toBeGreaterThan(0);
    expect(deployments.completed).toBeGreaterThan(0);
    expect(Object.values(deployments).reduce((sum, each) => sum + each, 0)).toBe(12);
    expect(simulate(guarded, { ...options, hours: 2 }).deployments).toEqual({ completed: 0, rolledBack: 0, failed: 0, superseded: 0 });
  });

  test("a deployment that fails and has nothing to go back to breaks no rule: it is told, and the next one brings the service back", () => {
    const faults = { ...noFaults, storm: 12, role: 12, slow: 1, crash: 4 };
    const seen = simulate(guarded, { ...options, hours: 6, deployments: 6, load: steadyLoad(60), faults });
    expect(seen.deployments.failed).toBeGreaterThan(0);
    expect(seen.violations).toEqual([]);
  });

  test.each([1, 2, 3])("all of them together at their worst end, and the service comes to rest (seed %i)", (seed) => {
    const faults = { crash: 60, spot: 60, hang: 60, flap: 60, slow: 1, drought: 1, lost: 1, storm: 60, throttle: 60, role: 60 };
    const { violations } = simulate(guarded, { ...options, seed, hours: 3, deployments: 3, load: steadyLoad(60), faults });
    expect(violations).toEqual([]);
  });

  test.each([1, 2, 3, 4])("answers that get lost are asked for again, the first of a new task among them (seed %i)", (seed) => {
    const { balancer: _none, ...rest } = guarded;
    const narrow = { ...rest, deployment: { ...rest.deployment, minimumHealthyPercent: 50, maximumPercent: 100 } };
    const faults = { ...noFaults, lost: 0.3 };
    const { deployments, violations } = simulate(narrow, { ...options, seed, hours: 6, deployments: 6, load: steadyLoad(10), faults });
    expect(violations).toEqual([]);
    expect(deployments.completed).toBeGreaterThan(0);
  });

  test("a task whose way out of its load balancer is refused for an hour waits for it, and time goes on", () => {
    const faults = { ...noFaults, crash: 10, lost: 0.2, throttle: 20 };
    const { throttled, violations } = simulate(guarded, { ...options, seed: 13, hours: 24, deployments: 12, load: steadyLoad(20), faults });
    expect(throttled).toBeGreaterThan(1_000);
    expect(violations).toEqual([]);
  });

  test("throttled calls are counted, and the tasks they held up come when the limits let them", () => {
    const faults = { ...noFaults, crash: 2, throttle: 4 };
    const seen = simulate(model, { ...options, hours: 6, load: steadyLoad(60), faults });
    expect(seen.throttled).toBeGreaterThan(0);
    expect(seen.violations).toEqual([]);
    expect(simulate(model, { ...options, hours: 6, load: steadyLoad(60), faults: { ...noFaults, crash: 2 } }).throttled).toBe(0);
  });

  test("launches that a role refuses are counted, and made again when it trusts ECS", () => {
    const faults = { ...noFaults, crash: 2, role: 4 };
    const seen = simulate(model, { ...options, hours: 6, load: steadyLoad(60), faults });
    expect(seen.refused).toBeGreaterThan(0);
    expect(seen.violations).toEqual([]);
    expect(simulate(model, { ...options, hours: 6, load: steadyLoad(60), faults: { ...noFaults, crash: 2 } }).refused).toBe(0);
  });

  test("are survived, and what they cost is counted", () => {
    const capacityProviderStrategy = [
      { capacityProvider: "FARGATE", base: 2, weight: 1 },
      { capacityProvider: "FARGATE_SPOT", base: 0, weight: 3 },
    ];
    const seen = simulate(
      { ...model, desiredCount: 6, capacityProviderStrategy, scaling: { ...model.scaling!, minCapacity: 6 } },
      { ...options, hours: 12, load: dailyLoad(100, 500, monday), faults: { ...noFaults, crash: 0.2, spot: 2, hang: 0.05, drought: 0.1 } },
    );
    expect(seen.violations).toEqual([]);
    expect(seen.crashes).toBeGreaterThan(0);
    expect(seen.reclaims).toBeGreaterThan(0);
    expect(seen.taskHours.spot).toBeGreaterThan(0);
    // While Spot has no capacity, the on-demand tasks alone are overloaded.
    expect(seen.failed / seen.requests).toBeLessThan(0.1);
  });

  test("are the same with the same seed, and others with another", () => {
    const faults = { ...noFaults, crash: 1 };
    expect(simulate(model, { ...options, faults })).toEqual(simulate(model, { ...options, faults }));
    for (const seed of [2, 2 ** 32 + 1, 2 ** 33 + 1])
      expect(simulate(model, { ...options, faults, seed }).timeline).not.toEqual(simulate(model, { ...options, faults }).timeline);
  });
});

test("a load file is seconds and requests a second, with a heading or without", () => {
  const points = [
    { atMs: 0, rps: 10 },
    { atMs: 60_000, rps: 20 },
  ];
  expect(parseLoadCsv("time,rps\n0,10\n60,20\n")).toEqual({ points });
  expect(parseLoadCsv("\uFEFF0,10,more\r\n60,20\r\n\r\n")).toEqual({ points });
  expect(parseLoadCsv("0,10\nnoon,20\n")).toEqual({ line: 2, problem: "'noon,20' is not two numbers" });
  expect(parseLoadCsv("0,10\n60,\n")).toMatchObject({ line: 2 });
  expect(parseLoadCsv("0,10\n60,-1\n")).toEqual({ line: 2, problem: "'60,-1' is negative" });
  expect(parseLoadCsv("0,10\n60,20\n30,5\n")).toEqual({ line: 3, problem: "30 s comes after 60 s" });
  expect(parseLoadCsv("0 10\n")).toMatchObject({ line: 1 });
  expect(parseLoadCsv("seconds,rps\n")).toEqual({ line: 1, problem: "it holds no moment" });
  expect(parseLoadCsv("")).toMatchObject({ line: 1 });
  expect(parseLoadCsv("rps,seconds\n10,0\n")).toEqual({ line: 1, problem: "'rps,seconds' has its columns the other way round" });
  expect(parseLoadCsv('"seconds","rps"\r"0","10"\r"60","20"\r')).toEqual({ points });
  expect(parseLoadCsv("0,1e308\n")).toEqual({ line: 1, problem: "1e+308 a second is more than 1000000000" });
  expect(parseLoadCsv("1767571200,5\n", 3600)).toMatchObject({ line: 1, problem: expect.stringContaining("beyond the 3600 s") });
  expect(
    measuredLoad([
      { atMs: 0, rps: 10 },
      { atMs: 60_000, rps: 20 },
    ])(30_000),
  ).toBe(15);
});

test("a measured load is found as fast among a million moments as among ten", () => {
  const load = measuredLoad(Array.from({ length: 1_000_000 }, (_, index) => ({ atMs: index * 1000, rps: index % 7 })));
  // A look through all of them for each would take minutes.
  const sum = Array.from({ length: 100_000 }, (_, minute) => load(minute * 10_000 + 500)).reduce((all, each) => all + each, 0);
  expect(sum / 100_000).toBeCloseTo(3, 1);
  expect([load(-1), load(2_500), load(10 ** 12)]).toEqual([0, 2.5, 999_999 % 7]);
});
