/**
 * Deployment alarms: one in ALARM fails the deployment. One that was in ALARM already when the deployment began is no
 * verdict on it, and ECS then monitors none of them: so a fix can be shipped while the fire still burns. When the tasks stand the deployment
 * bakes for as long as its slowest alarm needs to ring, at least a minute, before it is COMPLETED.
 *
 * Example: an alarm of 3 periods of 60 s makes a deployment bake for 3 minutes.
 */
import { failDeployment } from "./deployment-end.ts";
import type { ServiceDraft } from "./service-draft.ts";
import { rolloutReason } from "./service-events.ts";
import type { DeploymentState } from "./service-state.ts";

const SHORTEST_BAKE_MS = 60_000;

/** Fails the deployment under way when one of its alarms rings. */
export function watchAlarms(draft: ServiceDraft): void {
  const { primary } = draft;
  const { alarms } = draft.service.deploymentConfiguration;
  if (alarms?.enable !== true || primary === undefined || primary.rolloutState !== "IN_PROGRESS") return;
  const ringing = alarms.alarmNames.filter((alarmName) => draft.world.alarm(alarmName)?.state === "ALARM");
  if (primary.alarmsMonitored === undefined) {
    draft.changeDeployment(primary.id, { alarmsMonitored: ringing.length === 0 });
    return;
  }
  if (!primary.alarmsMonitored || ringing.length === 0) return;
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
  const { alarms } = draft.service.deploymentConfiguration;
  if (alarms?.enable !== true || primary.alarmsMonitored !== true || alarms.alarmNames.length === 0) return true;
  const windows = alarms.alarmNames.map((alarmName) => draft.world.alarm(alarmName)?.windowMs ?? 0);
  const bakeMs = Math.max(SHORTEST_BAKE_MS, ...windows);
  if (primary.bakingSinceTime === undefined) draft.changeDeployment(primary.id, { bakingSinceTime: draft.now.time });
  const doneTime = (primary.bakingSinceTime ?? draft.now.time) + bakeMs;
  draft.wake(doneTime);
  return draft.now.time >= doneTime;
}
