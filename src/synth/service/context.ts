/** What every part of a service's stack is made from. */
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { shardOf } from "../../manifest/routing.ts";
import { shiftsTraffic } from "../../manifest/strategies.ts";
import type { BalancerKind, BalancerValue } from "../load-balancer.ts";
import { balancerPath, environmentValue } from "../names.ts";
import { serviceTags } from "../tags.ts";
import { getAtt, ref, type TemplateBuilder, type Value } from "../template.ts";

export interface ServiceContext {
  readonly name: string;
  readonly definition: ResolvedService;
  readonly service: ResolvedService["service"];
  readonly environment: ResolvedEnvironment;
  readonly template: TemplateBuilder;
  readonly tags: Readonly<Record<string, string>>;
}

export function serviceContext(definition: ResolvedService, environment: ResolvedEnvironment, template: TemplateBuilder): ServiceContext {
  return {
    name: definition.name,
    definition,
    service: definition.service,
    environment,
    template,
    tags: serviceTags(definition, environment),
  };
}

/** A value of the environment's stack, as a parameter that CloudFormation reads from Parameter Store. */
export function fromEnvironment(
  { environment, template }: ServiceContext,
  parameter: string,
  path: string,
  description: string,
  type = "String",
): Value {
  return template.parameter(parameter, {
    Type: `AWS::SSM::Parameter::Value<${type}>`,
    Description: description,
    Default: environmentValue(environment.name, path),
  });
}

export const clusterName = (context: ServiceContext): Value => fromEnvironment(context, "ClusterName", "cluster/name", "The ECS cluster.");
export const vpcCidr = (context: ServiceContext): Value => fromEnvironment(context, "VpcCidr", "vpc/cidr", "The network's range.");
export const vpcId = (context: ServiceContext): Value => fromEnvironment(context, "VpcId", "vpc/id", "The network.", "AWS::EC2::VPC::Id");

/** The kind of load balancer the service is behind. */
export function balancerKind({ service }: ServiceContext): BalancerKind {
  return service.networking.loadBalancer?.internal === false ? "public" : "internal";
}

/** Which load balancer the service is behind: its own, or the one it shares, by the path of that one's values. */
export function balancerPlace(context: ServiceContext): { readonly dedicated: boolean; readonly path: string } {
  const { name, service, environment } = context;
  const kind = balancerKind(context);
  const dedicated = service.networking.loadBalancer?.dedicated === true;
  const path = dedicated ? `dedicated/${kind}` : balancerPath(kind, shardOf(name, environment.loadBalancers[kind]?.shards ?? 1));
  return { dedicated, path };
}

/** Where the load balancer's values come from when it is the service's own: its attributes, by their names in `Fn::Sub`. */
const ownValues: Readonly<Record<BalancerValue, string>> = {
  arn: "LoadBalancer",
  name: "LoadBalancer.LoadBalancerFullName",
  "dns-name": "LoadBalancer.DNSName",
  "zone-id": "LoadBalancer.CanonicalHostedZoneID",
  "security-group": "LoadBalancerSecurityGroup.GroupId",
  listener: "Listener",
};

/** What a shared load balancer's values are called as parameters of the service's template. */
const sharedValues: Readonly<Record<BalancerValue, { readonly parameter: string; readonly description: string; readonly type?: string }>> =
  {
    arn: { parameter: "LoadBalancerArn", description: "The load balancer." },
    name: { parameter: "LoadBalancerName", description: "The load balancer as metrics name it." },
    "dns-name": { parameter: "LoadBalancerDnsName", description: "The load balancer's address." },
    "zone-id": { parameter: "LoadBalancerZoneId", description: "The load balancer's hosted zone." },
    "security-group": {
      parameter: "LoadBalancerSecurityGroup",
      description: "The load balancer's security group.",
      type: "AWS::EC2::SecurityGroup::Id",
    },
    listener: { parameter: "ListenerArn", description: "The listener its rule stands on." },
  };

/** The name, for `Fn::Sub`, of a value of the load balancer the service is behind. */
export function balancerName(context: ServiceContext, key: BalancerValue): string {
  const { dedicated, path } = balancerPlace(context);
  if (dedicated) return key === "listener" && context.template.has("SecureListener") ? "SecureListener" : ownValues[key];
  const { parameter, description, type } = sharedValues[key];
  fromEnvironment(context, parameter, `${path}/${key}`, description, type);
  return parameter;
}

/** A value of the load balancer the service is behind. */
export function fromLoadBalancer(context: ServiceContext, key: BalancerValue): Value {
  const [name, attribute] = balancerName(context, key).split(".") as [string, string?];
  return attribute === undefined ? ref(name) : getAtt(name, attribute);
}

/** Whether the strategy shifts traffic between two target groups. */
export function shifts({ service }: ServiceContext): boolean {
  return service.networking.loadBalancer !== undefined && shiftsTraffic(service.deployment.strategy);
}
