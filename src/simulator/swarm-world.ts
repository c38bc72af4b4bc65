/** What every swarm has: a world whose faults come from a seed, versions good and bad, and blows at single tasks. */
import { unassumableRole } from "../engine/service/launch-error.ts";
import type { SafetyChecker } from "./checkers.ts";
import { SeededRandom } from "./random.ts";
import type { SimulatedVersion } from "./simulated-task-definitions.ts";
import { SimulatedWorld } from "./simulated-world.ts";

/** Notes what was done. */
export type Act = (text: string) => void;

/** A request comes so often while acts go on. */
const REQUEST_EVERY_MS = 3_000;
const MINUTE_MS = 60_000;
const ROLE_ARN = "arn:aws:iam::000000000000:role/task";

/** A world in which, while it is faulty, answers get lost, calls are refused and the tasks' role cannot be assumed. */
export function faultyWorld(seed: number, random: SeededRandom, isFaulty: () => boolean): SimulatedWorld {
  const loss = random.chance(0.3) ? random.next() * 0.05 : 0;
  const losses = new SeededRandom(seed + 1);
  // Of its own source, so that a seed's other faults stay what they were.
  const refusals = new SeededRandom(seed + 2);
  const refusal = refusals.chance(0.3) ? refusals.next() * 0.3 : 0;
  const mistrusts = mistrustSpells(new SeededRandom(seed + 4));
  const world: SimulatedWorld = new SimulatedWorld({
    seed,
    launchError: () => {
      const now = world.clock.now();
      return isFaulty() && mistrusts.some(({ from, to }) => from <= now && now < to) ? unassumableRole(ROLE_ARN) : undefined;
    },
    provisionMs: random.between(0, 20_000),
    settings: { reissueAfterMs: 300_000 },
    limits: { admits: () => !(isFaulty() && refusal > 0 && refusals.chance(refusal)) },
    // Only answers to effects get lost: a load balancer repeats its own states, processes do not.
    loses: (event) => isFaulty() && loss > 0 && event.type !== "target-health" && event.type !== "container-exited" && losses.chance(loss),
  });
  return world;
}

/** When the role of the tasks cannot be assumed, for a minute to half an hour each; in most worlds never. */
function mistrustSpells(random: SeededRandom): readonly { readonly from: number; readonly to: number }[] {
  if (!random.chance(0.3)) return [];
  return Array.from({ length: 3 }, () => {
    const from = random.between(0, 30 * MINUTE_MS);
    return { from, to: from + random.between(MINUTE_MS, 30 * MINUTE_MS) };
  });
}

/** Requests at a steady pace, for the checker to see where they go. */
export function sendRequests(world: SimulatedWorld, goesOn: () => boolean): void {
  world.clock.at(world.clock.now() + REQUEST_EVERY_MS, () => {
    world.request("api");
    if (goesOn()) sendRequests(world, goesOn);
  });
}

/** It answers within two of the shortest intervals: the third check in a row, with which a target falls ill, comes later, whichever node makes it. */
export function goodBehaviour(random: SeededRandom): SimulatedVersion["behaviour"] {
  return { pullMs: random.between(0, 30_000), answersAfterMs: random.between(0, 10_000), stopsAfterMs: random.between(0, 60_000) };
}

export function randomVersion(random: SeededRandom): SimulatedVersion {
  const healthCheck = { command: ["CMD", "true"], intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 60_000 };
  const containers = random.chance(0.3) ? [{ name: "app", healthCheck }] : [{ name: "app" }];
  const kind = random.next();
  if (kind < 0.5) return { containers, behaviour: goodBehaviour(random) };
  if (kind < 0.6) return { containers, behaviour: { exitsAfterMs: random.between(0, 5_000), exitCode: 1 } };
  if (kind < 0.7) return { containers, behaviour: { pullFailure: "CannotPullContainerError: no such image" } };
  if (kind < 0.8) return { containers, behaviour: { answersAfterMs: Number.POSITIVE_INFINITY } };
  const share = random.between(2, 5);
  return {
    containers,
    behaviour: (_container, task) => (Number.parseInt(task.taskId.slice(-4), 16) % share === 0 ? { exitsAfterMs: 2_000, exitCode: 1 } : {}),
  };
}

type Victim = ReturnType<SimulatedWorld["runtime"]["running"]>[number];

/** Some task that runs, if one does. */
export function victimOf(world: SimulatedWorld, random: SeededRandom): Victim | undefined {
  const running = world.runtime.running();
  return running.length === 0 ? undefined : random.pick(running);
}

export type Blow = "crash" | "fall silent" | "answer" | "reclaim" | "flap";

/** What befalls one task. */
export function strike(blow: Blow, victim: Victim | undefined, world: SimulatedWorld, random: SeededRandom, act: Act): void {
  if (victim === undefined) return;
  const { taskArn } = victim;
  const name = taskArn.slice(-6);
  switch (blow) {
    case "crash":
      act(`crash ${name}`);
      world.runtime.crash(taskArn, 139);
      return;
    case "fall silent":
      act(`${name} stops answering`);
      world.runtime.setAnswering(taskArn, false);
      return;
    case "answer":
      act(`${name} answers`);
      world.runtime.setAnswering(taskArn, true);
      return;
    case "reclaim":
      act(`Spot reclaims ${name}`);
      world.controller.interruptSpot(taskArn);
      return;
    case "flap":
      act(`${name} flaps`);
      world.runtime.setAnswering(taskArn, false);
      world.clock.at(world.clock.now() + random.between(1_000, 40_000), () => world.runtime.setAnswering(taskArn, true));
      return;
  }
}

export function restart(world: SimulatedWorld, checker: SafetyChecker, act: Act): void {
  act("the platform is killed and started again");
  world.restart();
  checker.watch();
}
