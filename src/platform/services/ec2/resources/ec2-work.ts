/** What EC2's resource types share: the call, tags, finding what an interrupted create made, waiting until nothing holds on. */
import type { ResourceType as Ec2Noun, Tag } from "@aws-sdk/client-ec2";
import type { ResourceRequest } from "../../resource-type.ts";
import { caller, deleteWhenFree, tagList } from "../../resource-work.ts";

export const ec2 = caller("ec2");

export function tagSpecifications(
  request: ResourceRequest,
  noun: Ec2Noun,
): { TagSpecifications: { ResourceType: Ec2Noun; Tags: Tag[] }[] } {
  return { TagSpecifications: [{ ResourceType: noun, Tags: tagList(request, true) }] };
}

/** EC2 has no client token for most nouns, so what an interrupted create made is known by the stack's tags. */
export async function madeBefore(request: ResourceRequest, noun: Ec2Noun): Promise<string | undefined> {
  const { isRepeated, recorded, tags } = request;
  if (!isRepeated) return undefined;
  const ours = ["aws:cloudformation:stack-id", "aws:cloudformation:logical-id"];
  const found: Set<string>[] = [];
  for (const key of ours) {
    const { Tags = [] } = await ec2(request)("DescribeTags", {
      Filters: [
        { Name: "resource-type", Values: [noun] },
        { Name: "key", Values: [key] },
        { Name: "value", Values: [tags[key] ?? ""] },
      ],
    });
    found.push(new Set(Tags.map(({ ResourceId = "" }) => ResourceId)));
  }
  const [first, second] = found;
  return [...(first ?? [])].find((id) => second?.has(id) === true && !recorded.includes(id));
}

/** Brings the tags of a thing to what the request says. */
export async function retag(request: ResourceRequest, id: string): Promise<void> {
  const wanted = tagList(request, true);
  const { Tags = [] } = await ec2(request)("DescribeTags", { Filters: [{ Name: "resource-id", Values: [id] }] });
  const stale = Tags.filter(({ Key }) => !wanted.some((tag) => tag.Key === Key)).map(({ Key }) => ({ Key }));
  if (stale.length > 0) await ec2(request)("DeleteTags", { Resources: [id], Tags: stale });
  if (wanted.length > 0) await ec2(request)("CreateTags", { Resources: [id], Tags: wanted });
}

const GONE = /NotFound$|^NatGatewayNotFound$/;

/** Deletes; a thing that is gone is deleted, one that something depends on is tried again. */
export function freeAndDelete(request: ResourceRequest, work: () => Promise<unknown>): Promise<void> {
  return deleteWhenFree(request, { busy: /^DependencyViolation$|InUse/, gone: GONE }, work);
}
