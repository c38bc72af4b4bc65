import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { text } from "../../resource-work.ts";
import { ec2, freeAndDelete, madeBefore, retag, tagSpecifications } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::EIP. `Ref` is the public address, `AllocationId` what a NAT gateway takes. */
export const eip: ResourceType = {
  type: "AWS::EC2::EIP",
  schema: schemas["AWS::EC2::EIP"],

  async create(request) {
    const before = await madeBefore(request, "elastic-ip");
    if (before !== undefined) return describe(request, before);
    const { AllocationId = "", PublicIp = "" } = await ec2(request)("AllocateAddress", {
      Domain: "vpc",
      ...tagSpecifications(request, "elastic-ip"),
    });
    return { physicalId: PublicIp, attributes: { AllocationId, PublicIp } };
  },

  async update(request, current) {
    await retag(request, text(current.attributes, "AllocationId") ?? "");
    return current;
  },

  async delete(request, { attributes }) {
    await freeAndDelete(request, () => ec2(request)("ReleaseAddress", { AllocationId: text(attributes, "AllocationId") }));
  },
};

async function describe(request: ResourceRequest, AllocationId: string): Promise<ResourceState> {
  const { Addresses: [address] = [] } = await ec2(request)("DescribeAddresses", { AllocationIds: [AllocationId] });
  const PublicIp = address?.PublicIp ?? "";
  return { physicalId: PublicIp, attributes: { AllocationId, PublicIp } };
}
