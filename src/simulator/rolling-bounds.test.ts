/** How far a rolling update goes below and above the desired count, and what counts as healthy. */
import { describe, expect, test } from "vitest";
import { restless, unsettled } from "./checkers.ts";
import { breaker, steady, watch } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

describe("the bounds", () => {
  test.each([
    [1, 100, 200, 1, 2],
    [4, 100, 200, 4, 8],
    [4, 50, 100, 2, 4],
    [2, 100, 150, 2, 3],
    [10, 90, 110, 9, 11],
    [1, 0, 100, 0, 1],
    [2, 50, 200, 1, 3],
  ])("an update of %i tasks at %i/%i keeps at least %i healthy and never wants more than %i", (desired, minimum, maximum, lowest, peak) => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: desired,
      version: {},
      targetGroup: {},
      deployment: { minimumHealthyPercent: minimum, maximumPercent: maximum },
    });
    expect(steady(world)).toBe(true);
    const seen = watch(world, () => world.deploy("api", {}));
    expect(seen).toEqual({ lowestHealthy: lowest, peakTasks: peak });
    expect(restless(world, "api")).toBeUndefined();
  });

  test.each([
    [1, 100, 150],
    [3, 100, 125],
    [2, 75, 100],
  ])("%i tasks at %i/%i can neither start nor stop, and the service says so", (desired, minimum, maximum) => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: desired,
      version: {},
      targetGroup: {},
      deployment: { minimumHealthyPercent: minimum, maximumPercent: maximum },
    });
    expect(steady(world)).toBe(true);
    world.deploy("api", {});
    world.advance(30 * 60_000);
    expect(world.story("api").filter((message) => message.includes("unable to stop or start tasks during a deployment"))).toHaveLength(1);
    expect(world.tasks("api")).toHaveLength(desired);
  });

  test("nothing desired completes at once", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 0, version: {}, targetGroup: {} });
    world.advance(0);
    expect(unsettled(world, "api")).toBeUndefined();
  });
});

describe("what counts as healthy", () => {
  test("an unchecked task counts after forty seconds of RUNNING", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 1, version: {} });
    world.until(() => world.tasks("api")[0]?.lastStatus === "RUNNING");
    const running = world.clock.now();
    expect(steady(world)).toBe(true);
    expect(world.clock.now() - running).toBe(40_000);
  });

  test("a checked container counts from its first passing probe", () => {
    const world = new SimulatedWorld();
    const healthCheck = { command: ["CMD", "true"], intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0 };
    world.create({
      name: "api",
      desiredCount: 1,
      version: { containers: [{ name: "app", healthCheck }], behaviour: { answersAfterMs: 12_000 } },
    });
    world.until(() => world.tasks("api")[0]?.lastStatus === "RUNNING");
    const running = world.clock.now();
    expect(steady(world)).toBe(true);
    expect(world.clock.now() - running).toBe(20_000);
  });
});

describe("the documented production rollout: two tasks, at least 100 %, at most 150 %", () => {
  test("starts one, waits until it is healthy, stops one old task, and does it again", () => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: 2,
      version: {},
      targetGroup: {},
      deployment: { ...breaker(), minimumHealthyPercent: 100, maximumPercent: 150 },
    });
    expect(steady(world)).toBe(true);
    const told = world.story("api").length;
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
    const steps = world
      .story("api")
      .slice(told)
      .filter((message) => /^has (started|stopped)|completed|steady/.test(message));
    expect(steps).toEqual([
      "has started 1 tasks: (task).",
      "has stopped 1 running tasks: (task).",
      "has started 1 tasks: (task).",
      "has stopped 1 running tasks: (task).",
      "(deployment ecs-svc/N) deployment completed.",
      "has reached a steady state.",
    ]);
  });
});

test("a configuration that stays stuck says so again after six hours, and not before", () => {
  const world = new SimulatedWorld();
  world.create({
    name: "api",
    desiredCount: 3,
    version: {},
    targetGroup: {},
    deployment: { minimumHealthyPercent: 100, maximumPercent: 125 },
  });
  expect(steady(world)).toBe(true);
  world.deploy("api", {});
  const told = (): number => world.story("api").filter((message) => message.startsWith("was unable to stop or start tasks")).length;
  world.advance(6 * 3_600_000);
  expect(told()).toBe(1);
  world.advance(20 * 60_000);
  expect(told()).toBe(2);
});

test("the last hundred events are kept, newest first", () => {
  const world = new SimulatedWorld();
  world.create({ name: "api", desiredCount: 1, version: {} });
  for (let count = 0; count < 60; count++) {
    world.scale("api", 2 + (count % 2));
    world.advance(120_000);
  }
  const { events } = world.service("api");
  expect(events).toHaveLength(100);
  expect(events.map(({ createdAt }) => createdAt)).toEqual(events.map(({ createdAt }) => createdAt).sort((a, b) => b - a));
});
