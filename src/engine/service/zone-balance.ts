/**
 * Availability Zone rebalancing ("Balancing an Amazon ECS service across Availability Zones"): a steady service whose
 * zones differ by two tasks or more gets a task in the thinnest zone first and, once that is healthy, loses one in the
 * fullest, one at a time, until they are even. It needs room above the desired count: nothing happens at a
 * `maximumPercent` that leaves none.
 *
 * Example, 4 tasks, 3 in one zone and 1 in the other: start 1 in the thin zone, wait, stop 1 in the full one.
 */
import { nextProvider } from "./capacity-split.ts";
import { deploymentBounds } from "./deployment-bounds.ts";
import { isRefused } from "./refused-launch.ts";
import type { ServiceDraft } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import type { DeploymentState } from "./service-state.ts";
import { stopReason } from "./stop-reason.ts";
import { countBy, leastMissed, waitsToStart } from "./task-counts.ts";
import type { TaskState } from "./task-state.ts";

/** Starts or finishes the move of one task to another zone. */
export function rebalanceZones(draft: ServiceDraft): void {
  const { primary, service } = draft;
  if (primary === undefined || service.availabilityZoneRebalancing !== "ENABLED" || service.status !== "ACTIVE") return;
  if (service.rebalancing !== undefined) settle(draft, primary, service.rebalancing.taskId);
  else if (service.steadyToldTime !== undefined) begin(draft, primary);
}

/** Tasks by zone, of every zone the deployment may use; the thinnest first. */
function zonesOf(draft: ServiceDraft, primary: DeploymentState): readonly (readonly [zone: string, tasks: number])[] {
  const counts = countBy(draft.live(primary.id), (task) => task.availabilityZone);
  const zones = new Set(draft.world.revision(primary.serviceRevisionArn).network.subnets.map(({ availabilityZone }) => availabilityZone));
  return [...zones].map((zone) => [zone, counts.get(zone) ?? 0] as const).sort(([a, few], [b, many]) => few - many || (a < b ? -1 : 1));
}

function begin(draft: ServiceDraft, primary: DeploymentState): void {
  const { service } = draft;
  const zones = zonesOf(draft, primary);
  const [thinnest, fullest] = [zones[0], zones.at(-1)];
  if (thinnest === undefined || fullest === undefined || fullest[1] - thinnest[1] < 2) return;
  const { minimumHealthyPercent, maximumPercent } = draft.configuration;
  const { maxTasks } = deploymentBounds(service.desiredCount, minimumHealthyPercent, maximumPercent);
  if (draft.total >= maxTasks || waitsToStart(draft, primary) || isRefused(draft, primary, 1)) return;
  const [zone] = thinnest;
  const subnet = draft.world.revision(primary.serviceRevisionArn).network.subnets.find((each) => each.availabilityZone === zone);
  if (subnet === undefined) return;
  const provider = nextProvider(
    service.capacityProviderStrategy,
    countBy(draft.live(primary.id), (task) => task.capacityProviderName ?? ""),
  );
  draft.tell(serviceEvent.zonesUneven(service.serviceName, tell(zones)));
  const taskId = draft.start({
    deploymentId: primary.id,
    serviceRevisionArn: primary.serviceRevisionArn,
    taskDefinitionArn: primary.taskDefinitionArn,
    ...(provider === undefined ? {} : { capacityProviderName: provider }),
    ...subnet,
    reason: "rebalances-zones",
  });
  draft.tell(serviceEvent.startedInZone(service.serviceName, zone, taskId));
  draft.change({ rebalancing: { taskId } });
}

/** The task in the thin zone has become healthy, or will not. */
function settle(draft: ServiceDraft, primary: DeploymentState, taskId: string): void {
  const { service } = draft;
  const live = draft.live(primary.id);
  const arrived = live.find((task) => task.taskId === taskId);
  const needed = live.length <= service.desiredCount;
  if (arrived !== undefined && !needed && !draft.isHealthy(arrived) && !draft.isSick(arrived)) return;
  draft.forget("rebalancing");
  if (arrived === undefined || needed || !draft.isHealthy(arrived) || live.some((task) => !draft.isHealthy(task))) return;
  const zone = zonesOf(draft, primary).at(-1)?.[0];
  const leaving: TaskState | undefined = leastMissed(
    draft,
    live.filter((task) => task.availabilityZone === zone && task !== arrived),
  );
  if (leaving === undefined || zone === undefined) return;
  draft.stop(leaving, stopReason.scaling(primary.id), "rebalances-zones");
  draft.tell(serviceEvent.stoppedInZone(service.serviceName, zone, leaving.taskId));
  const zones = zonesOf(draft, primary);
  if ((zones.at(-1)?.[1] ?? 0) - (zones[0]?.[1] ?? 0) < 2) draft.tell(serviceEvent.zonesEven(service.serviceName, tell(zones)));
}

function tell(zones: readonly (readonly [zone: string, tasks: number])[]): string {
  return [...zones]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([zone, tasks]) => `${tasks} tasks in ${zone}`)
    .join(", ");
}
