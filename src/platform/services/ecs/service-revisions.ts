/** Revisions, of services and of task sets: what is asked for is checked, which may ask other services, and becomes the scheduler's and the API's records. */
import type { Controller } from "../../../controller/controller.ts";
import type { DeploymentConfiguration, ServiceRevision, ServiceState } from "../../../engine/service/service-state.ts";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Call, RequestContext } from "../../gateway/operations.ts";
import type { ConnectEndpoints } from "./connect-endpoints.ts";
import type { ClusterRecord, RevisionRecord, TaskDefinitionRecord } from "./ecs-state.ts";
import { requireLoadBalancers, requireRegistries } from "./load-balancers.ts";
import { requireNetwork } from "./network.ts";
import type { AssumedTaskRoles } from "./task-roles.ts";

export interface ServiceRevisionsDependencies {
  readonly endpoints: ConnectEndpoints;
  readonly controller: Controller;
  readonly roles: AssumedTaskRoles;
  readonly ids: Ids;
  readonly call: Call;
}

export type WantedRevision = Omit<RevisionRecord, "serviceRevisionArn" | "serviceConnectResources" | "connectEndpoints">;

export interface MadeRevision {
  readonly revision: ServiceRevision;
  readonly record: RevisionRecord;
}

/** For whom a revision is made: a service's next deployment, or a task set. */
export interface RevisionOwner extends Pick<ServiceState, "serviceArn" | "serviceName" | "clusterArn" | "capacityProviderStrategy"> {
  readonly strategy: DeploymentConfiguration["strategy"];
}

export class ServiceRevisions {
  readonly #dependencies: ServiceRevisionsDependencies;

  constructor(dependencies: ServiceRevisionsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Checks what is wanted, and refuses it as ECS does; stores nothing of ECS's. Cloud Map has the services of its Service Connect
   * afterwards, so whoever does not deploy what was made says so to `ConnectEndpoints.abandon`.
   */
  async make(
    wanted: WantedRevision,
    definition: TaskDefinitionRecord,
    owner: RevisionOwner,
    cluster: ClusterRecord,
    context: RequestContext,
  ): Promise<MadeRevision> {
    const { endpoints, controller, roles, ids, call } = this.#dependencies;
    for (const { advancedConfiguration } of wanted.loadBalancers) {
      if (advancedConfiguration?.roleArn !== undefined) roles.requireInfrastructureRole(advancedConfiguration.roleArn, owner.serviceArn);
    }
    const clusterName = owner.clusterArn.split("/").at(-1) ?? "";
    const serviceRevisionArn = formatArn(
      "ecs",
      context.region,
      context.account,
      `service-revision/${clusterName}/${owner.serviceName}/${ids.digits(19)}`,
    );
    const checked = {
      serviceRevisionArn,
      serviceArn: owner.serviceArn,
      clusterArn: owner.clusterArn,
      taskDefinitionArn: wanted.taskDefinitionArn,
      platformVersion: wanted.platformVersion === "LATEST" ? "1.4.0" : wanted.platformVersion,
      capacityProviderStrategy: owner.capacityProviderStrategy,
      network: await requireNetwork(wanted.networkConfiguration, call, context.region),
      loadBalancers: await requireLoadBalancers(wanted.loadBalancers, definition, owner.strategy, call, context.region),
      serviceRegistries: requireRegistries(wanted.serviceRegistries, definition),
      createdAt: controller.now().wall,
    };
    // Last, because it makes services in Cloud Map.
    const configuration = wanted.serviceConnectConfiguration;
    const connected = await endpoints.connect(configuration, definition, owner.serviceArn, cluster, call, context);
    if (connected === undefined) return { revision: checked, record: { ...wanted, serviceRevisionArn } };
    const { serviceConnect, serviceRegistries, resources, endpoints: connectEndpoints } = connected;
    return {
      revision: { ...checked, serviceConnect, serviceRegistries: [...checked.serviceRegistries, ...serviceRegistries] },
      record: {
        ...wanted,
        serviceRevisionArn,
        ...(resources.length === 0 ? {} : { serviceConnectResources: resources, connectEndpoints }),
      },
    };
  }
}
