/** Blue/green, linear and canary deployments as event timelines. */
import { describe, expect, test } from "vitest";
import { stopServiceDeployment } from "../engine/service/change-service.ts";
import type { DeploymentConfiguration, LifecycleHook } from "../engine/service/service-state.ts";
import { restless, unsettled } from "./checkers.ts";
import { SimulatedWorld } from "./simulated-world.ts";

const MINUTE = 60_000;

function start(deployment: Partial<DeploymentConfiguration>): SimulatedWorld {
  const world = new SimulatedWorld();
  world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment });
  expect(steady(world)).toBe(true);
  return world;
}

function steady(world: SimulatedWorld): boolean {
  return world.until(() => unsettled(world, "api") === undefined, 12 * 60 * MINUTE);
}

/** Sets hooks for the deployments to come. */
function hooked(world: SimulatedWorld, lifecycleHooks: readonly LifecycleHook[]): void {
  world.configure("api", { deploymentConfiguration: { ...world.service("api").deploymentConfiguration, lifecycleHooks } });
}

/** The production traffic of the service's two target groups. */
function production(world: SimulatedWorld): [own: number, alternate: number] {
  const [own, alternate] = world.weights.get("api-production") ?? [];
  return [own?.weight ?? -1, alternate?.weight ?? -1];
}

const stage = (world: SimulatedWorld) => world.service("api").deployments[0]?.staged?.stage;
const wanted = (world: SimulatedWorld): number => world.tasks("api").filter((task) => task.desiredStatus === "RUNNING").length;
const hook = (over: Partial<LifecycleHook>): LifecycleHook => ({
  targetType: "AWS_LAMBDA",
  target: "fn",
  stages: [],
  timeoutAction: "ROLLBACK",
  ...over,
});

