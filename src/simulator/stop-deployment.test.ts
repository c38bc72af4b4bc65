/** StopServiceDeployment: a person ends a deployment. */
import { describe, expect, test } from "vitest";
import { stopServiceDeployment } from "../engine/service/change-service.ts";
import { neverHealthy, steady, watch } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

function stop(world: SimulatedWorld, stopType: "ROLLBACK" | "ABORT"): void {
  const service = world.service("api");
  const arn = service.serviceDeployments[0]?.serviceDeploymentArn ?? "";
  world.controller.putService(stopServiceDeployment(service, arn, stopType, world.controller.now()));
}

describe("a deployment that is stopped", () => {
  test("with ROLLBACK goes back, also where no rollback is configured, and the old version serves throughout", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    const good = world.service("api").deployments[0]?.id;
    world.deploy("api", neverHealthy);
    world.advance(30_000);
    const seen = watch(world, () => {
      stop(world, "ROLLBACK");
      expect(world.service("api").serviceDeployments[0]?.status).toBe("ROLLBACK_REQUESTED");
    });
    expect(seen.lowestHealthy).toBe(2);
    expect(world.service("api").deployments[0]?.id).toBe(good);
    expect(world.service("api").serviceDeployments[0]).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      statusReason: "ECS deployment stopped by user.",
      rollback: { reason: expect.stringContaining("rolling back to deploymentId") },
    });
  });

  test("with ABORT stays where it is: nothing more is started, nothing old is stopped", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {} });
    expect(steady(world)).toBe(true);
    world.deploy("api", neverHealthy);
    world.advance(30_000);
    stop(world, "ABORT");
    expect(world.service("api").serviceDeployments[0]?.status).toBe("STOP_REQUESTED");
    world.advance(3_600_000);
    expect(world.service("api").serviceDeployments[0]?.status).toBe("STOPPED");
    expect(world.service("api").deployments.map(({ status, rolloutState }) => [status, rolloutState])).toEqual([
      ["PRIMARY", "FAILED"],
      ["ACTIVE", "COMPLETED"],
    ]);
    expect(world.targetGroups.states("api-targets").filter(({ state }) => state === "healthy")).toHaveLength(2);
  });

  test("before anything was ever COMPLETED has nothing to go back to", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 1, version: neverHealthy, targetGroup: {} });
    world.advance(30_000);
    stop(world, "ROLLBACK");
    world.advance(600_000);
    expect(world.service("api").serviceDeployments[0]?.status).toBe("STOPPED");
    expect(world.service("api").deployments).toMatchObject([{ status: "PRIMARY", rolloutState: "FAILED" }]);
  });

  test("while its traffic shifts gives blue all of it back at once", () => {
    const world = new SimulatedWorld();
    const deployment = { strategy: "CANARY", canary: { percent: 10, bakeMs: 3_600_000 } } as const;
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment });
    expect(steady(world)).toBe(true);
    world.deploy("api", {});
    expect(world.until(() => world.weights.get("api-production")?.[1]?.weight === 10)).toBe(true);
    stop(world, "ROLLBACK");
    world.advance(0);
    expect(world.weights.get("api-production")?.map(({ weight }) => weight)).toEqual([100, 0]);
    expect(steady(world)).toBe(true);
    expect(world.service("api").serviceDeployments[0]?.status).toBe("ROLLBACK_SUCCESSFUL");
  });
});
