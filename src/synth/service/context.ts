/** What every part of a service's stack is made from. */
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { environmentValue } from "../names.ts";
import { serviceTags } from "../tags.ts";
import type { TemplateBuilder, Value } from "../template.ts";

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
export const vpcId = (context: ServiceContext): Value => fromEnvironment(context, "VpcId", "vpc/id", "The network.", "AWS::EC2::VPC::Id");

/** The kind of load balancer the service is behind. */
export function balancerKind({ service }: ServiceContext): "public" | "internal" {
  return service.networking.loadBalancer?.internal === false ? "public" : "internal";
}

/** A value of the load balancer the service is behind. */
export function fromLoadBalancer(context: ServiceContext, parameter: string, key: string, description: string, type = "String"): Value {
  return fromEnvironment(context, parameter, `load-balancers/${balancerKind(context)}/${key}`, description, type);
}

/** Whether the strategy shifts traffic between two target groups. */
export function shifts({ service }: ServiceContext): boolean {
  return service.networking.loadBalancer !== undefined && ["blue-green", "canary", "linear"].includes(service.deployment.strategy);
}
