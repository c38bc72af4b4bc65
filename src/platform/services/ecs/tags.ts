/** Tags of ECS resources, by ARN. */
import { ResourceNotFoundException, type Tag } from "@aws-sdk/client-ecs";
import type { Operations } from "../../gateway/operations.ts";
import type { EcsState } from "./ecs-state.ts";
import { invalidParameter } from "./faults.ts";
import type { StoreKeeper } from "./store-keeper.ts";

const MOST_TAGS = 50;

/** ECS's list as a record, later keys winning. */
export function tagRecord(tags: readonly Tag[] | undefined): Record<string, string> {
  const record = Object.fromEntries((tags ?? []).map(({ key = "", value = "" }) => [key, value]));
  if (Object.keys(record).length > MOST_TAGS) throw invalidParameter(`Too many tags: a resource holds at most ${MOST_TAGS}.`);
  return record;
}

export function tagList(tags: Readonly<Record<string, string>> | undefined): Tag[] {
  return Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }));
}

export function tagOperations(state: EcsState, keeper: StoreKeeper): Operations<"ecs"> {
  const isTaskSet = (arn: string): boolean => {
    const service = keeper.service(arn.replace(":task-set/", ":service/").replace(/\/ecs-svc\/\d+$/, ""));
    return service?.taskSets?.some(({ taskSetArn }) => taskSetArn === arn) === true;
  };
  const exists = (arn: string | undefined): arn is string =>
    arn !== undefined &&
    (state.clusters.has(arn) ||
      state.taskDefinitions.has(arn) ||
      keeper.service(arn) !== undefined ||
      keeper.task(arn) !== undefined ||
      isTaskSet(arn));
  const requireResource = (arn: string | undefined): string => {
    if (!exists(arn)) throw new ResourceNotFoundException({ message: "The specified resource wasn't found.", $metadata: {} });
    return arn;
  };
  return {
    TagResource: (input) => {
      const arn = requireResource(input.resourceArn);
      const merged = { ...state.tags.get(arn), ...tagRecord(input.tags) };
      if (Object.keys(merged).length > MOST_TAGS) throw invalidParameter(`Too many tags: a resource holds at most ${MOST_TAGS}.`);
      state.tags.put(arn, merged);
      return {};
    },
    UntagResource: (input) => {
      const arn = requireResource(input.resourceArn);
      const removed = new Set(input.tagKeys ?? []);
      state.tags.put(arn, Object.fromEntries(Object.entries(state.tags.get(arn) ?? {}).filter(([key]) => !removed.has(key))));
      return {};
    },
    ListTagsForResource: ({ resourceArn }) => {
      // Of the three only this one has no ResourceNotFoundException.
      if (!exists(resourceArn)) throw invalidParameter("The specified resource wasn't found.");
      return { tags: tagList(state.tags.get(resourceArn)) };
    },
  };
}
