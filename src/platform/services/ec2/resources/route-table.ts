import type { ResourceType } from "../../resource-type.ts";
import { text } from "../../resource-work.ts";
import { ec2, freeAndDelete, retag, tagSpecifications } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::RouteTable. `Ref` is the table's id. */
export const routeTable: ResourceType = {
  type: "AWS::EC2::RouteTable",
  schema: schemas["AWS::EC2::RouteTable"],

  async create(request) {
    const { RouteTable } = await ec2(request)("CreateRouteTable", {
      VpcId: text(request.properties, "VpcId"),
      ClientToken: request.token,
      ...tagSpecifications(request, "route-table"),
    });
    return state(RouteTable?.RouteTableId ?? "");
  },

  async update(request, { physicalId }) {
    await retag(request, physicalId);
    return state(physicalId);
  },

  async delete(request, { physicalId }) {
    await freeAndDelete(request, () => ec2(request)("DeleteRouteTable", { RouteTableId: physicalId }));
  },
};

const state = (id: string) => ({ physicalId: id, attributes: { RouteTableId: id } });
