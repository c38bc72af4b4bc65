/**
 * Which of a load balancer's two target groups a deployment's tasks are in, and who has the traffic: for BLUE_GREEN, LINEAR and
 * CANARY, and for a ROLLING deployment that follows one of those.
 */
import type { ServiceDraft } from "./service-draft.ts";
import type { DeploymentState, Slot } from "./service-state.ts";

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
  return blue === undefined || blue.id === primary.id || blue.slot === "ALTERNATE" ? "PRIMARY" : "ALTERNATE";
}

/**
 * A ROLLING deployment moves no traffic, so its tasks go where the traffic is: into the target group of the deployment that
 * serves. What an aborted shift left to the other group comes back to it, for the tasks there are about to be replaced.
 */
export function staySlotted(draft: ServiceDraft, primary: DeploymentState): void {
  if (primary.slot !== undefined) return;
  const serving = blueOf(draft) ?? draft.service.lastCompleted;
  if (serving === undefined || serving.slot === undefined || serving.id === primary.id) return;
  draft.changeDeployment(primary.id, { slot: serving.slot });
  shift(draft, primary, 100, 100);
}

/** Gives the deployment that share of the test and the production traffic, the other target group the rest. */
export function shift(draft: ServiceDraft, deployment: DeploymentState, testWeight: number, productionWeight: number): void {
  const current = draft.deployment(deployment.id);
  const { staged } = current ?? deployment;
  if (staged !== undefined && (staged.testWeight !== testWeight || staged.productionWeight !== productionWeight)) {
    draft.changeDeployment(deployment.id, { staged: { ...staged, testWeight, productionWeight } });
  }
  const alternate = (current ?? deployment).slot === "ALTERNATE";
  for (const { targetGroupArn, advanced } of draft.world.revision(deployment.serviceRevisionArn).loadBalancers) {
    if (advanced === undefined) continue;
    const weights = (share: number) => [
      { targetGroupArn, weight: alternate ? 100 - share : share },
      { targetGroupArn: advanced.alternateTargetGroupArn, weight: alternate ? share : 100 - share },
    ];
    if (advanced.testListenerRule !== undefined) draft.setWeights(advanced.testListenerRule, weights(testWeight), "test-traffic");
    draft.setWeights(advanced.productionListenerRule, weights(productionWeight), "production-traffic");
  }
}
