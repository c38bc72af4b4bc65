import {
  CustomHealthNotFound,
  type HealthStatus,
  InstanceNotFound,
  InvalidInput,
  NamespaceNotFound,
  OperationNotFound,
  ServiceNotFound,
} from "@aws-sdk/client-servicediscovery";
import type { Operations } from "../../gateway/operations.ts";
import type { CloudMap, InstanceRecord, ServiceRecord } from "./cloud-map.ts";
import { page } from "./pages.ts";
import { mustFindService } from "./services.ts";

export function instanceOperations(map: CloudMap): Operations<"servicediscovery"> {
  const mustFind = (service: ServiceRecord, id: string | undefined): InstanceRecord => {
    const instance = map.instances.get(`${service.id}/${id}`);
    if (instance === undefined) throw new InstanceNotFound({ message: `Instance ${id} does not exist.`, $metadata: {} });
    return instance;
  };

  return {
    RegisterInstance: ({ ServiceId, InstanceId = "", Attributes = {} }, { region }) => {
      const service = mustFindService(map, region, ServiceId);
      const answersA = service.dnsRecords?.some(({ type }) => type === "A") ?? false;
      if (answersA && Attributes.AWS_INSTANCE_IPV4 === undefined && Attributes.AWS_ALIAS_DNS_NAME === undefined) {
        throw new InvalidInput({ message: "The service has an A record: AWS_INSTANCE_IPV4 is required.", $metadata: {} });
      }
      map.put(service, InstanceId, Attributes);
      return { OperationId: map.done(region, "REGISTER_INSTANCE", { SERVICE: service.id, INSTANCE: InstanceId }) };
    },
    DeregisterInstance: ({ ServiceId, InstanceId = "" }, { region }) => {
      const service = mustFindService(map, region, ServiceId);
      mustFind(service, InstanceId);
      map.remove(service.id, InstanceId);
      return { OperationId: map.done(region, "DEREGISTER_INSTANCE", { SERVICE: service.id, INSTANCE: InstanceId }) };
    },
    GetInstance: ({ ServiceId, InstanceId }, { region }) => {
      const { id, attributes } = mustFind(mustFindService(map, region, ServiceId), InstanceId);
      return { Instance: { Id: id, Attributes: { ...attributes } } };
    },
    ListInstances: ({ ServiceId, MaxResults, NextToken }, { region }) => {
      const { items, nextToken } = page(map.instancesOf(mustFindService(map, region, ServiceId).id), NextToken, MaxResults);
      return { Instances: items.map(({ id, attributes }) => ({ Id: id, Attributes: { ...attributes } })), NextToken: nextToken };
    },
    UpdateInstanceCustomHealthStatus: ({ ServiceId, InstanceId, Status }, { region }) => {
      const service = mustFindService(map, region, ServiceId);
      if (!service.customHealth)
        throw new CustomHealthNotFound({ message: `Service ${service.id} has no custom health check.`, $metadata: {} });
      map.setInstanceHealth(mustFind(service, InstanceId), Status === "HEALTHY");
      return {};
    },
    GetInstancesHealthStatus: ({ ServiceId, Instances, MaxResults, NextToken }, { region }) => {
      const service = mustFindService(map, region, ServiceId);
      const asked = Instances?.map((id) => mustFind(service, id)) ?? map.instancesOf(service.id);
      const { items, nextToken } = page(asked, NextToken, MaxResults);
      return { Status: Object.fromEntries(items.map((instance) => [instance.id, healthOf(service, instance)])), NextToken: nextToken };
    },
    DiscoverInstances: (
      { NamespaceName, ServiceName, MaxResults = 100, QueryParameters = {}, OptionalParameters, HealthStatus = "HEALTHY_OR_ELSE_ALL" },
      { region },
    ) => {
      const { namespace, service } = byName(map, region, NamespaceName, ServiceName);
      const matching = map.instancesOf(service.id).filter(({ attributes }) => has(attributes, QueryParameters));
      const preferred = OptionalParameters === undefined ? [] : matching.filter(({ attributes }) => has(attributes, OptionalParameters));
      const candidates = preferred.length > 0 ? preferred : matching;
      const healthy = candidates.filter((instance) => instance.healthy);
      const chosen = {
        HEALTHY: healthy,
        UNHEALTHY: candidates.filter((instance) => !instance.healthy),
        ALL: candidates,
        HEALTHY_OR_ELSE_ALL: healthy.length > 0 ? healthy : candidates,
      }[HealthStatus];
      return {
        Instances: chosen.slice(0, MaxResults).map((instance) => ({
          InstanceId: instance.id,
          NamespaceName: namespace.name,
          ServiceName: service.name,
          HealthStatus: healthOf(service, instance),
          Attributes: { ...instance.attributes },
        })),
        InstancesRevision: map.revisionOf(service.id),
      };
    },
    DiscoverInstancesRevision: ({ NamespaceName, ServiceName }, { region }) => ({
      InstancesRevision: map.revisionOf(byName(map, region, NamespaceName, ServiceName).service.id),
    }),
    ListOperations: ({ Filters = [], MaxResults, NextToken }, { region }) => {
      const found = map.operations.list().filter(
        (operation) =>
          operation.region === region &&
          Filters.every(({ Name, Values = [] }) => {
            if (Name === "NAMESPACE_ID") return Values.includes(operation.targets.NAMESPACE ?? "");
            if (Name === "SERVICE_ID") return Values.includes(operation.targets.SERVICE ?? "");
            return Name === "TYPE" ? Values.includes(operation.type) : Name !== "STATUS" || Values.includes("SUCCESS");
          }),
      );
      const { items, nextToken } = page(found, NextToken, MaxResults);
      return { Operations: items.map(({ id }) => ({ Id: id, Status: "SUCCESS" })), NextToken: nextToken };
    },
    GetOperation: ({ OperationId }, { region }) => {
      const operation = map.operations.get(OperationId ?? "");
      if (operation?.region !== region) throw new OperationNotFound({ message: `Operation ${OperationId} does not exist.`, $metadata: {} });
      return {
        Operation: {
          Id: operation.id,
          Type: operation.type,
          Status: "SUCCESS",
          CreateDate: new Date(operation.at),
          UpdateDate: new Date(operation.at),
          Targets: { ...operation.targets },
        },
      };
    },
  };
}

function byName(map: CloudMap, region: string, namespaceName: string | undefined, serviceName: string | undefined) {
  const namespace = map.namespaces.list(`${region}/`).find(({ name }) => name === namespaceName);
  if (namespace === undefined) throw new NamespaceNotFound({ message: `Namespace ${namespaceName} does not exist.`, $metadata: {} });
  const service = map.servicesOf(namespace.id).find(({ name }) => name === serviceName);
  if (service === undefined) throw new ServiceNotFound({ message: `Service ${serviceName} does not exist.`, $metadata: {} });
  return { namespace, service };
}

/** As the API shows it: without a health check nothing is known of an instance. */
function healthOf(service: ServiceRecord, instance: InstanceRecord): HealthStatus {
  if (!service.customHealth) return "UNKNOWN";
  return instance.healthy ? "HEALTHY" : "UNHEALTHY";
}

function has(attributes: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => attributes[name] === value);
}
