import type { ResourceType } from "../../resource-type.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::CloudFormation::WaitConditionHandle: a name to refer to and nothing else. `Ref` is an address that nobody answers here. */
export const waitConditionHandle: ResourceType = {
  type: "AWS::CloudFormation::WaitConditionHandle",
  schema: schemas["AWS::CloudFormation::WaitConditionHandle"],

  create({ region, stackId, logicalId, token }) {
    const physicalId = `https://cloudformation-waitcondition-${region}.s3.amazonaws.com/${encodeURIComponent(stackId)}/${logicalId}?token=${token}`;
    return Promise.resolve({ physicalId, attributes: { Id: physicalId } });
  },

  update: (_request, current) => Promise.resolve(current),

  delete: () => Promise.resolve(),
};
