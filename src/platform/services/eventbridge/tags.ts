/** Tags of rules and buses. */
import { parseArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { mustFindBus } from "./buses.ts";
import { notFound } from "./faults.ts";
import { DEFAULT_BUS, type EventRecords, ruleKey } from "./records.ts";
import { mustFindRule } from "./rules.ts";

type Tags = Readonly<Record<string, string>>;

export function tagOperations({ records }: { readonly records: EventRecords }): Operations<"eventbridge"> {
  /** What has the ARN: its tags, and how to write others. */
  const tagged = (arn = "", region: string): { readonly tags: Tags; readonly write: (tags: Tags) => void } => {
    const [kind, ...names] = (parseArn(arn)?.resource ?? "").split("/");
    if (kind === "rule") {
      const [bus, name] = names.length > 1 ? names : [DEFAULT_BUS, names[0]];
      const rule = mustFindRule(records, name ?? "", bus, region);
      return { tags: rule.tags, write: (tags) => records.rules.put(ruleKey(rule), { ...rule, tags }) };
    }
    if (kind !== "event-bus") throw notFound(`Resource ${arn} does not exist.`);
    const bus = mustFindBus(records, names.join("/"), region);
    return { tags: bus.tags, write: (tags) => records.buses.put(`${bus.region}/${bus.name}`, { ...bus, tags }) };
  };

  return {
    ListTagsForResource: ({ ResourceARN }, { region }) => ({
      Tags: Object.entries(tagged(ResourceARN, region).tags).map(([Key, Value]) => ({ Key, Value })),
    }),

    TagResource: ({ ResourceARN, Tags = [] }, { region }) => {
      const { tags, write } = tagged(ResourceARN, region);
      write({ ...tags, ...Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])) });
      return {};
    },

    UntagResource: ({ ResourceARN, TagKeys = [] }, { region }) => {
      const { tags, write } = tagged(ResourceARN, region);
      write(Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))));
      return {};
    },
  };
}
