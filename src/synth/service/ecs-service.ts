/** The ECS service: how many tasks, where, and how a new version takes over. */
import { hasTestRule } from "../../manifest/routing.ts";
import { alarmName, CONTAINER } from "../names.ts";
import { tagList } from "../tags.ts";
import { getAtt, iff, noValue, ref, type Value } from "../template.ts";
import { clusterName, fromEnvironment, type ServiceContext, shifts } from "./context.ts";

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
        : { LoadBalancers: [{ ContainerName: CONTAINER, ContainerPort: port, TargetGroupArn: ref("TargetGroup"), ...shifting(context) }] }),
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

/** What ECS needs to move traffic itself: the other target group, the rule, and a role to do it with. */
function shifting(context: ServiceContext): { AdvancedConfiguration?: Value } {
  if (!shifts(context)) return {};
  return {
    AdvancedConfiguration: {
      AlternateTargetGroupArn: ref("AlternateTargetGroup"),
      ProductionListenerRule: ref("ListenerRule"),
      ...(hasTestRule(context) ? { TestListenerRule: ref("TestListenerRule") } : {}),
      RoleArn: getAtt("InfrastructureRole", "Arn"),
    },
  };
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

function deploymentConfiguration(context: ServiceContext): Value {
  const { name, environment, service } = context;
  const { strategy, minimumHealthyPercent, maximumPercent, alarms, canary, linear, bakeTime } = service.deployment;
  const guards = alarms.map((alarm) => alarmName(environment.name, name, alarm));
  return {
    MinimumHealthyPercent: minimumHealthyPercent,
    MaximumPercent: maximumPercent,
    ...(shifts(context)
      ? { Strategy: strategy.replace("-", "_").toUpperCase(), BakeTimeInMinutes: minutes(bakeTime) }
      : // Said, for an update that leaves it out keeps the strategy of before.
        { Strategy: "ROLLING", DeploymentCircuitBreaker: circuitBreaker(service) }),
    ...(canary === undefined
      ? {}
      : { CanaryConfiguration: { CanaryPercent: canary.percent, CanaryBakeTimeInMinutes: minutes(canary.bakeTime) } }),
    ...(linear === undefined
      ? {}
      : { LinearConfiguration: { StepPercent: linear.stepPercent, StepBakeTimeInMinutes: minutes(linear.stepBakeTime) } }),
    ...(guards.length === 0 ? {} : { Alarms: { Enable: true, Rollback: true, AlarmNames: guards } }),
    ...lifecycleHooks(context),
  };
}

const minutes = (seconds: number): number => Math.ceil(seconds / 60);

/** Settings that AWS assumes anyway are left out: older schemas do not know them. */
function circuitBreaker({ deployment }: ServiceContext["service"]): Value {
  const { enable, rollback, threshold, resetOnHealthyTask } = deployment.circuitBreaker;
  const usual = threshold === undefined || (threshold.type === "BOUNDED_PERCENT" && threshold.value === 50);
  return {
    Enable: enable,
    Rollback: enable && rollback,
    ...(usual ? {} : { ThresholdConfiguration: { Type: threshold.type, Value: threshold.value } }),
    ...(resetOnHealthyTask ? {} : { ResetOnHealthyTask: false }),
  };
}

function lifecycleHooks(context: ServiceContext): { LifecycleHooks?: Value } {
  const { hooks } = context.service.deployment;
  if (hooks.length === 0) return {};
  return {
    LifecycleHooks: hooks.map(({ stage, lambda, timeout, onTimeout }) => ({
      LifecycleStages: [stage],
      ...(lambda === undefined
        ? { TargetType: "PAUSE" }
        : { HookTargetArn: context.template.text(lambda), RoleArn: getAtt("HookRole", "Arn") }),
      ...(timeout === undefined ? {} : { TimeoutConfiguration: { TimeoutInMinutes: minutes(timeout), Action: onTimeout ?? "ROLLBACK" } }),
    })),
  };
}

function environmentSubnets(context: ServiceContext): Value {
  const kind = context.service.networking.vpc ? "private" : "public";
  return fromEnvironment(context, "Subnets", `subnets/${kind}`, "The subnets of the tasks.", "List<AWS::EC2::Subnet::Id>");
}
