/** From the records of the API to what the data plane is told. */
import type { RoutingRule } from "../../../engine/balancing/routing-rule.ts";
import type { TargetStickiness } from "../../../engine/balancing/stickiness.ts";
import type { BalancingAlgorithm } from "../../../engine/balancing/target-choice.ts";
import { parseArn } from "../../../model/arn.ts";
import type { ListenerConfig, LoadBalancerConfig } from "../../proxy/listener-config.ts";
import type { TargetGroupConfig } from "../../proxy/proxied-group.ts";
import type { ForwardedFor } from "../../proxy/request-headers.ts";
import { routingAction } from "./actions.ts";
import { attributeOf, listenerAttributes, loadBalancerAttributes, responseHeadersOf, targetGroupAttributes } from "./attributes.ts";
import { routingCondition, routingTransforms } from "./conditions.ts";
import { jwtAuthentication } from "./jwt-validation.ts";
import {
  dimensionOf,
  type ListenerRecord,
  type LoadBalancerRecord,
  loadBalancerOf,
  type Records,
  type RuleRecord,
  rulesOf,
  type TargetGroupRecord,
} from "./records.ts";
import { oldestVersion } from "./ssl-policies.ts";
import { userAuthentication } from "./user-authentication.ts";

export function listenerConfig(records: Records, listener: ListenerRecord, loadBalancer: LoadBalancerRecord): ListenerConfig {
  return {
    arn: listener.arn,
    loadBalancer: loadBalancerConfig(loadBalancer),
    protocol: listener.protocol === "HTTPS" ? "HTTPS" : "HTTP",
    ...(listener.sslPolicy === undefined ? {} : { minVersion: oldestVersion(listener.sslPolicy) }),
    port: listener.port,
    rules: rulesOf(records, listener.arn).map(routingRule),
    responseHeaders: {
      keepServer: attributeOf(listenerAttributes, listener.attributes, "routing.http.response.server.enabled") === "true",
      set: responseHeadersOf(listener.attributes),
    },
  };
}

export function targetGroupConfig(records: Records, group: TargetGroupRecord): TargetGroupConfig {
  const attribute = (key: string): string => attributeOf(targetGroupAttributes, group.attributes, key);
  const loadBalancer = loadBalancerOf(records, group.arn);
  const stickiness = stickinessOf(attribute);
  const { HttpCode, GrpcCode } = group.matcher;
  return {
    arn: group.arn,
    region: regionOf(group.arn),
    dimension: dimensionOf(group.arn),
    ...(loadBalancer === undefined ? {} : { loadBalancerDimension: dimensionOf(loadBalancer.arn) }),
    zones: loadBalancer === undefined ? [] : zonesOf(loadBalancer),
    protocol: { tls: group.protocol === "HTTPS", version: group.protocolVersion as TargetGroupConfig["protocol"]["version"] },
    healthCheck: {
      tls: group.healthCheckProtocol === "HTTPS",
      enabled: group.healthCheckEnabled,
      path: group.healthCheckPath,
      port: group.healthCheckPort === "traffic-port" ? "traffic-port" : Number(group.healthCheckPort),
      intervalMs: group.healthCheckIntervalSeconds * 1000,
      timeoutMs: group.healthCheckTimeoutSeconds * 1000,
      healthyThreshold: group.healthyThresholdCount,
      unhealthyThreshold: group.unhealthyThresholdCount,
      matcher: HttpCode ?? GrpcCode ?? "200",
    },
    algorithm: attribute("load_balancing.algorithm.type") as BalancingAlgorithm,
    slowStartMs: Number(attribute("slow_start.duration_seconds")) * 1000,
    deregistrationDelayMs: Number(attribute("deregistration_delay.timeout_seconds")) * 1000,
    ...(stickiness === undefined ? {} : { stickiness }),
    unhealthyStateRouting: {
      minimumCount: numberUnlessOff(attribute("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count")),
      minimumPercentage: numberUnlessOff(attribute("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage")),
    },
  };
}

function loadBalancerConfig(loadBalancer: LoadBalancerRecord): LoadBalancerConfig {
  const { arn, attributes } = loadBalancer;
  const attribute = (key: string): string => attributeOf(loadBalancerAttributes, attributes, key);
  return {
    arn,
    region: regionOf(arn),
    dimension: dimensionOf(arn),
    zones: zonesOf(loadBalancer),
    idleTimeoutMs: Number(attribute("idle_timeout.timeout_seconds")) * 1000,
    clientKeepAliveMs: Number(attribute("client_keep_alive.seconds")) * 1000,
    http2: attribute("routing.http2.enabled") === "true",
    dropInvalidHeaders: attribute("routing.http.drop_invalid_header_fields.enabled") === "true",
    forwardedFor: {
      mode: attribute("routing.http.xff_header_processing.mode") as ForwardedFor["mode"],
      withClientPort: attribute("routing.http.xff_client_port.enabled") === "true",
    },
  };
}

function routingRule({ arn, priority, conditions, actions, sealedClientSecret, transforms }: RuleRecord): RoutingRule {
  const authentication = jwtAuthentication(actions);
  const users = userAuthentication(actions, sealedClientSecret);
  return {
    arn,
    priority: priority === "default" ? Infinity : priority,
    conditions: conditions.map(routingCondition),
    ...(authentication === undefined ? {} : { authentication }),
    ...(users === undefined ? {} : { userAuthentication: users }),
    action: routingAction(actions),
    transforms: routingTransforms(transforms),
  };
}

function stickinessOf(attribute: (key: string) => string): TargetStickiness | undefined {
  if (attribute("stickiness.enabled") !== "true") return undefined;
  return attribute("stickiness.type") === "app_cookie"
    ? {
        type: "app_cookie",
        cookieName: attribute("stickiness.app_cookie.cookie_name"),
        durationSeconds: Number(attribute("stickiness.app_cookie.duration_seconds")),
      }
    : { type: "lb_cookie", durationSeconds: Number(attribute("stickiness.lb_cookie.duration_seconds")) };
}

function zonesOf({ availabilityZones }: LoadBalancerRecord): string[] {
  return availabilityZones.flatMap(({ ZoneName }) => ZoneName ?? []);
}

function regionOf(arn: string): string {
  return parseArn(arn)?.region ?? "";
}

function numberUnlessOff(text: string): number {
  return text === "off" ? 0 : Number(text);
}
