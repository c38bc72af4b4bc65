/**
 * The endpoints of Service Connect's namespaces: what a deployment finds when it begins, and what it adds. An endpoint, with the
 * Cloud Map service ECS made for it, goes when no deployment of its service offers it any more and the last of its tasks has left.
 */
import type { ServiceConnectConfiguration } from "@aws-sdk/client-ecs";
import type { StateKeeper } from "../../../controller/state-keeper.ts";
import type { RevisionServiceConnect, ServiceRevision, ServiceState } from "../../../engine/service/service-state.ts";
import type { Call, RequestContext } from "../../gateway/operations.ts";
import { ensureService, findNamespace, servicesIn } from "./connect-namespaces.ts";
import type { ClusterRecord, ConnectEndpoint, EcsState, RevisionRecord, TaskDefinitionRecord } from "./ecs-state.ts";
import { invalidParameter, namespaceNotFound } from "./faults.ts";
import { type OfferedEndpoint, offeredEndpoints } from "./service-connect.ts";

/** What a deployment with Service Connect has of it. */
export interface ConnectedRevision {
  readonly serviceConnect: RevisionServiceConnect;
  readonly serviceRegistries: ServiceRevision["serviceRegistries"];
  readonly resources: NonNullable<RevisionRecord["serviceConnectResources"]>;
}

/** Where Cloud Map forgets a service; answers false while somebody is registered with it. */
export interface ManagedNames {
  removeServiceByArn(discoveryArn: string): boolean;
}

export class ConnectEndpoints {
  readonly #state: EcsState;
  readonly #names: ManagedNames;

  constructor(state: EcsState, names: ManagedNames) {
    this.#state = state;
    this.#names = names;
  }

  /**
   * Brings about what the configuration offers and answers what the deployment's tasks may call: all endpoints that the namespace
   * has by now. Undefined when Service Connect is not enabled. Nothing is changed before everything has been checked.
   */
  async connect(
    configuration: ServiceConnectConfiguration | undefined,
    definition: TaskDefinitionRecord,
    serviceArn: string,
    cluster: Pick<ClusterRecord, "serviceConnectDefaults">,
    call: Call,
    context: Pick<RequestContext, "region">,
  ): Promise<ConnectedRevision | undefined> {
    if (configuration?.enabled !== true) return undefined;
    const named = configuration.namespace ?? cluster.serviceConnectDefaults?.namespace;
    if (named === undefined || named === "") {
      throw invalidParameter(
        "Service Connect needs a namespace: give serviceConnectConfiguration.namespace, or the cluster serviceConnectDefaults.",
      );
    }
    const namespace = await findNamespace(named, call, context);
    if (namespace === undefined) throw namespaceNotFound(named);
    const taken = await servicesIn(namespace, call, context);
    const offered = offeredEndpoints(configuration, definition, serviceArn, namespace, { present: this.#in(namespace.arn), taken });
    const made: (OfferedEndpoint & { readonly discoveryArn: string })[] = [];
    for (const endpoint of offered) made.push({ ...endpoint, discoveryArn: await ensureService(endpoint, namespace, call, context) });
    for (const { containerName: _name, containerPort: _port, ...endpoint } of made) {
      this.#state.connectEndpoints.put(endpoint.endpoint, endpoint);
    }
    const clientAliases = this.#in(namespace.arn).map(({ dnsName, port, endpoint }) => ({ dnsName, port, endpoint }));
    return {
      serviceConnect: { namespaceArn: namespace.arn, discoveryArns: made.map(({ discoveryArn }) => discoveryArn), clientAliases },
      serviceRegistries: made.map(({ discoveryArn, containerName, containerPort }) => ({
        registryArn: discoveryArn,
        containerName,
        containerPort,
      })),
      resources: made.map(({ discoveryName, discoveryArn }) => ({ discoveryName, discoveryArn })),
    };
  }

  find(endpoint: string): ConnectEndpoint | undefined {
    return this.#state.connectEndpoints.get(endpoint);
  }

  /** Removes what the service, as it is now, offers no more. `revision`: what is kept of its deployments. */
  retire(service: ServiceState, revision: (serviceRevisionArn: string) => ServiceRevision | undefined): void {
    const own = this.#state.connectEndpoints.list().filter(({ serviceArn }) => serviceArn === service.serviceArn);
    if (own.length === 0) return;
    const standing = service.status === "INACTIVE" ? [] : [...service.deployments, service.lastCompleted];
    const offered = new Set(standing.flatMap((each) => revision(each?.serviceRevisionArn ?? "")?.serviceConnect?.discoveryArns ?? []));
    for (const { endpoint, discoveryArn } of own) {
      if (!offered.has(discoveryArn) && this.#names.removeServiceByArn(discoveryArn)) this.#state.connectEndpoints.delete(endpoint);
    }
  }

  /** What a platform that ended between a service's end and its endpoints' had left to do. */
  sweep(keeper: Pick<StateKeeper, "service" | "revision">): void {
    for (const serviceArn of new Set(this.#state.connectEndpoints.list().map((each) => each.serviceArn))) {
      const service = keeper.service(serviceArn);
      if (service !== undefined) this.retire(service, (arn) => keeper.revision(arn));
    }
  }

  #in(namespaceArn: string): ConnectEndpoint[] {
    return this.#state.connectEndpoints.list(`${namespaceArn}/`);
  }
}
