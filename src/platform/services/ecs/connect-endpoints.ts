/**
 * The endpoints of Service Connect's namespaces: what a deployment finds when it begins, and what it adds. While deployments of a
 * service offer an endpoint differently (its protocol, alias, timeouts), it is as the one has it that gets most of the requests; the
 * test header, by which a request asks for the revision under test, is that of the one that gets the test requests. An endpoint, with
 * the Cloud Map service ECS made for it, goes when no deployment of its service offers it any more and the last of its tasks has left.
 */
import { isDeepStrictEqual } from "node:util";
import type { ServiceConnectConfiguration } from "@aws-sdk/client-ecs";
import type { StateKeeper } from "../../../controller/state-keeper.ts";
import { byTraffic } from "../../../engine/service/connect-hosts.ts";
import type { RevisionServiceConnect, ServiceRevision, ServiceState } from "../../../engine/service/service-state.ts";
import type { Call, RequestContext } from "../../gateway/operations.ts";
import { ensureService, findNamespace, servicesIn } from "./connect-namespaces.ts";
import type { ClusterRecord, ConnectEndpoint, EcsState, RevisionRecord, TaskDefinitionRecord } from "./ecs-state.ts";
import { invalidParameter, namespaceNotFound } from "./faults.ts";
import { type OfferedEndpoint, offeredEndpoints, requireFreeAliases } from "./service-connect.ts";

/** What a deployment with Service Connect has of it. */
export interface ConnectedRevision {
  readonly serviceConnect: RevisionServiceConnect;
  readonly serviceRegistries: ServiceRevision["serviceRegistries"];
  readonly resources: NonNullable<RevisionRecord["serviceConnectResources"]>;
  readonly endpoints: readonly ConnectEndpoint[];
}

/** Where Cloud Map forgets a service; answers false while somebody is registered with it. */
export interface ManagedNames {
  removeServiceByArn(discoveryArn: string): boolean;
}

export interface ConnectEndpointsDependencies {
  readonly state: EcsState;
  readonly keeper: Pick<StateKeeper, "service" | "revision">;
  readonly names: ManagedNames;
}

export class ConnectEndpoints {
  readonly #state: EcsState;
  readonly #keeper: ConnectEndpointsDependencies["keeper"];
  readonly #names: ManagedNames;

  constructor({ state, keeper, names }: ConnectEndpointsDependencies) {
    this.#state = state;
    this.#keeper = keeper;
    this.#names = names;
  }

