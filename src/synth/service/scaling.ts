/** What changes the number of tasks: bounds, target tracking, the clock. */
import { sorted } from "../tags.ts";
import { ref, sub, type Value } from "../template.ts";
import { groupStats } from "./alarms.ts";
import { clusterName, type ServiceContext } from "./context.ts";

export function scaling(context: ServiceContext): void {
  const { service, template } = context;
  const { autoScaling, resources } = service;
  if (autoScaling === undefined) return;
  clusterName(context);
  template.resource("ScalableTarget", {
    Type: "AWS::ApplicationAutoScaling::ScalableTarget",
    Properties: {
      ServiceNamespace: "ecs",
      ScalableDimension: "ecs:service:DesiredCount",
      ResourceId: sub("service/${ClusterName}/${Service.Name}"),
      MinCapacity: resources.minCapacity,
      MaxCapacity: resources.maxCapacity,
      ...(autoScaling.schedule.length === 0
        ? {}
        : {
            ScheduledActions: autoScaling.schedule.map(({ name, expression, timezone, minCapacity, maxCapacity }) => ({
              ScheduledActionName: name,
              Schedule: expression,
              Timezone: timezone,
              ScalableTargetAction: {
                ...(minCapacity === undefined ? {} : { MinCapacity: minCapacity }),
                ...(maxCapacity === undefined ? {} : { MaxCapacity: maxCapacity }),
              },
            })),
          }),
    },
  });
  const policy = (name: string, metric: Value, target: number): void => {
    template.resource(`${name}Scaling`, {
      Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
      Properties: {
        PolicyName: name.toLowerCase(),
        PolicyType: "TargetTrackingScaling",
        ScalingTargetId: ref("ScalableTarget"),
        TargetTrackingScalingPolicyConfiguration: {
          ...(metric as { [key: string]: Value }),
          TargetValue: target,
          ScaleInCooldown: autoScaling.scaleInCooldown,
          ScaleOutCooldown: autoScaling.scaleOutCooldown,
        },
      },
    });
  };
  const predefined = (type: string): Value => ({ PredefinedMetricSpecification: { PredefinedMetricType: type } });
  if (autoScaling.targetCPUUtilization !== undefined)
    policy("Cpu", predefined("ECSServiceAverageCPUUtilization"), autoScaling.targetCPUUtilization);
  if (autoScaling.targetMemoryUtilization !== undefined) {
    policy("Memory", predefined("ECSServiceAverageMemoryUtilization"), autoScaling.targetMemoryUtilization);
  }
  if (autoScaling.targetRequestsPerTask !== undefined)
    policy("Requests", { CustomizedMetricSpecification: { Metrics: requestsPerTask(context) } }, autoScaling.targetRequestsPerTask);
  const { queue, metric } = autoScaling;
  if (queue !== undefined) {
    const backlog = queue.backlogPerTask !== undefined;
    const metrics = backlog
      ? backlogPerTask(template.text(queue.name), context)
      : [{ Id: "depth", MetricStat: waiting(template.text(queue.name)), ReturnData: true }];
    policy("Queue", { CustomizedMetricSpecification: { Metrics: metrics } }, queue.backlogPerTask ?? queue.depth ?? 100);
  }
  if (metric !== undefined) {
    policy(
      "Metric",
      {
        CustomizedMetricSpecification: {
          Namespace: metric.namespace,
          MetricName: metric.name,
          Statistic: metric.statistic,
          Dimensions: sorted(metric.dimensions).map(([Name, value]) => ({ Name, Value: template.text(value) })),
        },
      },
      metric.target,
    );
  }
}

const waiting = (queue: Value): Value => ({
  Metric: { Namespace: "AWS/SQS", MetricName: "ApproximateNumberOfMessagesVisible", Dimensions: [{ Name: "QueueName", Value: queue }] },
  Stat: "Average",
});

/**
 * Requests of a minute for each healthy target, as metric math: the predefined metric needs a label that changes
 * whenever the target group is replaced.
 */
function requestsPerTask(context: ServiceContext): Value {
  const requests = groupStats("requests", "RequestCount", "Sum", undefined, context);
  const hosts = groupStats("hosts", "HealthyHostCount", "Average", undefined, context);
  const total = (id: string, stats: readonly Value[]): string => stats.map((_, index) => `FILL(${id}${index}, 0)`).join(" + ");
  const [asked, healthy] = [total("requests", requests), total("hosts", hosts)];
  return [
    ...requests,
    ...hosts,
    { Id: "each", Expression: `IF(${healthy} > 0, (${asked}) / (${healthy}), ${asked})`, Label: "Requests per task", ReturnData: true },
  ];
}

/** Messages waiting for each running task; without a task the whole backlog counts, so that scaling can begin. */
function backlogPerTask(queue: Value, context: ServiceContext): Value {
  const running: Value = {
    Metric: {
      Namespace: "ECS/ContainerInsights",
      MetricName: "RunningTaskCount",
      Dimensions: [
        { Name: "ClusterName", Value: clusterName(context) },
        { Name: "ServiceName", Value: context.name },
      ],
    },
    Stat: "Average",
  };
  return [
    { Id: "waiting", MetricStat: waiting(queue), ReturnData: false },
    { Id: "tasks", MetricStat: running, ReturnData: false },
    { Id: "each", Expression: "IF(FILL(tasks, 0) > 0, waiting / FILL(tasks, 1), waiting)", Label: "Backlog per task", ReturnData: true },
  ];
}
