/**
 * How deployments end: completed, failed and rolled back, failed and stalled, or retired without tasks. Rollback goes to
 * the most recent COMPLETED deployment, and the failure of a rollback is never rolled back. When they end is decided
 * elsewhere.
 */
import { detectors, type Failure } from "./failure.ts";
import { monitoringComplete, rollingBack, triggered } from "./service-deployment-record.ts";
import type { ServiceDraft } from "./service-draft.ts";
import { rolloutReason, serviceEvent } from "./service-events.ts";
import { serviceNotice } from "./service-notice.ts";
import type { DeploymentState } from "./service-state.ts";

/** The deployment has arrived: it is proven, and the one a later failure goes back to. */
export function completeDeployment(draft: ServiceDraft, deployment: DeploymentState): void {
  const wasRollback = deployment.rollback;
  draft.changeDeployment(deployment.id, {
    rolloutState: "COMPLETED",
    rolloutStateReason: rolloutReason.completed(deployment.id),
    proven: true,
    rollback: false,
  });
  const completed = draft.deployment(deployment.id) ?? deployment;
  draft.change({ lastCompleted: completed });
  draft.conclude({
    type: "complete-deployment",
    deploymentId: deployment.id,
    reason: draft.service.desiredCount === 0 ? "nothing-desired" : "all-tasks-healthy",
  });
  const arn = wasRollback ? rollingBack(draft)?.serviceDeploymentArn : deployment.serviceDeploymentArn;
  if (arn !== undefined) {
    draft.changeServiceDeployment(arn, {
      status: wasRollback ? "ROLLBACK_SUCCESSFUL" : "SUCCESSFUL",
      finishedAt: draft.now.wall,
      ...(wasRollback ? {} : monitoringComplete(draft, arn)),
    });
  }
  const reason = rolloutReason.completed(deployment.id);
  draft.tell(serviceEvent.completed(draft.service.serviceName, deployment.id), serviceNotice.completed(deployment.id, reason));
}

/**
 * The deployment has failed. With `rollback`, the most recent completed deployment becomes PRIMARY again; without
 * one (the first deployment, or the failure of a rollback itself) the deployment stalls where it is.
 */
export function failDeployment(draft: ServiceDraft, deployment: DeploymentState, failure: Failure): void {
  const name = draft.service.serviceName;
  const { cause, reason } = failure;
  draft.changeDeployment(deployment.id, { rolloutState: "FAILED", rolloutStateReason: reason });
  draft.conclude({ type: "fail-deployment", deploymentId: deployment.id, reason: cause });
  draft.tell(serviceEvent.failed(name, deployment.id, failure.told), serviceNotice.failed(deployment.id, reason));
  if (deployment.rollback) {
    const arn = rollingBack(draft)?.serviceDeploymentArn;
    if (arn !== undefined)
      draft.changeServiceDeployment(arn, { status: "ROLLBACK_FAILED", finishedAt: draft.now.wall, statusReason: reason });
    return;
  }
  const arn = deployment.serviceDeploymentArn;
  const monitors = triggered(draft, deployment, failure);
  const target = draft.service.lastCompleted;
  if (!failure.rollback || target === undefined || target.id === deployment.id) {
    const { wall } = draft.now;
    draft.changeServiceDeployment(arn, { status: "STOPPED", stoppedAt: wall, finishedAt: wall, statusReason: reason, ...monitors });
    return;
  }
  const rollbackReason = rolloutReason.rollingBack(detectors[cause], target.id);
  bringBack(draft, target, rollbackReason);
  draft.conclude({ type: "roll-back", deploymentId: deployment.id, toDeploymentId: target.id, reason: cause });
  draft.tell(serviceEvent.rollingBack(name, target.id), serviceNotice.inProgress(target.id, rollbackReason));
  draft.changeServiceDeployment(arn, {
    status: "ROLLBACK_IN_PROGRESS",
    statusReason: reason,
    rollback: { reason: rollbackReason, startedAt: draft.now.wall, serviceRevisionArn: target.serviceRevisionArn },
    ...monitors,
  });
}

function bringBack(draft: ServiceDraft, target: DeploymentState, rolloutStateReason: string): void {
  const current = draft.deployment(target.id) ?? target;
  const { bakingSinceTime: _baked, staged: _staged, slot, ...proven } = current;
  const primary: DeploymentState = {
    ...proven,
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    rolloutStateReason,
    desiredCount: draft.service.desiredCount,
    failedTasks: 0,
    startFailures: 0,
    rollback: true,
    alarmsMonitored: false,
    updatedAt: draft.now.wall,
    // A ROLLING deployment looks anew where the traffic is: what it replaces may have been brought into the other target group.
    ...(slot === undefined || draft.configuration.strategy === "ROLLING" ? {} : { slot }),
  };
  const others = draft.deployments.filter((each) => each.id !== target.id).map((each) => ({ ...each, status: "ACTIVE" as const }));
  draft.change({ deployments: [primary, ...others] });
  // Not eligible as a target of another rollback until it is COMPLETED again.
  draft.forget("lastCompleted");
}

/** An older deployment has no tasks left: it is INACTIVE and disappears. */
export function retireDeployment(draft: ServiceDraft, deployment: DeploymentState): void {
  draft.change({ deployments: draft.deployments.filter((each) => each.id !== deployment.id) });
  draft.conclude({ type: "retire-deployment", deploymentId: deployment.id, reason: "no-tasks-left" });
}

/** A deleted service's last task has stopped. */
export function finishService(draft: ServiceDraft): void {
  draft.change({ status: "INACTIVE", deployments: [] });
  draft.conclude({ type: "finish-service", reason: "no-tasks-left" });
}
