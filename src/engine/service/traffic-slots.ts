/**
 * Which of a load balancer's two target groups a deployment's tasks are in, and who has the traffic: for BLUE_GREEN, LINEAR and
 * CANARY, and for a ROLLING deployment that follows one of those. Service Connect divides its requests between the same two slots, beside
 * a load balancer or alone.
 */
import { slotSharesOf } from "./connect-hosts.ts";
import type { ServiceDraft } from "./service-draft.ts";
import type { DeploymentState, RevisionLoadBalancer, Slot, TrafficWeight } from "./service-state.ts";
import type { TaskState } from "./task-state.ts";

/**
 * The deployment that serves while this one is brought up: the proven one, unless nothing healthy is left of it (a
 * deployment superseded in its clean-up had stopped it already); then whichever of the older has most healthy tasks,
 * a failed one only when there is no other (a first deployment that failed with nothing to go back to still serves).
 */
export function blueOf(draft: ServiceDraft): DeploymentState | undefined {
  const older = draft.deployments.slice(1);
  const sound = older.filter((deployment) => deployment.rolloutState !== "FAILED");
  const proven = sound.find((deployment) => deployment.proven);
  if (proven !== undefined && healthyOf(draft, proven) > 0) return proven;
  return healthiest(draft, sound) ?? healthiest(draft, older) ?? proven;
}

/** The one with most healthy tasks, if any has one. */
function healthiest(draft: ServiceDraft, deployments: readonly DeploymentState[]): DeploymentState | undefined {
  return deployments.reduce<DeploymentState | undefined>(
    (best, each) => (healthyOf(draft, each) > (best === undefined ? 0 : healthyOf(draft, best)) ? each : best),
    undefined,
  );
}

export function healthyOf(draft: ServiceDraft, deployment: DeploymentState): number {
  return draft.live(deployment.id).filter((task) => draft.isHealthy(task)).length;
}

export function freeSlot(draft: ServiceDraft, primary: DeploymentState): Slot {
  const blue = blueOf(draft) ?? draft.service.lastCompleted;
  return blue === undefined || blue.id === primary.id || slotOf(draft, blue) === "ALTERNATE" ? "PRIMARY" : "ALTERNATE";
}

export function otherSlot(slot: Slot): Slot {
  return slot === "ALTERNATE" ? "PRIMARY" : "ALTERNATE";
}

type Routed = RevisionLoadBalancer & Required<Pick<RevisionLoadBalancer, "advanced">>;

/**
 * The load balancers between whose two target groups a listener rule divides the traffic: those of the newest deployment that has any, for
 * the one before it may have been ROLLING and know of one group only. Empty: every task does its share of the work.
 */
export function routedBy(draft: ServiceDraft): readonly Routed[] {
  for (const { serviceRevisionArn } of draft.deployments) {
    const routed = draft.world.revision(serviceRevisionArn).loadBalancers.filter((each): each is Routed => each.advanced !== undefined);
    if (routed.length > 0) return routed;
  }
  return [];
}

/** Whether Service Connect divides requests between the tasks. */
export function isConnected(draft: ServiceDraft, deployments: readonly DeploymentState[] = draft.deployments): boolean {
  return deployments.some((each) => (draft.world.revision(each.serviceRevisionArn).serviceConnect?.discoveryArns ?? []).length > 0);
}

/** Where a deployment's tasks are, in terms of `routedBy`, else of Service Connect; undefined: in none of the two slots. */
export function slotOf(draft: ServiceDraft, deployment: DeploymentState): Slot | undefined {
  const routed = routedBy(draft);
  if (routed.length === 0) return isConnected(draft, [deployment]) ? (deployment.slot ?? "PRIMARY") : undefined;
  const { loadBalancers } = draft.world.revision(deployment.serviceRevisionArn);
  const groups = loadBalancers.map(({ targetGroupArn, advanced }) =>
    deployment.slot === "ALTERNATE" ? (advanced?.alternateTargetGroupArn ?? targetGroupArn) : targetGroupArn,
  );
  return slotAmong(routed, groups);
}

/** Where a task is. */
export function slotOfTask(routed: readonly Routed[], { targets, registries }: TaskState): Slot | undefined {
  if (routed.length === 0) return registries.find(({ slot }) => slot !== undefined)?.slot;
  return slotAmong(
    routed,
    targets.map(({ targetGroupArn }) => targetGroupArn),
  );
}

function slotAmong(routed: readonly Routed[], groups: readonly string[]): Slot | undefined {
  for (const { targetGroupArn, advanced } of routed) {
    if (groups.includes(targetGroupArn)) return "PRIMARY";
    if (groups.includes(advanced.alternateTargetGroupArn)) return "ALTERNATE";
  }
  return undefined;
}

/** Percent of the production traffic on a target group; before the first shift all of it is on the service's own. */
export function weightOf(draft: ServiceDraft, slot: Slot): number {
  const [first] = routedBy(draft);
  if (first === undefined) return isConnected(draft) ? slotSharesOf(draft.service).production[slot] : 100;
  const { targetGroupArn, advanced } = first;
  const wanted = slot === "ALTERNATE" ? advanced.alternateTargetGroupArn : targetGroupArn;
  const weights = draft.service.traffic[advanced.productionListenerRule];
  return weights?.find((each) => each.targetGroupArn === wanted)?.weight ?? (slot === "PRIMARY" && weights === undefined ? 100 : 0);
}

/** Whether the deployment's tasks get production traffic, or do their share without any. */
export function carries(draft: ServiceDraft, deployment: DeploymentState): boolean {
  const slot = slotOf(draft, deployment);
  return slot === undefined || weightOf(draft, slot) > 0;
}

/** Gives the deployment that share of the test and the production traffic, the other target group the rest. */
export function shift(draft: ServiceDraft, deployment: DeploymentState, testWeight: number, productionWeight: number): void {
  const { staged } = draft.deployment(deployment.id) ?? deployment;
  if (staged !== undefined && (staged.testWeight !== testWeight || staged.productionWeight !== productionWeight)) {
    draft.changeDeployment(deployment.id, { staged: { ...staged, testWeight, productionWeight } });
  }
  const slot = slotOf(draft, draft.deployment(deployment.id) ?? deployment);
  if (slot !== undefined) give(draft, slot, testWeight, productionWeight);
}

/** Gives a slot that share of the test and the production traffic, the other the rest. */
export function give(draft: ServiceDraft, slot: Slot, testWeight: number, productionWeight: number): void {
  if (isConnected(draft)) {
    const shares = (share: number): Readonly<Record<Slot, number>> =>
      slot === "ALTERNATE" ? { PRIMARY: 100 - share, ALTERNATE: share } : { PRIMARY: share, ALTERNATE: 100 - share };
    draft.setSlotShares({ test: shares(testWeight), production: shares(productionWeight) });
  }
  for (const { targetGroupArn, advanced } of routedBy(draft)) {
    const weights = (share: number): readonly TrafficWeight[] => [
      { targetGroupArn, weight: slot === "ALTERNATE" ? 100 - share : share },
      { targetGroupArn: advanced.alternateTargetGroupArn, weight: slot === "ALTERNATE" ? share : 100 - share },
    ];
    if (advanced.testListenerRule !== undefined) draft.setWeights(advanced.testListenerRule, weights(testWeight), "test-traffic");
    draft.setWeights(advanced.productionListenerRule, weights(productionWeight), "production-traffic");
  }
}
