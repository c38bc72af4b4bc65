/**
 * The swarm of services that a third party deploys: one seed makes a service, and a third party that creates, scales, promotes
 * and deletes task sets and moves the traffic while tasks crash, fall ill and are reclaimed. The checkers watch as they do
 * over deployments; once every fault has ended one good task set is left, which must stand.
 */
import { restless, SafetyChecker, unsettled } from "./checkers.ts";
import { SeededRandom } from "./random.ts";
import { SimulatedTaskSets } from "./simulated-task-sets.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import type { SwarmRun } from "./swarm.ts";
import { type Act, faultyWorld, goodBehaviour, randomVersion, restart, sendRequests, strike, victimOf } from "./swarm-world.ts";

const ACTS = 20;
const SETTLES_WITHIN_MS = 6 * 3_600_000;
/** ECS takes no more. */
const MOST_TASK_SETS = 5;
const scales = [0, 10, 33.3, 50, 100] as const;

/** Runs the swarm of `seed`. */
export function taskSetSwarm(seed: number): SwarmRun {
  const random = new SeededRandom(seed);
  let faulty = true;
  const world = faultyWorld(seed, random, () => faulty);
  const checker = new SafetyChecker(world);
  const acts: string[] = [];
  const act: Act = (text) => void acts.push(`${(world.clock.now() / 1000).toFixed(0)} s: ${text}`);
  const thirdParty = randomService(world, random, act);
  sendRequests(world, () => faulty);
  for (let count = 0; count < ACTS; count++) {
    world.advance(random.between(0, 180_000));
    disturb(world, thirdParty, random, checker, act);
  }
  faulty = false;
  act("all faults end");
  for (const { taskArn } of world.runtime.running()) world.runtime.setAnswering(taskArn, true);
  for (const { deployment } of thirdParty.all()) thirdParty.delete(deployment.id);
  thirdParty.promote(thirdParty.create({ behaviour: goodBehaviour(random) }, 100));
  const settles = world.until(() => unsettled(world, "api") === undefined, SETTLES_WITHIN_MS);
  const unrest = settles ? restless(world, "api") : undefined;
  const rule = settles
    ? unrest === undefined
      ? undefined
      : `a settled world decides: ${unrest}`
    : `it does not settle: ${unsettled(world, "api") ?? ""}`;
  const last = rule === undefined ? [] : [{ time: world.clock.now(), service: "api", rule }];
  return { seed, acts, violations: [...checker.violations, ...last] };
}

function randomService(world: SimulatedWorld, random: SeededRandom, act: Act): SimulatedTaskSets {
  const [minimumHealthyPercent, maximumPercent] = random.pick([
    [100, 200],
    [100, 150],
    [50, 100],
    [0, 100],
  ] as const);
  const service = {
    name: "api",
    desiredCount: random.between(1, 8),
    gracePeriodMs: random.chance(0.5) ? random.between(0, 120_000) : 0,
    availabilityZones: random.between(1, 3),
    availabilityZoneRebalancing: random.pick(["ENABLED", "DISABLED"] as const),
    targetGroup: { intervalMs: random.between(5_000, 30_000), drainMs: random.between(0, 60_000) },
    ...(random.chance(0.3)
      ? {
          capacityProviderStrategy: [
            { capacityProvider: "FARGATE", base: random.between(0, 2), weight: 1 },
            { capacityProvider: "FARGATE_SPOT", base: 0, weight: 3 },
          ],
        }
      : {}),
    deployment: { minimumHealthyPercent, maximumPercent },
  };
  act(`create ${JSON.stringify(service)}`);
  return new SimulatedTaskSets(world, service);
}

function disturb(world: SimulatedWorld, thirdParty: SimulatedTaskSets, random: SeededRandom, checker: SafetyChecker, act: Act): void {
  const victim = victimOf(world, random);
  const taskSets = thirdParty.all().filter(({ status }) => status !== "DRAINING");
  const id = taskSets.length === 0 ? undefined : random.pick(taskSets).deployment.id;
  switch (random.between(0, 12)) {
    case 0:
    case 1:
    case 2: {
      if (thirdParty.all().length >= MOST_TASK_SETS) return;
      const scale = random.pick(scales);
      const colour = random.pick(["targets", "others"] as const);
      const version = randomVersion(random);
      act(
        `${thirdParty.create(version, scale, colour)} of ${scale} % in ${colour}: ${JSON.stringify(version.behaviour) ?? "sometimes crashes"}`,
      );
      return;
    }
    case 3: {
      const scale = random.pick(scales);
      if (id === undefined) return;
      act(`scale ${id} to ${scale} %`);
      thirdParty.scale(id, scale);
      return;
    }
    case 4:
      if (id === undefined) return;
      act(`promote ${id}`);
      thirdParty.promote(id);
      return;
    case 5:
      if (id === undefined) return;
      act(`delete ${id}`);
      thirdParty.delete(id);
      return;
    case 6: {
      const desiredCount = random.between(0, 10);
      act(`${desiredCount} desired`);
      world.scale("api", desiredCount);
      return;
    }
    case 7: {
      const colour = random.pick(["targets", "others"] as const);
      act(`the traffic goes to ${colour}`);
      thirdParty.moveTraffic(colour);
      return;
    }
    case 8:
      restart(world, checker, act);
      return;
    default:
      strike(random.pick(["crash", "fall silent", "answer", "reclaim", "flap"] as const), victim, world, random, act);
      return;
  }
}
