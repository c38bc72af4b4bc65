/** A name in the environment's private namespace that resolves to the tasks' addresses. */
import { tagList } from "../tags.ts";
import { getAtt, type Value } from "../template.ts";
import { fromEnvironment, type ServiceContext } from "./context.ts";

/** The ARN of the registry; undefined when the service has no name. */
export function serviceDiscovery(context: ServiceContext): Value | undefined {
  const { serviceDiscovery: discovery } = context.service.networking;
  if (discovery === undefined) return undefined;
  context.template.resource("Discovery", {
    Type: "AWS::ServiceDiscovery::Service",
    Properties: {
      Name: discovery.name,
      Description: `Tasks of ${context.name} in ${context.environment.name}`,
      DnsConfig: {
        NamespaceId: fromEnvironment(context, "NamespaceId", "namespace/id", "The private namespace."),
        RoutingPolicy: "MULTIVALUE",
        DnsRecords: [{ Type: "A", TTL: discovery.ttl }],
      },
      // ECS reports the tasks' health itself; Cloud Map only asks that the field be there.
      HealthCheckCustomConfig: { FailureThreshold: 1 },
      Tags: tagList(context.tags),
    },
  });
  return getAtt("Discovery", "Arn");
}
