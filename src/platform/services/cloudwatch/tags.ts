/** Tags of alarms and dashboards, by ARN. */
import { parseArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import type { Collection } from "../../persistence/store.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { DashboardRecord } from "./dashboards.ts";
import { resourceNotFound } from "./faults.ts";

interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
  save(tags: Record<string, string>): void;
}

export function tagOperations(alarms: AlarmBoard, dashboards: Collection<DashboardRecord>): Operations<"cloudwatch"> {
  const find = (arn: string): Tagged => {
    const { region = "", resource = "" } = parseArn(arn) ?? {};
    const alarm = resource.startsWith("alarm:") ? alarms.get(region, resource.slice("alarm:".length)) : undefined;
    if (alarm !== undefined) return { tags: alarm.tags, save: (tags) => alarms.save({ ...alarm, tags }) };
    const dashboard = resource.startsWith("dashboard/") ? dashboards.get(resource.slice("dashboard/".length)) : undefined;
    if (dashboard !== undefined) return { tags: dashboard.tags, save: (tags) => dashboards.put(dashboard.name, { ...dashboard, tags }) };
    throw resourceNotFound(arn);
  };

  return {
    TagResource: (input) => {
      const { tags, save } = find(input.ResourceARN ?? "");
      save({ ...tags, ...Object.fromEntries((input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])) });
      return {};
    },
    UntagResource: (input) => {
      const { tags, save } = find(input.ResourceARN ?? "");
      const gone = new Set(input.TagKeys ?? []);
      save(Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
      return {};
    },
    ListTagsForResource: (input) => ({
      Tags: Object.entries(find(input.ResourceARN ?? "").tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
}
