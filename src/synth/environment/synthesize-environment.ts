/**
 * The environment's stack. Its values reach the services' stacks through Parameter Store, not through exports, so that
 * nothing a service uses can block a change here.
 */
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { environmentValue } from "../names.ts";
import { tagList, tagMap } from "../tags.ts";
import { getAtt, logicalNames, ref, sub, type Template, TemplateBuilder, type Value } from "../template.ts";
import { environmentDashboard } from "./dashboard.ts";
import { synthesizeLoadBalancers } from "./load-balancers.ts";
import { commaSeparated, synthesizeNetwork } from "./network.ts";
import { packTopics } from "./pack-topics.ts";

export function synthesizeEnvironment(environment: ResolvedEnvironment): Template {
  const { name, tags, cluster } = environment;
  const template = new TemplateBuilder(environment.description ?? `Environment ${name}`, name);
  const values: Record<string, Value> = {};

  const network = synthesizeNetwork(environment, template);
  values["vpc/id"] = network.id;
  values["vpc/cidr"] = network.cidr;
  if (network.publicSubnets.length > 0) values["subnets/public"] = commaSeparated(network.publicSubnets);
  values["subnets/private"] = commaSeparated(network.privateSubnets);

  if (cluster.existing) {
    values["cluster/name"] = cluster.name;
    values["cluster/arn"] = sub(`arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:cluster/${cluster.name}`);
  } else {
    values["cluster/name"] = template.resource("Cluster", {
      Type: "AWS::ECS::Cluster",
      Properties: {
        ClusterName: cluster.name,
        CapacityProviders: cluster.capacityProviders,
        DefaultCapacityProviderStrategy: [{ CapacityProvider: cluster.capacityProviders[0] ?? "FARGATE", Weight: 1 }],
        ClusterSettings: [{ Name: "containerInsights", Value: cluster.containerInsights }],
        Tags: tagList(tags),
      },
    });
    values["cluster/arn"] = getAtt("Cluster", "Arn");
  }

  if (environment.domain !== undefined) {
    const { name: domain, zoneId } = environment.domain;
    template.resource("Certificate", {
      Type: "AWS::CertificateManager::Certificate",
      Properties: {
        DomainName: domain,
        SubjectAlternativeNames: [`*.${domain}`],
        ValidationMethod: "DNS",
        DomainValidationOptions: [{ DomainName: domain, HostedZoneId: zoneId }],
        Tags: tagList(tags),
      },
    });
    values["domain/certificate"] = ref("Certificate");
  }

  Object.assign(values, synthesizeLoadBalancers(environment, network, template));
  if (template.has("AccessLogBucket")) values["access-logs/bucket"] = ref("AccessLogBucket");

  if (environment.namespace !== undefined) {
    values["namespace/name"] = environment.namespace;
    values["namespace/id"] = template.resource("Namespace", {
      Type: "AWS::ServiceDiscovery::PrivateDnsNamespace",
      Properties: { Name: environment.namespace, Vpc: network.id, Tags: tagList(tags) },
    });
  }

  Object.assign(values, packTopics(environment, template));
  environmentDashboard(environment, template);

  const names = logicalNames(Object.keys(values));
  for (const [key, value] of Object.entries(values)) {
    template.resource(`Value${names.get(key)}`, {
      Type: "AWS::SSM::Parameter",
      Properties: {
        Name: environmentValue(name, key),
        Type: key.startsWith("subnets/") ? "StringList" : "String",
        Value: value,
        Tags: tagMap(tags),
      },
    });
  }
  template.output("VpcId", "The network", network.id);
  template.output("ClusterName", "The ECS cluster", values["cluster/name"]);
  return template.build();
}
