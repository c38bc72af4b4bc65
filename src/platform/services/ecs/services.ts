/** Services: create, update, delete, describe, list. Requests are checked first (which may ask other services), then take effect in one step. */
import type { CreateServiceRequest, Service, UpdateServiceRequest } from "@aws-sdk/client-ecs";
import type { Controller } from "../../../controller/controller.ts";
import { createService, drainService, scaleService, startDeployment } from "../../../engine/service/change-service.ts";
import type { ServiceEvent, ServiceState } from "../../../engine/service/service-state.ts";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { capacityOf, requireStrategy } from "./capacity.ts";
import type { ConnectEndpoints } from "./connect-endpoints.ts";
import { deploymentConfiguration } from "./deployment-configuration.ts";
import { describeService } from "./describe-service.ts";
import type { ClusterRecord, EcsState, RevisionRecord, ServiceRecord } from "./ecs-state.ts";
import { isExternal, requireController, requireSameController, requireServiceParameters, requireUpdatable } from "./external-services.ts";
import { badToken, invalidParameter, pageSize, serviceNotActive, serviceNotFound } from "./faults.ts";
import type { References } from "./references.ts";
import { inertParts } from "./service-connect.ts";
import type { MadeRevision, ServiceRevisions } from "./service-revisions.ts";
import type { StoreKeeper } from "./store-keeper.ts";
import { tagRecord } from "./tags.ts";
import { changedRevision, newRevision, sameRevision } from "./wanted-revision.ts";

export interface ServiceOperationsDependencies {
  readonly state: EcsState;
  readonly keeper: StoreKeeper;
  readonly references: References;
  readonly endpoints: ConnectEndpoints;
  readonly revisions: ServiceRevisions;
  readonly controller: Controller;
  readonly ids: Ids;
  /** Whether every task has a network of its own on this machine. */
  readonly privateNetworks: boolean;
}

