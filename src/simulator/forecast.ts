/**
 * A rollout before it happens: the next deployment of a service, played on the very engine that will carry it out,
 * once as it usually goes and once as it goes when everything outside is slow. Usually the load balancer's nodes, one in each
 * zone, probe at even distances, so that what has come up is found within a part of the interval; at worst they all probe at one
 * moment, just before the program answers, and it takes a whole interval more. Nothing is random, so the same service gives the
 * same forecast.
 */

import { faithfulSettings } from "../engine/service/moment.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import { verdictOn } from "../engine/service/task-verdict.ts";
import { unsettled } from "./checkers.ts";
import { behaviourOf, type Conditions, containerOf, type ServiceModel, simulatedService, worldOf } from "./service-model.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** What a rollout waits for. */
export type PhaseKind =
  | "provisioning"
  | "image pull and start"
  | "health checks"
  | "forty seconds of running"
  | "connection draining"
  | "stopping"
  | "bake"
  | "traffic shift"
  | "waiting";

export interface Phase {
  readonly phase: PhaseKind;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Tasks counted healthy at its beginning. */
  readonly healthy: number;
  /** Of the old revision and of the new one, running or coming up. */
  readonly oldTasks: number;
  readonly newTasks: number;
}

export interface Forecast {
  readonly expectedSeconds: number;
  readonly worstSeconds: number;
  /** What most of the expected time is spent on. */
  readonly dominatedBy: PhaseKind | "nothing";
  /** Wanted RUNNING at once, as `maximumPercent` counts them. */
  readonly peakTasks: number;
  /** Billed at once: with those that drain and stop. */
  readonly peakBilledTasks: number;
  readonly lowestHealthy: number;
  /** What the tasks beyond the desired count add up to, */
  readonly overlapTaskSeconds: number;
  /** and what of that is on Spot. */
  readonly overlapSpotTaskSeconds: number;
  readonly phases: readonly Phase[];
  /** Why it would not come to an end, if it would not. */
  readonly stuck?: string;
  /** Why it would not at worst, where it usually does. */
  readonly stuckAtWorst?: string;
  /** How many of the load balancer's nodes probe each target: usually at even distances, at worst at one moment. */
  readonly probers?: number;
  readonly assumptions: { readonly expected: Conditions; readonly worst: Conditions };
}

/** As it usually goes on Fargate (medians of observed rollouts), an image of some 250 MB. */
export const usually: Conditions = { provisionMs: 12_000, pullMs: 10_000, answersAfterMs: 5_000, stopsAfterMs: 1_000, drainMs: 3_600_000 };
/** Slow capacity, a large image, a slow start, and a program that waits for its SIGKILL. */
export const atWorst: Conditions = {
  provisionMs: 20_000,
  pullMs: 60_000,
  answersAfterMs: 30_000,
  stopsAfterMs: 120_000,
  drainMs: 3_600_000,
};

const GIVES_UP_AFTER_MS = 48 * 3_600_000;
const LAUNCH_WINDOW_MS = 60_000;

/** Forecasts the next rollout of a service that stands. */
export function forecast(model: ServiceModel, given = { expected: usually, worst: atWorst }): Forecast {
  const assumptions = { expected: given.expected, worst: tolerable(model, given.expected, given.worst) };
  const expected = play(model, assumptions.expected);
  const worst = play(model, assumptions.worst, true);
  return {
    expectedSeconds: expected.seconds,
    worstSeconds: Math.max(worst.seconds, expected.seconds),
    dominatedBy: longest(expected.phases),
    peakTasks: Math.max(expected.peakTasks, worst.peakTasks),
    peakBilledTasks: Math.max(expected.peakBilledTasks, worst.peakBilledTasks),
    lowestHealthy: Math.min(expected.lowestHealthy, worst.lowestHealthy),
    overlapTaskSeconds: expected.overlapTaskSeconds,
    overlapSpotTaskSeconds: expected.overlapSpotTaskSeconds,
    phases: expected.phases,
    ...(expected.stuck !== undefined ? { stuck: expected.stuck } : worst.stuck === undefined ? {} : { stuckAtWorst: worst.stuck }),
    ...(model.balancer === undefined ? {} : { probers: model.zones ?? 1 }),
    assumptions,
  };
}

