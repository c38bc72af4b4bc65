import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { ec2Provider } from "./provider.ts";

let store: LibsqlStore;
let call: Call;
const clock = new VirtualClock(1_700_000_000_000);

beforeEach(() => {
  store = new LibsqlStore(":memory:");
  const gateway = strictGateway();
  call = gateway.call;
  gateway.mount("ec2", ec2Provider({ store, clock, ids: new RandomIds(), call: gateway.call }));
  gateway.mount("ecs", {
    service: "ecs",
    operations: {
      ListClusters: () => ({ clusterArns: ["arn:aws:ecs:eu-west-1:000000000000:cluster/c"] }),
      ListTasks: () => ({ taskArns: ["t1"] }),
      DescribeTasks: () => ({
        tasks: [
          {
            taskArn: "arn:aws:ecs:eu-west-1:000000000000:task/c/abc",
            attachments: [
              {
                id: "a-1",
                type: "ElasticNetworkInterface",
                details: [
                  { name: "networkInterfaceId", value: "eni-task" },
                  { name: "privateIPv4Address", value: "10.0.0.4" },
                ],
              },
            ],
          },
        ],
      }),
    },
  });
});

afterEach(() => store.close());

const ec2 = <Operation extends OperationName<"ec2">>(operation: Operation, input: OperationInput<"ec2", Operation>, region = "eu-west-1") =>
  call("ec2", operation, input, { region }) as Promise<OperationOutput<"ec2", Operation>>;

const refused = (code: string, message: RegExp | string = /./) => ({
  name: code,
  message: typeof message === "string" ? message : expect.stringMatching(message),
});

async function network() {
  const vpcId = (await ec2("CreateVpc", { CidrBlock: "10.0.0.0/16" })).Vpc?.VpcId ?? "";
  const subnetId = (await ec2("CreateSubnet", { VpcId: vpcId, CidrBlock: "10.0.0.0/24" })).Subnet?.SubnetId ?? "";
  const privateId =
    (await ec2("CreateSubnet", { VpcId: vpcId, CidrBlock: "10.0.1.0/24", AvailabilityZone: "eu-west-1b" })).Subnet?.SubnetId ?? "";
  const gatewayId = (await ec2("CreateInternetGateway", {})).InternetGateway?.InternetGatewayId ?? "";
  return { vpcId, subnetId, privateId, gatewayId };
}