describe("blue/green", () => {
  const blueGreen = { strategy: "BLUE_GREEN", bakeTimeMs: 10 * MINUTE } as const;

  test("brings up a whole green, moves all traffic at once, bakes and only then stops blue", () => {
    const world = start(blueGreen);
    expect(production(world)).toEqual([100, 0]);
    world.deploy("api", {});
    world.until(() => production(world)[1] === 100);
    expect(wanted(world)).toBe(4);
    expect(world.targetGroups.states("api-others").map(({ state }) => state)).toEqual(["healthy", "healthy"]);
    const shifted = world.clock.now();
    world.until(() => stage(world) === "CLEAN_UP");
    expect(world.clock.now() - shifted).toBe(10 * MINUTE);
    expect(steady(world)).toBe(true);
    expect(restless(world, "api")).toBeUndefined();
    expect(wanted(world)).toBe(2);

    // The roles of the two groups have swapped.
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
    expect(production(world)).toEqual([100, 0]);
  });

  test("goes back by weight at the next poll when an alarm rings in the bake", () => {
    const world = new SimulatedWorld();
    world.setAlarm("errors", "OK");
    world.create({
      name: "api",
      desiredCount: 2,
      version: {},
      targetGroup: {},
      deployment: { ...blueGreen, alarms: { alarmNames: ["errors"], enable: true, rollback: true } },
    });
    expect(steady(world)).toBe(true);
    const blue = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    world.until(() => stage(world) === "BAKE_TIME");
    world.advance(MINUTE);
    world.setAlarm("errors", "ALARM");
    world.advance(15_000);
    expect(production(world)).toEqual([100, 0]);
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(blue);
    expect(world.service("api").serviceDeployments[0]?.status).toBe("ROLLBACK_SUCCESSFUL");
  });

  test("waits for a person at a PAUSE, and goes on or back as told", () => {
    for (const answer of ["SUCCEEDED", "FAILED"] as const) {
      const pause = hook({ targetType: "PAUSE", stages: ["POST_TEST_TRAFFIC_SHIFT"] });
      const world = start(blueGreen);
      hooked(world, [pause]);
      const answerPause = (status: "SUCCEEDED" | "FAILED"): void => {
        world.until(() => world.service("api").deployments[0]?.staged?.hooks[0]?.status === "AWAITING_ACTION");
        const { serviceArn, deployments } = world.service("api");
        world.controller.answerHook(serviceArn, deployments[0]?.staged?.hooks[0]?.hookId ?? "", status);
      };
      const blue = world.service("api").deployments[0]?.id;
      world.deploy("api", {});
      world.advance(60 * MINUTE);
      expect(stage(world)).toBe("POST_TEST_TRAFFIC_SHIFT");
      expect(production(world)).not.toEqual([0, 100]);
      expect(world.weights.get("api-test")?.map(({ weight }) => weight)).toEqual([0, 100]);
      answerPause(answer);
      expect(steady(world)).toBe(true);
      expect(world.service("api").deployments[0]?.id === blue).toBe(answer === "FAILED");
    }
  });

  test("calls a hook again while it is at work, and fails with it", () => {
    const world = start(blueGreen);
    hooked(world, [hook({ stages: ["POST_SCALE_UP"] })]);
    const blue = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    world.until(() => world.hookCalls.length === 1);
    const { hookId, serviceArn } = world.hookCalls[0]!;
    world.controller.receive({ type: "hook-answered", serviceArn, hookId, status: "IN_PROGRESS" });
    const asked = world.clock.now();
    world.until(() => world.hookCalls.length === 2);
    expect(world.clock.now() - asked).toBe(30_000);
    world.controller.receive({ type: "hook-answered", serviceArn, hookId, status: "FAILED" });
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(blue);
    expect(world.service("api").serviceDeployments[0]?.statusReason).toBe("ECS deployment lifecycle hook failed in stage POST_SCALE_UP.");
  });

  test("a green that never becomes healthy is given up after a day, and blue has served all along", () => {
    const world = start(blueGreen);
    world.deploy("api", { behaviour: { answersAfterMs: Number.POSITIVE_INFINITY } });
    world.advance(23 * 60 * MINUTE);
    expect(stage(world)).toBe("SCALE_UP");
    expect(world.targetGroups.states("api-targets").filter(({ state }) => state === "healthy")).toHaveLength(2);
    expect(world.until(() => world.service("api").deployments[0]?.rollback === true, 2 * 60 * MINUTE)).toBe(true);
    expect(steady(world)).toBe(true);
    expect(wanted(world)).toBe(2);
  });

  test("a bake of a whole day, the longest there is, is no stage that takes too long", () => {
    const world = start(blueGreen);
    const configured = world.service("api").deploymentConfiguration;
    world.configure("api", { deploymentConfiguration: { ...configured, bakeTimeMs: 24 * 60 * MINUTE } });
    world.deploy("api", {});
    const green = world.service("api").deployments[0]?.id;
    expect(world.until(() => unsettled(world, "api") === undefined, 26 * 60 * MINUTE)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(green);
  });

  test("a deployment that is not through after thirty days is given up", () => {
    const world = start(blueGreen);
    const blue = world.service("api").deployments[0]?.id;
    world.configure("api", {
      deploymentConfiguration: {
        ...world.service("api").deploymentConfiguration,
        strategy: "LINEAR",
        linear: { stepPercent: 3, stepBakeMs: 24 * 60 * MINUTE },
        lifecycleHooks: [],
      },
    });
    world.deploy("api", {});
    world.advance(29.9 * 24 * 60 * MINUTE);
    expect(world.service("api").deployments[0]?.rollback).toBe(false);
    expect(production(world)[1]).toBeGreaterThan(80);
    world.advance(0.2 * 24 * 60 * MINUTE);
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.id).toBe(blue);
    expect(production(world)).toEqual([100, 0]);
  });

  test("a second deployment in the middle of one clears the first green away before it begins", () => {
    const world = start(blueGreen);
    world.deploy("api", {});
    world.until(() => stage(world) === "BAKE_TIME");
    world.deploy("api", {});
    world.advance(0);
    expect(stage(world)).toBe("RECONCILE_SERVICE");
    expect(production(world)).toEqual([100, 0]);
    expect(steady(world)).toBe(true);
    expect(production(world)).toEqual([0, 100]);
    expect(wanted(world)).toBe(2);
  });

  test("killed at any moment, it finishes", () => {
    for (let moment = 0; moment < 15 * MINUTE; moment += 40_000) {
      const world = start(blueGreen);
      world.deploy("api", {});
      const green = world.service("api").deployments[0]?.id;
      world.advance(moment);
      world.restart();
      expect(steady(world)).toBe(true);
      expect(world.service("api").deployments[0]?.id).toBe(green);
      expect(production(world)).toEqual([0, 100]);
    }
  });
});

