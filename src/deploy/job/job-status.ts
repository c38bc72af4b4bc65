/** `status` of a job: what its next run takes, when that is, and how its last runs ended. */
import type { Task } from "@aws-sdk/client-ecs";
import type { Aws } from "../../aws/aws.ts";
import type { JobServices } from "../../aws/job-services.ts";
import type { Parameters } from "../../aws/parameters.ts";
import { type KeptApproval, lastApproval } from "../protection/approval.ts";
import { revisionOf } from "../service/service-view.ts";
import { describeTasks, taskIdOf } from "../service/tasks.ts";
import type { StackView } from "../stack/stack.ts";
import { type StackStatus, stackStatus } from "../status.ts";
import { deployedJob, familyOf } from "./job-stack.ts";
import { observeSchedules, type ScheduleView } from "./schedules.ts";

export interface JobStatus {
  readonly kind: "job";
  readonly job: string;
  readonly env: string;
  readonly state: "ready" | "running" | "deploying" | "missing";
  /** `family:3`: what the next run takes. */
  readonly liveRevision: string | null;
  readonly image: string | null;
  /** The last that was approved, where the environment is or was protected. */
  readonly approval: KeptApproval | null;
  readonly stack: StackStatus;
  /** ARN of the machine that runs it, with its timeout, retries and `concurrency`. */
  readonly machine: string | null;
  readonly schedules: readonly ScheduleView[];
  /** Tasks that run, and those that ended while ECS still shows them (an hour), newest first. */
  readonly tasks: readonly RunTaskStatus[];
  /** Of the machine, newest first, at most ten; empty for a job without one. */
  readonly executions: readonly ExecutionStatus[];
}

export interface RunTaskStatus {
  readonly id: string;
  readonly revision: string;
  readonly lastStatus: string;
  readonly startedAt: string | null;
  readonly stoppedAt: string | null;
  /** Of the container that failed, else the first; null while it runs, or when none started. */
  readonly exitCode: number | null;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
}

export interface ExecutionStatus {
  readonly name: string;
  /** `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`. */
  readonly status: string;
  readonly startedAt: string;
  readonly stoppedAt: string | null;
}

interface JobClients {
  readonly aws: Aws;
  readonly services: JobServices;
  readonly parameters: Parameters;
}

/** @param now milliseconds since the epoch */
export async function jobStatus(clients: JobClients, env: string, stack: StackView, now: number): Promise<JobStatus> {
  const { aws, services, parameters } = clients;
  const job = stack.tags["fsd:service"] ?? "";
  const shared = {
    kind: "job" as const,
    job,
    env,
    approval: (await lastApproval(parameters, env, job)) ?? null,
    image: stack.parameters.ImageUri ?? null,
    stack: stackStatus(stack),
  };
  if (stack.outputs.TaskDefinitionArn === undefined) {
    const nothing = { liveRevision: null, machine: null, schedules: [], tasks: [], executions: [] };
    return { ...shared, ...nothing, state: stack.status === "CREATE_IN_PROGRESS" ? "deploying" : "missing" };
  }
  const { cluster, taskDefinition, machine, scheduleGroup } = deployedJob(stack);
  const [tasks, schedules, executions] = await Promise.all([
    familyTasks(aws, cluster, familyOf(taskDefinition)),
    scheduleGroup === undefined ? [] : observeSchedules(services, scheduleGroup, now),
    machine === undefined ? [] : lastExecutions(services, machine),
  ]);
  const isBusy = tasks.some(({ lastStatus }) => lastStatus !== "STOPPED") || executions.some(({ status }) => status === "RUNNING");
  return {
    ...shared,
    state: stack.status.endsWith("_IN_PROGRESS") ? "deploying" : isBusy ? "running" : "ready",
    liveRevision: revisionOf(taskDefinition),
    machine: machine ?? null,
    schedules,
    tasks: tasks.map(taskStatus).sort((a, b) => ((a.startedAt ?? "~") < (b.startedAt ?? "~") ? 1 : -1)),
    executions,
  };
}

/** Every task of the family, of any revision and however it was started: those that run and those that ended. */
export async function familyTasks(aws: Aws, cluster: string, family: string): Promise<Task[]> {
  const arns: string[] = [];
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    let nextToken: string | undefined;
    do {
      const page = await aws.ecs.listTasks({ cluster, family, desiredStatus, ...(nextToken === undefined ? {} : { nextToken }) });
      arns.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined && nextToken !== "");
  }
  return describeTasks(aws, cluster, [...new Set(arns)]);
}

async function lastExecutions({ sfn }: JobServices, stateMachineArn: string): Promise<ExecutionStatus[]> {
  const { executions = [] } = await sfn.listExecutions({ stateMachineArn, maxResults: 10 });
  return executions.map(({ name = "", status = "", startDate, stopDate }) => ({
    name,
    status,
    startedAt: startDate?.toISOString() ?? "",
    stoppedAt: stopDate?.toISOString() ?? null,
  }));
}

function taskStatus(task: Task): RunTaskStatus {
  return {
    id: taskIdOf(task.taskArn ?? ""),
    revision: revisionOf(task.taskDefinitionArn ?? ""),
    lastStatus: task.lastStatus ?? "",
    startedAt: (task.startedAt ?? task.createdAt)?.toISOString() ?? null,
    stoppedAt: task.stoppedAt?.toISOString() ?? null,
    exitCode: exitCodeOf(task) ?? null,
    stopCode: task.stopCode ?? null,
    stoppedReason: task.stoppedReason ?? null,
  };
}

/** Of the container that failed, else of the first; undefined while it runs, or when none was started. */
export function exitCodeOf({ containers = [] }: Task): number | undefined {
  const codes = containers.map(({ exitCode }) => exitCode).filter((code) => code !== undefined);
  return codes.find((code) => code !== 0) ?? codes[0];
}
