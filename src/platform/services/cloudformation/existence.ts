/**
 * Whether what a parameter of one of AWS's own types names is there. Each type is asked of its service once. What the
 * platform has no service for (images, instances, key pairs, volumes, hosted zones) is not here, so no value names one.
 */
import type { NamedThing } from "../../../engine/stack/parameters.ts";
import type { Call } from "../../gateway/operations.ts";

type Question = (values: string[], call: Call, context: { readonly region: string }) => Promise<readonly (string | undefined)[]>;

const filter = (Name: string, Values: string[]) => ({ Filters: [{ Name, Values }] });

/** What of the values is there, by type. Filters take wildcards: what comes back is compared with what was meant. */
const questions: Readonly<Record<string, Question>> = {
  "AWS::EC2::VPC::Id": async (ids, call, context) =>
    (await call("ec2", "DescribeVpcs", filter("vpc-id", ids), context)).Vpcs?.map(({ VpcId }) => VpcId) ?? [],
  "AWS::EC2::Subnet::Id": async (ids, call, context) =>
    (await call("ec2", "DescribeSubnets", filter("subnet-id", ids), context)).Subnets?.map(({ SubnetId }) => SubnetId) ?? [],
  "AWS::EC2::SecurityGroup::Id": async (ids, call, context) =>
    (await call("ec2", "DescribeSecurityGroups", filter("group-id", ids), context)).SecurityGroups?.map(({ GroupId }) => GroupId) ?? [],
  "AWS::EC2::SecurityGroup::GroupName": async (names, call, context) =>
    (await call("ec2", "DescribeSecurityGroups", filter("group-name", names), context)).SecurityGroups?.map(({ GroupName }) => GroupName) ??
    [],
  "AWS::EC2::AvailabilityZone::Name": async (_, call, context) =>
    (await call("ec2", "DescribeAvailabilityZones", {}, context)).AvailabilityZones?.map(({ ZoneName }) => ZoneName) ?? [],
  "AWS::SSM::Parameter::Name": async (names, call, context) => {
    const wellFormed = names.filter((name) => /^[\w./-]+$/.test(name));
    const pages = Array.from({ length: Math.ceil(wellFormed.length / 10) }, (_, page) => wellFormed.slice(page * 10, page * 10 + 10));
    const answers = await Promise.all(pages.map((Names) => call("ssm", "GetParameters", { Names }, context)));
    return answers.flatMap(({ Parameters = [] }) => Parameters.map(({ Name }) => Name));
  },
};

/** Those of the things that are not there, in their order. */
export async function absent(things: readonly NamedThing[], call: Call, region: string): Promise<NamedThing[]> {
  const types = [...new Set(things.map(({ type }) => type))];
  const found = await Promise.all(
    types.map(async (type): Promise<[string, ReadonlySet<string | undefined>]> => {
      const values = [...new Set(things.filter((thing) => thing.type === type).map(({ value }) => value))];
      return [type, new Set(await questions[type]?.(values, call, { region }))];
    }),
  );
  const existing = new Map(found);
  return things.filter(({ type, value }) => existing.get(type)?.has(value) !== true);
}
