/** What changes the number of tasks: bounds, target tracking, the clock. */
import { ref, sub, type Value } from "../template.ts";
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
}
