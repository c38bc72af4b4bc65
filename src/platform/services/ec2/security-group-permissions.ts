/** The two faces of a security group's rules: `IpPermissions`, grouped by protocol and ports, and single rules with ids. */
import type { IpPermission, SecurityGroupRule } from "@aws-sdk/client-ec2";
import { formatArn } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import { formatCidr, parseCidr } from "./cidr.ts";
import { tagList } from "./describe.ts";
import { invalidValue } from "./faults.ts";
import type { RulePeer, SecurityGroupRuleRecord } from "./records.ts";

/** A rule that is asked for: one peer of one permission. */
export type RuleShape = Pick<SecurityGroupRuleRecord, "ipProtocol" | "fromPort" | "toPort" | "peer" | "description">;

/** The rules of a request, from `IpPermissions` or from the old flat parameters. */
export function rulesAsked(
  permissions: readonly IpPermission[] | undefined,
  flat: { IpProtocol?: string; FromPort?: number; ToPort?: number; CidrIp?: string },
  account: string,
): RuleShape[] {
  const asked =
    permissions ??
    (flat.IpProtocol === undefined
      ? []
      : [{ IpProtocol: flat.IpProtocol, FromPort: flat.FromPort, ToPort: flat.ToPort, IpRanges: [{ CidrIp: flat.CidrIp }] }]);
  const shapes = asked.flatMap((permission) => rulesOfPermission(permission, account));
  if (shapes.length === 0) throw new AwsFault("MissingParameter", "The request must contain the parameter ipPermissions");
  return shapes;
}

function rulesOfPermission(permission: IpPermission, account: string): RuleShape[] {
  const { IpProtocol, IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] } = permission;
  const ipProtocol = protocolOf(IpProtocol);
  const { fromPort, toPort } = portsOf(ipProtocol, permission.FromPort, permission.ToPort);
  const rule = (peer: RulePeer, description: string | undefined): RuleShape => ({ ipProtocol, fromPort, toPort, peer, description });
  return [
    ...IpRanges.map(({ CidrIp = "", Description }) => rule({ kind: "cidrIpv4", value: ipv4(CidrIp) }, Description)),
    ...Ipv6Ranges.map(({ CidrIpv6 = "", Description }) => rule({ kind: "cidrIpv6", value: CidrIpv6 }, Description)),
    ...PrefixListIds.map(({ PrefixListId = "", Description }) => rule({ kind: "prefixList", value: PrefixListId }, Description)),
    ...UserIdGroupPairs.map(({ GroupId = "", UserId = account, Description }) =>
      rule({ kind: "group", value: GroupId, userId: UserId }, Description),
    ),
  ];
}

const PROTOCOL_NAMES: ReadonlyMap<string, string> = new Map([
  ["1", "icmp"],
  ["6", "tcp"],
  ["17", "udp"],
  ["58", "icmpv6"],
  ["all", "-1"],
]);

function protocolOf(protocol = "-1"): string {
  const name = PROTOCOL_NAMES.get(protocol.toLowerCase()) ?? protocol.toLowerCase();
  const known = ["tcp", "udp", "icmp", "icmpv6", "-1"].includes(name) || (/^\d+$/.test(name) && Number(name) <= 255);
  if (!known) throw invalidValue(`Invalid value '${protocol}' for IP protocol. Unknown protocol.`);
  return name;
}

function portsOf(protocol: string, from: number | undefined, to: number | undefined): { fromPort: number; toPort: number } {
  if (!["tcp", "udp", "icmp", "icmpv6"].includes(protocol)) return { fromPort: -1, toPort: -1 };
  if (protocol.startsWith("icmp")) return { fromPort: from ?? -1, toPort: to ?? -1 };
  if (from === undefined || to === undefined) {
    throw invalidValue(`Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.`);
  }
  for (const port of [from, to]) {
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      throw invalidValue(`Invalid value '${port}' for portRange. Must be between 0 and 65535.`);
  }
  if (from > to) throw invalidValue(`Invalid TCP/UDP port range (${from}:${to})`);
  return { fromPort: from, toPort: to };
}

function ipv4(text: string): string {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw invalidValue(`CIDR block ${text} is malformed`);
  return formatCidr(cidr);
}

export function sameRule(one: RuleShape, other: RuleShape): boolean {
  const sameTraffic = one.ipProtocol === other.ipProtocol && one.fromPort === other.fromPort && one.toPort === other.toPort;
  return sameTraffic && one.peer.kind === other.peer.kind && one.peer.value === other.peer.value;
}

/** `peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW`, as EC2 names a rule in its errors. */
export function describeRule({ peer, ipProtocol, fromPort, toPort }: RuleShape): string {
  if (ipProtocol === "-1") return `peer: ${peer.value}, ALL, ALLOW`;
  return `peer: ${peer.value}, ${ipProtocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}, ALLOW`;
}

/** Rules of one direction as `IpPermissions`. */
export function permissionsOf(rules: readonly SecurityGroupRuleRecord[]): IpPermission[] {
  const grouped = new Map<string, SecurityGroupRuleRecord[]>();
  for (const rule of rules) {
    const key = `${rule.ipProtocol} ${rule.fromPort} ${rule.toPort}`;
    grouped.set(key, [...(grouped.get(key) ?? []), rule]);
  }
  return [...grouped.values()].map((group) => {
    const [{ ipProtocol, fromPort, toPort }] = group as [SecurityGroupRuleRecord];
    const peers = <Kind extends RulePeer["kind"]>(kind: Kind) => group.filter(({ peer }) => peer.kind === kind);
    return {
      IpProtocol: ipProtocol,
      ...(ipProtocol === "-1" ? {} : { FromPort: fromPort, ToPort: toPort }),
      IpRanges: peers("cidrIpv4").map(({ peer, description }) => ({ CidrIp: peer.value, Description: description })),
      Ipv6Ranges: peers("cidrIpv6").map(({ peer, description }) => ({ CidrIpv6: peer.value, Description: description })),
      PrefixListIds: peers("prefixList").map(({ peer, description }) => ({ PrefixListId: peer.value, Description: description })),
      UserIdGroupPairs: group.flatMap(({ peer, description }) =>
        peer.kind === "group" ? [{ GroupId: peer.value, UserId: peer.userId, Description: description }] : [],
      ),
    };
  });
}

export function viewRule(rule: SecurityGroupRuleRecord, region: string, account: string): SecurityGroupRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: formatArn("ec2", region, account, `security-group-rule/${rule.id}`),
    GroupId: rule.groupId,
    GroupOwnerId: account,
    IsEgress: rule.isEgress,
    IpProtocol: rule.ipProtocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    CidrIpv4: peer.kind === "cidrIpv4" ? peer.value : undefined,
    CidrIpv6: peer.kind === "cidrIpv6" ? peer.value : undefined,
    PrefixListId: peer.kind === "prefixList" ? peer.value : undefined,
    ReferencedGroupInfo: peer.kind === "group" ? { GroupId: peer.value, UserId: peer.userId } : undefined,
    Description: rule.description,
    Tags: tagList(rule.tags),
  };
}
