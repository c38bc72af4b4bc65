import type { Properties, ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { changed, document, flag, text, texts } from "../../resource-work.ts";
import { ec2, freeAndDelete, retag, tagSpecifications } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::VPCEndpoint, gateway and interface. `Ref` is the endpoint's id. */
export const vpcEndpoint: ResourceType = {
  type: "AWS::EC2::VPCEndpoint",
  schema: schemas["AWS::EC2::VPCEndpoint"],

  async create(request) {
    const { properties } = request;
    const { VpcEndpoint } = await ec2(request)("CreateVpcEndpoint", {
      VpcId: text(properties, "VpcId"),
      ServiceName: text(properties, "ServiceName"),
      VpcEndpointType: text(properties, "VpcEndpointType") === "Interface" ? "Interface" : "Gateway",
      RouteTableIds: texts(properties, "RouteTableIds"),
      SubnetIds: texts(properties, "SubnetIds"),
      SecurityGroupIds: texts(properties, "SecurityGroupIds"),
      ...policy(properties),
      ...(flag(properties, "PrivateDnsEnabled") === undefined ? {} : { PrivateDnsEnabled: flag(properties, "PrivateDnsEnabled") }),
      ClientToken: request.token,
      ...tagSpecifications(request, "vpc-endpoint"),
    });
    return describe(request, VpcEndpoint?.VpcEndpointId ?? "");
  },

  async update(request, { physicalId }, previous) {
    const { properties } = request;
    const difference = (name: string) => {
      const next = texts(properties, name);
      const old = texts(previous, name);
      return { added: next.filter((id) => !old.includes(id)), removed: old.filter((id) => !next.includes(id)) };
    };
    const tables = difference("RouteTableIds");
    const subnets = difference("SubnetIds");
    const groups = difference("SecurityGroupIds");
    await ec2(request)("ModifyVpcEndpoint", {
      VpcEndpointId: physicalId,
      AddRouteTableIds: tables.added,
      RemoveRouteTableIds: tables.removed,
      AddSubnetIds: subnets.added,
      RemoveSubnetIds: subnets.removed,
      AddSecurityGroupIds: groups.added,
      RemoveSecurityGroupIds: groups.removed,
      ...(changed("PolicyDocument", properties, previous) ? policy(properties) : {}),
      ...(changed("PrivateDnsEnabled", properties, previous) ? { PrivateDnsEnabled: flag(properties, "PrivateDnsEnabled") ?? false } : {}),
    });
    await retag(request, physicalId);
    return describe(request, physicalId);
  },

  async delete(request, { physicalId }) {
    await freeAndDelete(request, () => ec2(request)("DeleteVpcEndpoints", { VpcEndpointIds: [physicalId] }));
  },
};

function policy(properties: Properties): { PolicyDocument?: string } {
  return properties.PolicyDocument === undefined ? {} : { PolicyDocument: document(properties.PolicyDocument) };
}

async function describe(request: ResourceRequest, id: string): Promise<ResourceState> {
  const { VpcEndpoints: [endpoint] = [] } = await ec2(request)("DescribeVpcEndpoints", { VpcEndpointIds: [id] });
  return {
    physicalId: id,
    attributes: {
      Id: id,
      DnsEntries: (endpoint?.DnsEntries ?? []).map(({ HostedZoneId = "", DnsName = "" }) => `${HostedZoneId}:${DnsName}`),
      NetworkInterfaceIds: endpoint?.NetworkInterfaceIds ?? [],
      CreationTimestamp: endpoint?.CreationTimestamp?.toISOString() ?? "",
    },
  };
}
