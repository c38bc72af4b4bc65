/** Rolling updates as event timelines. Times are engine seconds of the world. */
import { describe, expect, test } from "vitest";
import type { DeploymentConfiguration } from "../engine/service/service-state.ts";
import type { TaskLaunch } from "../model/task-launch.ts";
import { restless, unsettled } from "./checkers.ts";
import { type SimulatedVersion, SimulatedWorld } from "./simulated-world.ts";

const breaker = (over: Partial<DeploymentConfiguration["circuitBreaker"]> = {}): Partial<DeploymentConfiguration> => ({
  circuitBreaker: { enable: true, rollback: true, resetOnHealthyTask: true, threshold: { type: "BOUNDED_PERCENT", value: 50 }, ...over },
});
const crashes = { behaviour: { exitsAfterMs: 1_000, exitCode: 1 } };
const neverHealthy = { behaviour: { answersAfterMs: Number.POSITIVE_INFINITY } };
const unpullable = { behaviour: { pullFailure: "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found" } };

function steady(world: SimulatedWorld, name = "api"): boolean {
  return world.until(() => unsettled(world, name) === undefined, 4 * 3_600_000);
}

/** The lowest number of healthy targets and the highest number of tasks wanted RUNNING while `act` unfolds to steady. */
function watch(world: SimulatedWorld, act: () => void): { lowestHealthy: number; peakTasks: number } {
  const healthy = (): number => world.targetGroups.states("api-targets").filter(({ state }) => state === "healthy").length;
  const wanted = (): number => world.tasks("api").filter((task) => task.desiredStatus === "RUNNING").length;
  let lowestHealthy = healthy();
  let peakTasks = wanted();
  act();
  for (let settled = false; !settled; ) {
    world.clock.step();
    lowestHealthy = Math.min(lowestHealthy, healthy());
    peakTasks = Math.max(peakTasks, wanted());
    settled = unsettled(world, "api") === undefined;
  }
  return { lowestHealthy, peakTasks };
}

