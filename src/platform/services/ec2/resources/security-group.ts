import type { IpPermission } from "@aws-sdk/client-ec2";
import { type Json, type JsonObject, sameJson } from "../../../../kit/json.ts";
import { ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { generatedName, number, objects, text } from "../../resource-work.ts";
import { ec2, freeAndDelete, madeBefore, retag, tagSpecifications } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::EC2::SecurityGroup. `Ref` is the group's id (every group here is in a VPC). Without egress rules all traffic may leave. */
export const securityGroup: ResourceType = {
  type: "AWS::EC2::SecurityGroup",
  schema: schemas["AWS::EC2::SecurityGroup"],

  async create(request) {
    const GroupId = (await madeBefore(request, "security-group")) ?? (await make(request));
    request.initiated({ physicalId: GroupId, attributes: attributes(GroupId, request) });
    await bring(request, GroupId);
    return { physicalId: GroupId, attributes: attributes(GroupId, request) };
  },

  async update(request, { physicalId }) {
    await retag(request, physicalId);
    await bring(request, physicalId);
    return { physicalId, attributes: attributes(physicalId, request) };
  },

  async delete(request, { physicalId }) {
    await freeAndDelete(request, () => ec2(request)("DeleteSecurityGroup", { GroupId: physicalId }));
  },
};

async function make(request: ResourceRequest): Promise<string> {
  const { properties } = request;
  const { GroupId = "" } = await ec2(request)("CreateSecurityGroup", {
    GroupName: text(properties, "GroupName") ?? generatedName(request, 255),
    Description: text(properties, "GroupDescription"),
    VpcId: text(properties, "VpcId"),
    ...tagSpecifications(request, "security-group"),
  });
  return GroupId;
}

function attributes(GroupId: string, { properties }: ResourceRequest): ResourceState["attributes"] {
  return { GroupId, Id: GroupId, VpcId: text(properties, "VpcId") ?? "" };
}

const ALL_TRAFFIC: JsonObject = { IpProtocol: "-1", CidrIp: "0.0.0.0/0" };

/**
 * Brings the group's inline rules to what the properties say. Rules of AWS::EC2::SecurityGroupIngress and …Egress
 * resources, known by their tag, belong to those and are left alone.
 */
async function bring(request: ResourceRequest, GroupId: string): Promise<void> {
  const egress = objects(request.properties, "SecurityGroupEgress");
  await bringOne(request, GroupId, false, objects(request.properties, "SecurityGroupIngress"));
  await bringOne(request, GroupId, true, egress.length > 0 ? egress : [ALL_TRAFFIC]);
}

async function bringOne(request: ResourceRequest, GroupId: string, isEgress: boolean, rules: readonly JsonObject[]): Promise<void> {
  const wanted = rules.map((rule) => permission(rule));
  const { SecurityGroupRules = [] } = await ec2(request)("DescribeSecurityGroupRules", {
    Filters: [{ Name: "group-id", Values: [GroupId] }],
  });
  const present = SecurityGroupRules.filter((rule) => rule.IsEgress === isEgress).map((rule) => ({
    id: rule.SecurityGroupRuleId ?? "",
    isInline: !(rule.Tags ?? []).some(({ Key }) => Key === "aws:cloudformation:logical-id"),
    permission: {
      IpProtocol: rule.IpProtocol ?? "-1",
      FromPort: rule.FromPort ?? -1,
      ToPort: rule.ToPort ?? -1,
      peer: rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId ?? "",
    },
  }));
  const stale = present.filter((rule) => rule.isInline && !wanted.some((want) => sameJson(rule.permission, want.key))).map(({ id }) => id);
  const missing = wanted.filter((want) => !present.some((rule) => sameJson(rule.permission, want.key))).map(({ input }) => input);
  const api = ec2(request);
  if (stale.length > 0)
    await api(isEgress ? "RevokeSecurityGroupEgress" : "RevokeSecurityGroupIngress", { GroupId, SecurityGroupRuleIds: stale });
  if (missing.length > 0)
    await api(isEgress ? "AuthorizeSecurityGroupEgress" : "AuthorizeSecurityGroupIngress", { GroupId, IpPermissions: missing });
}

/** A rule in CloudFormation's flat form as the API's permission, and the key two equal rules have in common. */
export function permission(rule: JsonObject): { input: IpPermission; key: { [key: string]: Json } } {
  const IpProtocol = text(rule, "IpProtocol") ?? "-1";
  const isAll = IpProtocol === "-1" || IpProtocol === "all";
  const FromPort = isAll ? undefined : number(rule, "FromPort");
  const ToPort = isAll ? undefined : number(rule, "ToPort");
  const Description = text(rule, "Description");
  const description = Description === undefined ? {} : { Description };
  const cidr = text(rule, "CidrIp");
  const cidr6 = text(rule, "CidrIpv6");
  const prefix = text(rule, "SourcePrefixListId") ?? text(rule, "DestinationPrefixListId");
  const group = text(rule, "SourceSecurityGroupId") ?? text(rule, "DestinationSecurityGroupId");
  const peer = cidr ?? cidr6 ?? prefix ?? group;
  if (peer === undefined)
    throw new ResourceFailure(
      "Exactly one of CidrIp, CidrIpv6, a prefix list or a security group must be specified in a rule",
      "InvalidRequest",
    );
  return {
    input: {
      IpProtocol: isAll ? "-1" : IpProtocol,
      ...(FromPort === undefined ? {} : { FromPort }),
      ...(ToPort === undefined ? {} : { ToPort }),
      ...(cidr !== undefined
        ? { IpRanges: [{ CidrIp: cidr, ...description }] }
        : cidr6 !== undefined
          ? { Ipv6Ranges: [{ CidrIpv6: cidr6, ...description }] }
          : prefix !== undefined
            ? { PrefixListIds: [{ PrefixListId: prefix, ...description }] }
            : { UserIdGroupPairs: [{ GroupId: group, ...description }] }),
    },
    key: { IpProtocol: isAll ? "-1" : IpProtocol, FromPort: FromPort ?? -1, ToPort: ToPort ?? -1, peer },
  };
}
