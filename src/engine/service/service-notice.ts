/**
 * What ECS tells EventBridge of a service: `ECS Service Action` and `ECS Deployment State Change`. Which follows from
 * which change is decided here, so that whoever runs the engine can tell it; delivering is another's business.
 * Source: "Amazon ECS service action events" and "Amazon ECS service deployment state change events".
 */
import type { ServiceEvent, ServiceState } from "./service-state.ts";
import type { CalledService } from "./throttled-calls.ts";

export type ServiceNotice = ServiceAction | DeploymentStateChange;

export interface ServiceAction {
  readonly detailType: "ECS Service Action";
  readonly eventType: "INFO" | "WARN" | "ERROR";
  readonly eventName:
    | "SERVICE_STEADY_STATE"
    | "SERVICE_DESIRED_COUNT_UPDATED"
    | "SERVICE_TASK_START_IMPAIRED"
    | "SERVICE_TASK_PLACEMENT_FAILURE"
    | "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY"
    | "ECS_OPERATION_THROTTLED"
    | "SERVICE_DISCOVERY_OPERATION_THROTTLED";
  /** `RESOURCE:FARGATE` */
  readonly reason?: string;
  /** Names; where no capacity was. */
  readonly capacityProviders?: readonly string[];
  readonly desiredCount?: number;
}

export interface DeploymentStateChange {
  readonly detailType: "ECS Deployment State Change";
  readonly eventType: "INFO" | "ERROR";
  readonly eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS" | "SERVICE_DEPLOYMENT_COMPLETED" | "SERVICE_DEPLOYMENT_FAILED";
  readonly deploymentId: string;
  readonly reason: string;
}

export const serviceNotice = {
  steady: { detailType: "ECS Service Action", eventType: "INFO", eventName: "SERVICE_STEADY_STATE" },
  startImpaired: { detailType: "ECS Service Action", eventType: "WARN", eventName: "SERVICE_TASK_START_IMPAIRED" },
  instanceUnhealthy: { detailType: "ECS Service Action", eventType: "WARN", eventName: "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY" },
  /** AWS has a notice of its own for Cloud Map's limits and one for all others. */
  throttled: (service: CalledService): ServiceAction => ({
    detailType: "ECS Service Action",
    eventType: "ERROR",
    eventName: service === "cloud-map" ? "SERVICE_DISCOVERY_OPERATION_THROTTLED" : "ECS_OPERATION_THROTTLED",
  }),
  placementFailure: (capacityProvider: string): ServiceAction => ({
    detailType: "ECS Service Action",
    eventType: "ERROR",
    eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
    reason: "RESOURCE:FARGATE",
    capacityProviders: [capacityProvider],
  }),
  desiredCountUpdated: (desiredCount: number): ServiceAction => ({
    detailType: "ECS Service Action",
    eventType: "INFO",
    eventName: "SERVICE_DESIRED_COUNT_UPDATED",
    desiredCount,
  }),
  inProgress: (deploymentId: string, reason: string): DeploymentStateChange => ({
    detailType: "ECS Deployment State Change",
    eventType: "INFO",
    eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
    deploymentId,
    reason,
  }),
  completed: (deploymentId: string, reason: string): DeploymentStateChange => ({
    detailType: "ECS Deployment State Change",
    eventType: "INFO",
    eventName: "SERVICE_DEPLOYMENT_COMPLETED",
    deploymentId,
    reason,
  }),
  failed: (deploymentId: string, reason: string): DeploymentStateChange => ({
    detailType: "ECS Deployment State Change",
    eventType: "ERROR",
    eventName: "SERVICE_DEPLOYMENT_FAILED",
    deploymentId,
    reason,
  }),
} as const satisfies Record<string, ServiceNotice | ((...facts: never[]) => ServiceNotice)>;

/** What a change of a service tells, in order. `before` is absent for a new service. */
export function noticesOf(before: ServiceState | undefined, after: ServiceState): ServiceNotice[] {
  const begun = after.deployments.filter(
    ({ id, rolloutState, rollback }) =>
      rolloutState === "IN_PROGRESS" && !rollback && before?.deployments.some((known) => known.id === id) !== true,
  );
  return [
    ...(before !== undefined && before.desiredCount !== after.desiredCount && after.status === "ACTIVE"
      ? [serviceNotice.desiredCountUpdated(after.desiredCount)]
      : []),
    ...begun.map(({ id, rolloutStateReason }) => serviceNotice.inProgress(id, rolloutStateReason)),
    ...toldSince(before, after).flatMap(({ notice }) => (notice === undefined ? [] : [notice])),
  ];
}

/** The service events that are new, oldest first. */
function toldSince(before: ServiceState | undefined, after: ServiceState): ServiceEvent[] {
  const newestBefore = before?.events[0]?.id;
  const known = after.events.findIndex(({ id }) => id === newestBefore);
  return after.events.slice(0, known < 0 ? undefined : known).reverse();
}