/** The share of production traffic on green, with the minute at which it got it. */
function shares(world: SimulatedWorld): [minute: number, share: number][] {
  const seen: [number, number][] = [];
  world.deploy("api", {});
  let begun: number | undefined;
  while (unsettled(world, "api") !== undefined) {
    world.clock.step();
    const share = production(world)[1];
    if (share === (seen.at(-1)?.[1] ?? 0)) continue;
    begun ??= world.clock.now();
    seen.push([(world.clock.now() - begun) / MINUTE, share]);
  }
  return seen;
}

test("a canary gives five percent, bakes, and gives the rest", () => {
  expect(shares(start({ strategy: "CANARY", canary: { percent: 5, bakeMs: 10 * MINUTE } }))).toEqual([
    [0, 5],
    [10, 100],
  ]);
});

test("a linear deployment goes in steps and does not bake after the last", () => {
  expect(shares(start({ strategy: "LINEAR", linear: { stepPercent: 30, stepBakeMs: 6 * MINUTE } }))).toEqual([
    [0, 30],
    [6, 60],
    [12, 90],
    [18, 100],
  ]);
});

test.each([
  [{ strategy: "CANARY", canary: { percent: 5, bakeMs: MINUTE } }, 2],
  [{ strategy: "LINEAR", linear: { stepPercent: 40, stepBakeMs: MINUTE } }, 3],
] as const)("hooks of the production shift fire at every step: %j", (strategy, steps) => {
  const stages = ["PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"] as const;
  const world = start({ ...strategy, lifecycleHooks: [hook({ stages, timeoutMs: MINUTE, timeoutAction: "CONTINUE" })] });
  world.hookCalls.length = 0;
  world.deploy("api", {});
  expect(steady(world)).toBe(true);
  expect(world.hookCalls.map((call) => call.stage)).toEqual(Array.from({ length: steps }, () => stages).flat());
});

test("hooks are asked in the order of the stages, each before the next is entered", () => {
  const stages = [
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
  ] as const;
  const world = start({ strategy: "BLUE_GREEN", bakeTimeMs: MINUTE });
  hooked(world, [hook({ stages: [...stages].reverse() })]);
  world.deploy("api", {});
  for (const expected of stages.slice(1)) {
    world.until(() => world.hookCalls.length === 1);
    const [call] = world.hookCalls.splice(0);
    expect(call?.stage).toBe(expected);
    expect(stage(world)).toBe(expected);
    world.controller.receive({ type: "hook-answered", serviceArn: call!.serviceArn, hookId: call!.hookId, status: "SUCCEEDED" });
  }
  expect(steady(world)).toBe(true);
  expect(world.hookCalls).toEqual([]);
});

test("no hook is asked at SCALE_UP, BAKE_TIME and CLEAN_UP, and none of them is left out", () => {
  const hookless = ["SCALE_UP", "BAKE_TIME", "CLEAN_UP"] as const;
  const world = start({ strategy: "BLUE_GREEN", bakeTimeMs: MINUTE });
  hooked(world, [hook({ stages: hookless })]);
  world.deploy("api", {});
  for (const expected of hookless) expect(world.until(() => stage(world) === expected)).toBe(true);
  expect(steady(world)).toBe(true);
  expect(world.hookCalls).toEqual([]);
});

