/** Load balancers: create, describe, delete, attributes, security groups, subnets. They are active at once: there is nothing to provision. */
import type { Subnet } from "@aws-sdk/client-ec2";
import {
  type AvailabilityZone,
  DuplicateLoadBalancerNameException,
  InvalidSecurityGroupException,
  InvalidSubnetException,
  type LoadBalancer,
  LoadBalancerNotFoundException,
  OperationNotPermittedException,
  type SubnetMapping,
  SubnetNotFoundException,
  TooManyLoadBalancersException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Call, Operations } from "../../gateway/operations.ts";
import { allAttributes, attributeOf, loadBalancerAttributes, withAttributes } from "./attributes.ts";
import { loadBalancerAt, notOffered, validationError } from "./faults.ts";
import { limits } from "./limits.ts";
import { deleteListener } from "./listeners.ts";
import type { LoadBalancing } from "./load-balancing.ts";
import { acceptName } from "./names.ts";
import { page } from "./pages.ts";
import { type LoadBalancerRecord, listenersOf, rulesOf, subnetsOf, targetGroupsOf } from "./records.ts";
import { acceptTags } from "./tags.ts";

interface Dependencies {
  readonly loadBalancing: LoadBalancing;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly call: Call;
}

/** The hosted zone of Application Load Balancers in us-east-1; Route 53 aliases are not resolved here, so one serves all regions. */
const HOSTED_ZONE_ID = "Z35SXDOTRQ7X7K";
/** What ELB wants to find in a subnet, for its nodes and those that may come. */
const LEAST_FREE_ADDRESSES = 8;

