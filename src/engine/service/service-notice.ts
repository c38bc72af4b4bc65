/**
 * What ECS tells EventBridge of a service: `ECS Service Action` and `ECS Deployment State Change`. Delivering it
 * is another's business.
 * Source: "Amazon ECS service action events" and "Amazon ECS service deployment state change events".
 */
import type { TaskSetState } from "./task-set-state.ts";
import type { CalledService } from "./throttled-calls.ts";

export type ServiceNotice = ServiceAction | DeploymentStateChange;

export interface ServiceAction {
  readonly detailType: "ECS Service Action";
  readonly eventType: "INFO" | "WARN" | "ERROR";
  readonly eventName:
    | "SERVICE_STEADY_STATE"
    | "TASKSET_STEADY_STATE"
    | "CAPACITY_PROVIDER_STEADY_STATE"
    | "SERVICE_DESIRED_COUNT_UPDATED"
    | "SERVICE_TASK_START_IMPAIRED"
    | "SERVICE_TASK_PLACEMENT_FAILURE"
    | "SERVICE_TASK_CONFIGURATION_FAILURE"
    | "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY"
    | "ECS_OPERATION_THROTTLED"
    | "SERVICE_DISCOVERY_OPERATION_THROTTLED";
  /** `RESOURCE:FARGATE`, or what is wrong with the configuration. */
  readonly reason?: string;
  /** Names; those that are steady, or where no capacity was. */
  readonly capacityProviders?: readonly string[];
  readonly desiredCount?: number;
  /** Of which task set, where it is of one. */
  readonly taskSetArn?: string;
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
  capacityProvidersSteady: (capacityProviders: readonly string[]): ServiceAction => ({
    detailType: "ECS Service Action",
    eventType: "INFO",
    eventName: "CAPACITY_PROVIDER_STEADY_STATE",
    capacityProviders,
  }),
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
  /** AWS says that the cause is in `reason` and shows no example; here it is the error that the service event tells. */
  configurationFailure: (error: string): ServiceAction => ({
    detailType: "ECS Service Action",
    eventType: "ERROR",
    eventName: "SERVICE_TASK_CONFIGURATION_FAILURE",
    reason: error,
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

/** The same, told of one task set of the service. */
export function noticeOfTaskSet(notice: ServiceNotice, { taskSetArn }: Pick<TaskSetState, "taskSetArn">): ServiceNotice {
  if (notice.detailType !== "ECS Service Action") return notice;
  const { eventName } = notice;
  return { ...notice, eventName: eventName === "SERVICE_STEADY_STATE" ? "TASKSET_STEADY_STATE" : eventName, taskSetArn };
}
