/**
 * The task sets of a service that a third party deploys. Each is kept by itself, as a service would be whose desired count is
 * the task set's share: health, replacement, bounds, back-off, zones and events are those of a service that is not being
 * deployed. No task set ever takes another's place; moving traffic, promoting and deleting are the third party's.
 *
 * Example, 4 desired, blue at 100 % and green at 50 %: blue is kept at 4 tasks, green at 2, and the service runs 6.
 */
import { finishService } from "./deployment-end.ts";
import type { EngineSettings, Moment } from "./moment.ts";
import type { ServiceDecision, ServiceOutcome } from "./service-decision.ts";
import { ServiceDraft } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import { noticeOfTaskSet } from "./service-notice.ts";
import { defaultDeploymentConfiguration, type ServiceEvent, type ServiceState } from "./service-state.ts";
import type { NewIds, ServiceWorld } from "./service-world.ts";
import { tellSteadiness } from "./steadiness.ts";
import { computedDesiredCount, isSteady, type TaskSetState } from "./task-set-state.ts";

type ReconcileOne = (world: ServiceWorld) => ServiceOutcome;

/** Decides what is to be done about each task set. `reconcileOne`: the scheduler of a service with deployments of its own. */
export function reconcileTaskSets(
  world: ServiceWorld,
  now: Moment,
  ids: NewIds,
  settings: EngineSettings,
  reconcileOne: ReconcileOne,
): ServiceOutcome {
  const { taskSets = [] } = world.service;
  const draft = new ServiceDraft({ ...world, tasks: [], happenings: [] }, now, ids, settings);
  const kept: TaskSetState[] = [];
  for (const taskSet of taskSets) {
    const outcome = reconcileOne(worldOf(world, taskSet));
    const after = taskSetAfter(taskSet, outcome.service, now);
    if (after !== undefined) kept.push(after);
    draft.adopt({
      decisions: outcome.decisions.map((decision) => decisionOf(decision, taskSet)),
      events: outcome.events.flatMap((event) => eventOf(event, world.service, taskSet)),
      wakeAt: outcome.wakeAt,
    });
  }
  if (kept.length !== taskSets.length || kept.some((taskSet, index) => taskSet !== taskSets[index])) draft.change({ taskSets: kept });
  if (world.service.status === "DRAINING") {
    if (kept.length === 0) finishService(draft);
  } else {
    tellSteadiness(draft, kept.length > 0 && kept.every(isSteady));
  }
  return draft.outcome();
}

/** The task set as a service of its own, with its tasks alone. */
function worldOf(world: ServiceWorld, taskSet: TaskSetState): ServiceWorld {
  const tasks = world.tasks.filter((task) => task.deploymentId === taskSet.deployment.id);
  const arns = new Set(tasks.map(({ taskArn }) => taskArn));
  return {
    ...world,
    service: asService(world.service, taskSet),
    tasks,
    happenings: world.happenings.filter(({ taskArn }) => arns.has(taskArn)),
  };
}

function asService(service: ServiceState, taskSet: TaskSetState): ServiceState {
  const { steadyToldTime: _steady, taskSets: _taskSets, ...shared } = service;
  const { minimumHealthyPercent, maximumPercent } = service.deploymentConfiguration;
  const { deployment, capacityProviderStrategy, complaints, steadyToldTime, rebalancing } = taskSet;
  const desiredCount = computedDesiredCount(service, taskSet);
  return {
    ...shared,
    // Events name the task set with its service.
    serviceName: `${service.serviceName}, taskSet ${deployment.id}`,
    status: taskSet.status === "DRAINING" ? "DRAINING" : "ACTIVE",
    desiredCount,
    deploymentConfiguration: { ...defaultDeploymentConfiguration, minimumHealthyPercent, maximumPercent },
    capacityProviderStrategy,
    deployments: [deployment.desiredCount === desiredCount ? deployment : { ...deployment, desiredCount }],
    complaints,
    events: [],
    ...(steadyToldTime === undefined ? {} : { steadyToldTime }),
    ...(rebalancing === undefined ? {} : { rebalancing }),
  };
}

/** The task set as its reconcile left it; undefined when it is deleted and its last task has stopped. */
function taskSetAfter(taskSet: TaskSetState, after: ServiceState, now: Moment): TaskSetState | undefined {
  const [deployment] = after.deployments;
  if (deployment === undefined) return undefined;
  const { complaints, steadyToldTime, rebalancing } = after;
  if (
    deployment === taskSet.deployment &&
    complaints === taskSet.complaints &&
    steadyToldTime === taskSet.steadyToldTime &&
    rebalancing === taskSet.rebalancing
  )
    return taskSet;
  const { steadyToldTime: _steady, rebalancing: _rebalancing, ...rest } = taskSet;
  const turned = isSteady(taskSet) !== (steadyToldTime !== undefined);
  return {
    ...rest,
    deployment: turned ? { ...deployment, updatedAt: now.wall } : deployment,
    complaints,
    ...(turned ? { stabilityStatusAt: now.wall } : {}),
    ...(steadyToldTime === undefined ? {} : { steadyToldTime }),
    ...(rebalancing === undefined ? {} : { rebalancing }),
  };
}

/** Its end is not the service's. */
function decisionOf(decision: ServiceDecision, { deployment }: TaskSetState): ServiceDecision {
  return decision.type === "finish-service"
    ? { type: "retire-deployment", deploymentId: deployment.id, reason: "no-tasks-left" }
    : decision;
}

/** What the service tells of the task set. That it stands is said in words of its own, and once. */
function eventOf(event: ServiceEvent, { serviceName }: ServiceState, taskSet: TaskSetState): ServiceEvent[] {
  const { notice } = event;
  if (notice === undefined) return [event];
  const told = { ...event, notice: noticeOfTaskSet(notice, taskSet) };
  if (notice.eventName !== "SERVICE_STEADY_STATE") return [told];
  return isSteady(taskSet) ? [] : [{ ...told, message: serviceEvent.taskSetSteady(serviceName, taskSet.deployment.id) }];
}
