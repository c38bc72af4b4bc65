/** Subnets: blocks of their VPC in one availability zone. Addresses are given to tasks by the runtime, to NAT gateways, endpoints and load balancers here. */
import type { Subnet } from "@aws-sdk/client-ec2";
import { formatArn } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { addressAt, contains, formatCidr, overlaps, parseCidr, sizeOf } from "./cidr.ts";
import { type Filters, select, tagList, tagsFor } from "./describe.ts";
import { dependencyViolation, invalidValue, mustFind, nouns } from "./faults.ts";
import type { Ec2State, SubnetRecord } from "./records.ts";
import { zonesOf } from "./regions.ts";

/** AWS keeps the first four addresses and the last. */
const RESERVED_ADDRESSES = 5;

const filters = (account: string, region: string): Filters<SubnetRecord> => ({
  "availability-zone": ({ availabilityZone }) => [availabilityZone],
  availabilityZone: ({ availabilityZone }) => [availabilityZone],
  "availability-zone-id": ({ availabilityZone }) => [zoneId(region, availabilityZone)],
  cidr: ({ cidrBlock }) => [cidrBlock],
  "cidr-block": ({ cidrBlock }) => [cidrBlock],
  cidrBlock: ({ cidrBlock }) => [cidrBlock],
  "default-for-az": () => ["false"],
  "map-public-ip-on-launch": ({ mapPublicIpOnLaunch }) => [String(mapPublicIpOnLaunch)],
  "owner-id": () => [account],
  state: () => ["available"],
  "subnet-arn": ({ id }) => [formatArn("ec2", region, account, `subnet/${id}`)],
  "subnet-id": ({ id }) => [id],
  "vpc-id": ({ vpcId }) => [vpcId],
});

export function subnetOperations(state: Ec2State): Operations<"ec2"> {
  const { vpcs, subnets, routeTables, newId } = state;

  return {
    CreateSubnet: ({ VpcId, CidrBlock, AvailabilityZone, AvailabilityZoneId, TagSpecifications }, { region, account }) => {
      const vpc = mustFind(vpcs, region, VpcId, nouns.vpc);
      const cidr = parseCidr(CidrBlock ?? "");
      if (cidr === undefined) {
        throw invalidValue(`Value (${CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`);
      }
      const vpcCidr = parseCidr(vpc.cidrBlock);
      if (vpcCidr === undefined || !contains(vpcCidr, cidr) || cidr.prefix > 28) {
        throw new AwsFault("InvalidSubnet.Range", `The CIDR '${CidrBlock}' is invalid.`);
      }
      const taken = subnets.list(`${region}/`).find(({ vpcId, cidrBlock }) => {
        const other = parseCidr(cidrBlock);
        return vpcId === vpc.id && other !== undefined && overlaps(other, cidr);
      });
      if (taken !== undefined) throw new AwsFault("InvalidSubnet.Conflict", `The CIDR '${CidrBlock}' conflicts with another subnet`);
      const zones = zonesOf(region);
      const wanted = AvailabilityZoneId === undefined ? AvailabilityZone : zones.find(({ id }) => id === AvailabilityZoneId)?.name;
      const zone = wanted === undefined && AvailabilityZoneId === undefined ? zones[0] : zones.find(({ name }) => name === wanted);
      if (zone === undefined) {
        throw invalidValue(
          `Value (${AvailabilityZone ?? AvailabilityZoneId}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.map(({ name }) => name).join(", ")}.`,
        );
      }
      const subnet: SubnetRecord = {
        id: newId("subnet"),
        tags: tagsFor("subnet", TagSpecifications),
        vpcId: vpc.id,
        cidrBlock: formatCidr(cidr),
        availabilityZone: zone.name,
        mapPublicIpOnLaunch: false,
      };
      subnets.put(`${region}/${subnet.id}`, subnet);
      return { Subnet: viewSubnet(state, subnet, region, account) };
    },

    DescribeSubnets: ({ SubnetIds, Filters, MaxResults, NextToken }, { region, account }) => {
      const question = { ids: SubnetIds, filters: Filters, maxResults: MaxResults, nextToken: NextToken };
      const { records, nextToken } = select(subnets, region, nouns.subnet, filters(account, region), question);
      return { Subnets: records.map((record) => viewSubnet(state, record, region, account)), NextToken: nextToken };
    },

    ModifySubnetAttribute: ({ SubnetId, MapPublicIpOnLaunch }, { region }) => {
      const subnet = mustFind(subnets, region, SubnetId, nouns.subnet);
      if (MapPublicIpOnLaunch?.Value !== undefined) {
        subnets.put(`${region}/${subnet.id}`, { ...subnet, mapPublicIpOnLaunch: MapPublicIpOnLaunch.Value });
      }
      return {};
    },

    DeleteSubnet: ({ SubnetId }, { region }) => {
      const subnet = mustFind(subnets, region, SubnetId, nouns.subnet);
      if (heldAddresses(state, region, subnet.id).length > 0) throw dependencyViolation("subnet", subnet.id);
      state.store.transaction(() => {
        subnets.delete(`${region}/${subnet.id}`);
        for (const table of routeTables.list(`${region}/`)) {
          const associations = table.associations.filter(({ subnetId }) => subnetId !== subnet.id);
          if (associations.length < table.associations.length) routeTables.put(`${region}/${table.id}`, { ...table, associations });
        }
      });
      return {};
    },
  };
}