describe("the bounds", () => {
  test.each([
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

describe("superseding", () => {
  test("a second deploy while one is running supersedes it, and the broken one in between launches nothing more", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 3, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    world.deploy("api", neverHealthy);
    world.advance(30_000);
    const broken = world.service("api").deployments[0]?.id;
    const launched = world.allTasks("api").filter((task) => task.deploymentId === broken).length;
    world.deploy("api", {});
    const seen = watch(world, () => undefined);
    expect(seen.lowestHealthy).toBe(3);
    expect(world.allTasks("api").filter((task) => task.deploymentId === broken)).toHaveLength(launched);
    expect(world.service("api").serviceDeployments.map((each) => each.status)).toEqual(["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]);
  });

  test("a scale-out during a deployment falls to the old revision too", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    const old = world.service("api").deployments[0]?.id;
    world.deploy("api", neverHealthy);
    world.advance(20_000);
    world.scale("api", 4);
    world.advance(1);
    expect(world.tasks("api").filter((task) => task.deploymentId === old && task.desiredStatus === "RUNNING")).toHaveLength(4);
  });
});

describe("the circuit breaker", () => {
  test.each([
    ["exits at once", crashes, 3],
    ["never becomes healthy", neverHealthy, 3],
    ["has an image that does not exist", unpullable, 3],
  ])("a version that %s trips it, and the old version serves throughout", (_what, version, failures) => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: breaker() });
    expect(steady(world)).toBe(true);
    const good = world.service("api").deployments[0];
    const seen = watch(world, () => world.deploy("api", version));
    expect(seen.lowestHealthy).toBe(2);
    expect(world.service("api").deployments[0]?.id).toBe(good?.id);
    const [rolledBack] = world.service("api").serviceDeployments;
    expect(rolledBack).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      statusReason: "ECS deployment circuit breaker: tasks failed to start.",
      rollback: { serviceRevisionArn: good?.serviceRevisionArn },
      circuitBreaker: { status: "TRIGGERED", threshold: 3 },
    });
    expect(rolledBack?.circuitBreaker.failureCount).toBeGreaterThanOrEqual(failures);
    const story = world.story("api");
    const failed = story.indexOf("(deployment ecs-svc/N) deployment failed: tasks failed to start.");
    expect(story[failed + 1]).toBe("rolling back to deployment ecs-svc/N.");
    expect(story.slice(-2)).toEqual(["(deployment ecs-svc/N) deployment completed.", "has reached a steady state."]);
  });

  test("a first deployment that fails stalls: nothing to go back to", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: unpullable, targetGroup: {}, deployment: breaker() });
    world.advance(3_600_000);
    expect(world.service("api").deployments).toMatchObject([
      { status: "PRIMARY", rolloutState: "FAILED", rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start." },
    ]);
    const attempts = world.allTasks("api").length;
    world.advance(3_000_000);
    expect(world.allTasks("api").length).toBeLessThanOrEqual(attempts);
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
  });

  test("a rollback that fails is not rolled back", () => {
    const world = new SimulatedWorld();
    let pulls = true;
    world.create({
      name: "api",
      desiredCount: 1,
      version: { behaviour: () => (pulls ? {} : unpullable.behaviour) },
      targetGroup: {},
      deployment: { ...breaker(), minimumHealthyPercent: 0, maximumPercent: 100 },
    });
    expect(steady(world)).toBe(true);
    pulls = false;
    world.deploy("api", crashes);
    world.advance(1_800_000);
    expect(world.service("api").deployments[0]).toMatchObject({ rollback: true, rolloutState: "FAILED" });
    expect(world.service("api").serviceDeployments[0]?.status).toBe("ROLLBACK_FAILED");
    pulls = true;
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
  });

  test("without rollback the failed deployment stays and the old tasks keep running", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: breaker({ rollback: false }) });
    expect(steady(world)).toBe(true);
    const old = world.service("api").deployments[0]?.id;
    world.deploy("api", crashes);
    world.advance(1_800_000);
    expect(world.service("api").deployments.map(({ status, rolloutState }) => [status, rolloutState])).toEqual([
      ["PRIMARY", "FAILED"],
      ["ACTIVE", "COMPLETED"],
    ]);
    expect(world.tasks("api").filter((task) => task.deploymentId === old && task.lastStatus === "RUNNING")).toHaveLength(2);
    world.runtime.crash(world.tasks("api")[0]?.taskArn ?? "", 1);
    world.advance(300_000);
    expect(world.tasks("api").filter((task) => task.deploymentId === old && task.lastStatus === "RUNNING")).toHaveLength(2);
  });

  test("a crash loop after being healthy is no failed deployment", () => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: 2,
      version: { behaviour: { exitsAfterMs: 600_000, exitCode: 1 } },
      targetGroup: {},
      deployment: breaker(),
    });
    world.advance(3_600_000);
    expect(world.service("api").deployments).toMatchObject([{ rolloutState: "COMPLETED", failedTasks: 0 }]);
  });

  test("a healthy task resets the count only when asked to", () => {
    for (const resetOnHealthyTask of [true, false]) {
      const world = new SimulatedWorld();
      // Every other task crashes, the rest become healthy.
      const odd = (task: TaskLaunch): boolean => Number.parseInt(task.taskId.slice(-1), 16) % 2 === 1;
      const version: SimulatedVersion = { behaviour: (_container, task) => (odd(task) ? crashes.behaviour : {}) };
      world.create({
        name: "api",
        desiredCount: 8,
        version,
        targetGroup: {},
        deployment: breaker({ resetOnHealthyTask, threshold: { type: "COUNT", value: 100 } }),
      });
      expect(steady(world)).toBe(true);
      const failed = world.service("api").deployments[0]?.failedTasks ?? 0;
      if (resetOnHealthyTask) expect(failed).toBe(0);
      else expect(failed).toBeGreaterThan(0);
    }
  });
});

