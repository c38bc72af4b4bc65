import type { ResourceType } from "../../resource-type.ts";
import { text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";
import { iam } from "./role.ts";

/** AWS::IAM::ServiceLinkedRole. `Ref` is the role's name. */
export const serviceLinkedRole: ResourceType = {
  type: "AWS::IAM::ServiceLinkedRole",
  schema: schemas["AWS::IAM::ServiceLinkedRole"],

  async create(request) {
    const { properties } = request;
    const { Role } = await iam(request)("CreateServiceLinkedRole", {
      AWSServiceName: text(properties, "AWSServiceName"),
      Description: text(properties, "Description"),
      CustomSuffix: text(properties, "CustomSuffix"),
    });
    const RoleName = Role?.RoleName ?? "";
    return { physicalId: RoleName, attributes: { RoleName } };
  },

  async delete(request, { physicalId }) {
    await unless(/^NoSuchEntity/, () => iam(request)("DeleteServiceLinkedRole", { RoleName: physicalId }));
  },
};