/**
 * A start slower than the checks tolerate is no slow rollout but a failed one: the worst is the slowest that succeeds. A check
 * tolerates what ends before so many failures, or early enough in the grace period for so many successes after it.
 */
function tolerable(model: ServiceModel, expected: Conditions, worst: Conditions): Conditions {
  const { balancer, containerCheck, gracePeriodMs } = model;
  const checks = [
    ...(balancer === undefined
      ? []
      : [
          Math.max(
            (balancer.unhealthyThreshold - 1) * balancer.intervalMs,
            gracePeriodMs - (balancer.healthyThreshold + 1) * balancer.intervalMs,
          ),
        ]),
    ...(containerCheck === undefined
      ? []
      : [
          Math.max(
            containerCheck.startPeriodMs + (containerCheck.retries - 1) * containerCheck.intervalMs,
            gracePeriodMs - 2 * containerCheck.intervalMs,
          ),
        ]),
  ];
  return { ...worst, answersAfterMs: Math.max(expected.answersAfterMs, Math.min(worst.answersAfterMs, ...checks)) };
}

interface Played {
  readonly seconds: number;
  readonly phases: readonly Phase[];
  readonly peakTasks: number;
  readonly lowestHealthy: number;
  readonly peakBilledTasks: number;
  readonly overlapTaskSeconds: number;
  readonly overlapSpotTaskSeconds: number;
  readonly stuck?: string;
}

/** `unlucky`: all nodes probe at one moment, the last one before the program answers, which it does just after. */
function play(model: ServiceModel, conditions: Conditions, unlucky = false): Played {
  const world = worldOf(model, conditions);
  const { name } = model;
  const { answersAfterMs } = conditions;
  // What runs now is known to run.
  const { targetGroup, ...service } = simulatedService(model, { ...conditions, answersAfterMs: 0 });
  const probing =
    unlucky && model.balancer !== undefined
      ? { probers: 1, firstProbeMs: answersAfterMs % model.balancer.intervalMs || model.balancer.intervalMs }
      : {};
  world.create({ ...service, ...(targetGroup === undefined ? {} : { targetGroup: { ...targetGroup, ...probing } }) });
  world.until(() => unsettled(world, name) === undefined, GIVES_UP_AFTER_MS);
  // It has stood for so long that its own starts no longer count towards Fargate's rate of a minute.
  world.advance(LAUNCH_WINDOW_MS);
  const begin = world.clock.now();
  const before = look(world, model);
  world.deploy(name, {
    containers: [containerOf(model)],
    behaviour: behaviourOf({ ...conditions, answersAfterMs: answersAfterMs + (unlucky ? 1 : 0) }),
  });
  world.advance(0);

  const phases: Phase[] = [];
  let peakTasks = 0;
  let lowestHealthy = Number.POSITIVE_INFINITY;
  let peakBilledTasks = 0;
  let overlapMs = 0;
  let overlapSpotMs = 0;
  for (;;) {
    const sight = look(world, model);
    peakTasks = Math.max(peakTasks, sight.wanted);
    peakBilledTasks = Math.max(peakBilledTasks, sight.present);
    lowestHealthy = Math.min(lowestHealthy, sight.healthy);
    if (unsettled(world, name) === undefined) break;
    const [primary] = world.service(name).deployments;
    if (primary?.rollback === true || primary?.rolloutState === "FAILED") {
      return { ...summary(), stuck: "the new tasks do not answer within what the health checks and the grace period tolerate" };
    }
    const due = world.clock.nextDue();
    if (due !== undefined && due - begin > GIVES_UP_AFTER_MS) return { ...summary(), stuck: "it takes more than 48 hours" };
    if (due === undefined || (sight.phase === "waiting" && isStuck(world, name))) {
      return { ...summary(), stuck: "minimumHealthyPercent and maximumPercent permit neither a start nor a stop at this desired count" };
    }
    const overlap = Math.max(0, sight.present - model.desiredCount) * (due - world.clock.now());
    overlapMs += overlap;
    overlapSpotMs += overlap * spotShare(sight, before);
    note(phases, sight, (world.clock.now() - begin) / 1000, (due - begin) / 1000);
    // All that is due in one moment: a look at each of thousands of tasks after each of their events takes minutes.
    world.clock.advanceTo(due);
  }
  return summary();

  function summary(): Played {
    const seconds = (world.clock.now() - begin) / 1000;
    return {
      seconds,
      phases,
      peakTasks,
      peakBilledTasks,
      lowestHealthy: Math.min(lowestHealthy, peakTasks),
      overlapTaskSeconds: overlapMs / 1000,
      overlapSpotTaskSeconds: Math.round(overlapSpotMs) / 1000,
    };
  }
}