  /**
   * Makes the Cloud Map services of what the configuration offers, and answers the endpoints and what the deployment's tasks may call:
   * all that the namespace has by now, and these. No endpoint is changed before `offer`; what comes to nothing is given to `abandon`.
   * Undefined when Service Connect is not enabled. Nothing is made before everything has been checked.
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
    const offered = offeredEndpoints(configuration, definition, serviceArn, namespace, { present: this.#claimed(namespace.arn), taken });
    const made: (OfferedEndpoint & { readonly discoveryArn: string })[] = [];
    try {
      for (const endpoint of offered) made.push({ ...endpoint, discoveryArn: await ensureService(endpoint, namespace, call, context) });
    } catch (failure) {
      this.abandon(made);
      throw failure;
    }
    const endpoints = made.map(({ containerName: _name, containerPort: _port, ...endpoint }) => endpoint);
    const reachable = new Map([...this.#in(namespace.arn), ...endpoints].map((each) => [each.endpoint, each]));
    const clientAliases = [...reachable.values()]
      .sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1))
      .map(({ dnsName, port, endpoint }) => ({ dnsName, port, endpoint }));
    return {
      serviceConnect: { namespaceArn: namespace.arn, discoveryArns: made.map(({ discoveryArn }) => discoveryArn), clientAliases },
      serviceRegistries: made.map(({ discoveryArn, containerName, containerPort }) => ({
        registryArn: discoveryArn,
        containerName,
        containerPort,
      })),
      resources: made.map(({ discoveryName, discoveryArn }) => ({ discoveryName, discoveryArn })),
      endpoints,
    };
  }

  /**
   * The deployment that offers these begins now. Those that are there already stay as they are until `settle` finds that it has the
   * traffic. Throws InvalidParameterException for an alias that another service took since `connect`, and changes nothing then.
   */
  offer(endpoints: readonly ConnectEndpoint[]): void {
    const [first] = endpoints;
    if (first !== undefined) requireFreeAliases(endpoints, this.#claimed(first.namespaceArn), first.namespaceArn);
    for (const each of endpoints) {
      if (this.find(each.endpoint) === undefined) this.#state.connectEndpoints.put(each.endpoint, each);
    }
  }

  /** The deployment that `connect` made these for does not begin: what Cloud Map has for it alone goes. */
  abandon(endpoints: readonly Pick<ConnectEndpoint, "endpoint" | "discoveryArn">[]): void {
    for (const { endpoint, discoveryArn } of endpoints) {
      if (this.find(endpoint) === undefined) this.#names.removeServiceByArn(discoveryArn);
    }
  }

  find(endpoint: string): ConnectEndpoint | undefined {
    return this.#state.connectEndpoints.get(endpoint);
  }

  /** Brings the endpoints to what the service, as it is now, offers: those of the deployment that has the traffic, none that is offered no more. */
  settle(service: ServiceState): void {
    this.#settle(service.serviceArn, service);
  }

  /** What a platform that ended between a service's change and its endpoints' had left to do. */
  sweep(): void {
    for (const serviceArn of new Set(this.#state.connectEndpoints.list().map((each) => each.serviceArn))) {
      this.#settle(serviceArn, this.#keeper.service(serviceArn));
    }
  }

  #settle(serviceArn: string, service: ServiceState | undefined): void {
    const own = this.#state.connectEndpoints.list().filter((each) => each.serviceArn === serviceArn);
    if (own.length === 0) return;
    const standing = standingRevisions(service);
    const offered = new Set(standing.flatMap((arn) => this.#keeper.revision(arn)?.serviceConnect?.discoveryArns ?? []));
    const wanted = this.#endpointsOf(standing);
    const tested = this.#endpointsOf(standingRevisions(service, "test"));
    for (const present of own) {
      const { endpoint, discoveryArn } = present;
      if (!offered.has(discoveryArn)) {
        if (this.#names.removeServiceByArn(discoveryArn)) this.#state.connectEndpoints.delete(endpoint);
        continue;
      }
      const isIt = (each: ConnectEndpoint): boolean => each.endpoint === endpoint;
      const offers = wanted.find(isIt);
      if (offers === undefined) continue;
      const now = { ...offers, testHeader: (tested.find(isIt) ?? offers).testHeader };
      if (!isDeepStrictEqual(now, present)) this.#state.connectEndpoints.put(endpoint, now);
    }
  }

  #in(namespaceArn: string): ConnectEndpoint[] {
    return this.#state.connectEndpoints.list(`${namespaceArn}/`);
  }

  /** The namespace's endpoints as they are, and as deployments under way will have them. */
  #claimed(namespaceArn: string): ConnectEndpoint[] {
    const present = this.#in(namespaceArn);
    const coming = [...new Set(present.map(({ serviceArn }) => serviceArn))].flatMap((serviceArn) =>
      this.#endpointsOf(standingRevisions(this.#keeper.service(serviceArn))),
    );
    return [...present, ...coming.filter((each) => each.namespaceArn === namespaceArn)];
  }

  #endpointsOf(serviceRevisionArns: readonly string[]): ConnectEndpoint[] {
    return serviceRevisionArns.flatMap((arn) => this.#state.revisions.get(arn)?.connectEndpoints ?? []);
  }
}

/** The revisions that have tasks or may get them, those first that have most of that traffic. */
function standingRevisions(service: ServiceState | undefined, traffic: "test" | "production" = "production"): string[] {
  if (service === undefined || service.status === "INACTIVE") return [];
  const { lastCompleted } = service;
  const deployments = [...byTraffic(service, traffic), ...(lastCompleted === undefined ? [] : [lastCompleted])];
  return deployments.map(({ serviceRevisionArn }) => serviceRevisionArn);
}
