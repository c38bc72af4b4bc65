import type { ResourceType } from "../../resource-type.ts";
import { ec2, freeAndDelete, madeBefore, retag, tagSpecifications } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::InternetGateway. `Ref` is the gateway's id. */
export const internetGateway: ResourceType = {
  type: "AWS::EC2::InternetGateway",
  schema: schemas["AWS::EC2::InternetGateway"],

  async create(request) {
    const before = await madeBefore(request, "internet-gateway");
    if (before !== undefined) return state(before);
    const { InternetGateway } = await ec2(request)("CreateInternetGateway", tagSpecifications(request, "internet-gateway"));
    return state(InternetGateway?.InternetGatewayId ?? "");
  },

  async update(request, { physicalId }) {
    await retag(request, physicalId);
    return state(physicalId);
  },

  async delete(request, { physicalId }) {
    await freeAndDelete(request, () => ec2(request)("DeleteInternetGateway", { InternetGatewayId: physicalId }));
  },
};

const state = (id: string) => ({ physicalId: id, attributes: { InternetGatewayId: id } });
