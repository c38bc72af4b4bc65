/**
 * What every deployment strategy does with the tasks of one deployment: replace the sick, stop those beyond the count,
 * start the missing, and choose which task a stop hurts least.
 */
import { nextProvider, surplusOrder } from "./capacity-split.ts";
import type { Bounds } from "./deployment-bounds.ts";
import { isRefused } from "./refused-launch.ts";
import type { ServiceDraft } from "./service-draft.ts";
import type { DeploymentState } from "./service-state.ts";
import { stopReason } from "./stop-reason.ts";
import type { TaskState } from "./task-state.ts";

/** Fargate's launch rate for one service. */
const LAUNCHES_PER_MINUTE = 500;
const MINUTE_MS = 60_000;

/** How many tasks the deployment should have. One that failed, or was superseded before it was proven, starts no more. */
export function wanted(deployment: DeploymentState): number {
  return deployment.rolloutState === "FAILED" || (deployment.status === "ACTIVE" && !deployment.proven) ? 0 : deployment.desiredCount;
}

/**
 * A sick task is replaced by one of its own revision: the replacement is started first and the sick one stopped when
 * the deployment has its number of healthy ones. One that never was healthy contributes nothing and goes at once; so
 * does one for which the maximum leaves no room for a replacement, one at a time.
 */
export function stopSick(draft: ServiceDraft, bounds: Bounds): void {
  for (const deployment of draft.deployments) {
    const live = draft.live(deployment.id);
    const sick = live.filter((task) => draft.isSick(task));
    if (sick.length === 0) continue;
    const healthy = live.filter((task) => draft.isHealthy(task)).length;
    const starting = live.length - healthy - sick.length;
    let replaced = Math.max(0, healthy + sick.length - wanted(deployment));
    let mayMakeRoom = draft.total >= bounds.maxTasks && starting === 0;
    for (const task of sick) {
      if (draft.wasHealthy(task) && replaced <= 0 && !mayMakeRoom) continue;
      if (draft.wasHealthy(task)) {
        if (replaced > 0) replaced--;
        else mayMakeRoom = false;
      }
      const verdict = draft.verdict(task);
      const target = verdict.type === "sick" && verdict.cause.type === "target" ? verdict.cause.target.targetGroupArn : undefined;
      draft.stop(
        task,
        target === undefined ? stopReason.failedContainerHealthChecks : stopReason.failedTargetHealthChecks(target),
        "failed-health-checks",
      );
    }
  }
}

/** Scale-in: tasks of a deployment beyond the service's desired count. Sick ones are `stopSick`'s. */
export function stopSurplus(draft: ServiceDraft, deployment: DeploymentState): void {
  // A failed deployment keeps what runs, but no more than is desired.
  const sound = draft.live(deployment.id).filter((task) => !draft.isSick(task));
  let surplus = sound.length - draft.service.desiredCount - (isArriving(draft, deployment) ? 1 : 0);
  for (; surplus > 0; surplus--) {
    const task = leastMissed(
      draft,
      draft.live(deployment.id).filter((each) => !draft.isSick(each)),
    );
    if (task === undefined) return;
    draft.stop(task, stopReason.scaling(deployment.id), "scale-in");
  }
}

/** Stops a task that the newest deployment makes superfluous. */
export function stopOf(draft: ServiceDraft, task: TaskState, primary: DeploymentState): void {
  draft.stop(task, stopReason.scaling(primary.id), "replaced-by-deployment");
}

/**
 * The task a stop hurts least: sick before starting before healthy; then from the capacity provider with the largest
 * surplus, then from the zone with most tasks, then the youngest.
 */
