/** The deployment configuration changed while a deployment is under way, with and without another deployment at once. */
import { describe, expect, test } from "vitest";
import { type DeploymentConfiguration, hookStages, type LifecycleStage, lifecycleStages } from "../engine/service/service-state.ts";
import { SafetyChecker, unsettled } from "./checkers.ts";
import { neverHealthy, steady } from "./rollout-situation.testing.ts";
import { SimulatedWorld } from "./simulated-world.ts";

const MINUTE = 60_000;
const DESIRED = 4;

/** Holds a staged deployment in every stage that has hooks; nobody answers. */
const held: Partial<DeploymentConfiguration> = {
  bakeTimeMs: 60 * MINUTE,
  lifecycleHooks: [
    {
      targetType: "AWS_LAMBDA",
      target: "fn",
      stages: hookStages,
      timeoutAction: "ROLLBACK",
    },
  ],
};
const blueGreen: Partial<DeploymentConfiguration> = { strategy: "BLUE_GREEN", ...held };
const rolling: Partial<DeploymentConfiguration> = { strategy: "ROLLING", lifecycleHooks: [] };

function start(deployment: Partial<DeploymentConfiguration>): SimulatedWorld {
  const world = new SimulatedWorld();
  world.create({ name: "api", desiredCount: DESIRED, version: {}, targetGroup: {}, deployment: { ...deployment, lifecycleHooks: [] } });
  expect(steady(world)).toBe(true);
  return world;
}

function configure(world: SimulatedWorld, change: Partial<DeploymentConfiguration>): void {
  world.configure("api", { deploymentConfiguration: { ...world.service("api").deploymentConfiguration, ...change } });
}

const underWay = (world: SimulatedWorld) => world.service("api").deployments[0];

/** Deploys, and lets it come as far as `stage`, answering what is asked before. */
function deployUntil(world: SimulatedWorld, stage: LifecycleStage): void {
  world.deploy("api", {});
  expect(
    world.until(
      () => {
        if (underWay(world)?.staged?.stage === stage) return true;
        answerHooks(world);
        return false;
      },
      3 * 60 * MINUTE,
    ),
  ).toBe(true);
}

function answerHooks(world: SimulatedWorld): void {
  for (const { serviceArn, hookId } of world.hookCalls.splice(0))
    world.controller.receive({ type: "hook-answered", serviceArn, hookId, status: "SUCCEEDED" });
}

/**
 * A request every second while `act` unfolds to steady. Answers how many were lost, the fewest healthy targets that traffic could
 * reach, and whatever the checker found.
 */
function underLoad(world: SimulatedWorld, act: () => void): { lost: number; fewest: number; violations: readonly string[] } {
  const checker = new SafetyChecker(world);
  let lost = 0;
  let fewest = Number.POSITIVE_INFINITY;
  let goesOn = true;
  const ask = (): void => {
    if (world.request("api")?.answered !== true) lost++;
    const weights = world.weights.get("api-production") ?? [{ targetGroupArn: "api-targets", weight: 100 }];
    const open = weights.filter(({ weight }) => weight > 0);
    const healthy = open
      .flatMap(({ targetGroupArn }) => world.targetGroups.states(targetGroupArn))
      .filter(({ state }) => state === "healthy");
    fewest = Math.min(fewest, healthy.length);
    if (goesOn) world.clock.at(world.clock.now() + 1_000, ask);
  };
  world.clock.at(world.clock.now(), ask);
  act();
  world.advance(0);
  const settled = world.until(
    () => {
      answerHooks(world);
      return unsettled(world, "api") === undefined;
    },
    6 * 60 * MINUTE,
  );
  goesOn = false;
  expect(settled, unsettled(world, "api")).toBe(true);
  return { lost, fewest, violations: checker.violations.map(({ rule }) => rule) };
}

const untouched = { lost: 0, fewest: DESIRED, violations: [] };

