/** What Elastic Load Balancing's resource types share: the call, attributes as key and value, tags. */
import type { Properties, ResourceRequest } from "../../resource-type.ts";
import { caller, objects, tagList, tagMap } from "../../resource-work.ts";

export const elb = caller("elastic-load-balancing-v2");

/** Names of load balancers and target groups have at most 32 characters. */
export const LONGEST_NAME = 32;

export function keysAndValues(properties: Properties, name: string): { Key: string; Value: string }[] {
  return objects(properties, name).map(({ Key, Value }) => ({ Key: String(Key ?? ""), Value: String(Value ?? "") }));
}

export function elbTags(request: ResourceRequest): { Tags?: { Key: string; Value: string }[] } {
  const Tags = tagList(request);
  return Tags.length > 0 ? { Tags } : {};
}

export async function retag(request: ResourceRequest, arn: string): Promise<void> {
  const wanted = tagMap(request);
  const { TagDescriptions: [description] = [] } = await elb(request)("DescribeTags", { ResourceArns: [arn] });
  // Tags under `aws:` are CloudFormation's and the platform's, and not the template's to remove.
  const stale = (description?.Tags ?? [])
    .map(({ Key = "" }) => Key)
    .filter((key) => !key.startsWith("aws:") && !Object.hasOwn(wanted, key));
  if (stale.length > 0) await elb(request)("RemoveTags", { ResourceArns: [arn], TagKeys: stale });
  if (Object.keys(wanted).length > 0) await elb(request)("AddTags", { ResourceArns: [arn], Tags: tagList(request) });
}
