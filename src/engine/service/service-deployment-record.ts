/** What DescribeServiceDeployments tells of a deployment: its status, its stage, and what its two failure detectors saw. */
import { breakerThreshold } from "./circuit-breaker.ts";
import type { Failure } from "./failure.ts";
import type { ServiceDraft } from "./service-draft.ts";
import type { DeploymentState, ServiceDeploymentState } from "./service-state.ts";

/** Keeps the service deployment under way in step with its deployment. */
export function followDeployment(draft: ServiceDraft): void {
  const { primary, service } = draft;
  const current = service.serviceDeployments[0];
  if (primary === undefined || current === undefined || current.deploymentId !== primary.id) return;
  if (current.status !== "PENDING" && current.status !== "IN_PROGRESS") return;
  const threshold = breakerThreshold(draft.breaker.threshold, service.desiredCount);
  const { circuitBreaker } = current;
  const stage = primary.staged?.stage;
  if (stage !== undefined && stage !== current.lifecycleStage) {
    draft.changeServiceDeployment(current.serviceDeploymentArn, { lifecycleStage: stage });
  }
  if (current.status === "PENDING") {
    draft.changeServiceDeployment(current.serviceDeploymentArn, { status: "IN_PROGRESS", startedAt: draft.now.wall });
  }
  if (circuitBreaker.failureCount !== primary.failedTasks || circuitBreaker.threshold !== threshold) {
    draft.changeServiceDeployment(current.serviceDeploymentArn, {
      circuitBreaker: { ...circuitBreaker, failureCount: primary.failedTasks, threshold },
    });
  }
}

/** The service deployment whose rollback is under way. */
export function rollingBack(draft: ServiceDraft): ServiceDeploymentState | undefined {
  return draft.service.serviceDeployments.find((each) => each.status === "ROLLBACK_IN_PROGRESS");
}

/** The detector that found the failure, as it stands afterwards. */
export function triggered(
  draft: ServiceDraft,
  deployment: DeploymentState,
  { cause, triggeredAlarmNames = [] }: Failure,
): Partial<ServiceDeploymentState> {
  const known = record(draft, deployment.serviceDeploymentArn);
  if (cause === "circuit-breaker") {
    return { circuitBreaker: { ...breakerMonitor(known), status: "TRIGGERED", failureCount: deployment.failedTasks } };
  }
  if (cause === "alarm" && known?.alarms !== undefined) return { alarms: { ...known.alarms, status: "TRIGGERED", triggeredAlarmNames } };
  return {};
}

/** Both detectors when the deployment has succeeded. */
export function monitoringComplete(draft: ServiceDraft, serviceDeploymentArn: string): Partial<ServiceDeploymentState> {
  const known = record(draft, serviceDeploymentArn);
  const circuitBreaker = breakerMonitor(known);
  const complete = { status: "MONITORING_COMPLETE" as const };
  return {
    ...(circuitBreaker.status === "MONITORING" ? { circuitBreaker: { ...circuitBreaker, ...complete } } : {}),
    ...(known?.alarms?.status === "MONITORING" ? { alarms: { ...known.alarms, ...complete } } : {}),
  };
}

function record(draft: ServiceDraft, serviceDeploymentArn: string): ServiceDeploymentState | undefined {
  return draft.service.serviceDeployments.find((each) => each.serviceDeploymentArn === serviceDeploymentArn);
}

function breakerMonitor(known: ServiceDeploymentState | undefined): ServiceDeploymentState["circuitBreaker"] {
  return known?.circuitBreaker ?? { status: "DISABLED", failureCount: 0, threshold: 0 };
}
