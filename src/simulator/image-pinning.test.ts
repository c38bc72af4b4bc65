/** Image digests: pinned by a deployment's first task, for all tasks of its revision. */
import { describe, expect, test } from "vitest";
import { breaker, steady } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

const pinned = (world: SimulatedWorld) =>
  world.keeper
    .revision(world.service("api").deployments[0]?.serviceRevisionArn ?? "")
    ?.containerImages?.map(({ imageDigest }) => imageDigest);

describe("image digests", () => {
  test("are those of the first task, also for tasks that are started later; a forced deployment resolves them again", () => {
    let pushed = "sha256:one";
    const world = new SimulatedWorld({ digest: () => pushed });
    world.create({ name: "api", desiredCount: 1, version: {} });
    expect(steady(world)).toBe(true);
    pushed = "sha256:two";
    world.scale("api", 3);
    expect(world.until(() => world.tasks("api").length === 3)).toBe(true);
    expect(pinned(world)).toEqual(["sha256:one"]);
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
    expect(pinned(world)).toEqual(["sha256:two"]);
  });

  test("are not pinned for a container that opts out", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 1, version: { containers: [{ name: "app" }, { name: "sidecar", pinned: false }] } });
    expect(steady(world)).toBe(true);
    expect(pinned(world)).toEqual(["sha256:app", undefined]);
  });

  test("are not pinned while nothing is desired", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 0, version: {} });
    expect(steady(world)).toBe(true);
    expect(pinned(world)).toBeUndefined();
    world.scale("api", 1);
    expect(world.until(() => pinned(world) !== undefined)).toBe(true);
  });
});

describe("digests that cannot be resolved", () => {
  const unresolved = (attempts: number) => {
    let tries = 0;
    return { digest: () => (++tries > attempts ? "sha256:late" : undefined) };
  };

  test("are tried again with the next task, and pinned then", () => {
    const world = new SimulatedWorld(unresolved(2));
    world.create({ name: "api", desiredCount: 1, version: {} });
    for (const desiredCount of [2, 3]) {
      world.advance(60_000);
      world.scale("api", desiredCount);
    }
    world.advance(60_000);
    expect(pinned(world)).toEqual(["sha256:late"]);
  });

  test("are given up after three tries, and the service goes on without", () => {
    const world = new SimulatedWorld(unresolved(3));
    world.create({ name: "api", desiredCount: 1, version: {} });
    for (const desiredCount of [2, 3, 4]) {
      world.advance(60_000);
      world.scale("api", desiredCount);
    }
    expect(steady(world)).toBe(true);
    expect(pinned(world)).toEqual([undefined]);
  });

  test("fail a deployment with a circuit breaker after three tries, and it rolls back", () => {
    let resolvable = true;
    const world = new SimulatedWorld({ digest: () => (resolvable ? "sha256:one" : undefined) });
    const patient = breaker({ threshold: { type: "COUNT", value: 100 } });
    world.create({ name: "api", desiredCount: 1, version: {}, deployment: patient });
    expect(steady(world)).toBe(true);
    const good = world.service("api").deployments[0]?.id;
    resolvable = false;
    world.deploy("api", { behaviour: { pullFailure: "CannotPullContainerError: not found" } });
    expect(world.until(() => world.service("api").serviceDeployments[0]?.status === "ROLLBACK_SUCCESSFUL")).toBe(true);
    expect(world.allTasks("api").filter((task) => task.deploymentId !== good)).toHaveLength(3);
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(good);
  });
});
