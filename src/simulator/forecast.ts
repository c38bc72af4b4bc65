/**
 * A rollout before it happens: the next deployment of a service, played on the very engine that will carry it out,
 * once as it usually goes and once as it goes when everything outside is slow. Usually the load balancer's nodes, one in each
 * zone, probe at even distances, so that what has come up is found within a part of the interval; at worst they all probe at one
 * moment, and it takes the whole. Nothing is random, so the same service gives the same forecast.
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
  readonly peakTasks: number;
  readonly lowestHealthy: number;
  /** What the tasks beyond the desired count add up to. */
  readonly overlapTaskSeconds: number;
  readonly phases: readonly Phase[];
  /** Why it would not come to an end, if it would not. */
  readonly stuck?: string;
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

/** Forecasts the next rollout of a service that stands. */
export function forecast(model: ServiceModel, given = { expected: usually, worst: atWorst }): Forecast {
  const assumptions = { expected: given.expected, worst: tolerable(model, given.expected, given.worst) };
  const expected = play(model, assumptions.expected);
  const worst = play(model, assumptions.worst, 1);
  return {
    expectedSeconds: expected.seconds,
    worstSeconds: Math.max(worst.seconds, expected.seconds),
    dominatedBy: longest(expected.phases),
    peakTasks: Math.max(expected.peakTasks, worst.peakTasks),
    lowestHealthy: Math.min(expected.lowestHealthy, worst.lowestHealthy),
    overlapTaskSeconds: expected.overlapTaskSeconds,
    phases: expected.phases,
    ...(expected.stuck === undefined ? {} : { stuck: expected.stuck }),
    ...(model.balancer === undefined ? {} : { probers: model.zones ?? 1 }),
    assumptions,
  };
}

/** A start slower than the checks tolerate is no slow rollout but a failed one: the worst is the slowest that succeeds. */
function tolerable(model: ServiceModel, expected: Conditions, worst: Conditions): Conditions {
  const { balancer, containerCheck, gracePeriodMs } = model;
  const checks = [
    ...(balancer === undefined ? [] : [(balancer.unhealthyThreshold - 1) * balancer.intervalMs]),
    ...(containerCheck === undefined ? [] : [containerCheck.startPeriodMs + (containerCheck.retries - 1) * containerCheck.intervalMs]),
  ];
  if (checks.length === 0) return worst;
  const graceMs = balancer === undefined ? gracePeriodMs : gracePeriodMs - balancer.intervalMs;
  const answersAfterMs = Math.min(worst.answersAfterMs, Math.max(Math.min(...checks), graceMs));
  return { ...worst, answersAfterMs: Math.max(expected.answersAfterMs, answersAfterMs) };
}

interface Played {
  readonly seconds: number;
  readonly phases: readonly Phase[];
  readonly peakTasks: number;
  readonly lowestHealthy: number;
  readonly overlapTaskSeconds: number;
  readonly stuck?: string;
}

/** `probers`: how many nodes probe at moments of their own, unless one in each zone does. */
function play(model: ServiceModel, conditions: Conditions, probers?: number): Played {
  const world = worldOf(model, conditions);
  const { name } = model;
  // What runs now is known to run.
  const { targetGroup, ...service } = simulatedService(model, { ...conditions, answersAfterMs: 0 });
  world.create({
    ...service,
    ...(targetGroup === undefined ? {} : { targetGroup: { ...targetGroup, ...(probers === undefined ? {} : { probers }) } }),
  });
  world.until(() => unsettled(world, name) === undefined, GIVES_UP_AFTER_MS);
  const begin = world.clock.now();
  world.deploy(name, { containers: [containerOf(model)], behaviour: behaviourOf(conditions) });
  world.advance(0);

  const phases: Phase[] = [];
  let peakTasks = 0;
  let lowestHealthy = Number.POSITIVE_INFINITY;
  let overlapMs = 0;
  for (;;) {
    const sight = look(world, model);
    peakTasks = Math.max(peakTasks, sight.wanted);
    lowestHealthy = Math.min(lowestHealthy, sight.healthy);
    if (unsettled(world, name) === undefined) break;
    const [primary] = world.service(name).deployments;
    if (primary?.rollback === true || primary?.rolloutState === "FAILED") {
      return { ...summary(), stuck: "the new tasks do not answer within what the health checks and the grace period tolerate" };
    }
    const due = world.clock.nextDue();
    if (due === undefined || due - begin > GIVES_UP_AFTER_MS || (sight.phase === "waiting" && isStuck(world, name))) {
      return { ...summary(), stuck: "minimumHealthyPercent and maximumPercent permit neither a start nor a stop at this desired count" };
    }
    overlapMs += Math.max(0, sight.present - model.desiredCount) * (due - world.clock.now());
    note(phases, sight, (world.clock.now() - begin) / 1000, (due - begin) / 1000);
    world.clock.step();
  }
  return summary();

  function summary(): Played {
    const seconds = (world.clock.now() - begin) / 1000;
    return { seconds, phases, peakTasks, lowestHealthy: Math.min(lowestHealthy, peakTasks), overlapTaskSeconds: overlapMs / 1000 };
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
  return {
    phase: phaseOf(ours, tasks, healthy.length === live.length, primary?.staged?.stage, model),
    healthy: healthy.length,
    oldTasks: live.length - ours.length,
    newTasks: ours.length,
    wanted: live.length,
    present: tasks.filter(({ pullStartedAt }) => pullStartedAt !== undefined).length,
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
