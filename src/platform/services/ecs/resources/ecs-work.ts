/** What ECS's resource types share: the call, and tags in ECS's lower-case form. */
import type { Tag } from "@aws-sdk/client-ecs";
import type { ResourceRequest } from "../../resource-type.ts";
import { caller, tagMap } from "../../resource-work.ts";

export const ecs = caller("ecs");

export function ecsTags(request: ResourceRequest): { tags: Tag[] } {
  return { tags: Object.entries(tagMap(request)).map(([key, value]) => ({ key, value })) };
}

export async function retag(request: ResourceRequest, resourceArn: string): Promise<void> {
  const wanted = tagMap(request);
  const { tags = [] } = await ecs(request)("ListTagsForResource", { resourceArn });
  const stale = tags.map(({ key = "" }) => key).filter((key) => !key.startsWith("aws:") && !Object.hasOwn(wanted, key));
  if (stale.length > 0) await ecs(request)("UntagResource", { resourceArn, tagKeys: stale });
  if (Object.keys(wanted).length > 0) await ecs(request)("TagResource", { resourceArn, ...ecsTags(request) });
}
