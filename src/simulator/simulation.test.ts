import { describe, expect, test } from "vitest";
import { defaultDeploymentConfiguration } from "../engine/service/service-state.ts";
import { usually } from "./forecast.ts";
import { dailyLoad, measuredLoad, parseLoadCsv, steadyLoad } from "./load.ts";
import type { ServiceModel } from "./service-model.ts";
import { noFaults, type SimulationOptions, simulate } from "./simulation.ts";

const monday = Date.UTC(2026, 0, 5);
const model: ServiceModel = {
  name: "api",
  desiredCount: 2,
  cpu: 1024,
  memory: 2048,
  deployment: defaultDeploymentConfiguration,
  gracePeriodMs: 60_000,
  stopTimeoutMs: 30_000,
  balancer: { intervalMs: 30_000, healthyThreshold: 2, unhealthyThreshold: 3, deregistrationDelayMs: 30_000 },
  capacityProviderStrategy: [],
  scaling: {
    minCapacity: 2,
    maxCapacity: 20,
    targetCpu: 60,
    scaleOutCooldownMs: 60_000,
    scaleInCooldownMs: 300_000,
    schedule: [],
  },
};
/** One vCPU does 100 requests a second. */
const options: SimulationOptions = {
  seed: 1,
  hours: 2,
  load: steadyLoad(100),
  faults: noFaults,
  conditions: usually,
  requestCpuMs: 10,
  requestLatencyMs: 20,
  startTime: monday,
};

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
      { atMs: 600_001, rps: 228 },
      { atMs: 2_400_000, rps: 228 },
      { atMs: 2_400_001, rps: 80 },
    ]);
    const { activities } = simulate(model, { ...options, load });
    const [out, ...later] = activities;
    // 228 requests are all that 2 tasks can do, ceil(2 × 100 / 60) = 4, and 57 % of 4 tasks: between the two alarms.
    expect(out).toMatchObject({ from: 2, to: 4, cause: "cpu" });
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

describe("faults", () => {
  test("are survived, and what they cost is counted", () => {
    const capacityProviderStrategy = [
      { capacityProvider: "FARGATE", base: 2, weight: 1 },
      { capacityProvider: "FARGATE_SPOT", base: 0, weight: 3 },
    ];
    const seen = simulate(
      { ...model, desiredCount: 6, capacityProviderStrategy, scaling: { ...model.scaling!, minCapacity: 6 } },
      { ...options, hours: 12, load: dailyLoad(100, 500, monday), faults: { crash: 0.2, spot: 2, hang: 0.05, drought: 0.1 } },
    );
    expect(seen.violations).toEqual([]);
    expect(seen.crashes).toBeGreaterThan(0);
    expect(seen.reclaims).toBeGreaterThan(0);
    expect(seen.taskHours.spot).toBeGreaterThan(0);
    expect(seen.failed / seen.requests).toBeLessThan(0.05);
  });

  test("are the same with the same seed, and others with another", () => {
    const faults = { ...noFaults, crash: 1 };
    expect(simulate(model, { ...options, faults })).toEqual(simulate(model, { ...options, faults }));
    expect(simulate(model, { ...options, faults, seed: 2 }).timeline).not.toEqual(simulate(model, { ...options, faults }).timeline);
  });
});

test("a load file is seconds and requests a second, with a heading or without", () => {
  expect(parseLoadCsv("time,rps\n0,10\n60,20\n")).toEqual([
    { atMs: 0, rps: 10 },
    { atMs: 60_000, rps: 20 },
  ]);
  expect(parseLoadCsv("0,10\nnoon,20\n")).toBeUndefined();
  expect(
    measuredLoad([
      { atMs: 0, rps: 10 },
      { atMs: 60_000, rps: 20 },
    ])(30_000),
  ).toBe(15);
});
