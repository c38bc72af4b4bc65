/** RegisterTargets, DeregisterTargets and DescribeTargetHealth, for targets that are IP addresses. */
import { isIPv4 } from "node:net";
import {
  InvalidTargetException,
  type TargetDescription,
  type TargetHealthDescription,
  TooManyTargetsException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Target } from "../../../controller/ports.ts";
import { notRegistered } from "../../../engine/balancing/target-health.ts";
import type { Operations } from "../../gateway/operations.ts";
import type { ObservedTarget } from "../../proxy/proxied-group.ts";
import { notOffered, targetGroupAt, validationError } from "./faults.ts";
import { limits } from "./limits.ts";
import type { LoadBalancing } from "./load-balancing.ts";
import { type TargetGroupRecord, targetsOf } from "./records.ts";

export function targetOperations({ loadBalancing }: { readonly loadBalancing: LoadBalancing }): Operations<"elastic-load-balancing-v2"> {
  const { records } = loadBalancing;

  return {
    RegisterTargets: ({ TargetGroupArn, Targets = [] }) => {
      const group = targetGroupAt(records, TargetGroupArn);
      if (group.targetType !== "ip") throw notOffered(`A target of type '${group.targetType}'`);
      const targets = Targets.map((target) => ({ ...acceptTarget(group, target), availabilityZone: target.AvailabilityZone }));
      const most = limits["targets-per-application-load-balancer"];
      if (targetsOf(records, group.arn).length + targets.length > most) {
        throw new TooManyTargetsException({ message: `The limit of '${most}' targets has been reached`, $metadata: {} });
      }
      for (const { ip, port, availabilityZone } of targets) {
        loadBalancing.registerTarget({
          targetGroupArn: group.arn,
          ip,
          port,
          ...(availabilityZone === undefined ? {} : { availabilityZone }),
        });
      }
      return {};
    },

    /** Without a port, every target of that address. Deregistering what is not registered succeeds, as on AWS. */
    DeregisterTargets: ({ TargetGroupArn, Targets = [] }) => {
      const group = targetGroupAt(records, TargetGroupArn);
      for (const { Id = "", Port } of Targets) {
        const named = targetsOf(records, group.arn).filter(({ ip, port }) => ip === Id && (Port === undefined || port === Port));
        for (const { ip, port } of named) loadBalancing.deregister(group.arn, { ip, port });
      }
      return {};
    },

    DescribeTargetHealth: ({ TargetGroupArn, Targets = [] }) => {
      const group = targetGroupAt(records, TargetGroupArn);
      const zones = new Map(targetsOf(records, group.arn).map(({ ip, port, availabilityZone }) => [`${ip}:${port}`, availabilityZone]));
      const observed = loadBalancing.observeTargets(group.arn);
      const asked = Targets.length === 0 ? observed : Targets.map((target) => observedOrNot(group, target, observed));
      return {
        TargetHealthDescriptions: asked.map((target) => describe(group, target, zones.get(`${target.target.ip}:${target.target.port}`))),
      };
    },
  };
}

function acceptTarget(group: TargetGroupRecord, { Id = "", Port }: TargetDescription): Target {
  if (!isIPv4(Id)) throw validationError(`The IP address '${Id}' is not a valid IPv4 address`);
  if (!isPrivate(Id))
    throw new InvalidTargetException({ message: `The IP address '${Id}' is not within the VPC or a private range`, $metadata: {} });
  const port = Port ?? group.port;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw validationError(`The port '${port}' must be between 1 and 65535`);
  return { ip: Id, port };
}

/** RFC 1918 and RFC 6598, as target groups of type `ip` demand. */
function isPrivate(ip: string): boolean {
  const [first = 0, second = 0] = ip.split(".").map(Number);
  return (
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128)
  );
}

function observedOrNot(
  group: TargetGroupRecord,
  { Id = "", Port }: TargetDescription,
  observed: readonly ObservedTarget[],
): ObservedTarget {
  const target = { ip: Id, port: Port ?? group.port };
  return (
    observed.find((candidate) => candidate.target.ip === target.ip && candidate.target.port === target.port) ?? {
      target,
      health: notRegistered,
    }
  );
}

function describe(group: TargetGroupRecord, { target, health }: ObservedTarget, zone: string | undefined): TargetHealthDescription {
  const { state, reason, description } = health;
  return {
    Target: { Id: target.ip, Port: target.port, ...(zone === undefined ? {} : { AvailabilityZone: zone }) },
    HealthCheckPort: group.healthCheckPort === "traffic-port" ? String(target.port) : group.healthCheckPort,
    TargetHealth: {
      State: state,
      ...(reason === undefined ? {} : { Reason: reason as NonNullable<TargetHealthDescription["TargetHealth"]>["Reason"] }),
      ...(description === undefined ? {} : { Description: description }),
    },
  };
}
