/**
 * Network interfaces of NAT gateways, endpoints and load balancers, and of tasks as far as ECS shows them in its attachments.
 * None can be made by hand.
 */
import type { NetworkInterface, NetworkInterfaceType } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Call, Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { type Filters, matches } from "./describe.ts";
import { invalidValue } from "./faults.ts";
import type { Ec2State, InterfaceRecord } from "./records.ts";
import { taskInterfaces } from "./task-interfaces.ts";

export function networkInterfaceOperations(state: Ec2State, call: Call): Operations<"ec2"> {
  const { natGateways, endpoints, balancerInterfaces, subnets, securityGroups } = state;

  const ofGateways = (region: string): InterfaceRecord[] =>
    natGateways
      .list(`${region}/`)
      .filter(({ deleteTime }) => deleteTime === undefined)
      .map(({ id, networkInterfaceId, subnetId, privateIp, publicIp, allocationId, associationId }) => ({
        id: networkInterfaceId,
        tags: {},
        subnetId,
        privateIp,
        description: `Interface for NAT Gateway ${id}`,
        interfaceType: "nat_gateway",
        securityGroupIds: [],
        publicIp,
        allocationId,
        associationId,
      }));

  const ofEndpoints = (region: string): InterfaceRecord[] =>
    endpoints.list(`${region}/`).flatMap(({ id, networkInterfaces, securityGroupIds }) =>
      networkInterfaces.map((networkInterface) => ({
        id: networkInterface.id,
        tags: {},
        subnetId: networkInterface.subnetId,
        privateIp: networkInterface.privateIp,
        description: `VPC Endpoint Interface ${id}`,
        interfaceType: "vpc_endpoint" as const,
        securityGroupIds,
      })),
    );

  const ofBalancers = (region: string): InterfaceRecord[] =>
    balancerInterfaces.list(`${region}/`).map(({ loadBalancer, ...networkInterface }) => ({
      ...networkInterface,
      description: `ELB ${loadBalancer}`,
      interfaceType: "interface" as const,
      requesterId: "amazon-elb",
    }));

  const filters = (region: string, account: string): Filters<InterfaceRecord> => ({
    "addresses.private-ip-address": ({ privateIp }) => [privateIp],
    "association.allocation-id": ({ allocationId }) => [allocationId],
    "association.public-ip": ({ publicIp }) => [publicIp],
    "attachment.attachment-id": ({ attachmentId }) => [attachmentId],
    "attachment.instance-id": () => [],
    "availability-zone": ({ subnetId }) => [subnets.get(`${region}/${subnetId}`)?.availabilityZone],
    description: ({ description }) => [description],
    "group-id": ({ securityGroupIds }) => securityGroupIds,
    "interface-type": ({ interfaceType }) => [interfaceType],
    "mac-address": ({ macAddress }) => [macAddress],
    "network-interface-id": ({ id }) => [id],
    "owner-id": () => [account],
    "private-ip-address": ({ privateIp }) => [privateIp],
    "requester-id": ({ requesterId }) => [requesterId],
    "requester-managed": () => ["true"],
    status: () => ["in-use"],
    "subnet-id": ({ subnetId }) => [subnetId],
    "vpc-id": ({ subnetId }) => [subnets.get(`${region}/${subnetId}`)?.vpcId],
  });

  const view = (record: InterfaceRecord, region: string, account: string): NetworkInterface => {
    const subnet = subnets.get(`${region}/${record.subnetId}`);
    const groups = record.securityGroupIds.map((id) => ({ GroupId: id, GroupName: securityGroups.get(`${region}/${id}`)?.groupName }));
    const association =
      record.publicIp === undefined
        ? undefined
        : { PublicIp: record.publicIp, AllocationId: record.allocationId, AssociationId: record.associationId, IpOwnerId: account };
    return {
      NetworkInterfaceId: record.id,
      SubnetId: record.subnetId,
      VpcId: subnet?.vpcId,
      AvailabilityZone: subnet?.availabilityZone,
      Description: record.description,
      InterfaceType: record.interfaceType as NetworkInterfaceType,
      MacAddress: record.macAddress,
      Status: "in-use",
      PrivateIpAddress: record.privateIp,
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: record.privateIp, Association: association }],
      Association: association,
      Groups: groups,
      Attachment: {
        AttachmentId: record.attachmentId,
        Status: "attached",
        DeleteOnTermination: false,
        InstanceOwnerId: record.requesterId ?? "amazon-aws",
      },
      RequesterId: record.requesterId,
      RequesterManaged: true,
      SourceDestCheck: record.interfaceType !== "nat_gateway",
      Ipv6Addresses: [],
      OwnerId: account,
      TagSet: [],
    };
  };

  return {
    DescribeNetworkInterfaces: async ({ NetworkInterfaceIds, Filters, MaxResults, NextToken }, { region, account }) => {
      const all = [...ofGateways(region), ...ofEndpoints(region), ...ofBalancers(region), ...(await taskInterfaces(call, region))];
      const unknown = NetworkInterfaceIds?.find((id) => !all.some((record) => record.id === id));
      if (unknown !== undefined) {
        throw new AwsFault("InvalidNetworkInterfaceID.NotFound", `The networkInterface ID '${unknown}' does not exist`);
      }
      const known = filters(region, account);
      const found = all
        .filter((record) => (NetworkInterfaceIds?.includes(record.id) ?? true) && matches(record, known, Filters ?? []))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = pageOf(
        found,
        ({ id }) => id,
        MaxResults ?? 1000,
        NextToken,
        () => {
          throw invalidValue("Unable to parse pagination token");
        },
      );
      return { NetworkInterfaces: page.items.map((record) => view(record, region, account)), NextToken: page.nextToken };
    },
  };
}
