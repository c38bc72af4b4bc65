/** Target groups: CreateTargetGroup, ModifyTargetGroup, attributes, DescribeTargetGroups, DeleteTargetGroup. */
import {
  type CreateTargetGroupInput,
  DuplicateTargetGroupNameException,
  type ModifyTargetGroupInput,
  ResourceInUseException,
  type TargetGroup,
  TargetGroupNotFoundException,
  TooManyTargetGroupsException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { parseHealthMatcher } from "../../../engine/balancing/health-matcher.ts";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { allAttributes, attributeOf, targetGroupAttributes, withAttributes } from "./attributes.ts";
import { loadBalancerAt, notOffered, targetGroupAt, validationError } from "./faults.ts";
import { limits } from "./limits.ts";
import type { LoadBalancing } from "./load-balancing.ts";
import { acceptName } from "./names.ts";
import { page } from "./pages.ts";
import { loadBalancerOf, type Records, type TargetGroupRecord } from "./records.ts";
import { acceptTags } from "./tags.ts";

interface Dependencies {
  readonly loadBalancing: LoadBalancing;
  readonly ids: Ids;
}

export function targetGroupOperations({ loadBalancing, ids }: Dependencies): Operations<"elastic-load-balancing-v2"> {
  const { records } = loadBalancing;

  return {
    CreateTargetGroup: (input, { region, account }) => {
      const name = acceptName("target group", input.Name);
      const prefix = `${formatArn("elasticloadbalancing", region, account, `targetgroup/${name}`)}/`;
      const settings = newSettings(input);
      const tags = acceptTags(input.Tags);
      const [existing] = records.targetGroups.list(prefix);
      if (existing !== undefined) {
        if (sameSettings(existing, settings)) return { TargetGroups: [describe(records, existing)] };
        const message = `A target group with the same name '${name}' exists, but with different settings`;
        throw new DuplicateTargetGroupNameException({ message, $metadata: {} });
      }
      if (records.targetGroups.list(prefix.slice(0, prefix.indexOf(":targetgroup/"))).length >= limits["target-groups"]) {
        throw new TooManyTargetGroupsException({
          message: `The limit of '${limits["target-groups"]}' target groups has been reached`,
          $metadata: {},
        });
      }
      const record: TargetGroupRecord = { arn: `${prefix}${ids.hex(16)}`, name, ...settings, attributes: {} };
      records.targetGroups.put(record.arn, record);
      records.tags.put(record.arn, tags);
      loadBalancing.targetGroupsChanged([record.arn]);
      return { TargetGroups: [describe(records, record)] };
    },

    ModifyTargetGroup: (input) => {
      const record = targetGroupAt(records, input.TargetGroupArn);
      const next = { ...record, ...healthSettings(input, record, record.protocolVersion) };
      records.targetGroups.put(record.arn, next);
      loadBalancing.targetGroupsChanged([record.arn]);
      return { TargetGroups: [describe(records, next)] };
    },

    DescribeTargetGroups: (input, { region, account }) => {
      const { LoadBalancerArn, TargetGroupArns = [], Names = [] } = input;
      if ([LoadBalancerArn === undefined ? 0 : 1, TargetGroupArns.length, Names.length].filter((count) => count > 0).length > 1) {
        throw validationError("Load balancer ARN, target group ARNs and names cannot be specified at the same time");
      }
      if (LoadBalancerArn !== undefined) loadBalancerAt(records, LoadBalancerArn);
      const all = records.targetGroups.list(formatArn("elasticloadbalancing", region, account, "targetgroup/"));
      const found = all.filter(
        ({ arn, name }) =>
          (TargetGroupArns.length === 0 || TargetGroupArns.includes(arn)) &&
          (Names.length === 0 || Names.includes(name)) &&
          (LoadBalancerArn === undefined || loadBalancerOf(records, arn)?.arn === LoadBalancerArn),
      );
      const missing =
        TargetGroupArns.some((arn) => !records.targetGroups.has(arn)) || Names.some((name) => !all.some((group) => group.name === name));
      if (missing) throw new TargetGroupNotFoundException({ message: "One or more target groups not found", $metadata: {} });
      const { items, NextMarker } = page(found, input);
      return { TargetGroups: items.map((record) => describe(records, record)), NextMarker };
    },

    /** Deleting what does not exist succeeds, as on AWS. */
    DeleteTargetGroup: ({ TargetGroupArn = "" }) => {
      if (loadBalancerOf(records, TargetGroupArn) !== undefined) {
        throw new ResourceInUseException({
          message: `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
          $metadata: {},
        });
      }
      loadBalancing.targetGroupDeleted(TargetGroupArn);
      records.targetGroups.delete(TargetGroupArn);
      records.tags.delete(TargetGroupArn);
      return {};
    },

    DescribeTargetGroupAttributes: ({ TargetGroupArn }) => {
      const { attributes } = targetGroupAt(records, TargetGroupArn);
      return { Attributes: allAttributes(targetGroupAttributes, attributes) };
    },

    ModifyTargetGroupAttributes: ({ TargetGroupArn, Attributes }) => {
      const record = targetGroupAt(records, TargetGroupArn);
      const attributes = withAttributes(targetGroupAttributes, record.attributes, Attributes ?? []);
      const attribute = (key: string): string => attributeOf(targetGroupAttributes, attributes, key);
      if (attribute("slow_start.duration_seconds") !== "0" && attribute("load_balancing.algorithm.type") !== "round_robin") {
        throw validationError("Slow start mode is only supported with the round_robin algorithm");
      }
      if (
        attribute("stickiness.enabled") === "true" &&
        attribute("stickiness.type") === "app_cookie" &&
        attribute("stickiness.app_cookie.cookie_name") === ""
      ) {
        throw validationError("Application-based stickiness needs the attribute 'stickiness.app_cookie.cookie_name'");
      }
      records.targetGroups.put(record.arn, { ...record, attributes });
      loadBalancing.targetGroupsChanged([record.arn]);
      return { Attributes: allAttributes(targetGroupAttributes, attributes) };
    },
  };
}

type Settings = Omit<TargetGroupRecord, "arn" | "name" | "attributes">;

function newSettings(input: CreateTargetGroupInput): Settings {
  const { Protocol = "HTTP", Port, VpcId, TargetType = "instance" } = input;
  // Terraform sends it empty when nothing is said, and AWS takes that.
  const ProtocolVersion = input.ProtocolVersion === undefined || input.ProtocolVersion === "" ? "HTTP1" : input.ProtocolVersion;
  if (TargetType === "lambda" || TargetType === "alb") throw notOffered(`A target group of target type '${TargetType}'`);
  if (Protocol !== "HTTP" && Protocol !== "HTTPS") throw notOffered(`A target group of protocol '${Protocol}'`);
  if (!["HTTP1", "HTTP2", "GRPC"].includes(ProtocolVersion)) throw validationError(`'${ProtocolVersion}' is not a valid protocol version`);
  if (Port === undefined) throw validationError("A port must be specified");
  if (!Number.isInteger(Port) || Port < 1 || Port > 65_535) throw validationError(`The port '${Port}' must be between 1 and 65535`);
  if (VpcId === undefined) throw validationError("A VPC ID must be specified");
  const defaults: HealthSettings = {
    healthCheckEnabled: true,
    healthCheckProtocol: Protocol,
    healthCheckPort: "traffic-port",
    healthCheckPath: ProtocolVersion === "GRPC" ? "/AWS.ALB/healthcheck" : "/",
    healthCheckIntervalSeconds: 30,
    healthCheckTimeoutSeconds: 5,
    healthyThresholdCount: 5,
    unhealthyThresholdCount: 2,
    matcher: ProtocolVersion === "GRPC" ? { GrpcCode: "12" } : { HttpCode: "200" },
  };
  return {
    protocol: Protocol,
    protocolVersion: ProtocolVersion,
    port: Port,
    vpcId: VpcId,
    targetType: TargetType,
    ...healthSettings(input, defaults, ProtocolVersion),
  };
}

type HealthSettings = Pick<
  TargetGroupRecord,
  | "healthCheckEnabled"
  | "healthCheckProtocol"
  | "healthCheckPort"
  | "healthCheckPath"
  | "healthCheckIntervalSeconds"
  | "healthCheckTimeoutSeconds"
  | "healthyThresholdCount"
  | "unhealthyThresholdCount"
  | "matcher"
>;

function healthSettings(input: CreateTargetGroupInput | ModifyTargetGroupInput, current: HealthSettings, version: string): HealthSettings {
  const next: HealthSettings = {
    healthCheckEnabled: input.HealthCheckEnabled ?? current.healthCheckEnabled,
    healthCheckProtocol: input.HealthCheckProtocol ?? current.healthCheckProtocol,
    healthCheckPort: input.HealthCheckPort ?? current.healthCheckPort,
    healthCheckPath: input.HealthCheckPath ?? current.healthCheckPath,
    healthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? current.healthCheckIntervalSeconds,
    healthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? current.healthCheckTimeoutSeconds,
    healthyThresholdCount: input.HealthyThresholdCount ?? current.healthyThresholdCount,
    unhealthyThresholdCount: input.UnhealthyThresholdCount ?? current.unhealthyThresholdCount,
    matcher: input.Matcher ?? current.matcher,
  };
  inRange("Health check interval", next.healthCheckIntervalSeconds, 5, 300);
  inRange("Health check timeout", next.healthCheckTimeoutSeconds, 2, 120);
  inRange("Healthy threshold count", next.healthyThresholdCount, 2, 10);
  inRange("Unhealthy threshold count", next.unhealthyThresholdCount, 2, 10);
  if (next.healthCheckTimeoutSeconds >= next.healthCheckIntervalSeconds) {
    throw validationError("Health check timeout must be smaller than the interval");
  }
  if (next.healthCheckProtocol !== "HTTP" && next.healthCheckProtocol !== "HTTPS")
    throw notOffered(`A health check over protocol '${next.healthCheckProtocol}'`);
  if (
    next.healthCheckPort !== "traffic-port" &&
    !(/^\d{1,5}$/.test(next.healthCheckPort) && Number(next.healthCheckPort) <= 65_535 && Number(next.healthCheckPort) > 0)
  ) {
    throw validationError(`Health check port '${next.healthCheckPort}' must be 'traffic-port' or a port number between 1 and 65535`);
  }
  if (!/^\/[!-~]{0,1023}$/.test(next.healthCheckPath))
    throw validationError(`Health check path '${next.healthCheckPath}' must begin with a '/' character`);
  const { HttpCode, GrpcCode } = next.matcher;
  if (version === "GRPC") {
    if (parseHealthMatcher(GrpcCode ?? "", 0, 99) === undefined) {
      throw validationError(`Health check matcher GRPC code '${GrpcCode}' must be within '0-99' inclusive`);
    }
  } else if (parseHealthMatcher(HttpCode ?? "") === undefined) {
    throw validationError(`Health check matcher HTTP code '${HttpCode}' must be within '200-499' inclusive`);
  }
  return next;
}

function inRange(what: string, value: number, lowest: number, highest: number): void {
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw validationError(`${what} '${value}' must be greater than or equal to ${lowest} and less than or equal to ${highest}`);
  }
}

function sameSettings(record: TargetGroupRecord, settings: Settings): boolean {
  return (Object.keys(settings) as (keyof Settings)[]).every((key) => JSON.stringify(record[key]) === JSON.stringify(settings[key]));
}

function describe(records: Records, record: TargetGroupRecord): TargetGroup {
  const loadBalancer = loadBalancerOf(records, record.arn);
  return {
    TargetGroupArn: record.arn,
    TargetGroupName: record.name,
    Protocol: record.protocol,
    Port: record.port,
    VpcId: record.vpcId,
    HealthCheckProtocol: record.healthCheckProtocol,
    HealthCheckPort: record.healthCheckPort,
    HealthCheckEnabled: record.healthCheckEnabled,
    HealthCheckIntervalSeconds: record.healthCheckIntervalSeconds,
    HealthCheckTimeoutSeconds: record.healthCheckTimeoutSeconds,
    HealthyThresholdCount: record.healthyThresholdCount,
    UnhealthyThresholdCount: record.unhealthyThresholdCount,
    HealthCheckPath: record.healthCheckPath,
    Matcher: record.matcher,
    LoadBalancerArns: loadBalancer === undefined ? [] : [loadBalancer.arn],
    TargetType: record.targetType,
    ProtocolVersion: record.protocolVersion,
    IpAddressType: "ipv4",
  };
}