describe("the network of an environment", () => {
  it("is made, described and taken down in the order EC2 allows", async () => {
    const { vpcId, subnetId, privateId, gatewayId } = await network();
    const { AllocationId } = await ec2("AllocateAddress", { Domain: "vpc" });
    const nat = { SubnetId: subnetId, AllocationId, ClientToken: "once" };
    await expect(ec2("CreateNatGateway", nat)).rejects.toMatchObject(refused("Gateway.NotAttached"));
    await ec2("AttachInternetGateway", { InternetGatewayId: gatewayId, VpcId: vpcId });
    const natId = (await ec2("CreateNatGateway", nat)).NatGateway?.NatGatewayId ?? "";
    expect((await ec2("CreateNatGateway", nat)).NatGateway?.NatGatewayId).toBe(natId);
    await expect(ec2("CreateNatGateway", { ...nat, ClientToken: "twice" })).rejects.toMatchObject(refused("Resource.AlreadyAssociated"));

    const tableId = (await ec2("CreateRouteTable", { VpcId: vpcId })).RouteTable?.RouteTableId ?? "";
    await ec2("CreateRoute", { RouteTableId: tableId, DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: natId });
    const { AssociationId } = await ec2("AssociateRouteTable", { RouteTableId: tableId, SubnetId: privateId });
    const described = await ec2("DescribeRouteTables", { Filters: [{ Name: "association.subnet-id", Values: [privateId] }] });
    expect(described.RouteTables?.map(({ Routes }) => Routes)).toEqual([
      [
        { DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local", Origin: "CreateRouteTable", State: "active" },
        { DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: natId, Origin: "CreateRoute", State: "active" },
      ],
    ]);

    await expect(ec2("DeleteVpc", { VpcId: vpcId })).rejects.toMatchObject(
      refused("DependencyViolation", `The vpc '${vpcId}' has dependencies and cannot be deleted.`),
    );
    await expect(ec2("DeleteSubnet", { SubnetId: subnetId })).rejects.toMatchObject(refused("DependencyViolation"));
    await expect(ec2("ReleaseAddress", { AllocationId })).rejects.toMatchObject(refused("InvalidIPAddress.InUse"));
    await expect(ec2("DetachInternetGateway", { InternetGatewayId: gatewayId, VpcId: vpcId })).rejects.toMatchObject(
      refused("DependencyViolation", /mapped public address/),
    );
    await expect(ec2("DeleteRouteTable", { RouteTableId: tableId })).rejects.toMatchObject(refused("DependencyViolation"));

    await ec2("DeleteNatGateway", { NatGatewayId: natId });
    expect((await ec2("DescribeNatGateways", { NatGatewayIds: [natId] })).NatGateways?.[0]?.State).toBe("deleted");
    expect((await ec2("DescribeRouteTables", { RouteTableIds: [tableId] })).RouteTables?.[0]?.Routes?.[1]?.State).toBe("blackhole");
    clock.advanceBy(2 * 3_600_000);
    await expect(ec2("DescribeNatGateways", { NatGatewayIds: [natId] })).rejects.toMatchObject(refused("NatGatewayNotFound"));
    await ec2("ReleaseAddress", { AllocationId });
    await ec2("DetachInternetGateway", { InternetGatewayId: gatewayId, VpcId: vpcId });
    await ec2("DeleteInternetGateway", { InternetGatewayId: gatewayId });
    await ec2("DisassociateRouteTable", { AssociationId });
    await ec2("DeleteRouteTable", { RouteTableId: tableId });
    await ec2("DeleteSubnet", { SubnetId: subnetId });
    await ec2("DeleteSubnet", { SubnetId: privateId });
    await ec2("DeleteVpc", { VpcId: vpcId });
    expect((await ec2("DescribeSecurityGroups", {})).SecurityGroups).toEqual([]);
    expect((await ec2("DescribeRouteTables", {})).RouteTables).toEqual([]);
  });

  it("refuses blocks that do not fit", async () => {
    const { vpcId } = await network();
    await expect(ec2("CreateVpc", { CidrBlock: "10.0.0.0/8" })).rejects.toMatchObject(refused("InvalidVpc.Range"));
    await expect(ec2("CreateVpc", { CidrBlock: "10.0.0.300/16" })).rejects.toMatchObject(refused("InvalidParameterValue"));
    await expect(ec2("CreateSubnet", { VpcId: vpcId, CidrBlock: "10.1.0.0/24" })).rejects.toMatchObject(refused("InvalidSubnet.Range"));
    await expect(ec2("CreateSubnet", { VpcId: vpcId, CidrBlock: "10.0.0.128/25" })).rejects.toMatchObject(
      refused("InvalidSubnet.Conflict"),
    );
    await expect(ec2("CreateSubnet", { VpcId: "vpc-1", CidrBlock: "10.0.2.0/24" })).rejects.toMatchObject(
      refused("InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist"),
    );
    await expect(ec2("CreateSubnet", { VpcId: vpcId, CidrBlock: "10.0.2.0/24", AvailabilityZone: "eu-west-1z" })).rejects.toMatchObject(
      refused("InvalidParameterValue", /availability zones: eu-west-1a, eu-west-1b, eu-west-1c/),
    );
  });

  it("belongs to its region", async () => {
    const { vpcId } = await network();
    expect((await ec2("DescribeVpcs", {}, "us-east-1")).Vpcs).toEqual([]);
    await expect(ec2("DescribeVpcs", { VpcIds: [vpcId] }, "us-east-1")).rejects.toMatchObject(refused("InvalidVpcID.NotFound"));
  });

  it("has endpoints: gateways route to a prefix list, interfaces take addresses of their subnets", async () => {
    const { vpcId, subnetId, privateId } = await network();
    const main =
      (await ec2("DescribeRouteTables", { Filters: [{ Name: "association.main", Values: ["true"] }] })).RouteTables?.[0]?.RouteTableId ??
      "";
    const s3 = await ec2("CreateVpcEndpoint", { VpcId: vpcId, ServiceName: "com.amazonaws.eu-west-1.s3", RouteTableIds: [main] });
    expect((await ec2("DescribeRouteTables", { RouteTableIds: [main] })).RouteTables?.[0]?.Routes?.at(-1)).toMatchObject({
      GatewayId: s3.VpcEndpoint?.VpcEndpointId,
      DestinationPrefixListId: expect.stringMatching(/^pl-/),
    });
    const logs = await ec2("CreateVpcEndpoint", {
      VpcId: vpcId,
      ServiceName: "com.amazonaws.eu-west-1.logs",
      VpcEndpointType: "Interface",
      SubnetIds: [subnetId, privateId],
    });
    expect(logs.VpcEndpoint).toMatchObject({
      NetworkInterfaceIds: [/eni-/, /eni-/].map((name) => expect.stringMatching(name)),
      Groups: [{}],
    });
    expect((await ec2("DescribeSubnets", { SubnetIds: [subnetId] })).Subnets?.[0]?.AvailableIpAddressCount).toBe(250);
    const interfaces = await ec2("DescribeNetworkInterfaces", { Filters: [{ Name: "interface-type", Values: ["vpc_endpoint"] }] });
    expect(interfaces.NetworkInterfaces?.map(({ PrivateIpAddress }) => PrivateIpAddress).sort()).toEqual(["10.0.0.254", "10.0.1.254"]);
    expect((await ec2("DescribeNetworkInterfaces", { NetworkInterfaceIds: ["eni-task"] })).NetworkInterfaces?.[0]).toMatchObject({
      PrivateIpAddress: "10.0.0.4",
      InterfaceType: "interface",
    });
    await expect(ec2("CreateVpcEndpoint", { VpcId: vpcId, ServiceName: "com.amazonaws.eu-west-1.nothing" })).rejects.toMatchObject(
      refused("InvalidServiceName"),
    );
    const gone = await ec2("DeleteVpcEndpoints", { VpcEndpointIds: [logs.VpcEndpoint?.VpcEndpointId ?? "", "vpce-none"] });
    expect(gone.Unsuccessful).toMatchObject([{ ResourceId: "vpce-none" }]);
    expect((await ec2("DescribeSubnets", { SubnetIds: [subnetId] })).Subnets?.[0]?.AvailableIpAddressCount).toBe(251);
  });
});

describe("security groups", () => {
  it("let everything out from the start, and keep rules apart by protocol, ports and peer", async () => {
    const { vpcId } = await network();
    const group = { GroupName: "web", Description: "web servers", VpcId: vpcId };
    const GroupId = (await ec2("CreateSecurityGroup", group)).GroupId ?? "";
    await expect(ec2("CreateSecurityGroup", group)).rejects.toMatchObject(refused("InvalidGroup.Duplicate"));
    const http = {
      IpProtocol: "6",
      FromPort: 80,
      ToPort: 80,
      IpRanges: [{ CidrIp: "0.0.0.0/0" }, { CidrIp: "10.0.0.0/8", Description: "inside" }],
    };
    await ec2("AuthorizeSecurityGroupIngress", { GroupId, IpPermissions: [http] });
    await expect(
      ec2("AuthorizeSecurityGroupIngress", { GroupId, IpProtocol: "tcp", FromPort: 80, ToPort: 80, CidrIp: "0.0.0.0/0" }),
    ).rejects.toMatchObject(
      refused("InvalidPermission.Duplicate", 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists'),
    );
    const { SecurityGroups } = await ec2("DescribeSecurityGroups", { Filters: [{ Name: "group-name", Values: ["w*b"] }] });
    expect(SecurityGroups).toMatchObject([
      {
        GroupName: "web",
        IpPermissions: [
          {
            IpProtocol: "tcp",
            FromPort: 80,
            ToPort: 80,
            IpRanges: expect.arrayContaining([{ CidrIp: "10.0.0.0/8", Description: "inside" }]),
          },
        ],
        IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      },
    ]);
    await ec2("RevokeSecurityGroupEgress", { GroupId, IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }] });
    await ec2("RevokeSecurityGroupIngress", { GroupId, IpPermissions: [http] });
    expect((await ec2("DescribeSecurityGroupRules", { Filters: [{ Name: "group-id", Values: [GroupId] }] })).SecurityGroupRules).toEqual(
      [],
    );
    await expect(ec2("RevokeSecurityGroupIngress", { GroupId, IpPermissions: [http] })).rejects.toMatchObject(
      refused("InvalidPermission.NotFound"),
    );
  });

  it("cannot go while another group's rule names them", async () => {
    const { vpcId } = await network();
    const create = async (GroupName: string) =>
      (await ec2("CreateSecurityGroup", { GroupName, Description: "d", VpcId: vpcId })).GroupId ?? "";
    const [balancer, tasks] = [await create("balancer"), await create("tasks")];
    await ec2("AuthorizeSecurityGroupIngress", {
      GroupId: tasks,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 8000, ToPort: 8000, UserIdGroupPairs: [{ GroupId: balancer }] }],
    });
    await expect(ec2("DeleteSecurityGroup", { GroupId: balancer })).rejects.toMatchObject(refused("DependencyViolation"));
    await ec2("DeleteSecurityGroup", { GroupId: tasks });
    await ec2("DeleteSecurityGroup", { GroupId: balancer });
    await expect(ec2("DescribeSecurityGroups", { GroupIds: [balancer] })).rejects.toMatchObject(refused("InvalidGroup.NotFound"));
  });

  it("refuse ports and protocols that are none", async () => {
    const { vpcId } = await network();
    const GroupId = (await ec2("CreateSecurityGroup", { GroupName: "g", Description: "d", VpcId: vpcId })).GroupId ?? "";
    const open = (IpPermission: object) =>
      ec2("AuthorizeSecurityGroupIngress", { GroupId, IpPermissions: [{ IpRanges: [{ CidrIp: "0.0.0.0/0" }], ...IpPermission }] });
    await expect(open({ IpProtocol: "tcp" })).rejects.toMatchObject(refused("InvalidParameterValue", /from and to ports/));
    await expect(open({ IpProtocol: "tcp", FromPort: 90, ToPort: 80 })).rejects.toMatchObject(refused("InvalidParameterValue", /range/));
    await expect(open({ IpProtocol: "tcp", FromPort: 1, ToPort: 70_000 })).rejects.toMatchObject(refused("InvalidParameterValue"));
    await expect(open({ IpProtocol: "carrier-pigeon" })).rejects.toMatchObject(refused("InvalidParameterValue", /Unknown protocol/));
    await expect(open({ IpProtocol: "tcp", FromPort: 1, ToPort: 1, IpRanges: [{ CidrIp: "everyone" }] })).rejects.toMatchObject(
      refused("InvalidParameterValue", "CIDR block everyone is malformed"),
    );
  });
});

