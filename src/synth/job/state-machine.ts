/** The machine behind a job that has a timeout, retries or may not overlap itself: list running → choice → run and wait. */
import { tagList } from "../tags.ts";
import { getAtt, ref, sub, type Value } from "../template.ts";
import { type JobStart, runTaskStatements, serviceRole } from "./start.ts";

export function machine(start: JobStart): void {
  const { job, context, clusterArn } = start;
  const { environment, template, tags } = context;
  const ofTasks = (action: string): Value => ({
    Sid: action.replace("ecs:", ""),
    Effect: "Allow",
    Action: [action],
    Resource: sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/${ClusterName}/*"),
  });
  const statements: Value[] = [
    ...runTaskStatements(start),
    ofTasks("ecs:DescribeTasks"),
    ofTasks("ecs:StopTask"),
    // Step Functions waits for a task through a rule of this fixed name.
    {
      Sid: "WaitForTask",
      Effect: "Allow",
      Action: ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
      Resource: sub("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForECSTaskRule"),
    },
  ];
  if (job.job.concurrency === "forbid") {
    // ListTasks takes a container instance as its resource, which Fargate has not; the condition limits it to the cluster.
    statements.push({
      Sid: "ListTasks",
      Effect: "Allow",
      Action: ["ecs:ListTasks"],
      Resource: "*",
      Condition: { ArnEquals: { "ecs:cluster": clusterArn } },
    });
  }
  serviceRole("MachineRole", "How its machine runs it", "states.amazonaws.com", statements, start, {
    StringEquals: { "aws:SourceAccount": ref("AWS::AccountId") },
    ArnLike: { "aws:SourceArn": sub("arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*") },
  });
  template.resource("Machine", {
    Type: "AWS::StepFunctions::StateMachine",
    Properties: {
      StateMachineType: "STANDARD",
      RoleArn: getAtt("MachineRole", "Arn"),
      Definition: definition(start),
      Tags: tagList({ ...tags, Name: `fsd-${environment.name}-${job.name}` }),
    },
  });
}

function definition(start: JobStart): Value {
  const { job, context, network, clusterArn } = start;
  const { timeout, retries, concurrency, count } = job.job;
  const again =
    retries === 0 ? {} : { Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 30, BackoffRate: 2, MaxAttempts: retries }] };
  const run = {
    Type: "Task",
    Resource: sub("arn:${AWS::Partition}:states:::ecs:runTask.sync"),
    Parameters: {
      Cluster: clusterArn,
      TaskDefinition: ref("TaskDefinition"),
      LaunchType: "FARGATE",
      Count: count,
      PropagateTags: "TASK_DEFINITION",
      EnableECSManagedTags: true,
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: network.publicAddress ? "ENABLED" : "DISABLED",
          Subnets: network.subnets,
          SecurityGroups: network.securityGroups,
        },
      },
      "Overrides.$": "$.Overrides",
    },
    ...(timeout === undefined ? {} : { TimeoutSeconds: timeout }),
    End: true,
  };
  if (concurrency === "allow") return { Comment: `Runs ${job.name}`, StartAt: "Run", States: { Run: { ...run, ...again } } };
  const unlessRunning = {
    StartAt: "ListRunning",
    States: {
      ListRunning: {
        Type: "Task",
        Resource: sub("arn:${AWS::Partition}:states:::aws-sdk:ecs:listTasks"),
        Parameters: { Cluster: clusterArn, Family: `fsd-${context.environment.name}-${context.name}`, DesiredStatus: "RUNNING" },
        ResultPath: "$.Running",
        Next: "IsRunning",
      },
      IsRunning: { Type: "Choice", Choices: [{ Variable: "$.Running.TaskArns[0]", IsPresent: true, Next: "LeaveIt" }], Default: "Run" },
      LeaveIt: { Type: "Succeed", Comment: "The run before is still going on." },
      Run: run,
    },
  };
  const Comment = `Runs ${job.name}, never two at once`;
  if (retries === 0) return { Comment, ...unlessRunning };
  // While a retry waits, no task runs and another run may begin: so every attempt looks again, not only the first.
  const attempt = {
    Type: "Parallel",
    Comment: "One attempt; a branch, so that a retry begins with the look.",
    Branches: [unlessRunning],
    ...again,
    End: true,
  };
  return { Comment, StartAt: "Attempt", States: { Attempt: attempt } };
}
