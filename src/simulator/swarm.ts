/**
 * A swarm run: one seed makes a service, its programs, a series of deployments, scalings and faults, and a world in
 * which the checkers watch safety all along and liveness once every fault has ended. The same seed gives the same run.
 */
import { deploymentBounds } from "../engine/service/deployment-bounds.ts";
import { type DeploymentConfiguration, defaultDeploymentConfiguration } from "../engine/service/service-state.ts";
import { restless, SafetyChecker, unsettled, type Violation } from "./checkers.ts";
import { SeededRandom } from "./random.ts";
import type { SimulatedService, SimulatedWorld } from "./simulated-world.ts";
import { type Act, faultyWorld, goodBehaviour, randomVersion, restart, sendRequests, strike, victimOf } from "./swarm-world.ts";

export interface SwarmRun {
  readonly seed: number;
  /** What was done, one line an act. */
  readonly acts: readonly string[];
  readonly violations: readonly Violation[];
}

const ACTS = 12;
const ALARM = "errors";
const SETTLES_WITHIN_MS = 6 * 3_600_000;

export interface SwarmOptions {
  /** Now and then tasks have so much to do that health checks wait longer than their timeout. */
  readonly overload?: boolean;
  /** Now and then the deployment configuration is changed, the strategy with it, as a rule while a deployment is under way. */
  readonly reconfigured?: boolean;
}

/** Runs the swarm of `seed`. */
export function swarm(seed: number, { overload = false, reconfigured = false }: SwarmOptions = {}): SwarmRun {
  const random = new SeededRandom(seed);
  let faulty = true;
  const world = faultyWorld(seed, random, () => faulty);
  const checker = new SafetyChecker(world);
  const acts: string[] = [];
  const act = (text: string): void => {
    acts.push(`${(world.clock.now() / 1000).toFixed(0)} s: ${text}`);
  };

  const service = probedInEachZone(randomService(random));
  act(`create ${JSON.stringify({ ...service, version: undefined })}`);
  world.setAlarm(ALARM, "OK");
  world.create(service);
  if (service.targetGroup !== undefined) sendRequests(world, () => faulty);
  if (overload) overloadNowAndThen(world, new SeededRandom(seed + 3), () => faulty, act);
  const changes = new SeededRandom(seed + 5);
  for (let count = 0; count < ACTS; count++) {
    world.advance(random.between(0, 240_000));
    // A singleton of any other strategy would be two while blue and green stand.
    if (reconfigured && service.desiredCount > 1 && changes.chance(0.4)) reconfigure(world, changes, act);
    disturb(world, random, checker, act);
  }
  faulty = false;
  act("all faults end");
  world.setAlarm(ALARM, "OK");
  for (const { taskArn } of world.runtime.running()) world.runtime.setAnswering(taskArn, true);
  setAnswerTimes(world, new Map());
  world.deploy("api", { behaviour: goodBehaviour(random) });
  if (!world.until(() => unsettled(world, "api") === undefined, SETTLES_WITHIN_MS)) {
    return report(seed, acts, checker, world, `it does not settle: ${unsettled(world, "api") ?? ""}`);
  }
  const unrest = restless(world, "api");
  return report(seed, acts, checker, world, unrest === undefined ? undefined : `a settled world decides: ${unrest}`);
}

/** Every few minutes some tasks, or none, keep their health checks waiting. */
function overloadNowAndThen(world: SimulatedWorld, random: SeededRandom, goesOn: () => boolean, act: Act): void {
  world.clock.at(world.clock.now() + random.between(10_000, 300_000), () => {
    if (!goesOn()) return;
    const slow = random.chance(0.4) ? [] : world.runtime.running().filter(() => random.chance(0.5));
    act(`${slow.length} tasks are overloaded`);
    setAnswerTimes(world, new Map(slow.map(({ ip }) => [ip, random.between(1_000, 20_000)])));
    overloadNowAndThen(world, random, goesOn, act);
  });
}

function setAnswerTimes(world: SimulatedWorld, msByAddress: ReadonlyMap<string, number>): void {
  world.targetGroups.setAnswerTimes(msByAddress);
  world.runtime.setAnswerTimes(msByAddress);
}

function report(seed: number, acts: string[], checker: SafetyChecker, world: SimulatedWorld, rule: string | undefined): SwarmRun {
  const last = rule === undefined ? [] : [{ time: world.clock.now(), service: "api", rule }];
  return { seed, acts, violations: [...checker.violations, ...last] };
}

/** With a node of the load balancer in each of its zones. */
function probedInEachZone(service: SimulatedService): SimulatedService {
  const { targetGroup, availabilityZones = 1 } = service;
  return targetGroup === undefined ? service : { ...service, targetGroup: { ...targetGroup, probers: availabilityZones } };
}

