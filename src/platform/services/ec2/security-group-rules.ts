/** Authorising, revoking, describing and changing the rules of security groups. */
import type { SecurityGroupRuleRequest } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { type Filters, select, tagsFor } from "./describe.ts";
import { mustFind, notFound, nouns } from "./faults.ts";
import type { Ec2State, SecurityGroupRuleRecord } from "./records.ts";
import { describeRule, type RuleShape, rulesAsked, sameRule, viewRule } from "./security-group-permissions.ts";

type AuthorizeInput = Parameters<typeof rulesAsked>[1] & {
  readonly GroupId?: string;
  readonly GroupName?: string;
  readonly IpPermissions?: Parameters<typeof rulesAsked>[0];
  readonly TagSpecifications?: Parameters<typeof tagsFor>[1];
};

type RevokeInput = Omit<AuthorizeInput, "TagSpecifications"> & { readonly SecurityGroupRuleIds?: readonly string[] };

const filters: Filters<SecurityGroupRuleRecord> = {
  "group-id": ({ groupId }) => [groupId],
  "security-group-rule-id": ({ id }) => [id],
  "is-egress": ({ isEgress }) => [String(isEgress)],
};

export function securityGroupRuleOperations(state: Ec2State): Operations<"ec2"> {
  const { securityGroups, rules, newId } = state;

  const groupOf = ({ GroupId, GroupName }: AuthorizeInput | RevokeInput, region: string) => {
    const named = GroupId ?? securityGroups.list(`${region}/`).find(({ groupName }) => groupName === GroupName)?.id;
    if (named === undefined) throw new AwsFault("InvalidGroup.NotFound", `The security group '${GroupName}' does not exist`);
    return mustFind(securityGroups, region, named, nouns.securityGroup);
  };
  const rulesOf = (region: string, groupId: string, isEgress: boolean) =>
    rules.list(`${region}/`).filter((rule) => rule.groupId === groupId && rule.isEgress === isEgress);

  const authorize = (isEgress: boolean, input: AuthorizeInput, { region, account }: RequestContext) => {
    const group = groupOf(input, region);
    const asked = rulesAsked(input.IpPermissions, input, account);
    const existing = rulesOf(region, group.id, isEgress);
    for (const [index, rule] of asked.entries()) {
      if (rule.peer.kind === "group" && rule.peer.userId === account)
        mustFind(securityGroups, region, rule.peer.value, nouns.securityGroup);
      if (existing.some((other) => sameRule(rule, other))) {
        throw new AwsFault("InvalidPermission.Duplicate", `the specified rule "${describeRule(rule)}" already exists`);
      }
      if (asked.slice(0, index).some((other) => sameRule(rule, other))) {
        throw new AwsFault("InvalidParameterValue", "The same permission must not appear multiple times");
      }
    }
    const tags = tagsFor("security-group-rule", input.TagSpecifications);
    const created = asked.map((rule): SecurityGroupRuleRecord => ({ ...rule, id: newId("sgr"), tags, groupId: group.id, isEgress }));
    state.store.transaction(() => {
      for (const rule of created) rules.put(`${region}/${rule.id}`, rule);
    });
    return { Return: true, SecurityGroupRules: created.map((rule) => viewRule(rule, region, account)) };
  };

  const revoke = (isEgress: boolean, input: RevokeInput, { region, account }: RequestContext) => {
    const group = groupOf(input, region);
    const existing = rulesOf(region, group.id, isEgress);
    const find = (rule: RuleShape) => {
      const found = existing.find((other) => sameRule(rule, other));
      if (found === undefined)
        throw new AwsFault("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
      return found;
    };
    const gone =
      input.SecurityGroupRuleIds?.map((id) => {
        const found = existing.find((rule) => rule.id === id);
        if (found === undefined) throw notFound(nouns.securityGroupRule, id);
        return found;
      }) ?? rulesAsked(input.IpPermissions, input, account).map(find);
    state.store.transaction(() => {
      for (const { id } of gone) rules.delete(`${region}/${id}`);
    });
    return { Return: true };
  };

  const changed = (rule: SecurityGroupRuleRecord, request: SecurityGroupRuleRequest, account: string): SecurityGroupRuleRecord => {
    const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId } = request;
    const [shape] = rulesAsked(
      [
        {
          IpProtocol: request.IpProtocol,
          FromPort: request.FromPort,
          ToPort: request.ToPort,
          IpRanges: CidrIpv4 === undefined ? [] : [{ CidrIp: CidrIpv4 }],
          Ipv6Ranges: CidrIpv6 === undefined ? [] : [{ CidrIpv6 }],
          PrefixListIds: PrefixListId === undefined ? [] : [{ PrefixListId }],
          UserIdGroupPairs: ReferencedGroupId === undefined ? [] : [{ GroupId: ReferencedGroupId }],
        },
      ],
      {},
      account,
    );
    return { ...rule, ...(shape as RuleShape), description: request.Description };
  };

  return {
    AuthorizeSecurityGroupIngress: (input, context) => authorize(false, input, context),
    AuthorizeSecurityGroupEgress: (input, context) => authorize(true, input, context),
    RevokeSecurityGroupIngress: (input, context) => revoke(false, input, context),
    RevokeSecurityGroupEgress: (input, context) => revoke(true, input, context),

    DescribeSecurityGroupRules: ({ SecurityGroupRuleIds, Filters, MaxResults, NextToken }, { region, account }) => {
      const question = { ids: SecurityGroupRuleIds, filters: Filters, maxResults: MaxResults, nextToken: NextToken };
      const { records, nextToken } = select(rules, region, nouns.securityGroupRule, filters, question);
      return { SecurityGroupRules: records.map((rule) => viewRule(rule, region, account)), NextToken: nextToken };
    },

    ModifySecurityGroupRules: ({ GroupId, SecurityGroupRules = [] }, { region, account }) => {
      mustFind(securityGroups, region, GroupId, nouns.securityGroup);
      state.store.transaction(() => {
        for (const { SecurityGroupRuleId = "", SecurityGroupRule = {} } of SecurityGroupRules) {
          const rule = mustFind(rules, region, SecurityGroupRuleId, nouns.securityGroupRule);
          if (rule.groupId !== GroupId) throw notFound(nouns.securityGroupRule, SecurityGroupRuleId);
          rules.put(`${region}/${rule.id}`, changed(rule, SecurityGroupRule, account));
        }
      });
      return { Return: true };
    },
  };
}
