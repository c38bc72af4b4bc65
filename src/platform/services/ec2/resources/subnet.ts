import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { flag, text } from "../../resource-work.ts";
import { ec2, freeAndDelete, madeBefore, retag, tagSpecifications } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::Subnet. `Ref` is the subnet's id. */
export const subnet: ResourceType = {
  type: "AWS::EC2::Subnet",
  schema: schemas["AWS::EC2::Subnet"],

  async create(request) {
    const SubnetId = (await madeBefore(request, "subnet")) ?? (await make(request));
    request.initiated({ physicalId: SubnetId, attributes: {} });
    return settle(request, SubnetId);
  },

  async update(request, { physicalId }) {
    await retag(request, physicalId);
    return settle(request, physicalId);
  },

  async delete(request, { physicalId }) {
    await freeAndDelete(request, () => ec2(request)("DeleteSubnet", { SubnetId: physicalId }));
  },
};

async function make(request: ResourceRequest): Promise<string> {
  const { properties } = request;
  const { Subnet } = await ec2(request)("CreateSubnet", {
    VpcId: text(properties, "VpcId"),
    CidrBlock: text(properties, "CidrBlock"),
    AvailabilityZone: text(properties, "AvailabilityZone"),
    AvailabilityZoneId: text(properties, "AvailabilityZoneId"),
    ...tagSpecifications(request, "subnet"),
  });
  return Subnet?.SubnetId ?? "";
}

async function settle(request: ResourceRequest, SubnetId: string): Promise<ResourceState> {
  const publicAddress = flag(request.properties, "MapPublicIpOnLaunch") ?? false;
  await ec2(request)("ModifySubnetAttribute", { SubnetId, MapPublicIpOnLaunch: { Value: publicAddress } });
  const { Subnets: [found] = [] } = await ec2(request)("DescribeSubnets", { SubnetIds: [SubnetId] });
  return {
    physicalId: SubnetId,
    attributes: {
      SubnetId,
      AvailabilityZone: found?.AvailabilityZone ?? "",
      AvailabilityZoneId: found?.AvailabilityZoneId ?? "",
      CidrBlock: found?.CidrBlock ?? "",
      VpcId: found?.VpcId ?? "",
      Ipv6CidrBlocks: [],
    },
  };
}
