/** Tags of state machines. */
import type { Operations } from "../../gateway/operations.ts";
import { noResource, tooManyTags } from "./faults.ts";
import type { MachineRecord, SfnRecords } from "./records.ts";

const MOST_TAGS = 50;

export function tagOperations({ machines }: SfnRecords): Operations<"sfn"> {
  const find = (arn: string): MachineRecord => {
    const machine = machines.get(arn);
    if (machine === undefined) throw noResource(arn);
    return machine;
  };
  return {
    ListTagsForResource: ({ resourceArn = "" }) => ({
      tags: Object.entries(find(resourceArn).tags).map(([key, value]) => ({ key, value })),
    }),

    TagResource: ({ resourceArn = "", tags = [] }) => {
      const machine = find(resourceArn);
      const all = { ...machine.tags, ...Object.fromEntries(tags.map(({ key = "", value = "" }) => [key, value])) };
      if (Object.keys(all).length > MOST_TAGS) throw tooManyTags(resourceArn);
      machines.put(resourceArn, { ...machine, tags: all });
      return {};
    },

    UntagResource: ({ resourceArn = "", tagKeys = [] }) => {
      const machine = find(resourceArn);
      const kept = Object.fromEntries(Object.entries(machine.tags).filter(([key]) => !tagKeys.includes(key)));
      machines.put(resourceArn, { ...machine, tags: kept });
      return {};
    },
  };
}