/** The highest address of a subnet that neither a task nor anything else has. Throws where there is none. */
export function takeAddress(state: Ec2State, region: string, subnetId: string): string {
  mustFind(state.subnets, region, subnetId, nouns.subnet);
  const address = freeAddress(state, region, subnetId);
  if (address !== undefined) return address;
  throw new AwsFault(
    "InsufficientFreeAddressesInSubnet",
    `There are not enough free addresses in subnet '${subnetId}' to satisfy the requested number of instances.`,
  );
}

/** As `takeAddress`, but undefined where there is none, or no such subnet. */
export function freeAddress(state: Ec2State, region: string, subnetId: string): string | undefined {
  const subnet = state.subnets.get(`${region}/${subnetId}`);
  const cidr = subnet === undefined ? undefined : parseCidr(subnet.cidrBlock);
  if (cidr === undefined) return undefined;
  const held = new Set(heldAddresses(state, region, subnetId));
  // From the top, because the runtime counts the tasks' addresses from the bottom.
  for (let offset = sizeOf(cidr) - 2; offset >= RESERVED_ADDRESSES - 1; offset--) {
    const address = addressAt(cidr, offset);
    if (!held.has(address) && !state.isTaskAddress(address)) return address;
  }
  return undefined;
}

/** Addresses of the subnet that NAT gateways, interface endpoints and load balancers hold. */
export function heldAddresses({ natGateways, endpoints, balancerInterfaces }: Ec2State, region: string, subnetId: string): string[] {
  const ofGateways = natGateways
    .list(`${region}/`)
    .filter((nat) => nat.subnetId === subnetId && nat.deleteTime === undefined)
    .map(({ privateIp }) => privateIp);
  const ofEndpoints = endpoints
    .list(`${region}/`)
    .flatMap(({ networkInterfaces }) => networkInterfaces)
    .filter((networkInterface) => networkInterface.subnetId === subnetId)
    .map(({ privateIp }) => privateIp);
  const ofBalancers = balancerInterfaces
    .list(`${region}/`)
    .filter((networkInterface) => networkInterface.subnetId === subnetId)
    .map(({ privateIp }) => privateIp);
  return [...ofGateways, ...ofEndpoints, ...ofBalancers];
}

function zoneId(region: string, name: string): string | undefined {
  return zonesOf(region).find((zone) => zone.name === name)?.id;
}

function viewSubnet(state: Ec2State, subnet: SubnetRecord, region: string, account: string): Subnet {
  const cidr = parseCidr(subnet.cidrBlock);
  const free = (cidr === undefined ? 0 : sizeOf(cidr)) - RESERVED_ADDRESSES - heldAddresses(state, region, subnet.id).length;
  return {
    SubnetId: subnet.id,
    SubnetArn: formatArn("ec2", region, account, `subnet/${subnet.id}`),
    VpcId: subnet.vpcId,
    CidrBlock: subnet.cidrBlock,
    State: "available",
    AvailabilityZone: subnet.availabilityZone,
    AvailabilityZoneId: zoneId(region, subnet.availabilityZone),
    AvailableIpAddressCount: free,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    DefaultForAz: false,
    AssignIpv6AddressOnCreation: false,
    MapCustomerOwnedIpOnLaunch: false,
    EnableDns64: false,
    Ipv6Native: false,
    Ipv6CidrBlockAssociationSet: [],
    PrivateDnsNameOptionsOnLaunch: { HostnameType: "ip-name", EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false },
    OwnerId: account,
    Tags: tagList(subnet.tags),
  };
}
