/**
 * Tasks that ended by themselves and are replaced, for the alarm metric `restarts`. ECS has no metric of them (Container Insights'
 * `RestartCount` counts containers restarted within a task, which needs a restart policy), but tells EventBridge of each. A rule counts
 * them, and what ECS knew of each task stays two weeks in a queue.
 */
import { tagList } from "../tags.ts";
import { getAtt, ref, type Value } from "../template.ts";
import { fromEnvironment, type ServiceContext } from "./context.ts";
import { refusePlainHttp } from "./managed.ts";

/** Adds rule and queue to the template, once; answers the rule's name. */
export function restartRule(context: ServiceContext): Value {
  const { name, environment, template, tags } = context;
  if (template.has("RestartRule")) return ref("RestartRule");
  template.resource("RestartQueue", {
    Type: "AWS::SQS::Queue",
    DeletionPolicy: "Delete",
    UpdateReplacePolicy: "Delete",
    Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true, Tags: tagList(tags) },
  });
  template.resource("RestartRule", {
    Type: "AWS::Events::Rule",
    Properties: {
      Description: `Tasks of ${name} in ${environment.name} that ended by themselves`,
      EventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: {
          clusterArn: [fromEnvironment(context, "ClusterArn", "cluster/arn", "The ECS cluster.")],
          group: [`service:${name}`],
          lastStatus: ["STOPPED"],
          // A task whose container or target was found unhealthy is stopped by the scheduler, for a reason of this beginning.
          $or: [{ stopCode: ["EssentialContainerExited", "TaskFailedToStart"] }, { stoppedReason: [{ prefix: "Task failed " }] }],
        },
      },
      Targets: [{ Id: "queue", Arn: getAtt("RestartQueue", "Arn") }],
    },
  });
  const queue = getAtt("RestartQueue", "Arn");
  template.resource("RestartQueuePolicy", {
    Type: "AWS::SQS::QueuePolicy",
    Properties: {
      Queues: [ref("RestartQueue")],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "TakeRestarts",
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: queue,
            Condition: { ArnEquals: { "aws:SourceArn": getAtt("RestartRule", "Arn") } },
          },
          refusePlainHttp("sqs:*", queue),
        ],
      },
    },
  });
  return ref("RestartRule");
}
