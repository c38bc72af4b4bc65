/** The deployment circuit breaker as event timelines. */
import { describe, expect, test } from "vitest";
import type { TaskLaunch } from "../model/task-launch.ts";
import { breaker, crashes, neverHealthy, steady, unpullable, watch } from "./rollout-situation.testing.ts";
import type { SimulatedVersion } from "./simulated-task-definitions.ts";
import { SimulatedWorld } from "./simulated-world.ts";

/** A singleton that stands, and whose image can be pulled as long as `registry.pulls`. */
function singleWithBreaker() {
  const world = new SimulatedWorld();
  const registry = { pulls: true };
  world.create({
    name: "api",
    desiredCount: 1,
    version: { behaviour: () => (registry.pulls ? {} : unpullable.behaviour) },
    targetGroup: {},
    deployment: { ...breaker(), minimumHealthyPercent: 0, maximumPercent: 100 },
  });
  expect(steady(world)).toBe(true);
  return { world, registry };
}

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
    const { world, registry } = singleWithBreaker();
    registry.pulls = false;
    world.deploy("api", crashes);
    world.advance(1_800_000);
    expect(world.service("api").deployments[0]).toMatchObject({ rollback: true, rolloutState: "FAILED" });
    expect(world.service("api").serviceDeployments[0]?.status).toBe("ROLLBACK_FAILED");
    registry.pulls = true;
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
  });

  test.each([
    ["failed", 1_800_000],
    ["is under way", 0],
  ])("a way back that %s is no target of another, until it is COMPLETED", (_how, afterMs) => {
    const { world, registry } = singleWithBreaker();
    const good = world.service("api").deployments[0]?.id;
    const isBack = (): boolean => world.service("api").deployments[0]?.rollback === true;
    registry.pulls = false;
    world.deploy("api", crashes);
    expect(world.until(isBack)).toBe(true);
    world.advance(afterMs);
    world.deploy("api", crashes);
    world.advance(1_800_000);
    // There is nothing to go back to.
    expect(world.service("api").deployments[0]).toMatchObject({ status: "PRIMARY", rolloutState: "FAILED", rollback: false });
    expect(world.service("api").deployments[0]?.id).not.toBe(good);
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
    const better = world.service("api").deployments[0]?.id;
    for (let turn = 0; turn < 2; turn++) {
      world.deploy("api", crashes);
      expect(world.until(isBack)).toBe(true);
      expect(world.service("api").deployments[0]?.id).toBe(better);
      expect(steady(world)).toBe(true);
    }
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

describe("what counts as a failed task", () => {
  const patient = breaker({ threshold: { type: "COUNT", value: 100 } });
  const strict = { command: ["CMD", "true"], intervalMs: 5_000, timeoutMs: 2_000, retries: 1, startPeriodMs: 0 };
  const failedTasks = (world: SimulatedWorld): number => world.service("api").deployments[0]?.failedTasks ?? -1;

  test("a placement that finds no capacity", () => {
    const world = new SimulatedWorld({ placementFailure: () => "Capacity is unavailable at this time. Please try again later." });
    world.create({ name: "api", desiredCount: 1, version: {}, deployment: patient });
    world.advance(60_000);
    expect(failedTasks(world)).toBeGreaterThan(2);
  });

  test.each([
    ["does not reach RUNNING", unpullable, 2],
    ["fails its load balancer's checks", neverHealthy, 1],
    ["fails its container's checks", { ...neverHealthy, containers: [{ name: "app", healthCheck: strict }] }, 1],
  ])("each that %s", (_what, version, atOnce) => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: atOnce, version, targetGroup: {}, deployment: patient });
    const failed = () => world.allTasks("api").filter((task) => task.stopCode !== undefined).length;
    expect(world.until(() => failed() >= 2)).toBe(true);
    world.advance(0);
    expect(failedTasks(world)).toBe(failed());
  });

  test("none of the old revision", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 3, version: {}, targetGroup: {}, deployment: patient });
    expect(steady(world)).toBe(true);
    world.deploy("api", { behaviour: { pullMs: 600_000 } });
    for (const { taskArn } of world.runtime.running()) world.runtime.crash(taskArn, 1);
    world.advance(60_000);
    expect(failedTasks(world)).toBe(0);
  });

  test.each([
    [true, true],
    [false, false],
  ])("one that ran and stopped before it was healthy, if that is to count (%s)", (countCrashBeforeHealthy, trips) => {
    const world = new SimulatedWorld({ settings: { countCrashBeforeHealthy } });
    world.create({ name: "api", desiredCount: 1, version: crashes, deployment: breaker() });
    world.advance(600_000);
    expect(world.service("api").deployments[0]?.rolloutState === "FAILED").toBe(trips);
  });
});

describe("the threshold", () => {
  test("follows the desired count while the deployment runs: scaled in, the failures so far may be enough", () => {
    const world = new SimulatedWorld();
    const fifth = breaker({ threshold: { type: "UNBOUNDED_PERCENT", value: 100 }, resetOnHealthyTask: false });
    world.create({ name: "api", desiredCount: 10, version: {}, targetGroup: {}, deployment: fifth });
    expect(steady(world)).toBe(true);
    const good = world.service("api").deployments[0]?.id;
    world.deploy("api", {
      behaviour: (_container, task) => (Number.parseInt(task.taskId.slice(-1), 16) % 2 === 0 ? crashes.behaviour : {}),
    });
    expect(world.until(() => (world.service("api").deployments[0]?.failedTasks ?? 0) >= 2)).toBe(true);
    expect(world.service("api").serviceDeployments[0]?.circuitBreaker.threshold).toBe(10);
    world.scale("api", 2);
    world.advance(0);
    expect(world.service("api").serviceDeployments[0]).toMatchObject({
      statusReason: "ECS deployment circuit breaker: tasks failed to start.",
    });
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(good);
  });

  test("of a share of nothing desired is not reached by nothing", () => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: 0,
      version: {},
      deployment: breaker({ threshold: { type: "UNBOUNDED_PERCENT", value: 50 } }),
    });
    expect(steady(world)).toBe(true);
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
    expect(world.service("api").serviceDeployments.map(({ status }) => status)).toEqual(["SUCCESSFUL", "SUCCESSFUL"]);
  });
});

test("of breaker and alarms the first to speak decides, by its own rollback", () => {
  // The first leaves the deployment where it is, the other would go back.
  for (const { breakerGoesBack, alarmMs, reason } of [
    { breakerGoesBack: true, alarmMs: 1_000, reason: "ECS deployment alarms: alarm detected: errors." },
    { breakerGoesBack: false, alarmMs: 300_000, reason: "ECS deployment circuit breaker: tasks failed to start." },
  ]) {
    const world = new SimulatedWorld();
    world.setAlarm("errors", "OK");
    const alarms = { alarmNames: ["errors"], enable: true, rollback: !breakerGoesBack };
    const deployment = { ...breaker({ rollback: breakerGoesBack }), alarms };
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment });
    expect(steady(world)).toBe(true);
    world.deploy("api", crashes);
    world.advance(alarmMs);
    world.setAlarm("errors", "ALARM");
    world.advance(600_000);
    expect(world.service("api").deployments[0]).toMatchObject({ rolloutState: "FAILED", rolloutStateReason: reason, rollback: false });
  }
});
