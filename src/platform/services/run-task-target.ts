/** ECS RunTask as a target of EventBridge's rules and of Scheduler: both describe the task with the same `EcsParameters`. */

import type { RunTaskRequest } from "@aws-sdk/client-ecs";
import type { EcsParameters as RuleParameters } from "@aws-sdk/client-eventbridge";
import type { EcsParameters as ScheduleParameters } from "@aws-sdk/client-scheduler";
import type { Call } from "../gateway/operations.ts";

export interface RunTaskTarget {
  readonly region: string;
  readonly clusterArn: string;
  readonly parameters: RuleParameters | ScheduleParameters;
  readonly overrides: RunTaskRequest["overrides"];
  /** Who started it, as ECS shows it: `events-rule/<name>`. */
  readonly startedBy: string;
  /** The same for every attempt, so that a repeated one starts nothing twice. */
  readonly clientToken: string;
}

/** An answer with failures (no capacity, for one) counts as delivered, as on AWS: only what ECS refuses is tried again. */
export async function runTaskTarget(call: Call, target: RunTaskTarget): Promise<void> {
  const { region, clusterArn, parameters, overrides, startedBy, clientToken } = target;
  const network = parameters.NetworkConfiguration?.awsvpcConfiguration;
  await call(
    "ecs",
    "RunTask",
    {
      cluster: clusterArn,
      taskDefinition: parameters.TaskDefinitionArn,
      count: parameters.TaskCount ?? 1,
      launchType: parameters.LaunchType,
      capacityProviderStrategy: parameters.CapacityProviderStrategy?.map(({ capacityProvider, base, weight }) => ({
        capacityProvider,
        base,
        weight,
      })),
      platformVersion: parameters.PlatformVersion,
      group: parameters.Group,
      enableECSManagedTags: parameters.EnableECSManagedTags,
      enableExecuteCommand: parameters.EnableExecuteCommand,
      propagateTags: parameters.PropagateTags,
      referenceId: parameters.ReferenceId,
      networkConfiguration:
        network === undefined
          ? undefined
          : {
              awsvpcConfiguration: {
                subnets: network.Subnets,
                securityGroups: network.SecurityGroups,
                assignPublicIp: network.AssignPublicIp,
              },
            },
      overrides,
      startedBy: startedBy.slice(0, 128),
      clientToken,
    },
    { region },
  );
}
