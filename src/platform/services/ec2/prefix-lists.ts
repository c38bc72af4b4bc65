/** The two AWS-managed prefix lists that gateway endpoints route to. Their ids are of our making, the same in every run. */
import { createHash } from "node:crypto";
import { formatArn } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { type Filters, matches } from "./describe.ts";

export interface PrefixList {
  readonly id: string;
  /** `com.amazonaws.eu-west-1.s3` */
  readonly name: string;
}

/** The prefix list of a gateway service; undefined for services without one. */
export function prefixListOf(region: string, serviceName: string): PrefixList | undefined {
  return prefixListsOf(region).find(({ name }) => name === serviceName);
}

function prefixListsOf(region: string): PrefixList[] {
  return ["dynamodb", "s3"].map((service) => {
    const name = `com.amazonaws.${region}.${service}`;
    return { name, id: `pl-${createHash("sha256").update(name).digest("hex").slice(0, 8)}` };
  });
}

const filters: Filters<PrefixList> = { "prefix-list-id": ({ id }) => [id], "prefix-list-name": ({ name }) => [name] };

export const prefixListOperations: Operations<"ec2"> = {
  DescribePrefixLists: ({ PrefixListIds, Filters }, { region }) => ({
    PrefixLists: asked(region, PrefixListIds, Filters).map(({ id, name }) => ({ PrefixListId: id, PrefixListName: name, Cidrs: [] })),
  }),

  DescribeManagedPrefixLists: ({ PrefixListIds, Filters }, { region }) => ({
    PrefixLists: asked(region, PrefixListIds, Filters).map(({ id, name }) => ({
      PrefixListId: id,
      PrefixListName: name,
      PrefixListArn: formatArn("ec2", region, "aws", `prefix-list/${id}`),
      AddressFamily: "IPv4",
      OwnerId: "AWS",
      Tags: [],
    })),
  }),
};

function asked(region: string, ids: readonly string[] | undefined, wanted: Parameters<typeof matches>[2] | undefined): PrefixList[] {
  const lists = prefixListsOf(region);
  const unknown = ids?.find((id) => !lists.some((list) => list.id === id));
  if (unknown !== undefined) throw new AwsFault("InvalidPrefixListID.NotFound", `The prefix list ID '${unknown}' does not exist`);
  return lists.filter(({ id }) => ids?.includes(id) ?? true).filter((list) => matches({ ...list, tags: {} }, filters, wanted ?? []));
}
