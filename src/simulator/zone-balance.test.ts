/** Availability Zone rebalancing as event timelines. */
import { expect, test } from "vitest";
import { restless } from "./checkers.ts";
import { neverHealthy, steady } from "./rollout-situation.testing.ts";
import { type SimulatedService, SimulatedWorld } from "./simulated-world.ts";

/** Four tasks in two zones, one of which falls ill: its replacement lands in the other zone, which then has three. */
function uneven(over: Partial<SimulatedService> = {}): SimulatedWorld {
  const world = new SimulatedWorld();
  world.create({ name: "api", desiredCount: 4, version: {}, targetGroup: {}, availabilityZoneRebalancing: "ENABLED", ...over });
  expect(steady(world)).toBe(true);
  const ill = world.tasks("api").find((task) => task.availabilityZone === "us-east-1b");
  world.runtime.setAnswering(ill?.taskArn ?? "", false);
  expect(world.until(() => world.keeper.task(ill?.taskArn ?? "")?.desiredStatus === "STOPPED")).toBe(true);
  return world;
}

const zones = (world: SimulatedWorld): string =>
  world
    .tasks("api")
    .filter((task) => task.desiredStatus === "RUNNING")
    .map((task) => task.availabilityZone.at(-1))
    .sort()
    .join("");

test("a steady service with three tasks in one zone and one in the other moves one, starting first", () => {
  const world = uneven();
  const told = world.story("api").length - 2;
  let lowest = 4;
  world.until(() => {
    lowest = Math.min(lowest, world.targetGroups.states("api-targets").filter(({ state }) => state === "healthy").length);
    return zones(world) === "aabb" && world.service("api").steadyToldTime !== undefined;
  });
  expect(lowest).toBe(4);
  const story = world.story("api").slice(told);
  expect(story.filter((message) => /AZ/.test(message))).toEqual([
    "is not AZ balanced with 3 tasks in us-east-1a, 1 tasks in us-east-1b. AZ Rebalancing in progress.",
    "has started 1 tasks in us-east-1b to AZ Rebalance: (task).",
    "has stopped 1 running tasks in us-east-1a due to AZ rebalancing: (task).",
    "is AZ balanced with 2 tasks in us-east-1a, 2 tasks in us-east-1b.",
  ]);
  expect(story.at(-1)).toBe("has reached a steady state.");
  expect(restless(world, "api")).toBeUndefined();
});

test.each([
  ["is disabled", { availabilityZoneRebalancing: "DISABLED" }],
  ["has no room above the desired count", { deployment: { minimumHealthyPercent: 50, maximumPercent: 100 } }],
] as const)("nothing is moved where rebalancing %s", (_what, over) => {
  const world = new SimulatedWorld();
  world.create({ name: "api", desiredCount: 4, version: {}, targetGroup: {}, availabilityZoneRebalancing: "ENABLED", ...over });
  expect(steady(world)).toBe(true);
  const ill = world.tasks("api").find((task) => task.availabilityZone === "us-east-1b");
  world.runtime.setAnswering(ill?.taskArn ?? "", false);
  world.advance(3_600_000);
  expect(world.story("api").filter((message) => /AZ/.test(message))).toEqual([]);
  expect(world.tasks("api")).toHaveLength(4);
});

test("a deployment that begins meanwhile takes the arriving task for one of the old", () => {
  const world = uneven();
  expect(world.until(() => world.service("api").rebalancing !== undefined)).toBe(true);
  world.deploy("api", {});
  expect(world.service("api").rebalancing).toBeUndefined();
  expect(steady(world)).toBe(true);
  expect(zones(world)).toBe("aabb");
});

test("a task that falls ill while another arrives is replaced by it, and the service never goes below its count", () => {
  const world = uneven();
  expect(world.until(() => world.service("api").rebalancing !== undefined)).toBe(true);
  const victim = world.tasks("api").find((task) => task.lastStatus === "RUNNING");
  world.runtime.crash(victim?.taskArn ?? "", 1);
  expect(steady(world)).toBe(true);
  expect(world.tasks("api").filter((task) => task.desiredStatus === "RUNNING")).toHaveLength(4);
  world.deploy("api", neverHealthy);
  world.advance(600_000);
  world.deploy("api", {});
  expect(steady(world)).toBe(true);
});
