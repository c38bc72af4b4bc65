/**
 * The two alarms of a target tracking policy: their names, what they watch, and their upkeep through CloudWatch's own
 * operations. As on AWS they can be seen and should not be edited.
 */

import type { TargetTrackingScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { AlarmRule } from "../../../engine/alarm/alarm-evaluation.ts";
import { highAlarm, lowAlarm } from "../../../engine/scaling/target-tracking.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Call } from "../../gateway/operations.ts";
import { validation } from "./faults.ts";
import { type PolicyRecord, serviceOf, type TargetIdentity, type TrackingAlarms } from "./scaling-store.ts";

const PERIOD_SECONDS = 60;

type Watched = Pick<PutMetricAlarmInput, "Namespace" | "MetricName" | "Dimensions" | "Statistic" | "Unit" | "Metrics" | "Period">;

export function trackingAlarmNames({ resourceId }: TargetIdentity, ids: Ids): TrackingAlarms {
  return { high: `TargetTracking-${resourceId}-AlarmHigh-${ids.uuid()}`, low: `TargetTracking-${resourceId}-AlarmLow-${ids.uuid()}` };
}

/** Makes or changes both alarms. */
export async function putTrackingAlarms(call: Call, policy: PolicyRecord): Promise<void> {
  if (policy.configuration.type !== "TargetTrackingScaling") return;
  const { tracking, alarms } = policy.configuration;
  const watched = watchedMetric(policy, tracking);
  const target = tracking.TargetValue ?? 0;
  const put = (name: string, rule: AlarmRule) =>
    call(
      "cloudwatch",
      "PutMetricAlarm",
      {
        ...watched,
        AlarmName: name,
        AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.arn}.`,
        AlarmActions: [policy.arn],
        EvaluationPeriods: rule.evaluationPeriods,
        Threshold: rule.threshold,
        ComparisonOperator: rule.comparisonOperator,
      },
      { region: policy.region },
    );
  await put(alarms.high, highAlarm(target));
  await put(alarms.low, lowAlarm(target));
}

export async function deleteTrackingAlarms(call: Call, { configuration, region }: PolicyRecord): Promise<void> {
  if (configuration.type !== "TargetTrackingScaling") return;
  const { high, low } = configuration.alarms;
  await call("cloudwatch", "DeleteAlarms", { AlarmNames: [high, low] }, { region });
}

/** The metric a configuration tracks. Throws `ValidationException` where it cannot be one. */
export function watchedMetric({ resourceId }: TargetIdentity, tracking: TargetTrackingScalingPolicyConfiguration): Watched {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } = tracking;
  if ((predefined === undefined) === (customized === undefined)) {
    throw validation("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified");
  }
  if (predefined !== undefined) return predefinedMetric(resourceId, predefined.PredefinedMetricType ?? "", predefined.ResourceLabel);
  if (customized?.Metrics !== undefined) {
    if (customized.MetricName !== undefined || customized.Namespace !== undefined) {
      throw validation("Metrics and MetricName, Namespace exclude each other in a CustomizedMetricSpecification");
    }
    const returning = customized.Metrics.filter(({ ReturnData }) => ReturnData !== false);
    if (returning.length !== 1) throw validation("Exactly one metric of a CustomizedMetricSpecification must return data");
    return {
      Metrics: customized.Metrics.map(({ MetricStat, ...query }) => ({
        ...query,
        ...(MetricStat === undefined
          ? {}
          : {
              MetricStat: {
                Metric: { ...MetricStat.Metric },
                Period: PERIOD_SECONDS,
                Stat: MetricStat.Stat,
                ...(MetricStat.Unit === undefined ? {} : { Unit: MetricStat.Unit as PutMetricAlarmInput["Unit"] }),
              },
            }),
      })),
    };
  }
  const { MetricName, Namespace, Statistic, Dimensions, Unit } = customized ?? {};
  if (MetricName === undefined || Namespace === undefined || Statistic === undefined) {
    throw validation("MetricName, Namespace and Statistic must be specified in a CustomizedMetricSpecification");
  }
  return {
    MetricName,
    Namespace,
    Statistic,
    Period: PERIOD_SECONDS,
    ...(Dimensions === undefined ? {} : { Dimensions: Dimensions.map(({ Name, Value }) => ({ Name, Value })) }),
    ...(Unit === undefined ? {} : { Unit: Unit as PutMetricAlarmInput["Unit"] }),
  };
}

function predefinedMetric(resourceId: string, type: string, label: string | undefined): Watched {
  const { cluster = "", service = "" } = serviceOf(resourceId) ?? {};
  const ofService = (MetricName: string): Watched => ({
    Namespace: "AWS/ECS",
    MetricName,
    Dimensions: [
      { Name: "ClusterName", Value: cluster },
      { Name: "ServiceName", Value: service },
    ],
    Statistic: "Average",
    Period: PERIOD_SECONDS,
  });
  switch (type) {
    case "ECSServiceAverageCPUUtilization":
      return ofService("CPUUtilization");
    case "ECSServiceAverageMemoryUtilization":
      return ofService("MemoryUtilization");
    case "ALBRequestCountPerTarget": {
      const match = /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/.exec(label ?? "");
      if (match === null) {
        throw validation("ResourceLabel of ALBRequestCountPerTarget must be app/<load balancer>/<id>/targetgroup/<target group>/<id>");
      }
      return {
        Namespace: "AWS/ApplicationELB",
        MetricName: "RequestCountPerTarget",
        Dimensions: [
          { Name: "LoadBalancer", Value: match[1] },
          { Name: "TargetGroup", Value: match[2] },
        ],
        Statistic: "Sum",
        Period: PERIOD_SECONDS,
      };
    }
    default:
      throw validation(`The predefined metric type ${type} does not go with an ECS service`);
  }
}
