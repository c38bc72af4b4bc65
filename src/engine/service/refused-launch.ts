/**
 * Launches that ECS refuses for a fault of the configuration: before it starts a task it assumes the task definition's
 * execution and task roles, and a role that it cannot assume lets no task come into being. So nothing is started; the tasks
 * that were to start count as failed, the service says why, and the launch is tried again after the start back-off, five
 * seconds at least (AWS publishes no pause). A mended role lets the next attempt through.
 *
 * Example, 3 tasks wanted: at 0 s, 5 s and 10 s three failures each, then at 20 s, 40 s … for as long as the role is bad.
 * Source: "Amazon ECS service action events" (SERVICE_TASK_CONFIGURATION_FAILURE) and "Service event messages".
 */
import { backOff, countFailures } from "./failed-tasks.ts";
import type { ServiceDraft } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import { serviceNotice } from "./service-notice.ts";
import type { DeploymentState } from "./service-state.ts";

const SHORTEST_PAUSE_MS = 5_000;

/** Whether `launches` tasks of the deployment cannot be launched. If so, that is counted and told, and the deployment waits. */
export function isRefused(draft: ServiceDraft, deployment: DeploymentState, launches: number): boolean {
  const error = draft.world.launchError(deployment.taskDefinitionArn);
  if (error === undefined) return false;
  const notice = serviceNotice.configurationFailure(error);
  draft.complain(serviceEvent.launchFailed(draft.service.serviceName, error), notice);
  countFailures(draft, deployment.id, launches);
  backOff(draft, draft.deployment(deployment.id) ?? deployment, SHORTEST_PAUSE_MS);
  draft.conclude({ type: "give-up-launch", deploymentId: deployment.id, launches, reason: "configuration-error" });
  draft.wake(draft.deployment(deployment.id)?.startAfterTime);
  return true;
}
