/** The deployment circuit breaker as event timelines. */
import { describe, expect, test } from "vitest";
import type { TaskLaunch } from "../model/task-launch.ts";
import { breaker, crashes, neverHealthy, steady, unpullable, watch } from "./rollout-situation.testing.ts";
import { type SimulatedVersion, SimulatedWorld } from "./simulated-world.ts";

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
