import { PutScalingPolicy$, RegisterScalableTarget$ } from "@aws-sdk/client-application-auto-scaling";
import { PutMetricAlarm$ } from "@aws-sdk/client-cloudwatch";
import { CreateCluster$, CreateService$, RegisterTaskDefinition$, UpdateService$ } from "@aws-sdk/client-ecs";
import { CreateListener$, CreateLoadBalancer$, CreateRule$, CreateTargetGroup$ } from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateService$ as CreateDiscoveryService$ } from "@aws-sdk/client-servicediscovery";
import { NormalizedSchema } from "@smithy/core/schema";
import { expect, it } from "vitest";
import type { ResourceSchema, Shape } from "../../engine/stack/resource-schema.ts";
import { resourceTypes } from "./resource-types.ts";

/**
 * Most properties reach the API under their own name (with ECS in lower case). Where the API has no such name the type
 * itself must carry the property over; those are listed here, so that a new one cannot get lost in silence.
 */
const carriedByTheType: Readonly<Record<string, readonly string[]>> = {
  "AWS::ApplicationAutoScaling::ScalableTarget": ["ScheduledActions"],
  "AWS::ApplicationAutoScaling::ScalingPolicy": ["ScalingTargetId"],
  "AWS::ECS::Cluster": ["clusterSettings"],
  "AWS::ECS::Service create": ["forceNewDeployment", "placementStrategies"],
  "AWS::ECS::Service update": ["launchType", "placementStrategies", "role", "schedulingStrategy", "serviceName", "tags"],
  "AWS::ECS::TaskDefinition": [
    ...["proxyConfiguration.proxyConfigurationProperties", "volumes.eFSVolumeConfiguration"],
    ...["volumes.fSxWindowsFileServerVolumeConfiguration", "volumes.s3FilesVolumeConfiguration"],
  ],
  "AWS::ElasticLoadBalancingV2::Listener": ["ListenerAttributes"],
  "AWS::ElasticLoadBalancingV2::LoadBalancer": ["LoadBalancerAttributes"],
  "AWS::ElasticLoadBalancingV2::TargetGroup": ["TargetGroupAttributes", "Targets"],
};

it.each([
  ["AWS::ApplicationAutoScaling::ScalableTarget", RegisterScalableTarget$],
  ["AWS::ApplicationAutoScaling::ScalingPolicy", PutScalingPolicy$],
  ["AWS::CloudWatch::Alarm", PutMetricAlarm$],
  ["AWS::ECS::Cluster", CreateCluster$],
  ["AWS::ECS::Service create", CreateService$],
  ["AWS::ECS::Service update", UpdateService$],
  ["AWS::ECS::TaskDefinition", RegisterTaskDefinition$],
  ["AWS::ElasticLoadBalancingV2::Listener", CreateListener$],
  ["AWS::ElasticLoadBalancingV2::ListenerRule", CreateRule$],
  ["AWS::ElasticLoadBalancingV2::LoadBalancer", CreateLoadBalancer$],
  ["AWS::ElasticLoadBalancingV2::TargetGroup", CreateTargetGroup$],
  ["AWS::ServiceDiscovery::Service", CreateDiscoveryService$],
])("every property of %s has a way to the API", (situation, operation) => {
  const schema = resourceTypes.find(({ type }) => type === situation.split(" ")[0])?.schema as ResourceSchema;
  const supported = Object.fromEntries(Object.entries(schema.properties).filter(([name]) => schema.unsupported?.includes(name) !== true));
  const input = NormalizedSchema.of(operation[4] as never);
  const lost = missing({ object: supported }, input, schema, situation.startsWith("AWS::ECS::"), []);
  expect(lost.sort()).toEqual(carriedByTheType[situation] ?? []);
});

/** Names in the shape that the API's structure does not have, by path. */
function missing(shape: Shape, api: NormalizedSchema, schema: ResourceSchema, isCamel: boolean, within: readonly string[]): string[] {
  if (typeof shape === "string" || "map" in shape) return [];
  if ("ref" in shape) {
    const definition = schema.definitions[shape.ref];
    return definition === undefined || within.includes(shape.ref) ? [] : missing(definition, api, schema, isCamel, [...within, shape.ref]);
  }
  if ("list" in shape) return api.isListSchema() ? missing(shape.list, api.getValueSchema(), schema, isCamel, within) : [];
  if (!api.isStructSchema()) return [];
  const members = new Map(api.structIterator());
  return Object.entries(shape.object).flatMap(([key, inner]) => {
    const name = isCamel ? key.charAt(0).toLowerCase() + key.slice(1) : key;
    const member = members.get(name);
    return member === undefined ? [name] : missing(inner, member, schema, isCamel, within).map((deeper) => `${name}.${deeper}`);
  });
}
