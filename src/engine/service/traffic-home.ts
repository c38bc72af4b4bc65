/**
 * A ROLLING deployment's target group, where one of the other strategies went before it and may have been interrupted. A rolling update
 * moves no traffic by itself, so its tasks go where the traffic is; what an interrupted shift left to the other group comes
 * back first, as soon as the tasks here can carry it, and only then the tasks over there are stopped.
 *
 * Example, desired 4, a canary with 20 % is superseded: four of the old revision here, four canaries there. The 20 % come back, the
 * canaries are stopped, and the update rolls through the four. Were two of the old ones gone at that moment, the canaries would be home.
 */
import type { ServiceDraft } from "./service-draft.ts";
import type { DeploymentState, Slot } from "./service-state.ts";
import { stopOf } from "./task-counts.ts";
import type { TaskState } from "./task-state.ts";
import { give, isConnected, otherSlot, routedBy, slotOf, slotOfTask, weightOf } from "./traffic-slots.ts";

/** Chooses the target group of a ROLLING deployment, brings the traffic there and stops who has none any more. */
export function leadHome(draft: ServiceDraft): void {
  const home = homeOf(draft);
  if (home === undefined || draft.primary?.rolloutState !== "IN_PROGRESS") return;
  const away = otherSlot(home);
  if (healthyIn(draft, home) >= Math.min(draft.service.desiredCount, healthyIn(draft, away))) give(draft, home, 100, 100);
  if (draft.awaitsWeights || weightOf(draft, away) > 0) return;
  const routed = routedBy(draft);
  for (const task of draft.allLive()) {
    if (slotOfTask(routed, task) !== away) continue;
    stopOf(draft, task, draft.primary);
    const owner = draft.deployment(task.deploymentId);
    if (owner !== undefined && owner !== draft.primary) {
      draft.changeDeployment(owner.id, { desiredCount: Math.max(0, owner.desiredCount - 1) });
    }
  }
}

/** Those that get traffic, or do their share without any. */
export function serving(draft: ServiceDraft, tasks: readonly TaskState[]): readonly TaskState[] {
  if (!isDivided(draft)) return tasks;
  const routed = routedBy(draft);
  const open = (["PRIMARY", "ALTERNATE"] as const).filter((slot) => weightOf(draft, slot) > 0);
  return tasks.filter((task) => {
    const slot = slotOfTask(routed, task);
    return slot === undefined || open.includes(slot);
  });
}

/** Undefined where no traffic was ever divided, or where the deployment's tasks are in neither target group. */
function homeOf(draft: ServiceDraft): Slot | undefined {
  const { primary } = draft;
  if (primary === undefined || !isDivided(draft)) return undefined;
  if (primary.slot === undefined && knowsBoth(draft, primary)) draft.changeDeployment(primary.id, { slot: choose(draft) });
  return slotOf(draft, draft.primary ?? primary);
}

/** The group with most healthy tasks; of two alike that of the proven revision, else that with more of the traffic. */
function choose(draft: ServiceDraft): Slot {
  const own = healthyIn(draft, "PRIMARY");
  const alternate = healthyIn(draft, "ALTERNATE");
  if (own !== alternate) return own > alternate ? "PRIMARY" : "ALTERNATE";
  const proven = draft.deployments.slice(1).find((deployment) => deployment.proven);
  const slot = own === 0 || proven === undefined ? undefined : slotOf(draft, proven);
  return slot ?? (weightOf(draft, "ALTERNATE") > weightOf(draft, "PRIMARY") ? "ALTERNATE" : "PRIMARY");
}

function healthyIn(draft: ServiceDraft, slot: Slot): number {
  const routed = routedBy(draft);
  return draft.allLive().filter((task) => draft.isHealthy(task) && slotOfTask(routed, task) === slot).length;
}

function isDivided(draft: ServiceDraft): boolean {
  if (isConnected(draft) && draft.service.slotShares !== undefined) return true;
  if (draft.deployments.some(({ slot }) => slot === "ALTERNATE") && routedBy(draft).length > 0) return true;
  return routedBy(draft).some(({ advanced }) => draft.service.traffic[advanced.productionListenerRule] !== undefined);
}

function knowsBoth(draft: ServiceDraft, deployment: DeploymentState): boolean {
  if (isConnected(draft, [deployment])) return true;
  return draft.world.revision(deployment.serviceRevisionArn).loadBalancers.some(({ advanced }) => advanced !== undefined);
}
