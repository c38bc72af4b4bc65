/** Tasks that crash, fall ill or are reclaimed, and what replaces them. */
import { describe, expect, test } from "vitest";
import { neverHealthy, steady } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

describe("replacement", () => {
  test("a crashed task is replaced by its own revision while a deployment is under way", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    const old = world.service("api").deployments[0]?.id;
    world.deploy("api", neverHealthy);
    world.advance(20_000);
    const victim = world.tasks("api").find((task) => task.deploymentId === old);
    world.runtime.crash(victim?.taskArn ?? "", 139);
    world.advance(1);
    const replacements = world.tasks("api").filter((task) => task.deploymentId === old && task.desiredStatus === "RUNNING");
    expect(replacements).toHaveLength(2);
    expect(world.allTasks("api").find((task) => task.taskArn === victim?.taskArn)).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 139 }],
    });
  });

  test("a crash takes the task out of the load balancer at once", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: { drainMs: 60_000 } });
    expect(steady(world)).toBe(true);
    const [victim] = world.tasks("api");
    world.runtime.crash(victim?.taskArn ?? "", 1);
    world.advance(0);
    expect(
      world.targetGroups
        .states("api-targets")
        .map(({ state }) => state)
        .sort(),
    ).toEqual(["draining", "healthy"]);
    expect(world.keeper.task(victim?.taskArn ?? "")?.lastStatus).toBe("DEACTIVATING");
    expect(world.tasks("api").filter((task) => task.desiredStatus === "RUNNING")).toHaveLength(2);
  });

  test("an ill task is stopped only when its replacement is healthy", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    const [ill] = world.tasks("api");
    world.runtime.setAnswering(ill?.taskArn ?? "", false);
    expect(world.until(() => world.tasks("api").length === 3)).toBe(true);
    expect(world.story("api").at(-1)).toBe("has started 1 tasks: (task). Amazon ECS replaced 1 tasks due to an unhealthy status.");
    expect(world.until(() => world.keeper.task(ill?.taskArn ?? "")?.desiredStatus === "STOPPED")).toBe(true);
    expect(world.targetGroups.states("api-targets").filter(({ state }) => state === "healthy")).toHaveLength(2);
    expect(world.keeper.task(ill?.taskArn ?? "")?.stoppedReason).toBe("Task failed ELB health checks in (target-group api-targets)");
    expect(steady(world)).toBe(true);
  });

  test("inside the grace period bad results are ignored", () => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: 1,
      version: { behaviour: { answersAfterMs: 200_000 } },
      targetGroup: {},
      gracePeriodMs: 300_000,
    });
    expect(steady(world)).toBe(true);
    expect(world.allTasks("api")).toHaveLength(1);
  });
});

describe("Spot", () => {
  test("a reclaimed task is replaced on notice, and capacity is split by base and weight again", () => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: 6,
      version: { behaviour: { stopsAfterMs: 20_000 } },
      targetGroup: {},
      capacityProviderStrategy: [
        { capacityProvider: "FARGATE", base: 2, weight: 1 },
        { capacityProvider: "FARGATE_SPOT", base: 0, weight: 3 },
      ],
    });
    expect(steady(world)).toBe(true);
    const spot = world.tasks("api").find((task) => task.capacityProviderName === "FARGATE_SPOT");
    world.controller.interruptSpot(spot?.taskArn ?? "");
    world.advance(0);
    expect(world.keeper.task(spot?.taskArn ?? "")).toMatchObject({ lastStatus: "STOPPING", stopCode: "SpotInterruption" });
    expect(world.tasks("api").filter((task) => task.desiredStatus === "RUNNING")).toHaveLength(6);
    expect(steady(world)).toBe(true);
    const providers = world
      .tasks("api")
      .filter((task) => task.desiredStatus === "RUNNING")
      .map((task) => task.capacityProviderName);
    expect(providers.filter((provider) => provider === "FARGATE")).toHaveLength(3);
  });
});
