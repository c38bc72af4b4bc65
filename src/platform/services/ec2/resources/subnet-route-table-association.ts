import type { ResourceType } from "../../resource-type.ts";
import { text, unless } from "../../resource-work.ts";
import { ec2 } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::SubnetRouteTableAssociation. `Ref` is the association's id. */
export const subnetRouteTableAssociation: ResourceType = {
  type: "AWS::EC2::SubnetRouteTableAssociation",
  schema: schemas["AWS::EC2::SubnetRouteTableAssociation"],

  async create(request) {
    const RouteTableId = text(request.properties, "RouteTableId");
    const SubnetId = text(request.properties, "SubnetId") ?? "";
    const { RouteTables: tables = [] } = await ec2(request)("DescribeRouteTables", {
      Filters: [{ Name: "association.subnet-id", Values: [SubnetId] }],
    });
    const existing = tables.flatMap(({ Associations = [] }) => Associations).find((association) => association.SubnetId === SubnetId);
    const id = existing?.RouteTableAssociationId ?? "";
    if (request.isRepeated && existing?.RouteTableId === RouteTableId) return state(id);
    // A subnet has one table: a replacement takes the place of the association it replaces, anything else is refused.
    if (!request.recorded.includes(id)) {
      const { AssociationId = "" } = await ec2(request)("AssociateRouteTable", { RouteTableId, SubnetId });
      return state(AssociationId);
    }
    const { NewAssociationId = "" } = await ec2(request)("ReplaceRouteTableAssociation", {
      AssociationId: id,
      RouteTableId,
    });
    return state(NewAssociationId);
  },

  async delete(request, { physicalId }) {
    await unless(/NotFound$/, () => ec2(request)("DisassociateRouteTable", { AssociationId: physicalId }));
  },
};

const state = (id: string) => ({ physicalId: id, attributes: { Id: id } });
