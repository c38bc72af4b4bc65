/** A role of the task definition's that ECS cannot assume: nothing starts, the deployment fails, a mended role lets it go on. */
import { describe, expect, test } from "vitest";
import { unassumableRole } from "../engine/service/launch-error.ts";
import { breaker, steady, watch } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

const error = unassumableRole("arn:aws:iam::000000000000:role/gone");
const told = `failed to launch a task with (error ${error})`;

/** A world in which roles of the chosen versions cannot be assumed. */
function worldWith(isRefused: (revision: number) => boolean): SimulatedWorld {
  return new SimulatedWorld({ launchError: (arn) => (isRefused(Number(arn.split(":").at(-1))) ? error : undefined) });
}

describe("a role that ECS cannot assume", () => {
  test("starts no task, is told once in ECS's words and to EventBridge, and a mended role lets the next attempt through", () => {
    let mended = false;
    const world = worldWith(() => !mended);
    world.create({ name: "api", desiredCount: 3, version: {}, targetGroup: {} });
    world.advance(600_000);
    expect(world.allTasks("api")).toEqual([]);
    expect(world.story("api").filter((message) => message === told)).toHaveLength(1);
    expect(world.story("api").some((message) => message.startsWith("has started"))).toBe(false);
    const failure = world.service("api").events.find(({ notice }) => notice?.eventName === "SERVICE_TASK_CONFIGURATION_FAILURE");
    expect(failure?.notice).toMatchObject({ detailType: "ECS Service Action", eventType: "ERROR", reason: error });
    expect(world.service("api").deployments[0]).toMatchObject({ rolloutState: "IN_PROGRESS", reachedRunning: false });
    mended = true;
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]).toMatchObject({ failedTasks: 0, startFailures: 0 });
  });

  test("counts every task that was not launched, and waits longer and longer up to a quarter of an hour", () => {
    const world = worldWith(() => true);
    world.create({ name: "api", desiredCount: 3, version: {} });
    const counts = [0, 4_999, 1, 4_999, 1, 9_999, 1, 19_999, 1].map((ms) => {
      world.advance(ms);
      return world.service("api").deployments[0]?.failedTasks;
    });
    expect(counts).toEqual([3, 3, 6, 6, 9, 9, 12, 12, 15]);
    world.advance(4 * 3_600_000);
    const before = world.service("api").deployments[0]?.failedTasks ?? 0;
    world.advance(3_600_000);
    expect((world.service("api").deployments[0]?.failedTasks ?? 0) - before).toBe(4 * 3);
  });

  test("trips the circuit breaker in its first stage, and the version before serves on without a task less", () => {
    const world = worldWith((revision) => revision === 2);
    world.create({ name: "api", desiredCount: 4, version: {}, targetGroup: {}, deployment: breaker() });
    expect(steady(world)).toBe(true);
    const seen = watch(world, () => world.deploy("api", {}));
    expect(seen).toEqual({ lowestHealthy: 4, peakTasks: 4 });
    expect(world.story("api")).toContain("(deployment ecs-svc/N) deployment failed: tasks failed to start.");
    expect(world.service("api").deployments).toMatchObject([
      { taskDefinitionArn: expect.stringMatching(/api:1$/), rolloutState: "COMPLETED" },
    ]);
  });

  test("fails a deployment in the very moment its threshold is reached", () => {
    const world = worldWith(() => true);
    world.create({ name: "api", desiredCount: 10, version: {}, deployment: breaker() });
    world.advance(0);
    expect(world.service("api").deployments[0]).toMatchObject({ rolloutState: "FAILED", failedTasks: 10 });
  });

  test("leaves a steady service alone until a task has to be replaced", () => {
    let refused = false;
    const world = worldWith(() => refused);
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    refused = true;
    world.advance(12 * 3_600_000);
    expect(world.story("api")).not.toContain(told);
    world.runtime.crash(world.tasks("api")[0]?.taskArn ?? "", 1);
    world.advance(60_000);
    expect(world.story("api")).toContain(told);
    expect(world.tasks("api").filter(({ desiredStatus }) => desiredStatus === "RUNNING")).toHaveLength(1);
    expect(world.service("api").deployments).toMatchObject([{ rolloutState: "COMPLETED", failedTasks: 0 }]);
    refused = false;
    expect(steady(world)).toBe(true);
  });

  test("keeps green from starting in a blue/green deployment, while blue has all traffic", () => {
    let mended = false;
    const world = worldWith((revision) => revision === 2 && !mended);
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: { strategy: "BLUE_GREEN" } });
    expect(steady(world)).toBe(true);
    world.deploy("api", {});
    world.advance(1_200_000);
    expect(world.story("api")).toContain(told);
    expect(world.healthyTasks("api")).toHaveLength(2);
    expect(world.request("api")?.targetGroupArn).toBe("api-targets");
    mended = true;
    expect(steady(world)).toBe(true);
    expect(world.request("api")?.targetGroupArn).toBe("api-others");
  });
});
