/** Schedule groups and their tags. The group `default` is always there. */
import type { Clock } from "../../../kit/clock.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { pageOf } from "../page.ts";
import { DEFAULT_GROUP, type GroupRecord, keyOf, type SchedulerRecords } from "./records.ts";
import type { ScheduleRunner } from "./schedule-runner.ts";
import { conflict, invalid, mustFindGroup, notFound } from "./schedules.ts";

export interface GroupDependencies {
  readonly records: SchedulerRecords;
  readonly store: Pick<Store, "transaction">;
  readonly clock: Pick<Clock, "now">;
  readonly runner: Pick<ScheduleRunner, "forget">;
}

export function scheduleGroupOperations({ records, store, clock, runner }: GroupDependencies): Operations<"scheduler"> {
  const { groups, schedules } = records;
  const put = (region: string, group: GroupRecord) => groups.put(`${region}/${group.name}`, group);

  const ofArn = (arn: string, { region, account }: RequestContext): GroupRecord => {
    const prefix = formatArn("scheduler", region, account, "schedule-group/");
    if (!arn.startsWith(prefix)) throw notFound(`Resource ${arn} does not exist.`);
    return mustFindGroup(records, region, arn.slice(prefix.length));
  };
  const view = (group: GroupRecord, { region, account }: RequestContext) => ({
    Arn: formatArn("scheduler", region, account, `schedule-group/${group.name}`),
    Name: group.name,
    State: "ACTIVE" as const,
    CreationDate: new Date(group.creationDate),
    LastModificationDate: new Date(group.lastModificationDate),
  });
  const defaultGroup: GroupRecord = { name: DEFAULT_GROUP, tags: {}, creationDate: 0, lastModificationDate: 0 };

  return {
    CreateScheduleGroup: ({ Name = "", Tags = [] }, context) => {
      if (Name === DEFAULT_GROUP || groups.has(`${context.region}/${Name}`)) throw conflict(`Schedule group ${Name} already exists.`);
      const now = clock.now();
      const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
      const group: GroupRecord = { name: Name, tags, creationDate: now, lastModificationDate: now };
      put(context.region, group);
      return { ScheduleGroupArn: view(group, context).Arn };
    },

    GetScheduleGroup: ({ Name = "" }, context) =>
      view(Name === DEFAULT_GROUP ? defaultGroup : mustFindGroup(records, context.region, Name), context),

    ListScheduleGroups: ({ NamePrefix = "", MaxResults = 100, NextToken }, context) => {
      const all = [...groups.list(`${context.region}/`), defaultGroup].sort((a, b) => (a.name < b.name ? -1 : 1));
      const found = all.filter(({ name }) => name.startsWith(NamePrefix));
      const page = pageOf(
        found,
        ({ name }) => name,
        MaxResults,
        NextToken,
        () => {
          throw invalid("Invalid NextToken.");
        },
      );
      return { ScheduleGroups: page.items.map((group) => view(group, context)), NextToken: page.nextToken };
    },

    /** A group goes with all its schedules. */
    DeleteScheduleGroup: ({ Name = "" }, { region }) => {
      if (Name === DEFAULT_GROUP) throw invalid("The default schedule group cannot be deleted.");
      mustFindGroup(records, region, Name);
      const members = schedules.list(`${region}/${Name}/`);
      store.transaction(() => {
        for (const schedule of members) schedules.delete(keyOf(schedule));
        groups.delete(`${region}/${Name}`);
      });
      for (const schedule of members) runner.forget(keyOf(schedule));
      return {};
    },

    ListTagsForResource: ({ ResourceArn = "" }, context) => ({
      Tags: Object.entries(ofArn(ResourceArn, context).tags).map(([Key, Value]) => ({ Key, Value })),
    }),

    TagResource: ({ ResourceArn = "", Tags = [] }, context) => {
      const group = ofArn(ResourceArn, context);
      put(context.region, {
        ...group,
        tags: { ...group.tags, ...Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])) },
      });
      return {};
    },

    UntagResource: ({ ResourceArn = "", TagKeys = [] }, context) => {
      const group = ofArn(ResourceArn, context);
      put(context.region, { ...group, tags: Object.fromEntries(Object.entries(group.tags).filter(([key]) => !TagKeys.includes(key))) });
      return {};
    },
  };
}
