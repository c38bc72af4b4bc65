/** A service whose deployments a third party controls: what ECS does with its task sets by itself, and what it leaves alone. */
import { describe, expect, test } from "vitest";
import { unsettled } from "./checkers.ts";
import { steady } from "./rollout-situation.testing.ts";
import { SimulatedTaskSets } from "./simulated-task-sets.ts";
import { type SimulatedService, SimulatedWorld, type SimulatedWorldOptions } from "./simulated-world.ts";

function start(over: Partial<SimulatedService> = {}, options: SimulatedWorldOptions = {}) {
  const world = new SimulatedWorld(options);
  const thirdParty = new SimulatedTaskSets(world, { name: "api", desiredCount: 4, targetGroup: {}, ...over });
  return { world, thirdParty };
}

const healthyIn = (world: SimulatedWorld, group: string) =>
  world.targetGroups.states(group).filter(({ state }) => state === "healthy").length;

describe("a task set", () => {
  test("is kept at its share of the desired count, always rounded up, beside any other", () => {
    const { world, thirdParty } = start({ desiredCount: 3 });
    const blue = thirdParty.create({}, 100);
    const green = thirdParty.create({}, 50, "others");
    const none = thirdParty.create({}, 0);
    expect(steady(world)).toBe(true);
    expect([blue, green, none].map((id) => thirdParty.tasks(id).length)).toEqual([3, 2, 0]);
    expect(healthyIn(world, "api-targets")).toBe(3);
    expect(healthyIn(world, "api-others")).toBe(2);
    thirdParty.scale(green, 1);
    expect(steady(world)).toBe(true);
    expect(thirdParty.tasks(green)).toHaveLength(1);
    // 1,000 × 1.1 % is 11, not a hair more.
    world.scale("api", 1_000);
    thirdParty.scale(green, 1.1);
    thirdParty.scale(blue, 0);
    expect(steady(world)).toBe(true);
    expect(thirdParty.tasks(green)).toHaveLength(11);
  });

  test("follows the service's desired count", () => {
    const { world, thirdParty } = start();
    const blue = thirdParty.create({}, 100);
    const green = thirdParty.create({}, 25, "others");
    expect(steady(world)).toBe(true);
    world.scale("api", 8);
    expect(steady(world)).toBe(true);
    expect([blue, green].map((id) => thirdParty.tasks(id).length)).toEqual([8, 2]);
    world.scale("api", 2);
    expect(steady(world)).toBe(true);
    expect([blue, green].map((id) => thirdParty.tasks(id).length)).toEqual([2, 1]);
  });

  test("takes no other's place: who is PRIMARY and who has the traffic is the third party's business", () => {
    const { world, thirdParty } = start();
    const blue = thirdParty.create({}, 100);
    const green = thirdParty.create({}, 100, "others");
    expect(steady(world)).toBe(true);
    const before = world.tasks("api").map(({ taskArn }) => taskArn);
    thirdParty.promote(blue);
    thirdParty.promote(green);
    world.advance(3_600_000);
    expect(thirdParty.taskSet(blue)?.status).toBe("ACTIVE");
    expect(thirdParty.taskSet(green)?.status).toBe("PRIMARY");
    expect(world.tasks("api").map(({ taskArn }) => taskArn)).toEqual(before);
    expect(world.weights.size).toBe(0);
  });

  test("that is deleted drains its tasks, and is gone with the last of them", () => {
    const { world, thirdParty } = start();
    const blue = thirdParty.create({}, 100);
    const green = thirdParty.create({}, 50, "others");
    expect(steady(world)).toBe(true);
    thirdParty.delete(blue);
    world.advance(0);
    expect(thirdParty.taskSet(blue)).toMatchObject({ status: "DRAINING", scale: 0 });
    expect(
      world
        .tasks("api")
        .filter((task) => task.deploymentId === blue)
        .map(({ lastStatus }) => lastStatus),
    ).toEqual(["DEACTIVATING", "DEACTIVATING", "DEACTIVATING", "DEACTIVATING"]);
    expect(world.until(() => thirdParty.taskSet(blue) === undefined)).toBe(true);
    expect(world.tasks("api").every((task) => task.deploymentId === green)).toBe(true);
    expect(unsettled(world, "api")).toBeUndefined();
  });

  test("replaces what crashes and what falls ill by its own revision, the ill one only when its replacement is healthy", () => {
    const { world, thirdParty } = start();
    const blue = thirdParty.create({}, 100);
    thirdParty.create({}, 50, "others");
    expect(steady(world)).toBe(true);
    const [crashing, silent] = thirdParty.tasks(blue);
    world.runtime.crash(crashing?.taskArn ?? "", 1);
    world.runtime.setAnswering(silent?.taskArn ?? "", false);
    let lowest = 4;
    expect(
      world.until(() => {
        lowest = Math.min(lowest, world.healthyTasks("api").filter((task) => task.deploymentId === blue).length);
        return world.keeper.task(silent?.taskArn ?? "")?.desiredStatus === "STOPPED";
      }),
    ).toBe(true);
    expect(steady(world)).toBe(true);
    expect(thirdParty.tasks(blue)).toHaveLength(4);
    expect(thirdParty.tasks(blue)[0]?.taskDefinitionArn).toBe(crashing?.taskDefinitionArn);
    expect(world.keeper.task(silent?.taskArn ?? "")?.stoppedReason).toBe("Task failed ELB health checks in (target-group api-targets)");
    // One has crashed, and until it is found out the silent one counts as healthy.
    expect(lowest).toBe(3);
  });

  test("backs off when its tasks do not start, fails nothing, and holds no other back", () => {
    const { world, thirdParty } = start();
    const blue = thirdParty.create({}, 100);
    const broken = thirdParty.create({ behaviour: { pullFailure: "CannotPullContainerError: no such image" } }, 50, "others");
    world.advance(3_600_000);
    expect(thirdParty.taskSet(blue)?.steadyToldTime).toBeDefined();
    expect(thirdParty.taskSet(broken)?.steadyToldTime).toBeUndefined();
    expect(world.service("api").steadyToldTime).toBeUndefined();
    const attempts = world.allTasks("api").filter((task) => task.deploymentId === broken).length;
    expect(attempts).toBeLessThan(30);
    expect(world.story("api")).toContain("(service api, taskSet ecs-svc/N) is unable to consistently start tasks successfully.");
    expect(thirdParty.tasks(blue)).toHaveLength(4);
  });

  test("splits its own count by its own base and weights, and spreads it over the zones", () => {
    const strategy = [
      { capacityProvider: "FARGATE", base: 1, weight: 0 },
      { capacityProvider: "FARGATE_SPOT", base: 0, weight: 1 },
    ];
    const { world, thirdParty } = start({ capacityProviderStrategy: strategy, availabilityZones: 2 });
    const sets = [thirdParty.create({}, 100), thirdParty.create({}, 50, "others")];
    expect(steady(world)).toBe(true);
    const providers = sets.map((id) =>
      thirdParty
        .tasks(id)
        .map((task) => task.capacityProviderName)
        .sort(),
    );
    expect(providers).toEqual([
      ["FARGATE", "FARGATE_SPOT", "FARGATE_SPOT", "FARGATE_SPOT"],
      ["FARGATE", "FARGATE_SPOT"],
    ]);
    for (const id of sets) expect(new Set(thirdParty.tasks(id).map((task) => task.availabilityZone)).size).toBe(2);
  });

  test("evens out its zones when it stands, whatever the zones of another", () => {
    const { world, thirdParty } = start({ availabilityZoneRebalancing: "ENABLED" });
    const blue = thirdParty.create({}, 100);
    const green = thirdParty.create({}, 25, "others");
    expect(steady(world)).toBe(true);
    const zones = () =>
      thirdParty
        .tasks(blue)
        .map(({ availabilityZone }) => availabilityZone.at(-1))
        .sort()
        .join("");
    // The replacement of one that falls ill lands in the other zone, which then has three and gives one back.
    const ill = thirdParty.tasks(blue).find(({ availabilityZone }) => availabilityZone === "us-east-1b");
    world.runtime.setAnswering(ill?.taskArn ?? "", false);
    expect(world.until(() => world.keeper.task(ill?.taskArn ?? "")?.desiredStatus === "STOPPED")).toBe(true);
    expect(world.until(() => zones() === "aabb")).toBe(true);
    expect(world.story("api")).toContain("(service api, taskSet ecs-svc/N) has started 1 tasks in us-east-1b to AZ Rebalance: (task).");
    expect(steady(world)).toBe(true);
    expect(thirdParty.tasks(green)).toHaveLength(1);
  });

  test("loses nothing when the platform is killed", () => {
    const { world, thirdParty } = start();
    const blue = thirdParty.create({}, 100);
    const green = thirdParty.create({}, 50, "others");
    thirdParty.promote(blue);
    expect(steady(world)).toBe(true);
    thirdParty.delete(green);
    world.advance(0);
    world.restart();
    expect(steady(world)).toBe(true);
    expect(thirdParty.all().map(({ status, deployment }) => [deployment.id, status])).toEqual([[blue, "PRIMARY"]]);
    expect(thirdParty.tasks(blue)).toHaveLength(4);
  });
});

