/**
 * What users do to a service, as pure changes of its state: create, deploy, scale, configure, delete, stop a
 * deployment. The reconcile that follows works out what the change means for tasks.
 */

import { drainTaskSet } from "./change-task-sets.ts";
import { breakerThreshold } from "./circuit-breaker.ts";
import type { Moment } from "./moment.ts";
import { rolloutReason } from "./service-events.ts";
import type { DeploymentState, ServiceDeploymentState, ServiceRevision, ServiceState } from "./service-state.ts";

/** Service deployments kept for DescribeServiceDeployments. */
const KEPT_SERVICE_DEPLOYMENTS = 50;

/** A service as CreateService asks for it, without a deployment yet. */
export function createService(
  request: Pick<
    ServiceState,
    | "serviceArn"
    | "serviceName"
    | "clusterArn"
    | "desiredCount"
    | "deploymentConfiguration"
    | "healthCheckGracePeriodMs"
    | "capacityProviderStrategy"
    | "enableExecuteCommand"
    | "availabilityZoneRebalancing"
    | "taskSets"
  >,
  now: Moment,
): ServiceState {
  return {
    ...request,
    status: "ACTIVE",
    traffic: {},
    deployments: [],
    serviceDeployments: [],
    events: [],
    createdAt: now.wall,
    complaints: {},
  };
}

/** The names a new deployment gets. */
export interface DeploymentNames {
  /** `ecs-svc/<19 digits>` */
  readonly deploymentId: string;
  readonly serviceDeploymentArn: string;
}

/**
 * Starts a deployment of `revision`: it becomes PRIMARY, whatever was under way is superseded and becomes ACTIVE.
 */
export function startDeployment(service: ServiceState, revision: ServiceRevision, names: DeploymentNames, now: Moment): ServiceState {
  const { deploymentId, serviceDeploymentArn } = names;
  const primary: DeploymentState = {
    id: deploymentId,
    status: "PRIMARY",
    taskDefinitionArn: revision.taskDefinitionArn,
    serviceRevisionArn: revision.serviceRevisionArn,
    serviceDeploymentArn,
    desiredCount: service.desiredCount,
    failedTasks: 0,
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: rolloutReason.inProgress(deploymentId),
    createdAt: now.wall,
    updatedAt: now.wall,
    createdTime: now.time,
    proven: false,
    rollback: false,
    reachedRunning: false,
    startFailures: 0,
  };
  const older = service.deployments.map((deployment) => ({ ...deployment, status: "ACTIVE" as const, updatedAt: now.wall }));
  const { circuitBreaker: breaker, alarms } = service.deploymentConfiguration;
  const serviceDeployment: ServiceDeploymentState = {
    serviceDeploymentArn,
    deploymentId,
    status: "PENDING",
    createdAt: now.wall,
    updatedAt: now.wall,
    targetServiceRevisionArn: revision.serviceRevisionArn,
    sourceServiceRevisionArns: older.map((deployment) => deployment.serviceRevisionArn),
    circuitBreaker: {
      status: breaker.enable ? "MONITORING" : "DISABLED",
      failureCount: 0,
      threshold: breakerThreshold(breaker.threshold, service.desiredCount),
    },
    ...(alarms === undefined
      ? {}
      : {
          alarms: {
            status: alarms.enable ? ("MONITORING" as const) : ("DISABLED" as const),
            alarmNames: alarms.alarmNames,
            triggeredAlarmNames: [],
          },
        }),
    deploymentConfiguration: service.deploymentConfiguration,
  };
  const superseded = service.serviceDeployments.map((each) =>
    isOpen(each)
      ? {
          ...each,
          status: "STOPPED" as const,
          statusReason: "Superseded by a newer deployment.",
          stoppedAt: now.wall,
          finishedAt: now.wall,
          updatedAt: now.wall,
        }
      : each,
  );
  const { stuckSinceTime: _stuck, steadyToldTime: _steady, rebalancing: _rebalancing, ...rest } = service;
  return {
    ...rest,
    deployments: [primary, ...older],
    serviceDeployments: [serviceDeployment, ...superseded].slice(0, KEPT_SERVICE_DEPLOYMENTS),
    complaints: {},
  };
}

/** Whether the service deployment is still under way. */
export function isOpen(serviceDeployment: ServiceDeploymentState): boolean {
  return !["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"].includes(serviceDeployment.status);
}

/**
 * Another desired count. While a deployment is under way a scale-out falls to the old revisions too, in proportion,
 * so that more load does not have to wait for the new one.
 */
export function scaleService(service: ServiceState, desiredCount: number): ServiceState {
  const grown = desiredCount - service.desiredCount;
  const deployments = service.deployments.map((deployment) => {
    if (deployment.status === "PRIMARY") return { ...deployment, desiredCount };
    if (grown <= 0 || service.desiredCount === 0) return deployment;
    return { ...deployment, desiredCount: deployment.desiredCount + Math.ceil((grown * deployment.desiredCount) / service.desiredCount) };
  });
  const { rebalancing: _rebalancing, ...rest } = service;
  return { ...rest, desiredCount, deployments };
}

/** StopServiceDeployment: the reconcile that follows ends the deployment, with `ROLLBACK` by going back to the last completed one. */
export function stopServiceDeployment(
  service: ServiceState,
  serviceDeploymentArn: string,
  stopType: "ROLLBACK" | "ABORT",
  now: Moment,
): ServiceState {
  const status = stopType === "ROLLBACK" ? ("ROLLBACK_REQUESTED" as const) : ("STOP_REQUESTED" as const);
  return {
    ...service,
    serviceDeployments: service.serviceDeployments.map((each) =>
      each.serviceDeploymentArn === serviceDeploymentArn ? { ...each, status, updatedAt: now.wall } : each,
    ),
  };
}

/**
 * A hook's answer: a Lambda's own, or ContinueServiceDeployment's for a PAUSE. `IN_PROGRESS` has it called again after
 * `delayMs` of engine time.
 */
export function answerHook(
  service: ServiceState,
  hookId: string,
  status: "SUCCEEDED" | "FAILED" | "IN_PROGRESS",
  delayMs: number,
  now: Moment,
): ServiceState {
  return {
    ...service,
    deployments: service.deployments.map((deployment) => {
      const { staged } = deployment;
      if (staged === undefined || !staged.hooks.some((hook) => hook.hookId === hookId)) return deployment;
      const hooks = staged.hooks.map((hook) => {
        if (hook.hookId !== hookId || hook.status === "SUCCEEDED" || hook.status === "FAILED") return hook;
        const { callTime: _called, ...rest } = hook;
        return status === "IN_PROGRESS" ? { ...rest, callTime: now.time + delayMs } : { ...rest, status };
      });
      return { ...deployment, staged: { ...staged, hooks }, updatedAt: now.wall };
    }),
  };
}

/** DeleteService: it drains, and is INACTIVE when its last task has stopped. */
export function drainService(service: ServiceState, now: Moment): ServiceState {
  const drained = (service.taskSets ?? []).reduce((left, { deployment }) => drainTaskSet(left, deployment.id, now), service);
  return { ...scaleService(drained, 0), status: "DRAINING" };
}
