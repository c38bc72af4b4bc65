/** Says that a run failed: a task that ended badly, or a start that never came about. */
import { alarmName } from "../names.ts";
import { alarmActions } from "../service/alarm-topic.ts";
import { refusePlainHttp } from "../service/managed.ts";
import { tagList } from "../tags.ts";
import { getAtt, ref, type Value } from "../template.ts";
import type { JobStart } from "./start.ts";

export function failureAlarm(start: JobStart, managed: boolean): void {
  const { job, context } = start;
  const { environment, template, tags } = context;
  const scheduled = job.job.schedules.length > 0;
  if (scheduled || !managed) {
    template.resource("FailureQueue", {
      Type: "AWS::SQS::Queue",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
      Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true, Tags: tagList(tags) },
    });
  }
  if (!managed) failedTasks(start);
  if (scheduled || !managed) failureQueuePolicy(start, managed);
  const alarm = (logical: string, name: string, metric: { readonly [key: string]: Value }): void => {
    template.resource(logical, {
      Type: "AWS::CloudWatch::Alarm",
      Properties: {
        AlarmName: alarmName(environment.name, job.name, name),
        AlarmDescription: `A run of ${job.name} failed in ${environment.name}`,
        ...metric,
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "notBreaching",
        ...alarmActions(context),
        Tags: tagList(tags),
      },
    });
  };
  if (scheduled || !managed) {
    alarm("AlarmFailure", "failure", {
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Statistic: "Maximum",
      Dimensions: [{ Name: "QueueName", Value: getAtt("FailureQueue", "QueueName") }],
    });
  }
  for (const [logical, name, metricName] of managed
    ? ([
        ["AlarmRunFailed", "run-failed", "ExecutionsFailed"],
        ["AlarmRunTimedOut", "run-timed-out", "ExecutionsTimedOut"],
      ] as const)
    : []) {
    alarm(logical, name, {
      Namespace: "AWS/States",
      MetricName: metricName,
      Statistic: "Sum",
      Dimensions: [{ Name: "StateMachineArn", Value: ref("Machine") }],
    });
  }
}

/** Tasks of the family that end with another exit code than 0, or never start, are kept in the queue with all that ECS knows of them. */
function failedTasks({ context, clusterArn }: JobStart): void {
  const { template } = context;
  template.resource("FailureRule", {
    Type: "AWS::Events::Rule",
    Properties: {
      Description: `Failed tasks of ${context.name}`,
      EventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: {
          clusterArn: [clusterArn],
          lastStatus: ["STOPPED"],
          taskDefinitionArn: [
            {
              prefix: {
                "Fn::Sub": `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:task-definition/fsd-${context.environment.name}-${context.name}:`,
              },
            },
          ],
          $or: [{ containers: { exitCode: [{ "anything-but": 0 }] } }, { stopCode: ["TaskFailedToStart", "SpotInterruption"] }],
        },
      },
      Targets: [{ Id: "queue", Arn: getAtt("FailureQueue", "Arn") }],
    },
  });
}

/**
 * Scheduler puts what it could not start into the queue with its own role, and needs no policy for that; EventBridge has none. Like
 * every queue that fsd makes, it is reached by TLS only.
 */
function failureQueuePolicy({ context: { template } }: JobStart, managed: boolean): void {
  const queue = getAtt("FailureQueue", "Arn");
  const takesFailures = {
    Sid: "TakeFailures",
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queue,
    Condition: { ArnEquals: { "aws:SourceArn": getAtt("FailureRule", "Arn") } },
  };
  template.resource("FailureQueuePolicy", {
    Type: "AWS::SQS::QueuePolicy",
    Properties: {
      Queues: [ref("FailureQueue")],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [...(managed ? [] : [takesFailures]), refusePlainHttp("sqs:*", queue)],
      },
    },
  });
}