describe("starts that fail", () => {
  test("back off up to a quarter of an hour, say so, and go on when the image is there", () => {
    const world = new SimulatedWorld();
    let pullable = false;
    world.create({ name: "api", desiredCount: 1, version: { behaviour: () => (pullable ? {} : unpullable.behaviour) }, targetGroup: {} });
    world.advance(2 * 3_600_000);
    expect(world.story("api")).toContain("is unable to consistently start tasks successfully.");
    const starts = world.service("api").events.filter((event) => event.message.includes("has started"));
    expect(starts.length).toBeLessThan(20);
    expect(world.service("api").deployments[0]?.rolloutState).toBe("IN_PROGRESS");
    pullable = true;
    expect(steady(world)).toBe(true);
  });

  test("no capacity is told with its reason", () => {
    let full = true;
    const cause = "Capacity is unavailable at this time. Please try again later or in a different availability zone.";
    const world = new SimulatedWorld({ placementFailure: () => (full ? cause : undefined) });
    world.create({ name: "api", desiredCount: 1, version: {} });
    world.advance(600_000);
    expect(world.story("api")).toContain(`was unable to place a task. Reason: ${cause}`);
    full = false;
    expect(steady(world)).toBe(true);
  });
});

describe("the platform", () => {
  test("comes back after being killed and replaces what died with it, without blaming the deployment", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: breaker() });
    expect(steady(world)).toBe(true);
    const before = world.tasks("api").map((task) => task.taskArn);
    world.restart();
    world.advance(0);
    expect(steady(world)).toBe(true);
    for (const taskArn of before) {
      expect(world.keeper.task(taskArn)).toMatchObject({
        stopCode: "EssentialContainerExited",
        containers: [{ exitCode: 137, reason: "The local platform stopped" }],
      });
    }
    expect(world.service("api").deployments[0]?.failedTasks).toBe(0);
  });

  test("killed at any moment of a deployment, it finishes it", () => {
    for (let moment = 0; moment < 200_000; moment += 7_000) {
      const world = new SimulatedWorld();
      world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
      expect(steady(world)).toBe(true);
      world.deploy("api", {});
      const wanted = world.service("api").deployments[0]?.id;
      world.advance(moment);
      world.restart();
      expect(steady(world)).toBe(true);
      expect(world.service("api").deployments[0]?.id).toBe(wanted);
    }
  });

  test("a steady service wakes only to say so again", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    world.advance(60_000);
    const due = world.clock.nextDue();
    expect((due ?? 0) - world.clock.now()).toBeGreaterThan(5 * 3_600_000);
    world.advance(6.5 * 3_600_000);
    expect(world.story("api").filter((message) => message === "has reached a steady state.")).toHaveLength(2);
  });
});

describe("deployment alarms", () => {
  const alarmed = { alarms: { alarmNames: ["errors"], enable: true, rollback: true } };
  const start = (state: "OK" | "ALARM"): SimulatedWorld => {
    const world = new SimulatedWorld();
    world.setAlarm("errors", "OK", 180_000);
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: alarmed });
    expect(steady(world)).toBe(true);
    world.setAlarm("errors", state, 180_000);
    return world;
  };

  test("keep the deployment baking for the slowest alarm's window", () => {
    const world = start("OK");
    world.deploy("api", {});
    world.until(() => world.service("api").deployments[0]?.bakingSinceTime !== undefined);
    const standing = world.clock.now();
    expect(steady(world)).toBe(true);
    expect(world.clock.now() - standing).toBe(180_000);
    expect(world.service("api").serviceDeployments[0]?.alarms?.status).toBe("MONITORING_COMPLETE");
  });

  test("roll back when one rings, and the rollback itself needs no bake", () => {
    const world = start("OK");
    const good = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    world.advance(60_000);
    world.setAlarm("errors", "ALARM");
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(good);
    expect(world.service("api").serviceDeployments[0]).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      statusReason: "ECS deployment alarms: alarm detected: errors.",
      alarms: { status: "TRIGGERED", triggeredAlarmNames: ["errors"] },
    });
  });

  test("that ring already when the deployment begins let the fix through", () => {
    const world = start("ALARM");
    world.deploy("api", {});
    const wanted = world.service("api").deployments[0]?.id;
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(wanted);
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