describe("what is told of a task set", () => {
  test("in the words of a service, with the task set beside it; that it stands once, and then the service", () => {
    const { world, thirdParty } = start({ desiredCount: 2 });
    const blue = thirdParty.create({}, 100);
    expect(steady(world)).toBe(true);
    world.advance(13 * 3_600_000);
    thirdParty.delete(blue);
    expect(world.until(() => thirdParty.all().length === 0)).toBe(true);
    expect(world.story("api")).toEqual([
      "(service api, taskSet ecs-svc/N) has started 2 tasks: (task) (task).",
      "(service api, taskSet ecs-svc/N) registered 2 targets in (target-group api-targets)",
      "(service api, taskSet ecs-svc/N) updated state to STEADY_STATE.",
      "has reached a steady state.",
      "has reached a steady state.",
      "has reached a steady state.",
      "(service api, taskSet ecs-svc/N) has stopped 2 running tasks: (task) (task).",
      "(service api, taskSet ecs-svc/N) deregistered 2 targets in (target-group api-targets)",
      "(service api, taskSet ecs-svc/N) has begun draining connections on 2 tasks.",
    ]);
  });

  test("a target that fails its checks, and its replacement", () => {
    const { world, thirdParty } = start({ desiredCount: 2 });
    const blue = thirdParty.create({}, 100);
    expect(steady(world)).toBe(true);
    world.runtime.setAnswering(thirdParty.tasks(blue)[0]?.taskArn ?? "", false);
    expect(world.until(() => world.story("api").some((message) => message.includes("unhealthy status")))).toBe(true);
    expect(world.story("api").slice(-2)).toEqual([
      "(service api, taskSet ecs-svc/N) (task) (port 8000) is unhealthy in (target-group api-targets) due to (reason Health checks failed).",
      "(service api, taskSet ecs-svc/N) has started 1 tasks: (task). Amazon ECS replaced 1 tasks due to an unhealthy status.",
    ]);
  });

  test("it is stable from when every task of its count is healthy until one is missing", () => {
    const { world, thirdParty } = start({ desiredCount: 2 });
    const blue = thirdParty.create({}, 100);
    const created = thirdParty.taskSet(blue)?.stabilityStatusAt;
    expect(created).toBe(world.clock.now());
    expect(steady(world)).toBe(true);
    const stable = thirdParty.taskSet(blue);
    expect(stable?.stabilityStatusAt).toBe(world.clock.now());
    world.advance(600_000);
    world.runtime.crash(thirdParty.tasks(blue)[0]?.taskArn ?? "", 1);
    world.advance(0);
    expect(thirdParty.taskSet(blue)?.steadyToldTime).toBeUndefined();
    expect(thirdParty.taskSet(blue)?.stabilityStatusAt).toBe(world.clock.now());
  });

  test("it stays stable when it is scaled to the count it has, and unstable since when it was when it is scaled once more", () => {
    const { world, thirdParty } = start();
    const blue = thirdParty.create({}, 50);
    expect(steady(world)).toBe(true);
    const stable = thirdParty.taskSet(blue)?.stabilityStatusAt;
    const told = world.service("api").events.length;
    world.advance(600_000);
    for (const scale of [50, 49]) {
      thirdParty.scale(blue, scale);
      expect(thirdParty.taskSet(blue)).toMatchObject({ scale, stabilityStatusAt: stable, steadyToldTime: expect.any(Number) });
      world.advance(600_000);
    }
    expect(world.service("api").events).toHaveLength(told);
    thirdParty.scale(blue, 100);
    const turned = world.clock.now();
    expect(thirdParty.taskSet(blue)).toMatchObject({ stabilityStatusAt: turned, deployment: { updatedAt: turned } });
    expect(thirdParty.taskSet(blue)?.steadyToldTime).toBeUndefined();
    world.advance(1);
    thirdParty.scale(blue, 75);
    expect(thirdParty.taskSet(blue)).toMatchObject({ scale: 75, stabilityStatusAt: turned, deployment: { updatedAt: turned + 1 } });
  });
});

test("a service without a task set runs nothing and decides nothing", () => {
  const { world } = start();
  world.advance(24 * 3_600_000);
  expect(world.allTasks("api")).toEqual([]);
  expect(world.service("api").events).toEqual([]);
});
