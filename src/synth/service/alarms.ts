/** The service's alarms. Their names are literal: a deployment that they guard would otherwise wait for itself. */
import type { Alarm } from "../../manifest/resolved.ts";
import { alarmName } from "../names.ts";
import { sorted, tagList } from "../tags.ts";
import { getAtt, logicalNames, type Value } from "../template.ts";
import { alarmActions } from "./alarm-topic.ts";
import { clusterName, fromLoadBalancer, type ServiceContext, shifts } from "./context.ts";
import { restartRule } from "./restarts.ts";

const operators = {
  ">": "GreaterThanThreshold",
  ">=": "GreaterThanOrEqualToThreshold",
  "<": "LessThanThreshold",
  "<=": "LessThanOrEqualToThreshold",
};

export function alarms(context: ServiceContext): void {
  const { name, environment, service, template, tags } = context;
  const logical = alarmLogicalName(service);
  for (const [key, alarm] of sorted(service.observability.alarms)) {
    const metric = metricOf(alarm, context);
    template.resource(logical(key), {
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
        ...alarmActions(context),
        Tags: tagList(tags),
      },
    });
  }
}

/** The logical name of each of the service's alarms. */
export function alarmLogicalName({ observability }: ServiceContext["service"]): (alarm: string) => string {
  const names = logicalNames(Object.keys(observability.alarms));
  return (alarm) => `Alarm${names.get(alarm)}`;
}

type MetricProperties = { readonly [key: string]: Value };

/** The vocabulary of alarms, in AWS's metrics. */
function metricOf(alarm: Alarm, context: ServiceContext): MetricProperties {
  const plain = (namespace: string, metricName: string, statistic: string, dimensions: Value): MetricProperties => {
    const chosen = alarm.statistic ?? statistic;
    return {
      Namespace: namespace,
      MetricName: metricName,
      ...(/^p\d/.test(chosen) ? { ExtendedStatistic: chosen } : { Statistic: chosen }),
      Period: alarm.period,
      Dimensions: dimensions,
    };
  };
  /** A metric of the target group, or of both while traffic may be shifted between two. */
  const balanced = (metricName: string, statistic: string, both: "sum" | "max"): MetricProperties => {
    if (!shifts(context)) return plain("AWS/ApplicationELB", metricName, statistic, ofTargetGroup(context));
    return { Metrics: overBothGroups(metricName, alarm.statistic ?? statistic, alarm.period, both, context) };
  };
  switch (alarm.metric) {
    case "cpu":
      return plain("AWS/ECS", "CPUUtilization", "Average", ofService(context));
    case "memory":
      return plain("AWS/ECS", "MemoryUtilization", "Average", ofService(context));
    case "runningTasks":
      return plain("ECS/ContainerInsights", "RunningTaskCount", "Minimum", ofService(context));
    case "restarts":
      return plain("AWS/Events", "Invocations", "Sum", [{ Name: "RuleName", Value: restartRule(context) }]);
    case "unhealthyHosts":
      return balanced("UnHealthyHostCount", "Maximum", "sum");
    case "requests":
      return balanced("RequestCount", "Sum", "sum");
    case "latencyP50":
    case "latencyP95":
    case "latencyP99":
      return balanced("TargetResponseTime", alarm.metric.slice("latency".length).toLowerCase(), "max");
    case "4xxRate":
    case "5xxRate":
      return rate(alarm, alarm.metric === "4xxRate" ? "4XX" : "5XX", context);
    case "queueAge":
      return plain("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", [{ Name: "QueueName", Value: queueName(context) }]);
    default:
      return plain(
        alarm.namespace ?? "",
        alarm.metric,
        "Average",
        sorted(alarm.dimensions).map(([Name, value]) => ({ Name, Value: context.template.text(value) })),
      );
  }
}

/** Responses of a class in percent of all requests; none when there are no requests. */
function rate(alarm: Alarm, statusClass: string, context: ServiceContext): MetricProperties {
  const count = (id: string, metricName: string): Value[] => groupStats(id, metricName, "Sum", alarm.period, context);
  const errors = count("errors", `HTTPCode_Target_${statusClass}_Count`);
  const requests = count("requests", "RequestCount");
  const total = (id: string, stats: readonly Value[]): string => stats.map((_, index) => `FILL(${id}${index}, 0)`).join(" + ");
  return {
    Metrics: [
      ...errors,
      ...requests,
      {
        Id: "rate",
        Expression: `IF(${total("requests", requests)} > 0, 100 * (${total("errors", errors)}) / (${total("requests", requests)}), 0)`,
        Label: `${statusClass} in percent`,
        ReturnData: true,
      },
    ],
  };
}

/** One query for each target group; ids are `<id>0`, `<id>1`. */
export function groupStats(
  id: string,
  metricName: string,
  statistic: string,
  period: number | undefined,
  context: ServiceContext,
): Value[] {
  return targetGroups(context).map((group, index) => ({
    Id: `${id}${index}`,
    MetricStat: {
      Metric: { Namespace: "AWS/ApplicationELB", MetricName: metricName, Dimensions: ofTargetGroup(context, group) },
      ...(period === undefined ? {} : { Period: period }),
      Stat: statistic,
    },
    ReturnData: false,
  }));
}

function overBothGroups(metricName: string, statistic: string, period: number, both: "sum" | "max", context: ServiceContext): Value {
  const stats = groupStats("group", metricName, statistic, period, context);
  const filled = stats.map((_, index) => `FILL(group${index}, 0)`);
  return [
    ...stats,
    { Id: "both", Expression: both === "sum" ? filled.join(" + ") : `MAX([${filled.join(", ")}])`, Label: metricName, ReturnData: true },
  ];
}

/** Logical names of the groups that may have targets. */
export const targetGroups = (context: ServiceContext): readonly string[] =>
  shifts(context) ? ["TargetGroup", "AlternateTargetGroup"] : ["TargetGroup"];

/** The queue whose age is watched: the one that scaling follows, else the first that the service depends on. */
function queueName({ service, definition, template }: ServiceContext): Value {
  const queue = service.autoScaling?.queue?.name ?? definition.dependencies.find(({ type }) => type === "aws_sqs_queue")?.name;
  return template.text(queue ?? "");
}

function ofService(context: ServiceContext): Value {
  return [
    { Name: "ClusterName", Value: clusterName(context) },
    // Literal, not the service's attribute: the service may itself wait for this alarm.
    { Name: "ServiceName", Value: context.name },
  ];
}

function ofTargetGroup(context: ServiceContext, group = "TargetGroup"): Value {
  return [
    { Name: "LoadBalancer", Value: fromLoadBalancer(context, "name") },
    { Name: "TargetGroup", Value: getAtt(group, "TargetGroupFullName") },
  ];
}
