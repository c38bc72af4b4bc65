/** Security groups. Their rules are kept and checked as EC2 checks them; no packet is filtered by them. */
import type { SecurityGroup } from "@aws-sdk/client-ec2";
import { formatArn } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { type Filters, select, tagList, tagsFor } from "./describe.ts";
import { invalidValue, mustFind, nouns } from "./faults.ts";
import type { Ec2State, SecurityGroupRecord, SecurityGroupRuleRecord } from "./records.ts";
import { permissionsOf } from "./security-group-permissions.ts";

const ALLOWED_TEXT = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

export function securityGroupOperations(state: Ec2State): Operations<"ec2"> {
  const { securityGroups, rules, vpcs, endpoints } = state;
  const rulesOf = (region: string, groupId: string) => rules.list(`${region}/`).filter((rule) => rule.groupId === groupId);

  const filters = (region: string, account: string): Filters<SecurityGroupRecord> => {
    const permission = (egress: boolean, value: (rule: SecurityGroupRuleRecord) => string | undefined) => (group: SecurityGroupRecord) =>
      rulesOf(region, group.id)
        .filter(({ isEgress }) => isEgress === egress)
        .map(value);
    const known: Record<string, (group: SecurityGroupRecord) => readonly (string | undefined)[]> = {
      description: ({ description }) => [description],
      "group-id": ({ id }) => [id],
      "group-name": ({ groupName }) => [groupName],
      "owner-id": () => [account],
      "vpc-id": ({ vpcId }) => [vpcId],
    };
    for (const [prefix, egress] of [
      ["ip-permission", false],
      ["egress.ip-permission", true],
    ] as const) {
      known[`${prefix}.cidr`] = permission(egress, ({ peer }) => (peer.kind === "cidrIpv4" ? peer.value : undefined));
      known[`${prefix}.from-port`] = permission(egress, ({ fromPort }) => String(fromPort));
      known[`${prefix}.group-id`] = permission(egress, ({ peer }) => (peer.kind === "group" ? peer.value : undefined));
      known[`${prefix}.protocol`] = permission(egress, ({ ipProtocol }) => ipProtocol);
      known[`${prefix}.to-port`] = permission(egress, ({ toPort }) => String(toPort));
    }
    return known;
  };

  const view = (group: SecurityGroupRecord, region: string, account: string): SecurityGroup => {
    const own = rulesOf(region, group.id);
    return {
      GroupId: group.id,
      GroupName: group.groupName,
      Description: group.description,
      VpcId: group.vpcId,
      OwnerId: account,
      SecurityGroupArn: formatArn("ec2", region, account, `security-group/${group.id}`),
      IpPermissions: permissionsOf(own.filter(({ isEgress }) => !isEgress)),
      IpPermissionsEgress: permissionsOf(own.filter(({ isEgress }) => isEgress)),
      Tags: tagList(group.tags),
    };
  };

  return {
    CreateSecurityGroup: ({ GroupName = "", Description = "", VpcId, TagSpecifications }, { region, account }) => {
      if (VpcId === undefined) throw new AwsFault("VPCIdNotSpecified", "No default VPC for this user");
      const vpc = mustFind(vpcs, region, VpcId, nouns.vpc);
      if (GroupName.toLowerCase() === "default") {
        throw invalidValue("Cannot use reserved security group name: default");
      }
      if (GroupName.startsWith("sg-"))
        throw invalidValue("Value for parameter groupName is invalid: group names may not be in the format sg-*.");
      for (const [parameter, text] of [
        ["GroupName", GroupName],
        ["GroupDescription", Description],
      ] as const) {
        if (!ALLOWED_TEXT.test(text)) {
          throw invalidValue(
            `Value (${text}) for parameter ${parameter} is invalid. Character sets beyond ASCII are not supported and the length is limited to 255.`,
          );
        }
      }
      const taken = securityGroups.list(`${region}/`).some((group) => group.vpcId === vpc.id && group.groupName === GroupName);
      if (taken) throw new AwsFault("InvalidGroup.Duplicate", `The security group '${GroupName}' already exists for VPC '${vpc.id}'`);
      const tags = tagsFor("security-group", TagSpecifications);
      const group = state.store.transaction(() =>
        createGroup(state, region, account, { groupName: GroupName, description: Description, vpcId: vpc.id, tags }),
      );
      return {
        GroupId: group.id,
        SecurityGroupArn: formatArn("ec2", region, account, `security-group/${group.id}`),
        Tags: tagList(tags),
      };
    },

    DescribeSecurityGroups: ({ GroupIds, GroupNames, Filters, MaxResults, NextToken }, { region, account }) => {
      const byName = (GroupNames ?? []).map((name) => {
        const found = securityGroups.list(`${region}/`).find(({ groupName }) => groupName === name);
        if (found === undefined) throw new AwsFault("InvalidGroup.NotFound", `The security group '${name}' does not exist`);
        return found.id;
      });
      const ids = GroupIds === undefined && GroupNames === undefined ? undefined : [...(GroupIds ?? []), ...byName];
      const question = { ids, filters: Filters, maxResults: MaxResults, nextToken: NextToken };
      const { records, nextToken } = select(securityGroups, region, nouns.securityGroup, filters(region, account), question);
      return { SecurityGroups: records.map((record) => view(record, region, account)), NextToken: nextToken };
    },

    DeleteSecurityGroup: ({ GroupId }, { region }) => {
      const group = mustFind(securityGroups, region, GroupId, nouns.securityGroup);
      if (group.groupName === "default") {
        throw new AwsFault("CannotDelete", `the specified group: "${group.id}" name: "default" cannot be deleted by a user`);
      }
      const referenced = rules
        .list(`${region}/`)
        .some(({ groupId, peer }) => groupId !== group.id && peer.kind === "group" && peer.value === group.id);
      const used = endpoints.list(`${region}/`).some(({ securityGroupIds }) => securityGroupIds.includes(group.id));
      if (referenced || used) throw new AwsFault("DependencyViolation", `resource ${group.id} has a dependent object`);
      state.store.transaction(() => forgetGroup(state, region, group.id));
      return { GroupId: group.id, Return: true };
    },
  };
}

/** A group with the rules EC2 gives it: everything may leave; members of a default group may reach one another. */
export function createGroup(state: Ec2State, region: string, account: string, group: Omit<SecurityGroupRecord, "id">): SecurityGroupRecord {
  const created: SecurityGroupRecord = { ...group, id: state.newId("sg") };
  const everything = { tags: {}, groupId: created.id, ipProtocol: "-1", fromPort: -1, toPort: -1 };
  const egress = state.newId("sgr");
  state.securityGroups.put(`${region}/${created.id}`, created);
  state.rules.put(`${region}/${egress}`, { ...everything, id: egress, isEgress: true, peer: { kind: "cidrIpv4", value: "0.0.0.0/0" } });
  if (group.groupName === "default") {
    const ingress = state.newId("sgr");
    const peer = { kind: "group", value: created.id, userId: account } as const;
    state.rules.put(`${region}/${ingress}`, { ...everything, id: ingress, isEgress: false, peer });
  }
  return created;
}

export function forgetGroup(state: Ec2State, region: string, id: string): void {
  for (const rule of state.rules.list(`${region}/`)) if (rule.groupId === id) state.rules.delete(`${region}/${rule.id}`);
  state.securityGroups.delete(`${region}/${id}`);
}
