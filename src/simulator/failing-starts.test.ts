/** Tasks that never reach RUNNING: back-off, complaints, placement. */
import { describe, expect, test } from "vitest";
import { steady, unpullable } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

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

  test("are 0, 0, 10, 20, 40 … 900 seconds after the one before has failed", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 1, version: unpullable });
    const pauses: number[] = [];
    const seen = new Set<string>();
    let failed = 0;
    world.until(() => {
      for (const { taskArn, stoppingAt = 0 } of world.tasks("api")) {
        if (!seen.has(taskArn)) pauses.push((world.clock.now() - failed) / 1000);
        seen.add(taskArn);
        failed = Math.max(failed, stoppingAt);
      }
      return pauses.length === 14;
    }, 4 * 3_600_000);
    expect(pauses.slice(1)).toEqual([0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]);
  });

  test("a service of a thousand tasks is started at Fargate's rate of five hundred a minute", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 1_100, version: {} });
    world.create({ name: "other", desiredCount: 300, version: {} });
    world.advance(0);
    expect(world.tasks("api")).toHaveLength(500);
    // The rate is each service's own.
    expect(world.tasks("other")).toHaveLength(300);
    world.advance(59_999);
    expect(world.tasks("api")).toHaveLength(500);
    world.advance(1);
    expect(world.tasks("api")).toHaveLength(1_000);
    world.advance(60_000);
    expect(world.tasks("api")).toHaveLength(1_100);
  });

  test("no capacity is told with its reason, and pulls nothing", () => {
    let full = true;
    const cause = "Capacity is unavailable at this time. Please try again later or in a different availability zone.";
    const world = new SimulatedWorld({ placementFailure: () => (full ? cause : undefined) });
    world.create({ name: "api", desiredCount: 1, version: {} });
    world.advance(600_000);
    expect(world.story("api")).toContain(`was unable to place a task. Reason: ${cause}`);
    const [first] = world.allTasks("api");
    expect(first).toMatchObject({ lastStatus: "STOPPED", stopCode: "TaskFailedToStart", stoppedReason: cause });
    expect(first).not.toHaveProperty("pullStartedAt");
    full = false;
    expect(steady(world)).toBe(true);
  });
});
