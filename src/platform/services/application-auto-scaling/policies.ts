/** Scaling policies: put, describe, delete. Target tracking keeps its two alarms; step scaling is rung by alarms of its owner. */
import type { PutScalingPolicyRequest, ScalingPolicy } from "@aws-sdk/client-application-auto-scaling";
import { stepsProblem } from "../../../engine/scaling/step-scaling.ts";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Call, Operations } from "../../gateway/operations.ts";
import { describeIdentity, describeTarget, identityOf, objectNotFound, requireEcs, requireTarget, validation } from "./faults.ts";
import { pageOfNamed } from "./page-of-named.ts";
import { type PolicyRecord, policyKey, type ScalingStore, type TargetRecord } from "./scaling-store.ts";
import { deleteTrackingAlarms, putTrackingAlarms, trackingAlarmNames, watchedMetric } from "./tracking-alarms.ts";

export interface PolicyDependencies {
  readonly store: ScalingStore;
  readonly call: Call;
  readonly account: string;
  readonly ids: Ids;
  readonly now: () => number;
}

export function policyOperations({ store, call, account, ids, now }: PolicyDependencies): Operations<"application-auto-scaling"> {
  const alarmsOf = ({ region, configuration }: PolicyRecord) => {
    if (configuration.type === "StepScaling") return [];
    const { high, low } = configuration.alarms;
    return [high, low].map((name) => ({ AlarmName: name, AlarmARN: formatArn("cloudwatch", region, account, `alarm:${name}`) }));
  };

  const describe = (policy: PolicyRecord): ScalingPolicy => ({
    PolicyARN: policy.arn,
    PolicyName: policy.name,
    ...describeTarget(policy),
    PolicyType: policy.configuration.type,
    ...(policy.configuration.type === "StepScaling"
      ? { StepScalingPolicyConfiguration: policy.configuration.step }
      : { TargetTrackingScalingPolicyConfiguration: policy.configuration.tracking }),
    Alarms: alarmsOf(policy),
    CreationTime: new Date(policy.createdAt),
  });

  const configurationOf = (
    input: PutScalingPolicyRequest,
    target: TargetRecord,
    existing: PolicyRecord | undefined,
  ): PolicyRecord["configuration"] => {
    const { StepScalingPolicyConfiguration: step, TargetTrackingScalingPolicyConfiguration: tracking } = input;
    const type = input.PolicyType ?? existing?.configuration.type ?? "StepScaling";
    if (type === "PredictiveScaling") throw validation("Predictive scaling is not supported by the local platform");
    if (existing !== undefined && existing.configuration.type !== type) throw validation("The type of a scaling policy cannot change");
    if (type === "StepScaling") {
      if (step === undefined) throw validation("StepScalingPolicyConfiguration is required for policies of type StepScaling");
      checkSteps(step);
      return { type, step };
    }
    if (tracking === undefined) {
      throw validation("TargetTrackingScalingPolicyConfiguration is required for policies of type TargetTrackingScaling");
    }
    if ((tracking.TargetValue ?? 0) <= 0) throw validation("TargetValue must be greater than 0");
    const metric = JSON.stringify(watchedMetric(target, tracking));
    const sameMetric = store.policiesOf(target).some(({ name, configuration }) => {
      if (name === input.PolicyName || configuration.type !== "TargetTrackingScaling") return false;
      return JSON.stringify(watchedMetric(target, configuration.tracking)) === metric;
    });
    if (sameMetric) throw validation("Only one TargetTrackingScaling policy for a given metric specification is allowed.");
    const alarms =
      existing?.configuration.type === "TargetTrackingScaling" ? existing.configuration.alarms : trackingAlarmNames(target, ids);
    return { type, tracking, alarms };
  };

  return {
    PutScalingPolicy: async (input, { region }) => {
      const target = requireTarget(store, input, region);
      const name = input.PolicyName ?? "";
      const existing = store.policies.get(policyKey({ ...target, name }));
      const policy: PolicyRecord = {
        region,
        resourceId: target.resourceId,
        name,
        arn:
          existing?.arn ??
          formatArn("autoscaling", region, account, `scalingPolicy:${ids.uuid()}:resource/ecs/${target.resourceId}:policyName/${name}`),
        createdAt: existing?.createdAt ?? now(),
        configuration: configurationOf(input, target, existing),
      };
      store.policies.put(policyKey(policy), policy);
      try {
        await putTrackingAlarms(call, policy);
      } catch (failure) {
        // A policy without its alarms would never act.
        if (existing === undefined) store.deletePolicy(policy);
        else store.policies.put(policyKey(existing), existing);
        throw validation(`The metric cannot be tracked: ${failure instanceof Error ? failure.message : failure}`);
      }
      return { PolicyARN: policy.arn, Alarms: alarmsOf(policy) };
    },

    DescribeScalingPolicies: (input, { region }) => {
      requireEcs(input);
      const { items, nextToken } = pageOfNamed(store.policies.list(`${region}|`), input.PolicyNames, input);
      return { ScalingPolicies: items.map(describe), ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
    },

    DeleteScalingPolicy: async (input, { region }) => {
      const identity = identityOf(input, region);
      const policy = store.policies.get(policyKey({ ...identity, name: input.PolicyName ?? "" }));
      if (policy === undefined) {
        throw objectNotFound(`No scaling policy found for ${describeIdentity(identity)}, policy name: ${input.PolicyName}`);
      }
      store.deletePolicy(policy);
      await deleteTrackingAlarms(call, policy);
      return {};
    },
  };
}

function checkSteps({
  AdjustmentType,
  StepAdjustments,
  MinAdjustmentMagnitude,
}: NonNullable<PutScalingPolicyRequest["StepScalingPolicyConfiguration"]>): void {
  if (AdjustmentType === undefined) throw validation("AdjustmentType is required for a step scaling policy");
  if (MinAdjustmentMagnitude !== undefined && AdjustmentType !== "PercentChangeInCapacity") {
    throw validation("MinAdjustmentMagnitude goes with PercentChangeInCapacity only");
  }
  const problem = stepsProblem(
    (StepAdjustments ?? []).map(
      ({ MetricIntervalLowerBound: lowerBound, MetricIntervalUpperBound: upperBound, ScalingAdjustment = 0 }) => ({
        scalingAdjustment: ScalingAdjustment,
        ...(lowerBound === undefined ? {} : { lowerBound }),
        ...(upperBound === undefined ? {} : { upperBound }),
      }),
    ),
  );
  if (problem !== undefined) throw validation(problem);
}
