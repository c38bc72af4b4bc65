/** Which notices follow from which change of a service, so that whoever runs the engine can tell them. */
import { noticeOfTaskSet, type ServiceNotice, serviceNotice } from "./service-notice.ts";
import type { ServiceEvent, ServiceState } from "./service-state.ts";
import { computedDesiredCount, type TaskSetState } from "./task-set-state.ts";

/**
 * What a change of a service tells, in order. `before` is absent for a new service. AWS does not say when a capacity provider
 * is steady; streams of its events show it told, also of Fargate's providers, as a deployment begins and when the service is.
 */
export function noticesOf(before: ServiceState | undefined, after: ServiceState): ServiceNotice[] {
  const begun = after.deployments.filter(
    ({ id, rolloutState, rollback }) =>
      rolloutState === "IN_PROGRESS" && !rollback && before?.deployments.some((known) => known.id === id) !== true,
  );
  const providers = after.capacityProviderStrategy.map(({ capacityProvider }) => capacityProvider);
  const steady = after.steadyToldTime !== undefined && after.steadyToldTime !== before?.steadyToldTime;
  return [
    ...(before !== undefined && before.desiredCount !== after.desiredCount && after.status === "ACTIVE"
      ? [serviceNotice.desiredCountUpdated(after.desiredCount)]
      : []),
    ...recounted(before, after).map((taskSet) =>
      noticeOfTaskSet(serviceNotice.desiredCountUpdated(computedDesiredCount(after, taskSet)), taskSet),
    ),
    ...begun.map(({ id, rolloutStateReason }) => serviceNotice.inProgress(id, rolloutStateReason)),
    ...toldSince(before, after).flatMap(({ notice }) => (notice === undefined ? [] : [notice])),
    ...(providers.length > 0 && (steady || begun.length > 0) ? [serviceNotice.capacityProvidersSteady(providers)] : []),
  ];
}

/** The task sets whose count is another because the service's is; a change of their own scale is a user's, and not told. */
function recounted(before: ServiceState | undefined, after: ServiceState): TaskSetState[] {
  if (before?.taskSets === undefined || before.desiredCount === after.desiredCount || after.status !== "ACTIVE") return [];
  const known = new Map(before.taskSets.map((taskSet) => [taskSet.taskSetArn, computedDesiredCount(before, taskSet)]));
  return (after.taskSets ?? []).filter((taskSet) => known.get(taskSet.taskSetArn) !== computedDesiredCount(after, taskSet));
}

/** The service events that are new, oldest first. */
function toldSince(before: ServiceState | undefined, after: ServiceState): ServiceEvent[] {
  const newestBefore = before?.events[0]?.id;
  const known = after.events.findIndex(({ id }) => id === newestBefore);
  return after.events.slice(0, known < 0 ? undefined : known).reverse();
}
