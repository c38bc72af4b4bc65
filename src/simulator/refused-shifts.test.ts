/** Traffic shifts whose call the load balancer's rate limit refuses. */
import { describe, expect, test } from "vitest";
import type { DeploymentConfiguration } from "../engine/service/service-state.ts";
import { SafetyChecker, unsettled } from "./checkers.ts";
import { steady } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

const MINUTE = 60_000;
const throttled = "operations are being throttled. Will try again later.";

/** A steady service whose calls to Elastic Load Balancing can be refused from a moment on. */
function start(deployment: Partial<DeploymentConfiguration>): {
  world: SimulatedWorld;
  refuse: (refuses: boolean | (() => boolean)) => void;
} {
  let refused = (): boolean => false;
  const world = new SimulatedWorld({ limits: { admits: (service) => !(service === "elastic-load-balancing" && refused()) } });
  world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment });
  expect(steady(world)).toBe(true);
  return { world, refuse: (refuses) => (refused = typeof refuses === "boolean" ? () => refuses : refuses) };
}

const production = (world: SimulatedWorld) => world.weights.get("api-production")?.map(({ weight }) => weight);
const stage = (world: SimulatedWorld) => world.service("api").deployments[0]?.staged?.stage;

describe("a shift that is refused", () => {
  test("is made again after 1, 2, 4 … seconds, and told once, with the notice that ECS was throttled", () => {
    const { world, refuse } = start({ strategy: "BLUE_GREEN", bakeTimeMs: 10 * MINUTE });
    world.deploy("api", {});
    expect(world.until(() => stage(world) === "SCALE_UP" && world.healthyTargets("api") === 3)).toBe(true);
    expect(world.until(() => world.tasks("api").filter(({ lastStatus }) => lastStatus === "RUNNING").length === 4)).toBe(true);
    refuse(true);
    const calls: number[] = [];
    world.controller.onServiceChanged(({ decisions }) => {
      if (decisions.some((each) => each.type === "set-weights" && each.listenerRuleArn === "api-test")) calls.push(world.clock.now());
    });
    expect(world.until(() => calls.length === 8)).toBe(true);
    expect(calls.slice(1).map((time, index) => (time - (calls[index] ?? 0)) / 1000)).toEqual([1, 2, 4, 8, 16, 32, 60]);
    expect(stage(world)).toBe("TEST_TRAFFIC_SHIFT");
    expect(production(world)).toEqual([100, 0]);
    const told = world.service("api").events.filter(({ message }) => message.endsWith(throttled));
    expect(told).toMatchObject([{ notice: { eventType: "ERROR", eventName: "ECS_OPERATION_THROTTLED" } }]);
    refuse(false);
    expect(steady(world)).toBe(true);
    expect(production(world)).toEqual([0, 100]);
    expect(world.service("api").shifting).toBeUndefined();
  });

  test("begins the bake of a canary when it is made, not when it is decided", () => {
    const { world, refuse } = start({ strategy: "CANARY", canary: { percent: 10, bakeMs: 10 * MINUTE } });
    let bakes = Number.NaN;
    world.controller.onServiceChanged(({ service }) => {
      bakes = service.deployments[0]?.staged?.stepSinceTime ?? bakes;
    });
    // The test rule's shift is taken, production's is not.
    refuse(() => stage(world) === "PRODUCTION_TRAFFIC_SHIFT");
    world.deploy("api", {});
    expect(world.until(() => world.service("api").shifting?.againTime !== undefined)).toBe(true);
    world.advance(5 * MINUTE);
    expect(production(world)).toEqual([100, 0]);
    expect(bakes).toBeNaN();
    refuse(false);
    expect(world.until(() => production(world)?.[1] === 10)).toBe(true);
    const taken = world.clock.now();
    expect(world.until(() => production(world)?.[1] === 100)).toBe(true);
    expect(bakes).toBe(taken);
    expect(world.clock.now()).toBe(taken + 10 * MINUTE);
  });

  test("back to blue keeps green, which has the traffic, until it is made", () => {
    const { world, refuse } = start({ strategy: "BLUE_GREEN", bakeTimeMs: 60 * MINUTE });
    world.setAlarm("errors", "OK");
    world.configure("api", {
      deploymentConfiguration: {
        ...world.service("api").deploymentConfiguration,
        alarms: { alarmNames: ["errors"], enable: true, rollback: true },
      },
    });
    const blue = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    const green = world.service("api").deployments[0]?.id;
    expect(world.until(() => stage(world) === "BAKE_TIME")).toBe(true);
    world.advance(MINUTE);
    refuse(true);
    world.setAlarm("errors", "ALARM");
    world.advance(20 * MINUTE);
    expect(world.service("api").deployments[0]).toMatchObject({ id: blue, rollback: true });
    expect(world.healthyTasks("api").filter(({ deploymentId }) => deploymentId === green)).toHaveLength(2);
    expect(world.request("api")?.answered).toBe(true);
    refuse(false);
    expect(steady(world)).toBe(true);
    expect(production(world)).toEqual([100, 0]);
  });

  test.each(["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"])(
    "is made by the platform that comes after the one that decided it, at %s",
    (refusedStage) => {
      const { world, refuse } = start({ strategy: "BLUE_GREEN", bakeTimeMs: MINUTE });
      const checker = new SafetyChecker(world);
      world.deploy("api", {});
      // What the targets are registered by is admitted.
      refuse(() => stage(world) === refusedStage);
      const shifting = () => world.service("api").shifting;
      expect(world.until(() => shifting()?.refusals === 3 && shifting()?.againTime !== undefined)).toBe(true);
      expect(stage(world)).toBe(refusedStage);
      const againTime = shifting()?.againTime;
      world.restart();
      expect(shifting()).toMatchObject({ refusals: 3, againTime });
      refuse(false);
      // Whether its weights were given nobody knows: a platform that begins gives them, whatever pause was decided.
      world.restart();
      checker.watch();
      expect(shifting()).toBeUndefined();
      expect(world.until(() => unsettled(world, "api") === undefined)).toBe(true);
      expect(production(world)).toEqual([0, 100]);
      expect(checker.violations).toEqual([]);
    },
  );
});
