/** Service Connect as the scheduler decides it: which tasks stand behind an endpoint, and which of them a request may go to. */
import { configurationInForce } from "./configuration-in-force.ts";
import { checkedHealthStatus } from "./container-health.ts";
import type { DeploymentState, ServiceState, Slot, SlotShares } from "./service-state.ts";
import type { TaskPlan } from "./task-plan.ts";
import type { TaskState } from "./task-state.ts";

export interface ConnectHost {
  readonly taskId: string;
  readonly ip: string;
  readonly port: number;
  /** Which of a staged deployment's two colours it is; the first for every task of a service that only rolls. */
  readonly slot: Slot;
}

/** Before any deployment has moved traffic. */
const FIRST_SLOT: SlotShares = { test: { PRIMARY: 100, ALTERNATE: 0 }, production: { PRIMARY: 100, ALTERNATE: 0 } };

export function slotSharesOf(service: Pick<ServiceState, "slotShares">): SlotShares {
  return service.slotShares ?? FIRST_SLOT;
}

/**
 * The service's deployments, those first whose slot has most of those requests, the newest first among equals.
 *
 * Example: green is the newest and blue has all requests: blue, green. Green has them: green, blue. A rolling update: newest first.
 */
export function byTraffic(service: ServiceState, traffic: "test" | "production"): DeploymentState[] {
  const shares = slotSharesOf(service)[traffic];
  const isStaged = configurationInForce(service).strategy !== "ROLLING";
  const shareOf = ({ slot, rollback }: DeploymentState, index: number): number => {
    // A staged deployment that has just been asked for has no slot, and so no requests, yet.
    const isComing = isStaged && index === 0 && slot === undefined && !rollback && service.deployments.length > 1;
    return isComing ? 0 : shares[slot ?? "PRIMARY"];
  };
  return service.deployments
    .map((deployment, index) => ({ deployment, share: shareOf(deployment, index) }))
    .sort((a, b) => b.share - a.share)
    .map(({ deployment }) => deployment);
}

/**
 * The tasks that take new requests, by task id: registered with the endpoint's Cloud Map service, not on their way out, and HEALTHY
 * where a container is checked. A task that has just been told to stop is none of them, before its stop signal is sent.
 */
export function connectHosts(
  discoveryArn: string,
  tasks: readonly TaskState[],
  plan: (taskDefinitionArn: string) => TaskPlan,
): ConnectHost[] {
  return tasks
    .flatMap((task): ConnectHost[] => {
      const { attachment, taskId } = task;
      const registry = task.registries.find((each) => each.registryArn === discoveryArn);
      const serves = task.lastStatus === "RUNNING" && task.desiredStatus === "RUNNING" && registry?.registered === true;
      if (!serves || registry.port === undefined || attachment === undefined) return [];
      const health = checkedHealthStatus(task, plan(task.taskDefinitionArn));
      if (health !== undefined && health !== "HEALTHY") return [];
      return [{ taskId, ip: attachment.privateIp, port: registry.port, slot: registry.slot ?? "PRIMARY" }];
    })
    .sort((a, b) => (a.taskId < b.taskId ? -1 : 1));
}
