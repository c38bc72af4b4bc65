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

  test("an ill task is replaced by its own revision while a deployment is under way", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: { maximumPercent: 300 } });
    expect(steady(world)).toBe(true);
    const old = world.service("api").deployments[0]?.id;
    const [ill] = world.tasks("api");
    world.deploy("api", neverHealthy);
    world.runtime.setAnswering(ill?.taskArn ?? "", false);
    const ofOld = () => world.tasks("api").filter((task) => task.deploymentId === old && task.desiredStatus === "RUNNING");
    expect(world.until(() => ofOld().length === 3)).toBe(true);
    expect(world.until(() => world.keeper.task(ill?.taskArn ?? "")?.desiredStatus === "STOPPED")).toBe(true);
    expect(ofOld()).toHaveLength(2);
    expect(world.healthyTargets("api")).toBe(2);
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
    expect(world.keeper.task(ill?.taskArn ?? "")).toMatchObject({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Task failed ELB health checks in (target-group api-targets)",
    });
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

describe("where the maximum leaves no room", () => {
  test("ill tasks are stopped one at a time, each after the one before was replaced", () => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: 4,
      version: {},
      targetGroup: {},
      deployment: { minimumHealthyPercent: 50, maximumPercent: 100 },
    });
    expect(steady(world)).toBe(true);
    for (const { taskArn } of world.tasks("api").slice(0, 2)) world.runtime.setAnswering(taskArn, false);
    let most = 0;
    let stopped = 0;
    world.until(() => {
      const wanted = world.tasks("api").filter((task) => task.desiredStatus === "RUNNING");
      most = Math.max(most, wanted.length);
      const ill = world.allTasks("api").filter((task) => task.stoppedReason?.startsWith("Task failed ELB health checks") === true);
      if (ill.length > stopped) {
        stopped = ill.length;
        // Whatever was stopped before has a healthy successor by now.
        expect(wanted.filter((task) => !task.sickAnnounced && task.firstHealthyTime !== undefined).length).toBeGreaterThanOrEqual(
          1 + stopped,
        );
      }
      return stopped === 2 && world.service("api").steadyToldTime !== undefined;
    });
    expect({ most, stopped }).toEqual({ most: 4, stopped: 2 });
  });

  test("a scale-in takes tasks that are still in their grace period before healthy ones", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, gracePeriodMs: 600_000 });
    expect(steady(world)).toBe(true);
    const veterans = world.tasks("api").map(({ taskArn }) => taskArn);
    world.scale("api", 4);
    world.advance(20_000);
    world.scale("api", 2);
    world.advance(0);
    const left = world.tasks("api").filter((task) => task.desiredStatus === "RUNNING");
    expect(left.map(({ taskArn }) => taskArn).sort()).toEqual(veterans.sort());
  });
});

test("Spot without capacity is not replaced by on-demand: the service stays short, says so, and fills up again", () => {
  let drought = false;
  const world: SimulatedWorld = new SimulatedWorld({
    placementFailure: ({ taskArn }) =>
      drought && world.keeper.task(taskArn)?.capacityProviderName === "FARGATE_SPOT"
        ? "Capacity is unavailable at this time. Please try again later or in a different availability zone."
        : undefined,
  });
  world.create({
    name: "api",
    desiredCount: 4,
    version: {},
    targetGroup: {},
    capacityProviderStrategy: [
      { capacityProvider: "FARGATE", base: 2, weight: 0 },
      { capacityProvider: "FARGATE_SPOT", base: 0, weight: 1 },
    ],
  });
  expect(steady(world)).toBe(true);
  const running = (provider: string): number =>
    world.tasks("api").filter((task) => task.capacityProviderName === provider && task.lastStatus === "RUNNING").length;
  // Weight 0 gets nothing beyond its base.
  expect([running("FARGATE"), running("FARGATE_SPOT")]).toEqual([2, 2]);
  drought = true;
  for (const task of world.tasks("api")) if (task.capacityProviderName === "FARGATE_SPOT") world.controller.interruptSpot(task.taskArn);
  world.advance(30 * 60_000);
  expect([running("FARGATE"), running("FARGATE_SPOT")]).toEqual([2, 0]);
  expect(world.story("api").some((message) => message.startsWith("was unable to place a task. Reason: Capacity is unavailable"))).toBe(
    true,
  );
  drought = false;
  expect(steady(world)).toBe(true);
  expect([running("FARGATE"), running("FARGATE_SPOT")]).toEqual([2, 2]);
});
