/** The ECS service: how many tasks, where, and how a new version takes over. */
import { CONTAINER } from "../names.ts";
import { tagList } from "../tags.ts";
import { iff, noValue, ref, type Value } from "../template.ts";
import { clusterName, fromEnvironment, type ServiceContext } from "./context.ts";

export function ecsService(
  context: ServiceContext,
  securityGroup: Value,
  taskDefinition: Value,
  after: readonly string[],
  registry: Value | undefined,
): void {
  const { name, service, template, tags } = context;
  const { networking, port, healthCheck } = service;
  template.resource("Service", {
    Type: "AWS::ECS::Service",
    ...(after.length === 0 ? {} : { DependsOn: after }),
    Properties: {
      ServiceName: name,
      Cluster: clusterName(context),
      TaskDefinition: taskDefinition,
      DesiredCount: desiredCount(context),
      CapacityProviderStrategy: service.capacity.map(({ provider, base, weight }) => ({
        CapacityProvider: provider,
        Base: base,
        Weight: weight,
      })),
      PlatformVersion: service.platformVersion,
      DeploymentController: { Type: "ECS" },
      DeploymentConfiguration: deploymentConfiguration(context),
      // Rebalancing starts a task before it stops one, so it needs room above the desired count.
      AvailabilityZoneRebalancing: service.deployment.maximumPercent > 100 ? "ENABLED" : "DISABLED",
      ...(healthCheck === undefined ? {} : { HealthCheckGracePeriodSeconds: healthCheck.gracePeriod }),
      ...(port === undefined || healthCheck === undefined
        ? {}
        : { LoadBalancers: [{ ContainerName: CONTAINER, ContainerPort: port, TargetGroupArn: ref("TargetGroup") }] }),
      ...(registry === undefined ? {} : { ServiceRegistries: [{ RegistryArn: registry }] }),
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: networking.vpc ? "DISABLED" : "ENABLED",
          Subnets: networking.subnets.length > 0 ? networking.subnets : environmentSubnets(context),
          SecurityGroups: [securityGroup, ...networking.securityGroups],
        },
      },
      EnableExecuteCommand: service.exec,
      EnableECSManagedTags: true,
      PropagateTags: "SERVICE",
      Tags: tagList(tags),
    },
  });
}

/**
 * Without scaling the count stands in the template. With scaling it is given once, when the stack is created, and left
 * out ever after: a count in an update would undo what scaling chose.
 */
function desiredCount({ service, template }: ServiceContext): Value {
  if (service.autoScaling === undefined) return service.resources.desiredCount;
  template.parameter("DesiredCount", {
    Type: "String",
    Description: "Tasks to begin with. Given when the stack is created, empty ever after: then scaling decides.",
    Default: "",
    AllowedPattern: "^[0-9]*$",
  });
  template.condition("BeginsWithDesiredCount", { "Fn::Not": [{ "Fn::Equals": [ref("DesiredCount"), ""] }] });
  return iff("BeginsWithDesiredCount", ref("DesiredCount"), noValue);
}

function deploymentConfiguration({ service }: ServiceContext): Value {
  const { minimumHealthyPercent, maximumPercent, circuitBreaker } = service.deployment;
  return {
    MinimumHealthyPercent: minimumHealthyPercent,
    MaximumPercent: maximumPercent,
    DeploymentCircuitBreaker: {
      Enable: circuitBreaker.enable,
      Rollback: circuitBreaker.enable && circuitBreaker.rollback,
    },
  };
}

function environmentSubnets(context: ServiceContext): Value {
  const kind = context.service.networking.vpc ? "private" : "public";
  return fromEnvironment(context, "Subnets", `subnets/${kind}`, "The subnets of the tasks.", "List<AWS::EC2::Subnet::Id>");
}
