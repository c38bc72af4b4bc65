import { ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { text, unless } from "../../resource-work.ts";
import { ec2, freeAndDelete } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::VPCGatewayAttachment, of internet gateways. `Ref` is `IGW|<VPC id>`. */
export const vpcGatewayAttachment: ResourceType = {
  type: "AWS::EC2::VPCGatewayAttachment",
  schema: schemas["AWS::EC2::VPCGatewayAttachment"],

  create: attach,

  async update(request, current, previous) {
    const old = text(previous, "InternetGatewayId");
    if (old === text(request.properties, "InternetGatewayId")) return current;
    if (old !== undefined) await detach(request, old);
    return attach(request);
  },

  async delete(request) {
    const gateway = text(request.properties, "InternetGatewayId");
    if (gateway !== undefined) await detach(request, gateway);
  },
};

async function attach(request: ResourceRequest): Promise<ResourceState> {
  const VpcId = text(request.properties, "VpcId") ?? "";
  const InternetGatewayId = text(request.properties, "InternetGatewayId");
  if (InternetGatewayId === undefined || request.properties.VpnGatewayId !== undefined)
    throw new ResourceFailure(
      "Only internet gateways can be attached here: InternetGatewayId is required, VpnGatewayId is not supported",
      "InvalidRequest",
    );
  if (!(request.isRepeated && (await isAttached(request, InternetGatewayId, VpcId))))
    await ec2(request)("AttachInternetGateway", { VpcId, InternetGatewayId });
  return { physicalId: `IGW|${VpcId}`, attributes: { AttachmentType: "IGW" } };
}

async function isAttached(request: ResourceRequest, gateway: string, vpcId: string): Promise<boolean> {
  const { InternetGateways: [found] = [] } = await ec2(request)("DescribeInternetGateways", { InternetGatewayIds: [gateway] });
  return found?.Attachments?.some(({ VpcId }) => VpcId === vpcId) === true;
}

async function detach(request: ResourceRequest, InternetGatewayId: string): Promise<void> {
  const VpcId = text(request.properties, "VpcId");
  await freeAndDelete(request, () =>
    unless(/^Gateway\.NotAttached$/, () => ec2(request)("DetachInternetGateway", { VpcId, InternetGatewayId })),
  );
}
