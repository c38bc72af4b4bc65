/**
 * What a third party does to the task sets of its service, as pure changes of the service's state: create, scale, promote,
 * delete. Each leaves all other task sets as they are, whatever their traffic is.
 */
import type { Moment } from "./moment.ts";
import type { ServiceRevision, ServiceState } from "./service-state.ts";
import { computedDesiredCount, isSteady, type TaskSetState } from "./task-set-state.ts";

/** CreateTaskSet: ACTIVE, until UpdateServicePrimaryTaskSet says otherwise. `id`: `ecs-svc/<19 digits>` */
export function createTaskSet(
  service: ServiceState,
  request: { readonly id: string } & Pick<TaskSetState, "taskSetArn" | "scale" | "externalId" | "clientToken">,
  revision: ServiceRevision,
  now: Moment,
): ServiceState {
  const { id, ...named } = request;
  const taskSet: TaskSetState = {
    ...named,
    status: "ACTIVE",
    capacityProviderStrategy: revision.capacityProviderStrategy,
    deployment: {
      id,
      status: "PRIMARY",
      taskDefinitionArn: revision.taskDefinitionArn,
      serviceRevisionArn: revision.serviceRevisionArn,
      // Nothing is deployed: the service has no service deployments.
      serviceDeploymentArn: named.taskSetArn,
      desiredCount: 0,
      failedTasks: 0,
      rolloutState: "COMPLETED",
      rolloutStateReason: "",
      createdAt: now.wall,
      updatedAt: now.wall,
      createdTime: now.time,
      proven: true,
      rollback: false,
      reachedRunning: false,
      startFailures: 0,
    },
    stabilityStatusAt: now.wall,
    complaints: {},
  };
  return { ...service, taskSets: [...(service.taskSets ?? []), taskSet] };
}

/** UpdateTaskSet. A scale of which the count is what it was unsettles nothing, and the scale it has changes nothing. */
export function scaleTaskSet(service: ServiceState, id: string, scale: number, now: Moment): ServiceState {
  return changeTaskSet(service, id, (taskSet) => {
    if (scale === taskSet.scale) return taskSet;
    const scaled = { ...taskSet, scale };
    return computedDesiredCount(service, scaled) === computedDesiredCount(service, taskSet) ? touched(scaled, now) : unsettled(scaled, now);
  });
}

/** UpdateServicePrimaryTaskSet: whichever was PRIMARY is ACTIVE again. */
export function promoteTaskSet(service: ServiceState, id: string, now: Moment): ServiceState {
  const taskSets = service.taskSets?.map((taskSet) => {
    const status = taskSet.deployment.id === id ? "PRIMARY" : taskSet.status === "PRIMARY" ? "ACTIVE" : taskSet.status;
    return status === taskSet.status ? taskSet : touched({ ...taskSet, status }, now);
  });
  return { ...service, ...(taskSets === undefined ? {} : { taskSets }) };
}

/** DeleteTaskSet: it drains, and is gone with its last task. */
export function drainTaskSet(service: ServiceState, id: string, now: Moment): ServiceState {
  return changeTaskSet(service, id, (taskSet) => unsettled({ ...taskSet, status: "DRAINING", scale: 0 }, now));
}

function changeTaskSet(service: ServiceState, id: string, change: (taskSet: TaskSetState) => TaskSetState): ServiceState {
  const { taskSets = [] } = service;
  return { ...service, taskSets: taskSets.map((taskSet) => (taskSet.deployment.id === id ? change(taskSet) : taskSet)) };
}

/** Its count changes: it is steady no more, if it was, and a move to another zone that is under way is given up. */
function unsettled(taskSet: TaskSetState, now: Moment): TaskSetState {
  const { steadyToldTime: _steady, rebalancing: _rebalancing, ...rest } = touched(taskSet, now);
  return isSteady(taskSet) ? { ...rest, stabilityStatusAt: now.wall } : rest;
}

function touched(taskSet: TaskSetState, now: Moment): TaskSetState {
  return { ...taskSet, deployment: { ...taskSet.deployment, updatedAt: now.wall } };
}
