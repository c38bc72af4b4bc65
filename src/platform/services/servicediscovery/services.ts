import { InvalidInput, ResourceInUse, type Service, ServiceAlreadyExists, ServiceNotFound } from "@aws-sdk/client-servicediscovery";
import { formatArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import type { CloudMap, ServiceRecord } from "./cloud-map.ts";
import { mustFindNamespace } from "./namespaces.ts";
import { page } from "./pages.ts";
import { putTags } from "./tags.ts";

/** A service by id or ARN. */
export function mustFindService(map: CloudMap, region: string, idOrArn: string | undefined): ServiceRecord {
  const id = (idOrArn ?? "").replace(/^arn:.*:service\//, "");
  const service = map.services.get(`${region}/${id}`);
  if (service === undefined) throw new ServiceNotFound({ message: `Service ${id} does not exist.`, $metadata: {} });
  return service;
}

export function serviceOperations(map: CloudMap): Operations<"servicediscovery"> {
  return {
    CreateService: (input, { account, region }) => {
      const { Name: name = "", DnsConfig, HealthCheckConfig, HealthCheckCustomConfig, Description, CreatorRequestId, Tags } = input;
      const namespace = mustFindNamespace(map, region, input.NamespaceId ?? DnsConfig?.NamespaceId);
      if (HealthCheckConfig !== undefined) {
        throw new InvalidInput({ message: "HealthCheckConfig needs a public DNS namespace; use HealthCheckCustomConfig.", $metadata: {} });
      }
      if (namespace.type === "HTTP" && DnsConfig?.DnsRecords !== undefined) {
        throw new InvalidInput({ message: "DnsConfig can't be given for a service in an HTTP namespace.", $metadata: {} });
      }
      const same = map.servicesOf(namespace.id).find((other) => other.name === name);
      if (same !== undefined) {
        if (CreatorRequestId !== undefined && same.creatorRequestId === CreatorRequestId) return { Service: describe(map, same) };
        throw new ServiceAlreadyExists({
          message: `Service already exists: ${name}`,
          CreatorRequestId: same.creatorRequestId,
          ServiceId: same.id,
          ServiceArn: same.arn,
          $metadata: {},
        });
      }
      const id = map.newId("srv");
      const service: ServiceRecord = {
        region,
        id,
        arn: formatArn("servicediscovery", region, account, `service/${id}`),
        name,
        namespaceId: namespace.id,
        routingPolicy: DnsConfig?.RoutingPolicy ?? "MULTIVALUE",
        customHealth: HealthCheckCustomConfig !== undefined,
        creatorRequestId: CreatorRequestId ?? map.newRequestId(),
        createdAt: map.now(),
        ...(Description === undefined ? {} : { description: Description }),
        ...(DnsConfig?.DnsRecords === undefined
          ? {}
          : { dnsRecords: DnsConfig.DnsRecords.map(({ Type = "A", TTL = 60 }) => ({ type: Type, ttl: TTL })) }),
      };
      map.transaction(() => {
        map.services.put(`${region}/${id}`, service);
        putTags(map, service.arn, Tags);
      });
      return { Service: describe(map, service) };
    },
    GetService: ({ Id }, { region }) => ({ Service: describe(map, mustFindService(map, region, Id)) }),
    ListServices: ({ Filters = [], MaxResults, NextToken }, { region }) => {
      const namespaces = Filters.filter(({ Name }) => Name === "NAMESPACE_ID").flatMap(({ Values = [] }) => Values);
      const found = map.services
        .list(`${region}/`)
        .filter(({ namespaceId }) => namespaces.length === 0 || namespaces.includes(namespaceId));
      const { items, nextToken } = page(found, NextToken, MaxResults);
      return { Services: items.map((service) => describe(map, service)), NextToken: nextToken };
    },
    UpdateService: ({ Id, Service: changes }, { region }) => {
      const service = mustFindService(map, region, Id);
      map.services.put(`${region}/${service.id}`, {
        ...service,
        ...(changes?.Description === undefined ? {} : { description: changes.Description }),
        ...(changes?.DnsConfig?.DnsRecords === undefined
          ? {}
          : { dnsRecords: changes.DnsConfig.DnsRecords.map(({ Type = "A", TTL = 60 }) => ({ type: Type, ttl: TTL })) }),
      });
      return { OperationId: map.done(region, "UPDATE_SERVICE", { SERVICE: service.id }) };
    },
    DeleteService: ({ Id }, { region }) => {
      const service = mustFindService(map, region, Id);
      if (!map.removeService(service)) {
        throw new ResourceInUse({
          message: `Service contains registered instances; delete the instances before deleting the service`,
          $metadata: {},
        });
      }
      return {};
    },
  };
}

function describe(map: CloudMap, service: ServiceRecord): Service {
  const dns = service.dnsRecords?.map(({ type, ttl }) => ({ Type: type as "A", TTL: ttl }));
  return {
    Id: service.id,
    Arn: service.arn,
    Name: service.name,
    NamespaceId: service.namespaceId,
    Description: service.description,
    InstanceCount: map.instancesOf(service.id).length,
    Type: dns === undefined ? "HTTP" : "DNS_HTTP",
    ...(dns === undefined
      ? {}
      : { DnsConfig: { NamespaceId: service.namespaceId, RoutingPolicy: service.routingPolicy, DnsRecords: dns } }),
    ...(service.customHealth ? { HealthCheckCustomConfig: { FailureThreshold: 1 } } : {}),
    CreateDate: new Date(service.createdAt),
    CreatorRequestId: service.creatorRequestId,
  };
}