function randomService(random: SeededRandom): SimulatedService {
  const [minimumHealthyPercent, maximumPercent] = random.pick([
    [100, 200],
    [100, 150],
    [50, 100],
    [0, 100],
    [50, 200],
    [90, 110],
    [66, 133],
  ] as const);
  // Too small a service could neither start nor stop within some of these bounds.
  const desiredCount = minimumHealthyPercent === 90 ? 10 : minimumHealthyPercent === 66 ? random.between(3, 9) : random.between(2, 8);
  const singleton = minimumHealthyPercent === 0 && random.chance(0.5);
  const rollback = random.chance(0.7);
  return {
    name: "api",
    desiredCount: singleton ? 1 : desiredCount,
    version: { behaviour: goodBehaviour(random) },
    gracePeriodMs: random.chance(0.5) ? random.between(0, 120_000) : 0,
    availabilityZones: random.between(1, 3),
    availabilityZoneRebalancing: random.pick(["ENABLED", "DISABLED"] as const),
    ...(random.chance(0.75) ? { targetGroup: { intervalMs: random.between(5_000, 30_000), drainMs: random.between(0, 60_000) } } : {}),
    ...(random.chance(0.3)
      ? {
          capacityProviderStrategy: [
            { capacityProvider: "FARGATE", base: random.between(0, 2), weight: 1 },
            { capacityProvider: "FARGATE_SPOT", base: 0, weight: 3 },
          ],
        }
      : {}),
    deployment: {
      ...(singleton || random.chance(0.7) ? {} : randomStrategy(random)),
      minimumHealthyPercent,
      maximumPercent,
      circuitBreaker: {
        ...defaultDeploymentConfiguration.circuitBreaker,
        enable: random.chance(0.7),
        rollback,
        resetOnHealthyTask: random.chance(0.7),
        threshold: random.pick([
          { type: "BOUNDED_PERCENT", value: 50 },
          { type: "UNBOUNDED_PERCENT", value: 100 },
          { type: "COUNT", value: 5 },
        ] as const),
      },
      ...(random.chance(0.3) ? { alarms: { alarmNames: [ALARM], enable: true, rollback: random.chance(0.7) } } : {}),
    },
  };
}

/** The next size at which a deployment can move at all within the service's bounds. */
function movable(world: SimulatedWorld, desiredCount: number): number {
  const { minimumHealthyPercent, maximumPercent } = world.service("api").deploymentConfiguration;
  for (let count = desiredCount; ; count++) {
    const { minHealthy, maxTasks } = deploymentBounds(count, minimumHealthyPercent, maximumPercent);
    if (minHealthy < count || maxTasks > count) return count;
  }
}

function randomStrategy(random: SeededRandom): Partial<DeploymentConfiguration> {
  return {
    strategy: random.pick(["BLUE_GREEN", "CANARY", "LINEAR"] as const),
    bakeTimeMs: random.between(0, 300_000),
    canary: { percent: random.between(1, 50), bakeMs: random.between(0, 120_000) },
    linear: { stepPercent: random.between(10, 50), stepBakeMs: random.between(0, 60_000) },
  };
}

/** Half of the time another deployment follows at once. */
function reconfigure(world: SimulatedWorld, random: SeededRandom, act: Act): void {
  const { deploymentConfiguration } = world.service("api");
  const change: Partial<DeploymentConfiguration> = random.chance(0.5) ? { strategy: "ROLLING" } : randomStrategy(random);
  act(`configure ${JSON.stringify(change)}`);
  world.configure("api", { deploymentConfiguration: { ...deploymentConfiguration, ...change } });
  if (random.chance(0.5)) return;
  act("deploy a good version");
  world.deploy("api", { behaviour: goodBehaviour(random) });
}

function disturb(world: SimulatedWorld, random: SeededRandom, checker: SafetyChecker, act: Act): void {
  const victim = victimOf(world, random);
  const { desiredCount } = world.service("api");
  switch (random.between(0, 11)) {
    case 0:
    case 1:
    case 2: {
      const version = randomVersion(random);
      act(`deploy ${JSON.stringify(version.behaviour) ?? "a version that sometimes crashes"}`);
      world.deploy("api", version);
      return;
    }
    case 3:
      if (desiredCount === 1) return;
      world.scale("api", movable(world, Math.max(2, desiredCount + random.between(-2, 4))));
      act(`scale to ${world.service("api").desiredCount}`);
      return;
    case 4:
    case 5:
      strike("crash", victim, world, random, act);
      return;
    case 6:
      strike("fall silent", victim, world, random, act);
      return;
    case 7:
      strike("answer", victim, world, random, act);
      return;
    case 8:
      strike("reclaim", victim, world, random, act);
      return;
    case 9:
      strike("flap", victim, world, random, act);
      return;
    case 10: {
      const state = random.pick(["OK", "ALARM", "ALARM", "INSUFFICIENT_DATA"] as const);
      act(`the alarm is ${state}`);
      world.setAlarm(ALARM, state);
      return;
    }
    case 11:
      restart(world, checker, act);
      return;
  }
}
