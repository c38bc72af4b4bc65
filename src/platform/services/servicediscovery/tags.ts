import { ResourceNotFoundException } from "@aws-sdk/client-servicediscovery";
import type { Operations } from "../../gateway/operations.ts";
import type { CloudMap } from "./cloud-map.ts";

interface Tag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

/** Adds tags to what a resource has. */
export function putTags(map: CloudMap, arn: string, tags: readonly Tag[] | undefined): void {
  if (tags === undefined || tags.length === 0) return;
  map.tags.put(arn, { ...map.tags.get(arn), ...Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value])) });
}

export function tagOperations(map: CloudMap): Operations<"servicediscovery"> {
  const mustExist = (arn: string | undefined): string => {
    const found = [...map.namespaces.list(), ...map.services.list()].some((resource) => resource.arn === arn);
    if (arn === undefined || !found) throw new ResourceNotFoundException({ message: `Resource ${arn} does not exist.`, $metadata: {} });
    return arn;
  };
  return {
    TagResource: ({ ResourceARN, Tags }) => {
      putTags(map, mustExist(ResourceARN), Tags);
      return {};
    },
    UntagResource: ({ ResourceARN, TagKeys = [] }) => {
      const arn = mustExist(ResourceARN);
      map.tags.put(arn, Object.fromEntries(Object.entries(map.tags.get(arn) ?? {}).filter(([key]) => !TagKeys.includes(key))));
      return {};
    },
    ListTagsForResource: ({ ResourceARN }) => ({
      Tags: Object.entries(map.tags.get(mustExist(ResourceARN)) ?? {}).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
}
