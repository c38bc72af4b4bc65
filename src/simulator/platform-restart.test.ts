/** The platform killed and started again around a service, and a steady service left alone. */
import { describe, expect, test } from "vitest";
import { breaker, steady } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

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