test("the RECONCILE_SERVICE hook is asked only when more than one revision was there", () => {
  const world = start({ strategy: "BLUE_GREEN", bakeTimeMs: 60 * MINUTE });
  hooked(world, [hook({ stages: ["RECONCILE_SERVICE"] })]);
  world.deploy("api", {});
  world.until(() => stage(world) === "BAKE_TIME");
  expect(world.hookCalls).toEqual([]);
  world.deploy("api", {});
  world.until(() => world.hookCalls.length === 1);
  expect(world.hookCalls[0]?.stage).toBe("RECONCILE_SERVICE");
});

test("a PAUSE nobody answers in its time goes back, if that is what its timeout does", () => {
  const world = start({ strategy: "BLUE_GREEN", bakeTimeMs: 0 });
  hooked(world, [hook({ targetType: "PAUSE", stages: ["POST_SCALE_UP"], timeoutMs: 30 * MINUTE, timeoutAction: "ROLLBACK" })]);
  const blue = world.service("api").deployments[0]?.id;
  world.deploy("api", {});
  world.until(() => stage(world) === "POST_SCALE_UP");
  world.advance(30 * MINUTE - 1);
  expect(stage(world)).toBe("POST_SCALE_UP");
  world.advance(1);
  expect(steady(world)).toBe(true);
  expect(world.service("api").deployments[0]?.id).toBe(blue);
});

test("the roles of blue and green have swapped after every success, and green is brought up whole before any traffic", () => {
  const world = start({ strategy: "LINEAR", linear: { stepPercent: 50, stepBakeMs: MINUTE } });
  for (const group of ["api-others", "api-targets", "api-others"]) {
    world.deploy("api", {});
    world.until(() => stage(world) === "PRODUCTION_TRAFFIC_SHIFT");
    expect(world.targetGroups.states(group).map(({ state }) => state)).toEqual(["healthy", "healthy"]);
    expect(steady(world)).toBe(true);
    expect(production(world)).toEqual(group === "api-others" ? [0, 100] : [100, 0]);
  }
});

describe("a rolling deployment after a staged one", () => {
  /** Lets it roll to the end and answers the fewest healthy targets that had production traffic at any time. */
  const roll = (world: SimulatedWorld): number => {
    const { deploymentConfiguration } = world.service("api");
    world.configure("api", { deploymentConfiguration: { ...deploymentConfiguration, strategy: "ROLLING" } });
    world.deploy("api", {});
    let fewest = Number.POSITIVE_INFINITY;
    const reached = (group: string): number => world.targetGroups.states(group).filter(({ state }) => state === "healthy").length;
    const settled = (): boolean => {
      const [own, alternate] = production(world);
      const served = [...(own > 0 ? [reached("api-targets")] : []), ...(alternate > 0 ? [reached("api-others")] : [])];
      fewest = Math.min(fewest, ...served);
      return unsettled(world, "api") === undefined;
    };
    world.advance(0);
    expect(world.until(settled)).toBe(true);
    return fewest;
  };

  test("stays in the target group that has the traffic", () => {
    const world = start({ strategy: "BLUE_GREEN", bakeTimeMs: 0 });
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
    expect(production(world)).toEqual([0, 100]);
    expect(roll(world)).toBe(2);
    expect(production(world)).toEqual([0, 100]);
  });

  test("takes back the traffic that an aborted shift had given away", () => {
    const world = start({ strategy: "CANARY", canary: { percent: 20, bakeMs: 30 * MINUTE } });
    world.deploy("api", {});
    world.until(() => production(world)[1] === 20);
    world.advance(MINUTE);
    const [underWay] = world.service("api").serviceDeployments;
    world.controller.putService(
      stopServiceDeployment(world.service("api"), underWay?.serviceDeploymentArn ?? "", "ABORT", world.controller.now()),
    );
    world.advance(MINUTE);
    expect(production(world)).toEqual([80, 20]);
    expect(roll(world)).toBe(2);
    expect(production(world)).toEqual([100, 0]);
  });
});
