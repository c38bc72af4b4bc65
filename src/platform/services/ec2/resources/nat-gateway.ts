import type { NatGateway } from "@aws-sdk/client-ec2";
import { ResourceFailure, type ResourceRequest, type ResourceType } from "../../resource-type.ts";
import { text } from "../../resource-work.ts";
import { ec2, freeAndDelete, retag, tagSpecifications } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::NatGateway. `Ref` is the gateway's id. */
export const natGateway: ResourceType = {
  type: "AWS::EC2::NatGateway",
  schema: schemas["AWS::EC2::NatGateway"],

  async create(request) {
    const { properties } = request;
    const { NatGateway: made } = await ec2(request)("CreateNatGateway", {
      SubnetId: text(properties, "SubnetId"),
      AllocationId: text(properties, "AllocationId"),
      ...(properties.ConnectivityType === "private" ? { ConnectivityType: "private" } : {}),
      PrivateIpAddress: text(properties, "PrivateIpAddress"),
      ClientToken: request.token,
      ...tagSpecifications(request, "natgateway"),
    });
    const id = made?.NatGatewayId ?? "";
    request.initiated({ physicalId: id, attributes: { NatGatewayId: id } });
    await request.until(async () => {
      const gateway = await describe(request, id);
      if (gateway?.State === "failed") throw new ResourceFailure(gateway.FailureMessage ?? "NAT gateway failed", "NotStabilized");
      return gateway?.State === "available";
    });
    const gateway = await describe(request, id);
    return { physicalId: id, attributes: { NatGatewayId: id, EniId: gateway?.NatGatewayAddresses?.[0]?.NetworkInterfaceId ?? "" } };
  },

  async update(request, current) {
    await retag(request, current.physicalId);
    return current;
  },

  async delete(request, { physicalId }) {
    await freeAndDelete(request, () => ec2(request)("DeleteNatGateway", { NatGatewayId: physicalId }));
    await request.until(async () => {
      const state = (await describe(request, physicalId))?.State;
      return state === undefined || state === "deleted";
    });
  },
};

async function describe(request: ResourceRequest, id: string): Promise<NatGateway | undefined> {
  // By filter: an id that is gone is then an empty answer, not an error.
  const { NatGateways = [] } = await ec2(request)("DescribeNatGateways", { Filter: [{ Name: "nat-gateway-id", Values: [id] }] });
  return NatGateways[0];
}