export function loadBalancerOperations({ loadBalancing, clock, ids, call }: Dependencies): Operations<"elastic-load-balancing-v2"> {
  const { records } = loadBalancing;

  const changed = (record: LoadBalancerRecord): void => {
    loadBalancing.putLoadBalancer(record);
    for (const { arn } of listenersOf(records, record.arn)) {
      loadBalancing.listenerChanged(arn);
      loadBalancing.targetGroupsChanged(rulesOf(records, arn).flatMap(({ actions }) => targetGroupsOf(actions)));
    }
  };

  return {
    CreateLoadBalancer: async (input, { region, account }) => {
      const { Type = "application", Scheme = "internet-facing", IpAddressType = "ipv4" } = input;
      const name = acceptName("load balancer", input.Name);
      if (Type !== "application") throw notOffered(`A load balancer of type '${Type}'`);
      if (IpAddressType !== "ipv4") throw notOffered(`A load balancer of IP address type '${IpAddressType}'`);
      const tags = acceptTags(input.Tags);
      const { vpcId, availabilityZones, found } = await placement(call, region, input.Subnets, input.SubnetMappings);
      const securityGroups = await acceptSecurityGroups(call, region, vpcId, input.SecurityGroups);

      const prefix = `${formatArn("elasticloadbalancing", region, account, `loadbalancer/app/${name}`)}/`;
      const [existing] = records.loadBalancers.list(prefix);
      if (existing !== undefined) {
        const same =
          existing.scheme === Scheme &&
          sameMembers(existing.securityGroups, securityGroups) &&
          sameMembers(subnetsOf(existing.availabilityZones), subnetsOf(availabilityZones));
        if (same) return { LoadBalancers: [describe(existing)] };
        const message = `A load balancer with the same name '${name}' exists, but with different settings`;
        throw new DuplicateLoadBalancerNameException({ message, $metadata: {} });
      }
      const most = limits["application-load-balancers"];
      if (records.loadBalancers.list(formatArn("elasticloadbalancing", region, account, "loadbalancer/")).length >= most) {
        throw new TooManyLoadBalancersException({
          message: `The limit of '${most}' application load balancers has been reached`,
          $metadata: {},
        });
      }
      refuseFull(found);
      const host = `${name}-${ids.digits(10)}.${region}.elb.amazonaws.com`;
      const record: LoadBalancerRecord = {
        arn: `${prefix}${ids.hex(16)}`,
        name,
        dnsName: Scheme === "internal" ? `internal-${host}` : host,
        hostedZoneId: HOSTED_ZONE_ID,
        createdAt: clock.now(),
        scheme: Scheme,
        vpcId,
        availabilityZones,
        securityGroups,
        ipAddressType: IpAddressType,
        attributes: {},
      };
      loadBalancing.putLoadBalancer(record, tags);
      return { LoadBalancers: [describe(record)] };
    },

    DescribeLoadBalancers: (input, { region, account }) => {
      const { LoadBalancerArns = [], Names = [] } = input;
      if (LoadBalancerArns.length > 0 && Names.length > 0) {
        throw validationError("Load balancer names and load balancer ARNs cannot be specified at the same time");
      }
      const all = records.loadBalancers.list(formatArn("elasticloadbalancing", region, account, "loadbalancer/"));
      for (const arn of LoadBalancerArns) loadBalancerAt(records, arn);
      const missing = Names.filter((name) => !all.some((record) => record.name === name));
      if (missing.length > 0)
        throw new LoadBalancerNotFoundException({ message: `Load balancers '[${missing.join(", ")}]' not found`, $metadata: {} });
      const found = all.filter(
        ({ arn, name }) =>
          (LoadBalancerArns.length === 0 || LoadBalancerArns.includes(arn)) && (Names.length === 0 || Names.includes(name)),
      );
      const { items, NextMarker } = page(found, input);
      return { LoadBalancers: items.map(describe), NextMarker };
    },

    /** Deleting what does not exist succeeds, as on AWS. Listeners and their rules go with the load balancer. */
    DeleteLoadBalancer: ({ LoadBalancerArn = "" }) => {
      const record = records.loadBalancers.get(LoadBalancerArn);
      if (record === undefined) return {};
      if (attributeOf(loadBalancerAttributes, record.attributes, "deletion_protection.enabled") === "true") {
        const message = `Load balancer '${record.arn}' cannot be deleted because deletion protection is enabled`;
        throw new OperationNotPermittedException({ message, $metadata: {} });
      }
      for (const { arn } of listenersOf(records, record.arn)) deleteListener(loadBalancing, arn);
      loadBalancing.deleteLoadBalancer(record.arn);
      return {};
    },

    DescribeLoadBalancerAttributes: ({ LoadBalancerArn }) => {
      return { Attributes: allAttributes(loadBalancerAttributes, loadBalancerAt(records, LoadBalancerArn).attributes) };
    },

    ModifyLoadBalancerAttributes: ({ LoadBalancerArn, Attributes }) => {
      const record = loadBalancerAt(records, LoadBalancerArn);
      const attributes = withAttributes(loadBalancerAttributes, record.attributes, Attributes ?? []);
      changed({ ...record, attributes });
      return { Attributes: allAttributes(loadBalancerAttributes, attributes) };
    },

    SetSecurityGroups: async ({ LoadBalancerArn, SecurityGroups }, { region }) => {
      const { vpcId } = loadBalancerAt(records, LoadBalancerArn);
      const securityGroups = await acceptSecurityGroups(call, region, vpcId, SecurityGroups);
      changed({ ...loadBalancerAt(records, LoadBalancerArn), securityGroups });
      return { SecurityGroupIds: securityGroups };
    },

    SetSubnets: async ({ LoadBalancerArn, Subnets, SubnetMappings, IpAddressType = "ipv4" }, { region }) => {
      loadBalancerAt(records, LoadBalancerArn);
      if (IpAddressType !== "ipv4") throw notOffered(`A load balancer of IP address type '${IpAddressType}'`);
      const { vpcId, availabilityZones, found } = await placement(call, region, Subnets, SubnetMappings);
      const record = loadBalancerAt(records, LoadBalancerArn);
      if (vpcId !== record.vpcId)
        throw new InvalidSubnetException({ message: "Subnets must belong to the VPC of the load balancer", $metadata: {} });
      const present = subnetsOf(record.availabilityZones);
      refuseFull(found.filter(({ SubnetId = "" }) => !present.includes(SubnetId)));
      changed({ ...record, availabilityZones });
      return { AvailabilityZones: availabilityZones, IpAddressType };
    },

    /** There is never one; clients that read every setting of a load balancer ask all the same. */
    DescribeCapacityReservation: ({ LoadBalancerArn }) => {
      loadBalancerAt(records, LoadBalancerArn);
      return { CapacityReservationState: [] };
    },

    SetIpAddressType: ({ LoadBalancerArn, IpAddressType }) => {
      loadBalancerAt(records, LoadBalancerArn);
      if (IpAddressType !== "ipv4") throw notOffered(`A load balancer of IP address type '${IpAddressType}'`);
      return { IpAddressType };
    },
  };
}

