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

  test("bake for the slowest of several, whichever is named first", () => {
    const windows = { errors: 60_000, latency: 600_000, backlog: 120_000 };
    for (const alarmNames of [Object.keys(windows), Object.keys(windows).reverse()]) {
      const world = new SimulatedWorld();
      for (const [name, windowMs] of Object.entries(windows)) world.setAlarm(name, "OK", windowMs);
      const deployment = { alarms: { alarmNames, enable: true, rollback: true } };
      world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment });
      world.until(() => world.service("api").deployments[0]?.bakingSinceTime !== undefined);
      const standing = world.clock.now();
      expect(steady(world)).toBe(true);
      expect(world.clock.now() - standing).toBe(600_000);
    }
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

  test("that ring already when the deployment begins let the fix through, also where they ring once more during it", () => {
    const world = start("ALARM");
    world.deploy("api", {});
    const wanted = world.service("api").deployments[0]?.id;
    for (const state of ["OK", "ALARM"] as const) {
      world.advance(30_000);
      expect(world.service("api").deployments[0]).toMatchObject({ id: wanted, rolloutState: "IN_PROGRESS" });
      world.setAlarm("errors", state, 180_000);
    }
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(wanted);
  });

  test.each(["ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"] as const)("end a deployment of the strategy %s", (strategy) => {
    const world = new SimulatedWorld();
    world.setAlarm("errors", "OK", 180_000);
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: { ...alarmed, strategy } });
    expect(steady(world)).toBe(true);
    const good = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    world.advance(60_000);
    world.setAlarm("errors", "ALARM", 180_000);
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments.map(({ id }) => id)).toEqual([good]);
    expect(world.service("api").serviceDeployments[0]).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      statusReason: "ECS deployment alarms: alarm detected: errors.",
    });
  });

  /** A world in which CloudWatch refuses calls from `from` to `to`, and counts those it gets. */
  const polled = (refuses: (now: number) => boolean = () => false) => {
    const polls: number[] = [];
    const world: SimulatedWorld = new SimulatedWorld({
      limits: {
        admits: (service) => {
          if (service !== "cloudwatch") return true;
          polls.push(world.clock.now());
          return !refuses(world.clock.now());
        },
      },
    });
    world.setAlarm("errors", "OK", 180_000);
    world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: alarmed });
    expect(steady(world)).toBe(true);
    polls.length = 0;
    return { world, polls };
  };

  test("are polled every fifteen seconds while a deployment is under way, and not at all before and after", () => {
    const { world, polls } = polled();
    world.advance(600_000);
    expect(polls).toEqual([]);
    world.deploy("api", {});
    const begun = world.clock.now();
    expect(steady(world)).toBe(true);
    const ended = world.clock.now();
    expect(polls[0]).toBe(begun);
    const gaps = polls.slice(1, -1).map((time, index) => time - (polls[index] ?? 0));
    expect(new Set(gaps)).toEqual(new Set([15_000]));
    // The last look is when the bake is over.
    expect(polls.at(-1)).toBe(ended);
    polls.length = 0;
    world.advance(600_000);
    expect(polls).toEqual([]);
  });

  test("that ring between two polls end the deployment at the next, also where they ring just before the bake is over", () => {
    const { world } = polled();
    const good = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    world.until(() => world.service("api").deployments[0]?.bakingSinceTime !== undefined);
    world.advance(179_999);
    world.setAlarm("errors", "ALARM", 180_000);
    expect(world.service("api").deployments[0]?.id).not.toBe(good);
    world.advance(1);
    expect(world.service("api").deployments[0]).toMatchObject({ id: good, rolloutState: "IN_PROGRESS" });
  });

  test("that ring only while CloudWatch refuses to answer are missed, and the refusal is told", () => {
    let throttled = false;
    const { world } = polled(() => throttled);
    world.deploy("api", {});
    const wanted = world.service("api").deployments[0]?.id;
    world.advance(60_000);
    throttled = true;
    world.setAlarm("errors", "ALARM", 180_000);
    world.advance(120_000);
    world.setAlarm("errors", "OK", 180_000);
    throttled = false;
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]).toMatchObject({ id: wanted, rolloutState: "COMPLETED" });
    expect(world.story("api").filter((told) => told === "operations are being throttled. Will try again later.")).toHaveLength(1);
  });

  test("that still ring when CloudWatch answers again end the deployment then", () => {
    let throttled = false;
    const { world } = polled(() => throttled);
    const good = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    world.advance(60_000);
    throttled = true;
    world.setAlarm("errors", "ALARM", 180_000);
    world.advance(60_000);
    expect(world.service("api").deployments[0]?.id).not.toBe(good);
    throttled = false;
    world.advance(15_000);
    expect(world.service("api").deployments[0]?.id).toBe(good);
  });
});