export function serviceOperations({
  state,
  keeper,
  references,
  endpoints,
  revisions,
  controller,
  ids,
  privateNetworks,
}: ServiceOperationsDependencies): Operations<"ecs"> {
  const describe = (service: ServiceState, include?: readonly string[]): Service =>
    describeService(service, controller.liveTasks(service.serviceArn), state, include);

  const deploy = (service: ServiceState, made: MadeRevision, context: RequestContext): ServiceState => {
    const clusterName = service.clusterArn.split("/").at(-1) ?? "";
    const names = {
      deploymentId: `ecs-svc/${ids.digits(19)}`,
      serviceDeploymentArn: formatArn(
        "ecs",
        context.region,
        context.account,
        `service-deployment/${clusterName}/${service.serviceName}/${ids.hex(21)}`,
      ),
    };
    const started = tellInertParts(startDeployment(service, made.revision, names, controller.now()), made.record);
    state.revisions.put(made.record.serviceRevisionArn, made.record);
    controller.putService(started, made.revision);
    return started;
  };

  /** Takes the last step with what was made; what is refused now leaves nothing behind in Cloud Map. */
  const conclude = <Result>(made: MadeRevision | undefined, step: () => Result): Result => {
    try {
      return step();
    } catch (failure) {
      endpoints.abandon(made?.record.connectEndpoints ?? []);
      throw failure;
    }
  };

  const remember = (input: CreateServiceRequest, serviceArn: string, context: RequestContext): void => {
    state.services.put(serviceArn, serviceRecord(input, serviceArn, context));
    state.tags.put(serviceArn, tagRecord(input.tags));
  };

  const updateRecord = (serviceArn: string, input: UpdateServiceRequest): void => {
    const record = state.services.get(serviceArn);
    if (record !== undefined) state.services.put(serviceArn, updatedRecord(record, input));
  };

  /** A service without a deployment: a third party brings its task sets. */
  const createExternal = (
    input: CreateServiceRequest,
    serviceArn: string,
    cluster: ClusterRecord,
    context: RequestContext,
  ): ServiceState => {
    requireServiceParameters(input);
    const service = createService(
      { ...requested(input, serviceArn, cluster), capacityProviderStrategy: [], taskSets: [] },
      controller.now(),
    );
    remember(input, serviceArn, context);
    controller.putService(service);
    return service;
  };

  const updateExternal = (found: ServiceState, input: UpdateServiceRequest, cluster: ClusterRecord): ServiceState => {
    requireUpdatable(input, found);
    const changed = configure(found, input, cluster);
    updateRecord(found.serviceArn, input);
    controller.putService(changed);
    return changed;
  };

  /** Events of the platform's own, which AWS does not have: what is asked for and not carried out must not look carried out. */
  const tellInertParts = (service: ServiceState, { serviceConnectConfiguration }: RevisionRecord): ServiceState => {
    const events = inertParts(serviceConnectConfiguration, privateNetworks).map(
      (part): ServiceEvent => ({
        id: ids.uuid(),
        createdAt: controller.now().wall,
        message: `(service ${service.serviceName}) ${part}`,
      }),
    );
    return events.length === 0 ? service : { ...service, events: [...events, ...service.events] };
  };

  return {
    CreateService: async (input, context) => {
      requireSupported(input);
      const cluster = references.cluster(input.cluster, context);
      const serviceName = input.serviceName ?? "";
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(serviceName))
        throw invalidParameter("Invalid service name: up to 255 letters, numbers, underscores and hyphens.");
      const serviceArn = references.serviceArn(serviceName, cluster, context);
      const existing = adopt(keeper.service(serviceArn), state.services.get(serviceArn), input.clientToken);
      if (existing !== undefined) return { service: describe(existing, ["TAGS"]) };
      if (isExternal(input)) return { service: describe(createExternal(input, serviceArn, cluster, context), ["TAGS"]) };
      const definition = references.usableTaskDefinition(input.taskDefinition, context);
      const capacity = capacityOf(input, cluster);
      const service = createService(
        { ...requested(input, serviceArn, cluster), capacityProviderStrategy: capacity.strategy },
        controller.now(),
      );
      const made = await revisions.make(
        newRevision(input, definition, capacity),
        definition,
        { ...service, strategy: service.deploymentConfiguration.strategy },
        cluster,
        context,
      );
      return conclude(made, () => {
        // Another request may have created it while this one asked other services.
        const meanwhile = adopt(keeper.service(serviceArn), state.services.get(serviceArn), input.clientToken);
        if (meanwhile !== undefined) {
          endpoints.abandon(made.record.connectEndpoints ?? []);
          return { service: describe(meanwhile, ["TAGS"]) };
        }
        endpoints.offer(made.record.connectEndpoints ?? []);
        remember(input, serviceArn, context);
        return { service: describe(deploy(service, made, context), ["TAGS"]) };
      });
    },

    UpdateService: async (input, context) => {
      const found = references.service(input.service, input.cluster, context);
      if (found.status !== "ACTIVE") throw serviceNotActive();
      requireSameController(input, found);
      const cluster = references.cluster(found.clusterArn, context);
      if (found.taskSets !== undefined) return { service: describe(updateExternal(found, input, cluster), ["TAGS"]) };
      const newest = found.deployments[0];
      const current = newest === undefined ? undefined : state.revisions.get(newest.serviceRevisionArn);
      if (newest === undefined || current === undefined) throw serviceNotActive();
      const wanted = changedRevision(input, current, references, context);
      const definition =
        wanted.taskDefinitionArn === current.taskDefinitionArn
          ? state.taskDefinitions.get(current.taskDefinitionArn)
          : references.usableTaskDefinition(wanted.taskDefinitionArn, context);
      if (definition === undefined) throw invalidParameter("Unable to describe task definition.");
      const configured = configure(found, input, cluster);
      const owner = { ...configured, strategy: configured.deploymentConfiguration.strategy };
      const starts = input.forceNewDeployment === true || !sameRevision(wanted, current);
      const made = starts ? await revisions.make(wanted, definition, owner, cluster, context) : undefined;
      return conclude(made, () => {
        // The service may have moved on while other services were asked: the change applies to what it is now.
        const latest = keeper.service(found.serviceArn);
        if (latest === undefined || latest.status !== "ACTIVE") throw serviceNotActive();
        const changed = configure(latest, input, cluster);
        endpoints.offer(made?.record.connectEndpoints ?? []);
        updateRecord(found.serviceArn, input);
        if (made !== undefined) return { service: describe(deploy(changed, made, context), ["TAGS"]) };
        controller.putService(changed);
        return { service: describe(changed, ["TAGS"]) };
      });
    },

    DeleteService: (input, context) => {
      const service = references.service(input.service, input.cluster, context);
      if (service.status === "INACTIVE") throw serviceNotFound();
      if (service.status === "DRAINING") return { service: describe(service) };
      if (service.desiredCount > 0 && input.force !== true) {
        throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
      }
      if ((service.taskSets ?? []).length > 0 && input.force !== true) {
        throw invalidParameter("The service cannot be stopped while deployments are active.");
      }
      const drained = drainService(service, controller.now());
      controller.putService(drained);
      return { service: describe(drained) };
    },

    DescribeServices: (input, context) => {
      const names = input.services ?? [];
      if (names.length === 0) throw invalidParameter("services can not be empty.");
      if (names.length > 10) throw invalidParameter("services can have at most 10 items.");
      const cluster = references.cluster(input.cluster, context);
      const services: Service[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const name of names) {
        const arn = references.serviceArn(name, cluster, context);
        const service = keeper.service(arn);
        if (service === undefined || service.clusterArn !== cluster.clusterArn) failures.push({ arn, reason: "MISSING" });
        else services.push(describe(service, input.include ?? []));
      }
      return { services, failures };
    },

    ListServices: (input, context) => {
      const cluster = references.cluster(input.cluster, context);
      const services = keeper
        .services(`${cluster.clusterArn.replace(":cluster/", ":service/")}/`)
        .filter((service) => service.status !== "INACTIVE")
        .filter(() => input.launchType === undefined || input.launchType === "FARGATE")
        .filter(() => input.schedulingStrategy === undefined || input.schedulingStrategy === "REPLICA");
      const { items, nextToken } = pageOf(
        services,
        (service) => service.serviceArn,
        pageSize(input.maxResults, 10),
        input.nextToken,
        badToken,
      );
      return { serviceArns: items.map((service) => service.serviceArn), nextToken };
    },
  };
}

