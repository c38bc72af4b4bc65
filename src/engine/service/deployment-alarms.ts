/**
 * Deployment alarms: one in ALARM fails the deployment. One that was in ALARM already when the deployment began is no
 * verdict on it, and ECS then monitors none of them: so a fix can be shipped while the fire still burns. When the tasks stand the deployment
 * bakes for as long as its slowest alarm needs to ring, at least a minute, before it is COMPLETED.
 *
 * ECS learns of alarms by polling DescribeAlarms, only while the deployment is under way. AWS does not publish how often; here
 * it is every 15 seconds, and once more when the bake is over. A poll that CloudWatch's rate limit refuses is not made up
 * for: an alarm that rings and is calm again between two answers is missed.
 *
 * Example: an alarm of 3 periods of 60 s makes a deployment bake for 3 minutes.
 */
import { failDeployment } from "./deployment-end.ts";
import type { ServiceDraft } from "./service-draft.ts";
import { rolloutReason } from "./service-events.ts";
import type { DeploymentState } from "./service-state.ts";
import { tellThrottling } from "./tell-throttling.ts";

const SHORTEST_BAKE_MS = 60_000;
const POLL_EVERY_MS = 15_000;

/** Asks for the alarms of the deployment under way when that is due, and fails it when one rings. */
export function watchAlarms(draft: ServiceDraft): void {
  const { primary } = draft;
  const { alarms } = draft.configuration;
  if (alarms?.enable !== true || primary === undefined || primary.rolloutState !== "IN_PROGRESS" || primary.alarmsMonitored === false)
    return;
  const last = lastPoll(draft, primary);
  const { time } = draft.now;
  if (last !== undefined && time < nextPoll(last.polledTime, primary, last.windowMs)) {
    draft.wake(last.polledTime + POLL_EVERY_MS);
    return;
  }
  draft.wake(time + POLL_EVERY_MS);
  const answer = draft.world.alarms(alarms.alarmNames);
  const windowMs = answer === "throttled" ? (last?.windowMs ?? 0) : Math.max(0, ...answer.map((alarm) => alarm.windowMs));
  draft.change({ alarmPoll: { deploymentId: primary.id, polledTime: time, windowMs } });
  if (answer === "throttled") {
    tellThrottling(draft, "cloudwatch");
    return;
  }
  const ringing = answer.filter(({ state }) => state === "ALARM").map(({ alarmName }) => alarmName);
  if (primary.alarmsMonitored === undefined) {
    draft.changeDeployment(primary.id, { alarmsMonitored: ringing.length === 0 });
    return;
  }
  if (ringing.length === 0) return;
  failDeployment(draft, primary, {
    cause: "alarm",
    reason: rolloutReason.alarmDetected(ringing),
    told: "alarm detected.",
    rollback: alarms.rollback,
    triggeredAlarmNames: ringing,
  });
}

/** Whether the deployment, whose tasks all stand, has baked long enough. */
export function isBaked(draft: ServiceDraft, primary: DeploymentState): boolean {
  const { alarms } = draft.configuration;
  if (alarms?.enable !== true || primary.alarmsMonitored === false || alarms.alarmNames.length === 0) return true;
  if (primary.bakingSinceTime === undefined) draft.changeDeployment(primary.id, { bakingSinceTime: draft.now.time });
  const doneTime = bakedTime(primary.bakingSinceTime ?? draft.now.time, lastPoll(draft, primary)?.windowMs ?? 0);
  draft.wake(doneTime);
  return draft.now.time >= doneTime;
}

function lastPoll(draft: ServiceDraft, primary: DeploymentState): { polledTime: number; windowMs: number } | undefined {
  const { alarmPoll } = draft.service;
  return alarmPoll?.deploymentId === primary.id ? alarmPoll : undefined;
}

function nextPoll(polledTime: number, { bakingSinceTime }: DeploymentState, windowMs: number): number {
  const regular = polledTime + POLL_EVERY_MS;
  if (bakingSinceTime === undefined) return regular;
  const doneTime = bakedTime(bakingSinceTime, windowMs);
  return polledTime < doneTime ? Math.min(regular, doneTime) : regular;
}

function bakedTime(bakingSinceTime: number, windowMs: number): number {
  return bakingSinceTime + Math.max(SHORTEST_BAKE_MS, windowMs);
}
