/** The ECS service a target scales, asked and told through ECS's own operations. */
import type { Call } from "../../gateway/operations.ts";
import { serviceOf, type TargetIdentity } from "./scaling-store.ts";

export interface ServiceCapacity {
  readonly desired: number;
  readonly running: number;
  readonly isDeploying: boolean;
}

export class ScaledService {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Undefined when there is no such service, or it is being deleted. */
  async capacity({ region, resourceId }: TargetIdentity): Promise<ServiceCapacity | undefined> {
    const names = serviceOf(resourceId);
    if (names === undefined) return undefined;
    let services: Awaited<ReturnType<typeof this.describe>>;
    try {
      services = await this.describe(names, region);
    } catch (failure) {
      if (failure instanceof Error && failure.name === "ClusterNotFoundException") return undefined;
      throw failure;
    }
    const service = services?.find(({ status }) => status === "ACTIVE");
    if (service === undefined) return undefined;
    const { desiredCount = 0, runningCount = 0, deployments = [] } = service;
    const isDeploying = deployments.length > 1 || deployments.some(({ rolloutState }) => rolloutState === "IN_PROGRESS");
    return { desired: desiredCount, running: runningCount, isDeploying };
  }

  async setDesired({ region, resourceId }: TargetIdentity, desiredCount: number): Promise<void> {
    const { cluster, service } = serviceOf(resourceId) ?? { cluster: "", service: "" };
    await this.#call("ecs", "UpdateService", { cluster, service, desiredCount }, { region });
  }

  private async describe({ cluster, service }: { cluster: string; service: string }, region: string) {
    return (await this.#call("ecs", "DescribeServices", { cluster, services: [service] }, { region })).services;
  }
}