/** What CreateService answers for a service that is there: the same token the same service, anything else a refusal. */
function adopt(
  service: ServiceState | undefined,
  record: ServiceRecord | undefined,
  clientToken: string | undefined,
): ServiceState | undefined {
  if (service === undefined || service.status === "INACTIVE") return undefined;
  if (service.status === "DRAINING") throw invalidParameter("Unable to Start a service that is still Draining.");
  if (clientToken !== undefined && record?.clientToken === clientToken) return service;
  throw invalidParameter("Creation of service was not idempotent.");
}

function requireSupported(input: CreateServiceRequest): void {
  requireController(input);
  if (input.schedulingStrategy === "DAEMON")
    throw invalidParameter("The daemon scheduling strategy is not supported for tasks on Fargate.");
}

/** What a service is asked to be whoever deploys it. */
function requested(
  input: CreateServiceRequest,
  serviceArn: string,
  { clusterArn }: ClusterRecord,
): Omit<Parameters<typeof createService>[0], "capacityProviderStrategy" | "taskSets"> {
  const desiredCount = input.desiredCount ?? 1;
  if (desiredCount < 0) throw invalidParameter("desiredCount must not be negative.");
  return {
    serviceArn,
    serviceName: input.serviceName ?? "",
    clusterArn,
    desiredCount,
    deploymentConfiguration: deploymentConfiguration(input.deploymentConfiguration),
    healthCheckGracePeriodMs: (input.healthCheckGracePeriodSeconds ?? 0) * 1000,
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? "ENABLED",
  };
}

function serviceRecord(input: CreateServiceRequest, serviceArn: string, { account }: RequestContext): ServiceRecord {
  return {
    serviceArn,
    ...(input.clientToken === undefined ? {} : { clientToken: input.clientToken }),
    schedulingStrategy: "REPLICA",
    propagateTags: input.propagateTags ?? "NONE",
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? "ENABLED",
    placementConstraints: [],
    placementStrategy: [],
    roleArn: `arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    createdBy: `arn:aws:iam::${account}:root`,
  };
}

function updatedRecord(record: ServiceRecord, input: UpdateServiceRequest): ServiceRecord {
  return {
    ...record,
    propagateTags: input.propagateTags ?? record.propagateTags,
    enableECSManagedTags: input.enableECSManagedTags ?? record.enableECSManagedTags,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? record.availabilityZoneRebalancing,
  };
}

/** What an update changes without a deployment: applied to the service as it is. */
function configure(service: ServiceState, input: UpdateServiceRequest, cluster: ClusterRecord): ServiceState {
  const { desiredCount } = input;
  if (desiredCount !== undefined && desiredCount < 0) throw invalidParameter("desiredCount must not be negative.");
  const scaled = desiredCount === undefined || desiredCount === service.desiredCount ? service : scaleService(service, desiredCount);
  return {
    ...scaled,
    deploymentConfiguration: deploymentConfiguration(input.deploymentConfiguration, service.deploymentConfiguration),
    healthCheckGracePeriodMs:
      input.healthCheckGracePeriodSeconds === undefined ? service.healthCheckGracePeriodMs : input.healthCheckGracePeriodSeconds * 1000,
    capacityProviderStrategy:
      input.capacityProviderStrategy === undefined
        ? service.capacityProviderStrategy
        : requireStrategy(input.capacityProviderStrategy, cluster.capacityProviders),
    enableExecuteCommand: input.enableExecuteCommand ?? service.enableExecuteCommand,
    ...(input.availabilityZoneRebalancing === undefined ? {} : { availabilityZoneRebalancing: input.availabilityZoneRebalancing }),
  };
}