export function leastMissed(draft: ServiceDraft, candidates: readonly TaskState[]): TaskState | undefined {
  const all = draft.allLive();
  const zones = countBy(all, (task) => task.availabilityZone);
  const providers = surplusOrder(
    draft.service.capacityProviderStrategy,
    countBy(all, (task) => task.capacityProviderName ?? ""),
  );
  const rank = (task: TaskState): number[] => [
    draft.isSick(task) ? 0 : draft.isHealthy(task) ? 2 : 1,
    Math.max(0, providers.indexOf(task.capacityProviderName ?? "")),
    -(zones.get(task.availabilityZone) ?? 0),
    -task.createdTime,
  ];
  return [...candidates].sort((a, b) => compare(rank(a), rank(b)) || (a.taskArn < b.taskArn ? -1 : 1))[0];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** How many items have each key. */
export function countBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** Starts what the deployment lacks, as far as the maximum, the start back-off and the launch rate allow. */
export function startMissing(draft: ServiceDraft, deployment: DeploymentState, bounds: Bounds): void {
  const live = draft.live(deployment.id);
  const sick = live.filter((task) => draft.isSick(task)).length;
  const short = wanted(draft.deployment(deployment.id) ?? deployment) - (live.length - sick);
  if (short <= 0 || waitsToStart(draft, deployment)) return;
  let missing = Math.min(short, launchesLeft(draft, short), Math.max(0, bounds.maxTasks - draft.total));
  if (missing === 0 || isRefused(draft, deployment, missing)) return;
  // Below the minimum the desired count itself is always allowed; a maximum under 100 percent is not a smaller service.
  let replacing = Math.max(0, short - Math.max(0, wanted(deployment) - live.length));
  const revision = draft.world.revision(deployment.serviceRevisionArn);
  const all = draft.allLive();
  const providers = countBy(
    [...all, ...draft.starting()].filter((task) => task.capacityProviderName !== undefined),
    (task) => task.capacityProviderName ?? "",
  );
  // Spread the deployment first: in a narrow rollout the old tasks leave zones in an order of their own.
  const subnets = countBy([...all, ...draft.starting()], (task) => task.subnetId);
  const own = countBy([...live, ...draft.starting(deployment.id)], (task) => task.subnetId);
  const crowd = (counts: ReadonlyMap<string, number>, subnetId: string): number => counts.get(subnetId) ?? 0;
  for (; missing > 0; missing--) {
    const provider = nextProvider(draft.service.capacityProviderStrategy, providers);
    const subnet = [...revision.network.subnets].sort(
      (a, b) => crowd(own, a.subnetId) - crowd(own, b.subnetId) || crowd(subnets, a.subnetId) - crowd(subnets, b.subnetId),
    )[0];
    if (subnet === undefined) return;
    if (provider !== undefined) providers.set(provider, (providers.get(provider) ?? 0) + 1);
    for (const counts of [own, subnets]) counts.set(subnet.subnetId, crowd(counts, subnet.subnetId) + 1);
    draft.start({
      deploymentId: deployment.id,
      serviceRevisionArn: deployment.serviceRevisionArn,
      taskDefinitionArn: deployment.taskDefinitionArn,
      ...(provider === undefined ? {} : { capacityProviderName: provider }),
      subnetId: subnet.subnetId,
      availabilityZone: subnet.availabilityZone,
      reason: replacing-- > 0 ? "replaces-unhealthy" : "missing",
    });
  }
}

/** Whether the deployment pauses after starts that failed. */
export function waitsToStart(draft: ServiceDraft, { startAfterTime }: DeploymentState): boolean {
  if (startAfterTime === undefined || draft.now.time >= startAfterTime) return false;
  draft.wake(startAfterTime);
  return true;
}

/** How many of `wanted` launches the rate still allows in this minute. */
function launchesLeft(draft: ServiceDraft, wanted: number): number {
  const { tasks } = draft.world;
  if (tasks.length + draft.starting().length + wanted <= LAUNCHES_PER_MINUTE) return wanted;
  const recent = tasks.map(({ createdTime }) => createdTime).filter((createdTime) => createdTime > draft.now.time - MINUTE_MS);
  const left = Math.max(0, LAUNCHES_PER_MINUTE - recent.length - draft.starting().length);
  if (left < wanted) draft.wake(recent.reduce((oldest, time) => Math.min(oldest, time), draft.now.time) + MINUTE_MS);
  return left;
}

/** Whether the deployment has one task more than desired because a zone is being filled up. */
function isArriving(draft: ServiceDraft, deployment: DeploymentState): boolean {
  const { rebalancing } = draft.service;
  return rebalancing !== undefined && draft.live(deployment.id).some((task) => task.taskId === rebalancing.taskId);
}
