/** Scheduled actions and scaling activities, as the API puts and shows them. */
import type { ScalingActivity, ScheduledAction } from "@aws-sdk/client-application-auto-scaling";
import type { Ids } from "../../../kit/ids.ts";
import { parseSchedule, ScheduleExpressionError } from "../../../kit/schedule-expression.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import {
  describeIdentity,
  describeTarget,
  identityOf,
  invalidToken,
  objectNotFound,
  requireEcs,
  requireTarget,
  validation,
} from "./faults.ts";
import { pageOfNamed } from "./page-of-named.ts";
import { type ActivityRecord, policyKey, type ScalingStore, type ScheduledActionRecord } from "./scaling-store.ts";
import type { ScheduledScaling } from "./scheduled-scaling.ts";

export interface ScheduledActionDependencies {
  readonly store: ScalingStore;
  readonly schedules: ScheduledScaling;
  readonly account: string;
  readonly ids: Ids;
  readonly now: () => number;
}

export function scheduledActionOperations(dependencies: ScheduledActionDependencies): Operations<"application-auto-scaling"> {
  const { store, schedules, account, ids, now } = dependencies;
  return {
    PutScheduledAction: (input, { region }) => {
      const target = requireTarget(store, input, region);
      const name = input.ScheduledActionName ?? "";
      const existing = store.actions.get(policyKey({ ...target, name }));
      const schedule = input.Schedule ?? existing?.schedule;
      if (schedule === undefined) throw validation("Schedule is required to create a scheduled action");
      const timezone = input.Timezone ?? existing?.timezone;
      try {
        parseSchedule(schedule, timezone);
      } catch (failure) {
        if (failure instanceof ScheduleExpressionError) throw validation(`Invalid schedule expression. Details: ${failure.message}.`);
        throw failure;
      }
      const { MinCapacity, MaxCapacity } = input.ScalableTargetAction ?? {
        MinCapacity: existing?.minCapacity,
        MaxCapacity: existing?.maxCapacity,
      };
      if (MinCapacity === undefined && MaxCapacity === undefined) {
        throw validation("At least one of MinCapacity and MaxCapacity is required for a scheduled action");
      }
      if (MinCapacity !== undefined && MaxCapacity !== undefined && MinCapacity > MaxCapacity) {
        throw validation("Maximum capacity cannot be less than minimum capacity");
      }
      const startTime = input.StartTime?.getTime() ?? existing?.startTime;
      const endTime = input.EndTime?.getTime() ?? existing?.endTime;
      if (startTime !== undefined && endTime !== undefined && endTime <= startTime) throw validation("EndTime must be after StartTime");
      const action: ScheduledActionRecord = {
        region,
        resourceId: target.resourceId,
        name,
        arn:
          existing?.arn ??
          formatArn(
            "autoscaling",
            region,
            account,
            `scheduledAction:${ids.uuid()}:resource/ecs/${target.resourceId}:scheduledActionName/${name}`,
          ),
        schedule,
        ...(timezone === undefined ? {} : { timezone }),
        ...(startTime === undefined ? {} : { startTime }),
        ...(endTime === undefined ? {} : { endTime }),
        ...(MinCapacity === undefined ? {} : { minCapacity: MinCapacity }),
        ...(MaxCapacity === undefined ? {} : { maxCapacity: MaxCapacity }),
        createdAt: existing?.createdAt ?? now(),
        doneUntil: now(),
      };
      store.actions.put(policyKey(action), action);
      schedules.schedule(action);
      return {};
    },

    DescribeScheduledActions: (input, { region }) => {
      requireEcs(input);
      const { items, nextToken } = pageOfNamed(store.actions.list(`${region}|`), input.ScheduledActionNames, input);
      return { ScheduledActions: items.map(describeAction), ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
    },

    DeleteScheduledAction: (input, { region }) => {
      const identity = identityOf(input, region);
      const action = store.actions.get(policyKey({ ...identity, name: input.ScheduledActionName ?? "" }));
      if (action === undefined) {
        throw objectNotFound(
          `No scheduled action found for ${describeIdentity(identity)}, scheduled action name: ${input.ScheduledActionName}`,
        );
      }
      schedules.forget(action);
      store.actions.delete(policyKey(action));
      return {};
    },

    DescribeScalingActivities: (input, { region }) => {
      requireEcs(input);
      const newestFirst = store.activities(region, input.ResourceId).reverse();
      const keyed = newestFirst.map((activity, index) => ({ activity, key: String(index).padStart(6, "0") }));
      const { items, nextToken } = pageOf(keyed, ({ key }) => key, input.MaxResults ?? 50, input.NextToken, invalidToken);
      return {
        ScalingActivities: items.map(({ activity }) => describeActivity(activity)),
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      };
    },
  };
}

function describeAction(action: ScheduledActionRecord): ScheduledAction {
  const { minCapacity, maxCapacity, startTime, endTime } = action;
  return {
    ScheduledActionName: action.name,
    ScheduledActionARN: action.arn,
    ...describeTarget(action),
    Schedule: action.schedule,
    ...(action.timezone === undefined ? {} : { Timezone: action.timezone }),
    ...(startTime === undefined ? {} : { StartTime: new Date(startTime) }),
    ...(endTime === undefined ? {} : { EndTime: new Date(endTime) }),
    ScalableTargetAction: {
      ...(minCapacity === undefined ? {} : { MinCapacity: minCapacity }),
      ...(maxCapacity === undefined ? {} : { MaxCapacity: maxCapacity }),
    },
    CreationTime: new Date(action.createdAt),
  };
}

function describeActivity(activity: ActivityRecord): ScalingActivity {
  return {
    ActivityId: activity.id,
    ...describeTarget(activity),
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.startedAt),
    ...(activity.endedAt === undefined ? {} : { EndTime: new Date(activity.endedAt) }),
    StatusCode: activity.status,
    ...(activity.message === undefined ? {} : { StatusMessage: activity.message }),
  };
}
