import { expect, test } from "vitest";
import { defaultDeploymentConfiguration } from "../engine/service/service-state.ts";
import { atWorst, forecast, usually } from "./forecast.ts";
import type { ServiceModel } from "./service-model.ts";

const model: ServiceModel = {
  name: "api",
  desiredCount: 2,
  cpu: 512,
  memory: 1024,
  deployment: defaultDeploymentConfiguration,
  gracePeriodMs: 60_000,
  stopTimeoutMs: 30_000,
  balancer: { intervalMs: 30_000, timeoutMs: 5_000, healthyThreshold: 2, unhealthyThreshold: 3, deregistrationDelayMs: 300_000 },
  capacityProviderStrategy: [],
};
const bounds = (minimumHealthyPercent: number, maximumPercent: number): ServiceModel => ({
  ...model,
  deployment: { ...model.deployment, minimumHealthyPercent, maximumPercent },
});

test("a rollout at 100/200 with a long deregistration delay is dominated by draining", () => {
  const seen = forecast(model);
  // 12 s network interface + 10 s image, first check 30 s after, then 300 s of draining.
  expect(seen).toMatchObject({ expectedSeconds: 352, dominatedBy: "connection draining", peakTasks: 4, lowestHealthy: 2 });
  expect(seen.worstSeconds).toBeGreaterThan(seen.expectedSeconds);
  expect(seen.stuck).toBeUndefined();
  expect(seen.phases.at(-1)?.toSeconds).toBe(seen.expectedSeconds);
});

test("a load balancer with nodes in two zones finds the new tasks after half an interval, at worst after a whole one", () => {
  const one = forecast(model);
  const two = forecast({ ...model, zones: 2 });
  const three = forecast({ ...model, zones: 3 });
  // A program answers 5 s after its start: at 15 s it is asked by the second of two nodes, at 10 s by the third of three.
  expect([one, two, three].map(({ expectedSeconds }) => expectedSeconds)).toEqual([352, 337, 332]);
  expect([two, three].map(({ worstSeconds }) => worstSeconds)).toEqual([one.worstSeconds, one.worstSeconds]);
  expect([one, two, three].map(({ probers }) => probers)).toEqual([1, 2, 3]);
});

test.each([
  [0, 30],
  [20, 50],
  [30, 60],
  [45, 75],
])("at worst a program that answers after %i s has just missed a probe, and is found healthy %i s after its start", (seconds, found) => {
  const worst = { ...atWorst, answersAfterMs: seconds * 1000 };
  const seen = forecast(model, { expected: { ...usually, answersAfterMs: 0 }, worst });
  // 20 s network interface + 60 s image before, 300 s of draining after.
  expect(seen.worstSeconds).toBe(20 + 60 + found + 300);
  expect(seen.stuckAtWorst).toBeUndefined();
});

test("what usually succeeds and at worst does not is told", () => {
  // Two of its three failures are in the grace period, and the third is at 65 s, just before it answers.
  const conditions = { ...usually, answersAfterMs: 65_000 };
  const breaker = { ...model.deployment.circuitBreaker, enable: true, rollback: true };
  const careful = { ...model, zones: 2, deployment: { ...model.deployment, circuitBreaker: breaker } };
  const seen = forecast(careful, { expected: conditions, worst: conditions });
  expect(seen.stuck).toBeUndefined();
  expect(seen.stuckAtWorst).toContain("do not answer within");
});

test("the worst that is assumed by itself succeeds, whatever the checks and the grace period are", () => {
  const breaker = { ...model.deployment.circuitBreaker, enable: true, rollback: true };
  for (const intervalMs of [5_000, 10_000, 15_000, 30_000, 300_000])
    for (const unhealthyThreshold of [2, 3, 10])
      for (const healthyThreshold of [2, 5])
        for (const gracePeriodMs of [0, 30_000, 40_000, 60_000, 120_000]) {
          const balancer = { ...model.balancer!, intervalMs, unhealthyThreshold, healthyThreshold };
          const checked = { ...model, gracePeriodMs, balancer, deployment: { ...model.deployment, circuitBreaker: breaker } };
          const { stuck, stuckAtWorst } = forecast(checked);
          expect([stuck, stuckAtWorst], JSON.stringify({ intervalMs, unhealthyThreshold, healthyThreshold, gracePeriodMs })).toEqual([
            undefined,
            undefined,
          ]);
        }
});

