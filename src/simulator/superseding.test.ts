/** A deployment in the middle of another, and a change of the desired count in the middle of one. */
import { describe, expect, test } from "vitest";
import { neverHealthy, steady, watch } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

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

  test("a scale-out during a deployment falls to both revisions", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    const old = world.service("api").deployments[0]?.id;
    world.deploy("api", neverHealthy);
    world.advance(20_000);
    world.scale("api", 4);
    world.advance(1);
    const wanted = world.tasks("api").filter((task) => task.desiredStatus === "RUNNING");
    expect(wanted.filter((task) => task.deploymentId === old)).toHaveLength(4);
    expect(wanted.filter((task) => task.deploymentId !== old)).toHaveLength(4);
  });
});
