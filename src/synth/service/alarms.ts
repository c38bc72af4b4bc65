/** The service's alarms. Their names are literal: a deployment that they guard would otherwise wait for itself. */
import type { Alarm } from "../../manifest/resolved.ts";
import { alarmName } from "../names.ts";
import { sorted, tagList } from "../tags.ts";
import { getAtt, pascal, type Value } from "../template.ts";
import { clusterName, fromLoadBalancer, type ServiceContext } from "./context.ts";

const operators = {
  ">": "GreaterThanThreshold",
  ">=": "GreaterThanOrEqualToThreshold",
  "<": "LessThanThreshold",
  "<=": "LessThanOrEqualToThreshold",
};

export function alarms(context: ServiceContext): void {
  const { name, environment, definition, service, template, tags } = context;
  const topic = environment.alarmTopics[definition.metadata.pack ?? ""];
  for (const [key, alarm] of sorted(service.observability.alarms)) {
    const metric = metricOf(alarm, context);
    if (metric === undefined) continue;
    template.resource(`Alarm${pascal(key)}`, {
      Type: "AWS::CloudWatch::Alarm",
      Properties: {
        AlarmName: alarmName(environment.name, name, key),
        AlarmDescription: `${alarm.metric} ${alarm.comparison} ${alarm.threshold} for ${name} in ${environment.name}`,
        ...metric,
        Threshold: alarm.threshold,
        ComparisonOperator: operators[alarm.comparison],
        EvaluationPeriods: alarm.periods,
        DatapointsToAlarm: alarm.periods,
        TreatMissingData: alarm.missingData,
        ...(topic === undefined ? {} : { AlarmActions: [template.text(topic)], OKActions: [template.text(topic)] }),
        Tags: tagList(tags),
      },
    });
  }
}

type MetricProperties = { readonly [key: string]: Value };

function metricOf(alarm: Alarm, context: ServiceContext): MetricProperties | undefined {
  const simple = (namespace: string, metricName: string, statistic: string, dimensions: Value): MetricProperties => ({
    Namespace: namespace,
    MetricName: metricName,
    ...(alarm.statistic?.startsWith("p") === true ? { ExtendedStatistic: alarm.statistic } : { Statistic: alarm.statistic ?? statistic }),
    Period: alarm.period,
    Dimensions: dimensions,
  });
  switch (alarm.metric) {
    case "cpu":
      return simple("AWS/ECS", "CPUUtilization", "Average", ofService(context));
    case "memory":
      return simple("AWS/ECS", "MemoryUtilization", "Average", ofService(context));
    case "unhealthyHosts":
      if (context.service.port === undefined) return undefined;
      return simple("AWS/ApplicationELB", "UnHealthyHostCount", "Maximum", ofTargetGroup(context));
    default:
      if (alarm.namespace === undefined) return undefined;
      return simple(
        alarm.namespace,
        alarm.metric,
        "Average",
        sorted(alarm.dimensions).map(([Name, value]) => ({ Name, Value: context.template.text(value) })),
      );
  }
}

function ofService(context: ServiceContext): Value {
  return [
    { Name: "ClusterName", Value: clusterName(context) },
    // Literal, not the service's attribute: the service may itself wait for this alarm.
    { Name: "ServiceName", Value: context.name },
  ];
}

function ofTargetGroup(context: ServiceContext): Value {
  return [
    { Name: "LoadBalancer", Value: fromLoadBalancer(context, "LoadBalancerName", "name", "The load balancer as metrics name it.") },
    { Name: "TargetGroup", Value: getAtt("TargetGroup", "TargetGroupFullName") },
  ];
}
