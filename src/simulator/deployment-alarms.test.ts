/** Alarms that guard a deployment, and its bake. */
import { describe, expect, test } from "vitest";
import { steady } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

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