describe("a changed configuration alone", () => {
  test.each(["PRE_SCALE_UP", "SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"] as const)(
    "starts no deployment, and a blue/green one in %s goes on as it began",
    (stage) => {
      const world = start(blueGreen);
      configure(world, blueGreen);
      deployUntil(world, stage);
      const green = underWay(world)?.id;
      expect(underLoad(world, () => configure(world, rolling))).toEqual(untouched);
      expect(underWay(world)?.id).toBe(green);
      expect(world.weights.get("api-production")?.map(({ weight }) => weight)).toEqual([0, 100]);
      expect(world.service("api").serviceDeployments.map(({ status }) => status)).toEqual(["SUCCESSFUL", "SUCCESSFUL"]);
    },
  );

  test.each(["BLUE_GREEN", "CANARY", "LINEAR"] as const)("to %s leaves a rolling update rolling", (strategy) => {
    const world = start(rolling);
    world.deploy("api", {});
    world.advance(20_000);
    const rolled = underWay(world)?.id;
    expect(underLoad(world, () => configure(world, { strategy }))).toEqual(untouched);
    expect(underWay(world)).toMatchObject({ id: rolled, rolloutState: "COMPLETED" });
    expect(underWay(world)?.staged).toBeUndefined();
    expect(world.weights.get("api-production")).toBeUndefined();
  });

  test("to a circuit breaker, alarms or hooks is for the next deployment; the deployment shows what it began with", () => {
    const world = start(rolling);
    world.deploy("api", neverHealthy);
    world.advance(MINUTE);
    const { circuitBreaker } = world.service("api").deploymentConfiguration;
    configure(world, { circuitBreaker: { ...circuitBreaker, enable: true, rollback: true, threshold: { type: "COUNT", value: 1 } } });
    world.advance(60 * MINUTE);
    expect(underWay(world)?.rolloutState).toBe("IN_PROGRESS");
    expect(world.service("api").serviceDeployments[0]?.deploymentConfiguration.circuitBreaker.enable).toBe(false);
    world.deploy("api", neverHealthy);
    world.advance(60 * MINUTE);
    expect(world.service("api").serviceDeployments[0]?.status).toBe("ROLLBACK_SUCCESSFUL");
  });

  test.each(["on", "off"] as const)("that turns alarms %s is for the next deployment", (turned) => {
    const alarms = (enable: boolean) => ({ alarms: { alarmNames: ["errors"], enable, rollback: true } });
    const world = new SimulatedWorld();
    world.setAlarm("errors", "OK");
    const deployment = { ...rolling, ...alarms(turned === "off") };
    world.create({ name: "api", desiredCount: DESIRED, version: {}, targetGroup: {}, deployment });
    expect(steady(world)).toBe(true);
    const outcomes = [0, 1].map(() => {
      world.setAlarm("errors", "OK");
      world.deploy("api", {});
      world.advance(20_000);
      configure(world, alarms(turned === "on"));
      world.setAlarm("errors", "ALARM");
      expect(steady(world)).toBe(true);
      return world.service("api").serviceDeployments[0]?.status;
    });
    expect(outcomes).toEqual(turned === "on" ? ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"] : ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
  });

  test.each(["off", "on"] as const)("that turns hooks %s is for the next deployment", (turned) => {
    const [before, after] = turned === "off" ? [held.lifecycleHooks, []] : [[], held.lifecycleHooks];
    const world = start(blueGreen);
    configure(world, { bakeTimeMs: 0, lifecycleHooks: before ?? [] });
    const asked = [0, 1].map(() => {
      let calls = 0;
      world.deploy("api", {});
      configure(world, { lifecycleHooks: after ?? [] });
      const settled = (): boolean => {
        calls += world.hookCalls.length;
        answerHooks(world);
        return unsettled(world, "api") === undefined;
      };
      expect(world.until(settled, 6 * 60 * MINUTE)).toBe(true);
      return calls > 0;
    });
    expect(asked).toEqual([turned === "off", turned === "on"]);
  });

  test("to wider bounds lets a deployment go on that could neither start nor stop", () => {
    const world = start(rolling);
    configure(world, { minimumHealthyPercent: 100, maximumPercent: 110 });
    world.deploy("api", {});
    world.advance(30 * MINUTE);
    expect(world.story("api").at(-1)).toContain("was unable to stop or start tasks");
    const stuck = underWay(world)?.id;
    expect(underLoad(world, () => configure(world, { maximumPercent: 125 }))).toEqual(untouched);
    expect(underWay(world)).toMatchObject({ id: stuck, rolloutState: "COMPLETED" });
  });
});

const stages = lifecycleStages.filter((stage) => stage !== "RECONCILE_SERVICE");

describe("a rolling update that supersedes a blue/green deployment", () => {
  test.each(stages)("in %s never leaves fewer healthy targets to the traffic than are desired", (stage) => {
    const world = start(blueGreen);
    configure(world, blueGreen);
    deployUntil(world, stage);
    const seen = underLoad(world, () => {
      configure(world, rolling);
      world.deploy("api", {});
    });
    expect(seen).toEqual(untouched);
  });

  test("in RECONCILE_SERVICE does neither", () => {
    const world = start(blueGreen);
    configure(world, blueGreen);
    deployUntil(world, "BAKE_TIME");
    deployUntil(world, "RECONCILE_SERVICE");
    const seen = underLoad(world, () => {
      configure(world, rolling);
      world.deploy("api", {});
    });
    expect(seen).toEqual(untouched);
  });

  test.each(stages)("in %s, while most of blue has crashed, loses no request that a healthy task could have taken", (stage) => {
    const world = start(blueGreen);
    configure(world, blueGreen);
    const blue = underWay(world)?.id;
    deployUntil(world, stage);
    const victims = world.tasks("api").filter((task) => task.deploymentId === blue && task.lastStatus === "RUNNING");
    for (const { taskArn } of victims.slice(1)) world.runtime.crash(taskArn, 139);
    // The crashed are draining before the requests begin, so that what is lost is the update's doing.
    world.advance(0);
    const seen = underLoad(world, () => {
      configure(world, rolling);
      world.deploy("api", {});
    });
    expect(seen.lost).toBe(0);
    expect(seen.violations).toEqual([]);
  });

  test.each([
    ["CANARY", 20],
    ["LINEAR", 30],
    ["LINEAR", 60],
  ] as const)("of the strategy %s with %i %% of the traffic brings that back before it stops who had it", (strategy, share) => {
    const world = start(blueGreen);
    configure(world, {
      strategy,
      bakeTimeMs: 0,
      canary: { percent: 20, bakeMs: 60 * MINUTE },
      linear: { stepPercent: 30, stepBakeMs: 10 * MINUTE },
    });
    world.deploy("api", {});
    expect(world.until(() => world.weights.get("api-production")?.[1]?.weight === share)).toBe(true);
    world.advance(MINUTE);
    const seen = underLoad(world, () => {
      configure(world, rolling);
      world.deploy("api", {});
    });
    expect(seen).toEqual(untouched);
    expect(world.weights.get("api-production")?.map(({ weight }) => weight)).toEqual([100, 0]);
  });

  test("that fails goes back in the target group that has the traffic by then", () => {
    const world = start(blueGreen);
    configure(world, blueGreen);
    const blue = underWay(world)?.id;
    deployUntil(world, "BAKE_TIME");
    const victims = world.tasks("api").filter((task) => task.deploymentId === blue);
    for (const { taskArn } of victims.slice(1)) world.runtime.crash(taskArn, 139);
    world.advance(0);
    const { circuitBreaker } = world.service("api").deploymentConfiguration;
    const seen = underLoad(world, () => {
      configure(world, { ...rolling, circuitBreaker: { ...circuitBreaker, enable: true, rollback: true } });
      world.deploy("api", neverHealthy);
    });
    expect(seen).toEqual(untouched);
    expect(underWay(world)).toMatchObject({ id: blue, rolloutState: "COMPLETED", slot: "ALTERNATE" });
    expect(world.weights.get("api-production")?.map(({ weight }) => weight)).toEqual([0, 100]);
  });
});

test("a rolling update that knows of one target group only takes the traffic out of the other before it stops who had it", () => {
  const world = start({ ...blueGreen, bakeTimeMs: 0 });
  world.deploy("api", {});
  expect(steady(world)).toBe(true);
  expect(world.weights.get("api-production")?.map(({ weight }) => weight)).toEqual([0, 100]);
  const loadBalancers = world.keeper.revision(underWay(world)?.serviceRevisionArn ?? "")?.loadBalancers ?? [];
  const seen = underLoad(world, () => {
    configure(world, rolling);
    world.deploy("api", {}, { loadBalancers: loadBalancers.map(({ advanced: _both, ...one }) => one) });
  });
  expect(seen).toEqual(untouched);
  expect(world.weights.get("api-production")?.map(({ weight }) => weight)).toEqual([100, 0]);
});

describe.each(["BLUE_GREEN", "CANARY", "LINEAR"] as const)("a %s deployment that supersedes a rolling update", (strategy) => {
  const staged: Partial<DeploymentConfiguration> = { strategy, bakeTimeMs: MINUTE, lifecycleHooks: [] };

  test.each(Array.from({ length: 9 }, (_, step) => step))("after %i of its steps loses nothing", (steps) => {
    const world = start({ ...rolling, minimumHealthyPercent: 75, maximumPercent: 125 });
    world.deploy("api", {});
    const rolled = underWay(world)?.id;
    // A step: another task of the new revision is healthy.
    for (let step = 0; step < steps && unsettled(world, "api") !== undefined; step++) {
      const before = world.healthyTasks("api").filter((task) => task.deploymentId === rolled).length;
      world.until(() => world.healthyTasks("api").filter((task) => task.deploymentId === rolled).length > before, 5 * MINUTE);
    }
    const seen = underLoad(world, () => {
      configure(world, staged);
      world.deploy("api", {});
    });
    expect(seen.lost).toBe(0);
    expect(seen.fewest).toBeGreaterThanOrEqual(3);
    expect(seen.violations).toEqual([]);
    expect(world.weights.get("api-production")?.map(({ weight }) => weight)).toEqual([0, 100]);
  });

  test("that fails gives the traffic back to the revision before it, which knew of one target group only", () => {
    const world = start(rolling);
    const loadBalancers = world.keeper.revision(underWay(world)?.serviceRevisionArn ?? "")?.loadBalancers ?? [];
    world.deploy("api", {}, { loadBalancers: loadBalancers.map(({ advanced: _both, ...one }) => one) });
    expect(steady(world)).toBe(true);
    const good = underWay(world)?.id;
    world.setAlarm("errors", "OK");
    configure(world, { ...staged, bakeTimeMs: 60 * MINUTE, alarms: { alarmNames: ["errors"], enable: true, rollback: true } });
    world.deploy("api", {}, { loadBalancers });
    expect(world.until(() => underWay(world)?.staged?.stage === "BAKE_TIME", 3 * 60 * MINUTE)).toBe(true);
    const seen = underLoad(world, () => world.setAlarm("errors", "ALARM"));
    expect(seen).toEqual(untouched);
    expect(underWay(world)?.id).toBe(good);
    expect(world.weights.get("api-production")?.map(({ weight }) => weight)).toEqual([100, 0]);
  });
});