async function placement(
  call: Call,
  region: string,
  subnets: readonly string[] | undefined,
  mappings: readonly SubnetMapping[] | undefined,
): Promise<{ vpcId: string; availabilityZones: AvailabilityZone[]; found: Subnet[] }> {
  if (subnets !== undefined && mappings !== undefined)
    throw validationError("You must specify either subnets or subnet mappings, not both");
  const ids = [...new Set(subnets ?? mappings?.flatMap(({ SubnetId }) => SubnetId ?? []) ?? [])];
  if (ids.length === 0) throw validationError("At least two subnets in two different Availability Zones must be specified");
  // Asked for by filter, so that an unknown one is told in this service's own words.
  const { Subnets: found = [] } = await call("ec2", "DescribeSubnets", { Filters: [{ Name: "subnet-id", Values: ids }] }, { region });
  const missing = ids.find((id) => !found.some(({ SubnetId }) => SubnetId === id));
  if (missing !== undefined) throw new SubnetNotFoundException({ message: `The subnet ID '${missing}' is not valid`, $metadata: {} });
  const zones = new Set(found.map(({ AvailabilityZone: zone }) => zone));
  if (zones.size < found.length)
    throw new InvalidSubnetException({
      message: "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
      $metadata: {},
    });
  if (zones.size < 2) throw validationError("At least two subnets in two different Availability Zones must be specified");
  const vpcs = new Set(found.map(({ VpcId }) => VpcId));
  if (vpcs.size > 1) throw new InvalidSubnetException({ message: "All subnets must belong to the same VPC", $metadata: {} });
  return {
    found,
    vpcId: found[0]?.VpcId ?? "",
    availabilityZones: found.map(({ AvailabilityZone: ZoneName, SubnetId }) => ({ ZoneName, SubnetId, LoadBalancerAddresses: [] })),
  };
}

/** Of subnets that a load balancer is new in; where it is already, it needs no further address. */
function refuseFull(subnets: readonly Subnet[]): void {
  const full = subnets.find(({ AvailableIpAddressCount: free = LEAST_FREE_ADDRESSES }) => free < LEAST_FREE_ADDRESSES);
  if (full !== undefined)
    throw new InvalidSubnetException({
      message: `Not enough IP space available in ${full.SubnetId}. ELB requires at least ${LEAST_FREE_ADDRESSES} free IP addresses in each subnet.`,
      $metadata: {},
    });
}

/** The groups, or the VPC's default group when none is named. */
async function acceptSecurityGroups(call: Call, region: string, vpcId: string, ids: readonly string[] | undefined): Promise<string[]> {
  const named = ids ?? [];
  const Filters =
    named.length > 0
      ? [{ Name: "group-id", Values: [...named] }]
      : [
          { Name: "vpc-id", Values: [vpcId] },
          { Name: "group-name", Values: ["default"] },
        ];
  const { SecurityGroups: found = [] } = await call("ec2", "DescribeSecurityGroups", { Filters }, { region });
  const missing = named.find((id) => !found.some(({ GroupId, VpcId }) => GroupId === id && VpcId === vpcId));
  if (missing !== undefined) {
    throw new InvalidSecurityGroupException({ message: `One or more security groups are invalid: '${missing}'`, $metadata: {} });
  }
  return found.flatMap(({ GroupId }) => GroupId ?? []);
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}

function describe(record: LoadBalancerRecord): LoadBalancer {
  return {
    LoadBalancerArn: record.arn,
    DNSName: record.dnsName,
    CanonicalHostedZoneId: record.hostedZoneId,
    CreatedTime: new Date(record.createdAt),
    LoadBalancerName: record.name,
    Scheme: record.scheme,
    VpcId: record.vpcId,
    State: { Code: "active" },
    Type: "application",
    AvailabilityZones: [...record.availabilityZones],
    SecurityGroups: [...record.securityGroups],
    IpAddressType: record.ipAddressType,
  };
}
