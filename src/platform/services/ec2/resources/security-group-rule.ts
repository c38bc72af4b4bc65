import { sameJson } from "../../../../kit/json.ts";
import { errorCode } from "../../error-code.ts";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { text, unless } from "../../resource-work.ts";
import { ec2 } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";
import { permission } from "./security-group.ts";

/** AWS::EC2::SecurityGroupIngress: one rule of a group made elsewhere. `Ref` is the rule's id. */
export const securityGroupIngress = ruleType(
  "AWS::EC2::SecurityGroupIngress",
  "AuthorizeSecurityGroupIngress",
  "RevokeSecurityGroupIngress",
);

/** AWS::EC2::SecurityGroupEgress. `Ref` is the rule's id. */
export const securityGroupEgress = ruleType("AWS::EC2::SecurityGroupEgress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress");

function ruleType(
  type: "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress",
  authorize: "AuthorizeSecurityGroupIngress" | "AuthorizeSecurityGroupEgress",
  revoke: "RevokeSecurityGroupIngress" | "RevokeSecurityGroupEgress",
): ResourceType {
  const isEgress = type.endsWith("Egress");
  return {
    type,
    schema: schemas[type],

    async create(request) {
      const GroupId = text(request.properties, "GroupId") ?? "";
      const { input } = permission(request.properties);
      try {
        const { SecurityGroupRules: [rule] = [] } = await ec2(request)(authorize, {
          GroupId,
          IpPermissions: [input],
          // The mark by which the group's own resource leaves this rule alone.
          TagSpecifications: [
            { ResourceType: "security-group-rule", Tags: Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value })) },
          ],
        });
        return state(rule?.SecurityGroupRuleId ?? "");
      } catch (fault) {
        const made = !request.isRepeated || errorCode(fault) !== "InvalidPermission.Duplicate" ? undefined : await find(request, isEgress);
        if (made === undefined) throw fault;
        return state(made);
      }
    },

    async update(request, current) {
      const { properties } = request;
      const GroupId = text(properties, "GroupId") ?? "";
      const { key } = permission(properties);
      const peer = String(key.peer);
      await ec2(request)("ModifySecurityGroupRules", {
        GroupId,
        SecurityGroupRules: [
          {
            SecurityGroupRuleId: current.physicalId,
            SecurityGroupRule: {
              IpProtocol: String(key.IpProtocol),
              FromPort: Number(key.FromPort),
              ToPort: Number(key.ToPort),
              ...(peer.startsWith("sg-")
                ? { ReferencedGroupId: peer }
                : peer.startsWith("pl-")
                  ? { PrefixListId: peer }
                  : peer.includes(":")
                    ? { CidrIpv6: peer }
                    : { CidrIpv4: peer }),
              Description: text(properties, "Description") ?? "",
            },
          },
        ],
      });
      return current;
    },

    async delete(request, { physicalId }) {
      const GroupId = text(request.properties, "GroupId");
      await unless(/NotFound$/, () => ec2(request)(revoke, { GroupId, SecurityGroupRuleIds: [physicalId] }));
    },
  };
}

async function find(request: ResourceRequest, isEgress: boolean): Promise<string | undefined> {
  const GroupId = text(request.properties, "GroupId") ?? "";
  const { key } = permission(request.properties);
  const { SecurityGroupRules = [] } = await ec2(request)("DescribeSecurityGroupRules", {
    Filters: [{ Name: "group-id", Values: [GroupId] }],
  });
  return SecurityGroupRules.find(
    (rule) =>
      rule.IsEgress === isEgress &&
      sameJson(key, {
        IpProtocol: rule.IpProtocol ?? "-1",
        FromPort: rule.FromPort ?? -1,
        ToPort: rule.ToPort ?? -1,
        peer: rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId ?? "",
      }),
  )?.SecurityGroupRuleId;
}

function state(id: string): ResourceState {
  return { physicalId: id, attributes: { Id: id } };
}