test("a thousand tasks that have stood for long are replaced at Fargate's rate of 500 launches a minute, the first at once", () => {
  const seen = forecast({ ...model, zones: 2, desiredCount: 1_000 });
  // The second half is launched after a minute: 60 + 12 + 10 + 15 s, and 300 s of draining.
  expect(seen).toMatchObject({ expectedSeconds: 397, peakTasks: 2_000 });
  expect(seen.phases[0]).toMatchObject({ phase: "provisioning", fromSeconds: 0 });
});

test("what of the overlap is on Spot is told", () => {
  const on = (...providers: string[]) =>
    forecast({
      ...model,
      desiredCount: 4,
      capacityProviderStrategy: providers.map((capacityProvider) => ({ capacityProvider, base: 0, weight: 1 })),
    });
  expect(on("FARGATE").overlapSpotTaskSeconds).toBe(0);
  const spot = on("FARGATE_SPOT");
  expect(spot.overlapSpotTaskSeconds).toBe(spot.overlapTaskSeconds);
  const both = on("FARGATE", "FARGATE_SPOT");
  expect(both.overlapSpotTaskSeconds / both.overlapTaskSeconds).toBeCloseTo(0.5, 1);
});

test("a rollout longer than two days is told apart from bounds that permit nothing", () => {
  const slow = { ...usually, pullMs: 40 * 3_600_000 };
  const { stuck } = forecast(bounds(50, 100), { expected: slow, worst: slow });
  expect(stuck).toBe("it takes more than 48 hours");
});

test("with a maximum of 150 percent two tasks are replaced one after the other", () => {
  const seen = forecast(bounds(100, 150));
  expect(seen).toMatchObject({ peakTasks: 3, lowestHealthy: 2 });
  expect(seen.expectedSeconds).toBeGreaterThan(352);
});

test("all at once goes down to nothing", () => {
  // Those that drain are billed beside the new ones, though nobody wants them RUNNING.
  expect(forecast(bounds(0, 100))).toMatchObject({ peakTasks: 2, peakBilledTasks: 4, lowestHealthy: 0 });
});

test("a program slower than its checks tolerate is named, and the worst case stays within them", () => {
  const impatient = { ...model, gracePeriodMs: 0, balancer: { ...model.balancer!, intervalMs: 5_000, unhealthyThreshold: 2 } };
  expect(forecast(impatient).assumptions.worst.answersAfterMs).toBe(5_000);
  const slow = { ...usually, answersAfterMs: 60_000 };
  const breaker = { ...model.deployment.circuitBreaker, enable: true, rollback: true };
  const failing = { ...impatient, deployment: { ...model.deployment, circuitBreaker: breaker } };
  expect(forecast(failing, { expected: slow, worst: atWorst }).stuck).toContain("do not answer within");
});

test("bounds that permit nothing are named", () => {
  expect(forecast({ ...bounds(100, 125), desiredCount: 3 }).stuck).toContain("permit neither a start nor a stop");
});

test("blue/green needs twice the tasks and is dominated by its bake", () => {
  const seen = forecast({ ...model, deployment: { ...model.deployment, strategy: "BLUE_GREEN", bakeTimeMs: 1_800_000 } });
  expect(seen).toMatchObject({ peakTasks: 4, lowestHealthy: 2, dominatedBy: "bake" });
  expect(seen.expectedSeconds).toBeGreaterThan(1_800);
});

test("a worker without any check waits forty seconds", () => {
  const { balancer: _none, ...worker } = model;
  expect(forecast(worker)).toMatchObject({ expectedSeconds: 62, dominatedBy: "forty seconds of running" });
});
