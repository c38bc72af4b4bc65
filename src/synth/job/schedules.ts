/** The schedules of a job, in a group of their own, so that their role can be limited to exactly them. */
import type { JobSchedule } from "../../manifest/resolved.ts";
import { CONTAINER } from "../names.ts";
import { sorted, tagList } from "../tags.ts";
import { getAtt, logicalNames, ref, sub, type Value } from "../template.ts";
import { type JobStart, runTaskStatements, serviceRole } from "./start.ts";

export function schedules(start: JobStart, managed: boolean): void {
  const { job, context } = start;
  const { environment, template, tags } = context;
  const group = `fsd-${environment.name}-${job.name}`;
  template.resource("ScheduleGroup", { Type: "AWS::Scheduler::ScheduleGroup", Properties: { Name: group, Tags: tagList(tags) } });
  const deliver: Value = { Sid: "KeepWhatFails", Effect: "Allow", Action: ["sqs:SendMessage"], Resource: getAtt("FailureQueue", "Arn") };
  const begin: readonly Value[] = managed
    ? [{ Sid: "StartMachine", Effect: "Allow", Action: ["states:StartExecution"], Resource: ref("Machine") }]
    : runTaskStatements(start);
  serviceRole("ScheduleRole", "How schedules start it", "scheduler.amazonaws.com", [...begin, deliver], start, {
    StringEquals: {
      "aws:SourceAccount": ref("AWS::AccountId"),
      "aws:SourceArn": sub(`arn:\${AWS::Partition}:scheduler:\${AWS::Region}:\${AWS::AccountId}:schedule-group/${group}`),
    },
  });
  const names = logicalNames(
    job.job.schedules.map((schedule) => schedule.name),
    undefined,
    ["Group", "Role"],
  );
  for (const schedule of job.job.schedules) {
    template.resource(`Schedule${names.get(schedule.name)}`, {
      Type: "AWS::Scheduler::Schedule",
      Properties: {
        GroupName: ref("ScheduleGroup"),
        Description: `${job.name} in ${environment.name}: ${schedule.name}`,
        ScheduleExpression: schedule.expression,
        ScheduleExpressionTimezone: schedule.timezone,
        State: schedule.enabled ? "ENABLED" : "DISABLED",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: managed ? ref("Machine") : start.clusterArn,
          RoleArn: getAtt("ScheduleRole", "Arn"),
          DeadLetterConfig: { Arn: getAtt("FailureQueue", "Arn") },
          RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 },
          ...(managed ? { Input: machineInput(schedule) } : ecsTarget(schedule, start)),
        },
      },
    });
  }
}

function ecsTarget(schedule: JobSchedule, { job, context, network }: JobStart): { readonly [key: string]: Value } {
  const overrides = taskOverrides(schedule, "lower");
  return {
    EcsParameters: {
      TaskDefinitionArn: ref("TaskDefinition"),
      TaskCount: job.job.count,
      LaunchType: "FARGATE",
      PropagateTags: "TASK_DEFINITION",
      EnableECSManagedTags: true,
      Group: `job:${context.name}`,
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: network.publicAddress ? "ENABLED" : "DISABLED",
          Subnets: network.subnets,
          SecurityGroups: network.securityGroups,
        },
      },
    },
    ...(overrides === undefined ? {} : { Input: JSON.stringify(overrides) }),
  };
}

/** The machine always finds `Overrides`, so that its own definition need not ask. */
function machineInput(schedule: JobSchedule): string {
  return JSON.stringify({ Overrides: taskOverrides(schedule, "upper") ?? {} });
}

/** RunTask's overrides: with the API's own keys for Scheduler, capitalised for Step Functions. */
function taskOverrides(
  { command, environment, cpu, memory }: JobSchedule,
  letters: "lower" | "upper",
): Record<string, unknown> | undefined {
  const key = (name: string): string => (letters === "lower" ? name : name.charAt(0).toUpperCase() + name.slice(1));
  const variables = sorted(environment).map(([name, value]) => ({ [key("name")]: name, [key("value")]: value }));
  const container = {
    ...(command === undefined ? {} : { [key("command")]: command }),
    ...(variables.length === 0 ? {} : { [key("environment")]: variables }),
  };
  const task = {
    ...(cpu === undefined ? {} : { [key("cpu")]: String(cpu) }),
    ...(memory === undefined ? {} : { [key("memory")]: String(memory) }),
    ...(Object.keys(container).length === 0 ? {} : { [key("containerOverrides")]: [{ [key("name")]: CONTAINER, ...container }] }),
  };
  return Object.keys(task).length === 0 ? undefined : task;
}