function isStuck(world: SimulatedWorld, name: string): boolean {
  return world.story(name).some((message) => message.startsWith("was unable to stop or start tasks during a deployment"));
}

interface Sight {
  readonly phase: PhaseKind;
  readonly healthy: number;
  readonly oldTasks: number;
  readonly newTasks: number;
  /** Desired status RUNNING. */
  readonly wanted: number;
  /** Billed: from the image pull on, until STOPPED. */
  readonly present: number;
  /** Of those, on Spot. */
  readonly spot: number;
}

/** Which share of what came on top of the tasks before is on Spot. */
function spotShare(now: Sight, before: Sight): number {
  const spot = Math.max(0, now.spot - before.spot);
  const onDemand = Math.max(0, now.present - now.spot - (before.present - before.spot));
  return spot + onDemand === 0 ? 0 : spot / (spot + onDemand);
}

/** What there is now, and what the rollout waits for. */
function look(world: SimulatedWorld, model: ServiceModel): Sight {
  const service = world.service(model.name);
  const [primary] = service.deployments;
  const tasks = world.tasks(model.name).filter((task) => task.lastStatus !== "STOPPED");
  const live = tasks.filter((task) => task.desiredStatus === "RUNNING");
  const healthy = live.filter(
    (task) =>
      verdictOn(task, world.plan(task.taskDefinitionArn), model.gracePeriodMs, world.clock.now(), faithfulSettings).type === "healthy",
  );
  const ours = live.filter((task) => task.deploymentId === primary?.id);
  const billed = tasks.filter(({ pullStartedAt }) => pullStartedAt !== undefined);
  return {
    phase: phaseOf(ours, tasks, healthy.length === live.length, primary?.staged?.stage, model),
    healthy: healthy.length,
    oldTasks: live.length - ours.length,
    newTasks: ours.length,
    wanted: live.length,
    present: billed.length,
    spot: billed.filter(({ capacityProviderName }) => capacityProviderName === "FARGATE_SPOT").length,
  };
}

function phaseOf(
  ours: readonly TaskState[],
  all: readonly TaskState[],
  allHealthy: boolean,
  stage: string | undefined,
  model: ServiceModel,
): PhaseKind {
  if (ours.some((task) => task.lastStatus === "PROVISIONING")) return "provisioning";
  if (ours.some((task) => task.lastStatus === "PENDING" || task.lastStatus === "ACTIVATING")) return "image pull and start";
  if (!allHealthy) return model.balancer === undefined && model.containerCheck === undefined ? "forty seconds of running" : "health checks";
  if (stage === "BAKE_TIME") return "bake";
  if (stage !== undefined && stage !== "CLEAN_UP" && stage !== "SCALE_UP") return "traffic shift";
  if (all.some((task) => task.lastStatus === "DEACTIVATING")) return "connection draining";
  if (all.some((task) => task.lastStatus === "STOPPING")) return "stopping";
  return model.deployment.alarms?.enable === true ? "bake" : "waiting";
}

function note(phases: Phase[], { phase, healthy, oldTasks, newTasks }: Sight, fromSeconds: number, toSeconds: number): void {
  if (toSeconds === fromSeconds) return;
  const last = phases.at(-1);
  if (last?.phase === phase && last.healthy === healthy && last.oldTasks === oldTasks && last.newTasks === newTasks) {
    phases[phases.length - 1] = { ...last, toSeconds };
  } else {
    phases.push({ phase, fromSeconds, toSeconds, healthy, oldTasks, newTasks });
  }
}

function longest(phases: readonly Phase[]): PhaseKind | "nothing" {
  const seconds = new Map<PhaseKind, number>();
  for (const { phase, fromSeconds, toSeconds } of phases) seconds.set(phase, (seconds.get(phase) ?? 0) + toSeconds - fromSeconds);
  return [...seconds].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "nothing";
}
