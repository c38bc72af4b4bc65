/**
 * How long fsd waits for a rollout before it ends it: computed from the manifest, because a fixed limit kills good
 * slow rollouts and CloudFormation's own (three hours) lets bad ones hang. It is a limit for what goes wrong, not a
 * forecast: three times what every step may take at worst, and never less than a quarter of an hour.
 *
 * Example: two tasks, rolling 100/200, grace 60 s, check every 30 s (3 failures), drain 30 s, stop 30 s: one wave of
 * 180 + 60 + 90 + 60 = 390 s and three attempts for the breaker, 1170 s; three times one wave is as much: 19.5 minutes.
 */
import type { ResolvedService } from "../../manifest/resolved.ts";

/** Seconds to find a place, pull the image and start, generously. */
const startSeconds = 180;
const leastSeconds = 15 * 60;
const slack = 3;

/** In seconds of AWS; the local platform's are shorter by its speed. */
export function rolloutBudgetSeconds({ service }: Pick<ResolvedService, "service">): number {
  const { healthCheck, containerCheck, deployment, resources, networking, stopTimeout } = service;
  const desired = Math.max(resources.desiredCount, resources.maxCapacity, 1);
  const waves = Math.ceil(desired / replacedAtOnce(desired, deployment));
  const judged = Math.max(
    healthCheck === undefined ? 40 : healthCheck.interval * Math.max(healthCheck.healthyThreshold, healthCheck.unhealthyThreshold),
    containerCheck === undefined ? 0 : containerCheck.startPeriod + containerCheck.interval * containerCheck.retries,
  );
  const ended = (networking.loadBalancer?.deregistrationDelay ?? 0) + stopTimeout;
  const wave = startSeconds + (healthCheck?.gracePeriod ?? 0) + judged + ended;
  return Math.max(leastSeconds, Math.ceil(slack * waves * wave) + shiftSeconds(deployment));
}

function replacedAtOnce(desired: number, { minimumHealthyPercent, maximumPercent, strategy }: Deployment): number {
  if (strategy !== "rolling") return desired;
  const floor = Math.ceil((desired * minimumHealthyPercent) / 100);
  const ceiling = Math.floor((desired * maximumPercent) / 100);
  return Math.max(1, ceiling - desired, desired - floor);
}

/** What blue/green, canary and linear wait for on purpose. */
function shiftSeconds({ strategy, bakeTime, canary, linear, hooks, alarms }: Deployment): number {
  const steps =
    strategy === "canary" && canary !== undefined
      ? canary.bakeTime
      : strategy === "linear" && linear !== undefined
        ? Math.ceil(100 / linear.stepPercent) * linear.stepBakeTime
        : 0;
  // A deployment with alarms is watched a while longer by ECS itself.
  const watched = alarms.length > 0 ? 15 * 60 : 0;
  const paused = hooks.reduce((sum, { timeout = 24 * 3600 }) => sum + timeout, 0);
  return (strategy === "rolling" || strategy === "all-at-once" ? 0 : bakeTime + steps) + watched + paused;
}

type Deployment = ResolvedService["service"]["deployment"];
