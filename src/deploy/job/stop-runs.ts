/**
 * Ends what runs of a job before its stack is deleted: its machine's executions first, which would try again, then its
 * tasks. A running task would hold the stack's security group, and the deletion would fail on it.
 */
import type { Aws } from "../../aws/aws.ts";
import type { JobServices } from "../../aws/job-services.ts";
import { pause } from "../../kit/pause.ts";
import { Pace } from "../polling.ts";
import type { StackView, WaitTools } from "../stack/stack.ts";
import { deployedJob, familyOf } from "./job-stack.ts";
import { familyTasks } from "./job-status.ts";

/** Answers how many tasks it stopped, when the last of them has ended. */
export async function stopRuns(services: JobServices, stack: StackView, { aws, clock, signal, rhythm }: WaitTools): Promise<number> {
  if (stack.outputs.TaskDefinitionArn === undefined) return 0;
  const { cluster, taskDefinition, machine } = deployedJob(stack);
  const reason = "fsd deletes the job";
  const family = familyOf(taskDefinition);
  const running = await runningTasks(aws, cluster, family);
  if (machine !== undefined) await stopExecutions(services, machine, reason);
  for (const task of await runningTasks(aws, cluster, family)) await aws.ecs.stopTask({ cluster, task, reason });
  const pace = new Pace(rhythm);
  while (!signal.aborted && (await runningTasks(aws, cluster, family)).length > 0) await pause(clock, pace.next(false), signal);
  return running.length;
}

async function stopExecutions({ sfn }: JobServices, stateMachineArn: string, cause: string): Promise<void> {
  const { executions = [] } = await sfn.listExecutions({ stateMachineArn, statusFilter: "RUNNING" });
  for (const { executionArn } of executions) await sfn.stopExecution({ executionArn, error: "Deleted", cause });
}

async function runningTasks(aws: Aws, cluster: string, family: string): Promise<string[]> {
  const tasks = await familyTasks(aws, cluster, family);
  return tasks.filter(({ lastStatus }) => lastStatus !== "STOPPED").map(({ taskArn = "" }) => taskArn);
}
