/** Tags of every EC2 resource, by its id alone. */
import type { ResourceType } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import type { Collection } from "../../persistence/store.ts";
import { pageOf } from "../page.ts";
import { type Filters, matches } from "./describe.ts";
import { invalidValue } from "./faults.ts";
import type { Ec2State, Resource } from "./records.ts";

interface TagRecord {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly key: string;
  readonly value: string;
  readonly tags: Readonly<Record<string, string>>;
}

const filters: Filters<TagRecord> = {
  key: ({ key }) => [key],
  "resource-id": ({ resourceId }) => [resourceId],
  "resource-type": ({ resourceType }) => [resourceType],
  value: ({ value }) => [value],
};

const MOST_TAGS = 50;

export function tagOperations(state: Ec2State): Operations<"ec2"> {
  const taggable: readonly (readonly [prefix: string, type: ResourceType, collection: Collection<Resource>])[] = [
    ["vpc-", "vpc", state.vpcs as Collection<Resource>],
    ["subnet-", "subnet", state.subnets as Collection<Resource>],
    ["igw-", "internet-gateway", state.internetGateways as Collection<Resource>],
    ["rtb-", "route-table", state.routeTables as Collection<Resource>],
    ["nat-", "natgateway", state.natGateways as Collection<Resource>],
    ["eipalloc-", "elastic-ip", state.addresses as Collection<Resource>],
    ["sg-", "security-group", state.securityGroups as Collection<Resource>],
    ["sgr-", "security-group-rule", state.rules as Collection<Resource>],
    ["vpce-", "vpc-endpoint", state.endpoints as Collection<Resource>],
  ];

  const find = (region: string, id: string): { collection: Collection<Resource>; record: Resource } => {
    const collection = taggable.find(([prefix]) => id.startsWith(prefix))?.[2];
    const record = collection?.get(`${region}/${id}`);
    if (collection === undefined || record === undefined) throw new AwsFault("InvalidID", `The ID '${id}' is not valid`);
    return { collection, record };
  };

  return {
    CreateTags: ({ Resources = [], Tags = [] }, { region }) => {
      const found = Resources.map((id) => find(region, id));
      state.store.transaction(() => {
        for (const { collection, record } of found) {
          const tags = { ...record.tags, ...Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])) };
          if (Object.keys(tags).length > MOST_TAGS)
            throw new AwsFault("TagLimitExceeded", `The tag limit of ${MOST_TAGS} is exceeded for ${record.id}`);
          collection.put(`${region}/${record.id}`, { ...record, tags });
        }
      });
      return {};
    },

    /** Without tags all are removed; a tag with a value is removed only when it has that value. */
    DeleteTags: ({ Resources = [], Tags }, { region }) => {
      const found = Resources.map((id) => find(region, id));
      const goes = (key: string, value: string) =>
        Tags === undefined || Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
      state.store.transaction(() => {
        for (const { collection, record } of found) {
          const tags = Object.fromEntries(Object.entries(record.tags).filter(([key, value]) => !goes(key, value)));
          collection.put(`${region}/${record.id}`, { ...record, tags });
        }
      });
      return {};
    },

    DescribeTags: ({ Filters, MaxResults, NextToken }, { region }) => {
      const all = taggable.flatMap(([, resourceType, collection]) =>
        collection
          .list(`${region}/`)
          .flatMap(({ id, tags }) =>
            Object.entries(tags).map(([key, value]): TagRecord => ({ resourceId: id, resourceType, key, value, tags: { [key]: value } })),
          ),
      );
      const keyOf = ({ resourceId, key }: TagRecord) => `${resourceId} ${key}`;
      const found = all.filter((record) => matches(record, filters, Filters ?? [])).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const page = pageOf(found, keyOf, MaxResults ?? 1000, NextToken, () => {
        throw invalidValue("Unable to parse pagination token");
      });
      return {
        Tags: page.items.map(({ resourceId, resourceType, key, value }) => ({
          ResourceId: resourceId,
          ResourceType: resourceType as ResourceType,
          Key: key,
          Value: value,
        })),
        NextToken: page.nextToken,
      };
    },
  };
}
