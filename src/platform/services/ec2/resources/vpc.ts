import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { flag, text } from "../../resource-work.ts";
import { ec2, freeAndDelete, madeBefore, retag, tagSpecifications } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::VPC. `Ref` is the VPC's id. */
export const vpc: ResourceType = {
  type: "AWS::EC2::VPC",
  schema: schemas["AWS::EC2::VPC"],

  async create(request) {
    const VpcId = (await madeBefore(request, "vpc")) ?? (await make(request));
    request.initiated({ physicalId: VpcId, attributes: {} });
    return settle(request, VpcId);
  },

  async update(request, { physicalId }) {
    await retag(request, physicalId);
    return settle(request, physicalId);
  },

  async delete(request, { physicalId }) {
    await freeAndDelete(request, () => ec2(request)("DeleteVpc", { VpcId: physicalId }));
  },
};

async function make(request: ResourceRequest): Promise<string> {
  const { properties } = request;
  const { Vpc } = await ec2(request)("CreateVpc", {
    CidrBlock: text(properties, "CidrBlock"),
    ...(properties.InstanceTenancy === "dedicated" ? { InstanceTenancy: "dedicated" } : {}),
    ...tagSpecifications(request, "vpc"),
  });
  return Vpc?.VpcId ?? "";
}

async function settle(request: ResourceRequest, VpcId: string): Promise<ResourceState> {
  const { properties } = request;
  const modify = ec2(request);
  // One attribute a call, as the API wants it.
  await modify("ModifyVpcAttribute", { VpcId, EnableDnsSupport: { Value: flag(properties, "EnableDnsSupport") ?? true } });
  await modify("ModifyVpcAttribute", { VpcId, EnableDnsHostnames: { Value: flag(properties, "EnableDnsHostnames") ?? false } });
  const { Vpcs: [found] = [] } = await modify("DescribeVpcs", { VpcIds: [VpcId] });
  const inVpc = [{ Name: "vpc-id", Values: [VpcId] }];
  const { SecurityGroups: [group] = [] } = await modify("DescribeSecurityGroups", {
    Filters: [...inVpc, { Name: "group-name", Values: ["default"] }],
  });
  const { NetworkAcls: [acl] = [] } = await modify("DescribeNetworkAcls", { Filters: [...inVpc, { Name: "default", Values: ["true"] }] });
  return {
    physicalId: VpcId,
    attributes: {
      VpcId,
      CidrBlock: found?.CidrBlock ?? "",
      CidrBlockAssociations: (found?.CidrBlockAssociationSet ?? []).map(({ AssociationId }) => AssociationId ?? ""),
      Ipv6CidrBlocks: [],
      DefaultSecurityGroup: group?.GroupId ?? "",
      DefaultNetworkAcl: acl?.NetworkAclId ?? "",
    },
  };
}