describe("describing", () => {
  it("filters by tags with wildcards, and pages without repeating", async () => {
    for (const name of ["fsd-dev", "fsd-prod", "other"]) {
      await ec2("CreateVpc", {
        CidrBlock: "10.0.0.0/16",
        TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "Name", Value: name }] }],
      });
    }
    const tagged = await ec2("DescribeVpcs", { Filters: [{ Name: "tag:Name", Values: ["fsd-*"] }] });
    expect(tagged.Vpcs?.map(({ Tags }) => Tags?.[0]?.Value).sort()).toEqual(["fsd-dev", "fsd-prod"]);
    for (let i = 0; i < 4; i++) await ec2("CreateVpc", { CidrBlock: "10.0.0.0/16" });
    const ids: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ec2("DescribeVpcs", { MaxResults: 5, NextToken });
      ids.push(...(page.Vpcs ?? []).map(({ VpcId = "" }) => VpcId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(7);
    await expect(ec2("DescribeVpcs", { Filters: [{ Name: "colour", Values: ["red"] }] })).rejects.toMatchObject(
      refused("InvalidParameterValue", "The filter 'colour' is invalid"),
    );
  });

  it("changes tags of anything by its id", async () => {
    const { vpcId, subnetId } = await network();
    await ec2("CreateTags", {
      Resources: [vpcId, subnetId],
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    });
    await ec2("DeleteTags", { Resources: [vpcId], Tags: [{ Key: "a" }, { Key: "b", Value: "other" }] });
    const { Tags } = await ec2("DescribeTags", { Filters: [{ Name: "resource-id", Values: [vpcId, subnetId] }] });
    expect(Tags?.map(({ ResourceType, Key }) => `${ResourceType} ${Key}`)).toEqual(["subnet a", "subnet b", "vpc b"]);
    await expect(ec2("CreateTags", { Resources: ["vpc-none"], Tags: [] })).rejects.toMatchObject(refused("InvalidID"));
  });

  it("knows regions and zones, and answers a dry run", async () => {
    const zones = await ec2("DescribeAvailabilityZones", { Filters: [{ Name: "state", Values: ["available"] }] });
    expect(zones.AvailabilityZones?.map(({ ZoneName, ZoneId }) => `${ZoneName} ${ZoneId}`)).toEqual([
      "eu-west-1a euw1-az1",
      "eu-west-1b euw1-az2",
      "eu-west-1c euw1-az3",
    ]);
    await expect(ec2("DescribeRegions", { RegionNames: ["mars-1"] })).rejects.toMatchObject(refused("InvalidParameterValue"));
    await expect(ec2("CreateVpc", { CidrBlock: "10.0.0.0/16", DryRun: true })).rejects.toMatchObject(refused("DryRunOperation"));
    expect((await ec2("DescribeVpcs", {})).Vpcs).toEqual([]);
  });
});
