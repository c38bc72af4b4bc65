/** Regions and their availability zones. Each region has the zones of the AWS region of that name, up to six; one that is not listed has three. */
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { matches } from "./describe.ts";

/** Region → short code of its zone ids, letters of its zones. */
const REGIONS: Readonly<Record<string, readonly [code: string, zones: string]>> = {
  "af-south-1": ["afs1", "abc"],
  "ap-east-1": ["ape1", "abc"],
  "ap-northeast-1": ["apne1", "acd"],
  "ap-northeast-2": ["apne2", "abcd"],
  "ap-northeast-3": ["apne3", "abc"],
  "ap-south-1": ["aps1", "abc"],
  "ap-southeast-1": ["apse1", "abc"],
  "ap-southeast-2": ["apse2", "abc"],
  "ca-central-1": ["cac1", "abd"],
  "eu-central-1": ["euc1", "abc"],
  "eu-north-1": ["eun1", "abc"],
  "eu-south-1": ["eus1", "abc"],
  "eu-west-1": ["euw1", "abc"],
  "eu-west-2": ["euw2", "abc"],
  "eu-west-3": ["euw3", "abc"],
  "me-south-1": ["mes1", "abc"],
  "sa-east-1": ["sae1", "abc"],
  "us-east-1": ["use1", "abcdef"],
  "us-east-2": ["use2", "abc"],
  "us-west-1": ["usw1", "ac"],
  "us-west-2": ["usw2", "abcd"],
};

export interface Zone {
  /** `eu-west-1a` */
  readonly name: string;
  /** `euw1-az1` */
  readonly id: string;
}

export function zonesOf(region: string): Zone[] {
  const [code, letters] = REGIONS[region] ?? [region.replace(/-/g, ""), "abc"];
  return [...letters].map((letter, index) => ({ name: `${region}${letter}`, id: `${code}-az${index + 1}` }));
}

export const regionOperations: Operations<"ec2"> = {
  DescribeAvailabilityZones: ({ ZoneNames, ZoneIds, Filters }, { region }) => {
    const zones = zonesOf(region).map((zone) => ({ ...zone, tags: {} }));
    const unknown = ZoneNames?.find((name) => !zones.some((zone) => zone.name === name));
    if (unknown !== undefined) throw new AwsFault("InvalidParameterValue", `Invalid availability zone: [${unknown}]`);
    const filters = {
      "group-name": () => [region],
      "opt-in-status": () => ["opt-in-not-required"],
      "region-name": () => [region],
      state: () => ["available"],
      "zone-id": ({ id }: Zone) => [id],
      "zone-name": ({ name }: Zone) => [name],
      "zone-type": () => ["availability-zone"],
    };
    const asked = zones.filter(({ name, id }) => (ZoneNames?.includes(name) ?? true) && (ZoneIds?.includes(id) ?? true));
    return {
      AvailabilityZones: asked
        .filter((zone) => matches(zone, filters, Filters ?? []))
        .map(({ name, id }) => ({
          ZoneName: name,
          ZoneId: id,
          RegionName: region,
          GroupName: region,
          NetworkBorderGroup: region,
          ZoneType: "availability-zone",
          State: "available",
          OptInStatus: "opt-in-not-required",
          Messages: [],
        })),
    };
  },

  DescribeRegions: ({ RegionNames, Filters }, { region }) => {
    const names = Object.keys({ ...REGIONS, [region]: 0 }).sort();
    const unknown = RegionNames?.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new AwsFault("InvalidParameterValue", `Invalid region name: ${unknown}`);
    const endpoint = (name: string) => `ec2.${name}.amazonaws.com`;
    const filters = {
      "region-name": ({ name }: { name: string }) => [name],
      endpoint: ({ name }: { name: string }) => [endpoint(name)],
      "opt-in-status": () => ["opt-in-not-required"],
    };
    return {
      Regions: names
        .filter((name) => RegionNames?.includes(name) ?? true)
        .filter((name) => matches({ name, tags: {} }, filters, Filters ?? []))
        .map((name) => ({ RegionName: name, Endpoint: endpoint(name), OptInStatus: "opt-in-not-required" })),
    };
  },

  DescribeAccountAttributes: ({ AttributeNames }) => {
    const attributes: Record<string, string> = {
      "default-vpc": "none",
      "max-elastic-ips": "5",
      "supported-platforms": "VPC",
      "vpc-max-security-groups-per-interface": "5",
    };
    return {
      AccountAttributes: Object.entries(attributes)
        .filter(([name]) => AttributeNames?.includes(name as never) ?? true)
        .map(([AttributeName, AttributeValue]) => ({ AttributeName, AttributeValues: [{ AttributeValue }] })),
    };
  },
};
