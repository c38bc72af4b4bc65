/** Scalable targets: register, describe, deregister; and their tags. */
import type { ScalableTarget } from "@aws-sdk/client-application-auto-scaling";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn, parseArn, partitionOf } from "../../../model/arn.ts";
import type { Call, Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { describeTarget, identityOf, invalidToken, requireEcs, requireTarget, resourceNotFound, validation } from "./faults.ts";
import type { Scaler } from "./scaler.ts";
import type { ScalingStore, TargetRecord } from "./scaling-store.ts";
import { targetKey } from "./scaling-store.ts";
import type { ScheduledScaling } from "./scheduled-scaling.ts";
import { deleteTrackingAlarms } from "./tracking-alarms.ts";

export interface TargetDependencies {
  readonly store: ScalingStore;
  readonly scaler: Scaler;
  readonly schedules: ScheduledScaling;
  readonly call: Call;
  readonly account: string;
  readonly ids: Ids;
  readonly now: () => number;
}

export function targetOperations(dependencies: TargetDependencies): Operations<"application-auto-scaling"> {
  const { store, scaler, schedules, call, account, ids, now } = dependencies;
  const arnOf = ({ region, id }: TargetRecord): string => formatArn("application-autoscaling", region, account, `scalable-target/${id}`);
  const describe = (target: TargetRecord): ScalableTarget => ({
    ...describeTarget(target),
    MinCapacity: target.minCapacity,
    MaxCapacity: target.maxCapacity,
    RoleARN: `arn:${partitionOf(target.region)}:iam::${account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
    CreationTime: new Date(target.createdAt),
    SuspendedState: {
      DynamicScalingInSuspended: target.suspended.in,
      DynamicScalingOutSuspended: target.suspended.out,
      ScheduledScalingSuspended: target.suspended.scheduled,
    },
    ScalableTargetARN: arnOf(target),
  });
  const byArn = (arn = ""): TargetRecord => {
    const region = parseArn(arn)?.region ?? "";
    const target = store.targets.list(`${region}|`).find((each) => arnOf(each) === arn);
    if (target === undefined) throw resourceNotFound(arn);
    return target;
  };

  return {
    RegisterScalableTarget: async (input, { region }) => {
      const identity = identityOf(input, region);
      if ((await scaler.capacity(identity)) === undefined) throw validation(`ECS service doesn't exist: ${identity.resourceId}`);
      // Read after the wait, so that of two registrations at the same time the second updates the first.
      const existing = store.target(identity);
      const minCapacity = input.MinCapacity ?? existing?.minCapacity;
      const maxCapacity = input.MaxCapacity ?? existing?.maxCapacity;
      if (minCapacity === undefined || maxCapacity === undefined) {
        throw validation("Both MinCapacity and MaxCapacity are required to register a new scalable target");
      }
      if (minCapacity < 0 || maxCapacity < minCapacity) throw validation("Maximum capacity cannot be less than minimum capacity");
      const { SuspendedState: state } = input;
      const target: TargetRecord = {
        ...identity,
        id: existing?.id ?? `0ec5${ids.hex(32)}`,
        minCapacity,
        maxCapacity,
        suspended: {
          in: state?.DynamicScalingInSuspended ?? existing?.suspended.in ?? false,
          out: state?.DynamicScalingOutSuspended ?? existing?.suspended.out ?? false,
          scheduled: state?.ScheduledScalingSuspended ?? existing?.suspended.scheduled ?? false,
        },
        createdAt: existing?.createdAt ?? now(),
        tags: { ...existing?.tags, ...input.Tags },
      };
      store.targets.put(targetKey(target), target);
      scaler.applyBounds(target, `minimum capacity was set to ${minCapacity} and maximum capacity was set to ${maxCapacity}`);
      return { ScalableTargetARN: arnOf(target) };
    },

    DescribeScalableTargets: (input, { region }) => {
      requireEcs(input);
      const matching = store.targets
        .list(`${region}|`)
        .filter(({ resourceId }) => input.ResourceIds === undefined || input.ResourceIds.includes(resourceId));
      const { items, nextToken } = pageOf(matching, ({ resourceId }) => resourceId, input.MaxResults ?? 50, input.NextToken, invalidToken);
      return { ScalableTargets: items.map(describe), ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
    },

    DeregisterScalableTarget: async (input, { region }) => {
      const target = requireTarget(store, input, region);
      const policies = store.policiesOf(target);
      for (const action of store.actionsOf(target)) schedules.forget(action);
      store.deleteTarget(target);
      for (const policy of policies) await deleteTrackingAlarms(call, policy);
      return {};
    },

    TagResource: (input) => {
      const target = byArn(input.ResourceARN);
      store.targets.put(targetKey(target), { ...target, tags: { ...target.tags, ...input.Tags } });
      return {};
    },
    UntagResource: (input) => {
      const target = byArn(input.ResourceARN);
      const gone = new Set(input.TagKeys ?? []);
      const tags = Object.fromEntries(Object.entries(target.tags).filter(([key]) => !gone.has(key)));
      store.targets.put(targetKey(target), { ...target, tags });
      return {};
    },
    ListTagsForResource: (input) => ({ Tags: { ...byArn(input.ResourceARN).tags } }),
  };
}
