/** Carries out a schedule's target: ECS RunTask in its own form, a state machine, or any operation of the platform as a universal target. */
import type { Call } from "../../gateway/operations.ts";
import { runTaskTarget } from "../run-task-target.ts";
import { callIntegrated, integratedService } from "../sdk-integration.ts";
import type { ScheduleRecord } from "./records.ts";

/** What an invocation tells its target about itself, in place of `<aws.scheduler.…>` in its input. */
export interface InvocationContext {
  readonly executionId: string;
  readonly scheduledTime: number;
  readonly attempt: number;
  readonly scheduleArn: string;
}

/** Rejects with the reason when the target was not reached or refused. */
export async function deliver(call: Call, { region, target }: ScheduleRecord, context: InvocationContext): Promise<void> {
  const input = target.Input === undefined ? undefined : withContext(target.Input, context);
  const universal = /^arn:[\w-]+:scheduler:::aws-sdk:([\w-]+):(\w+)$/.exec(target.Arn ?? "");
  if (universal !== null) {
    const [, word = "", action = ""] = universal;
    const service = integratedService(word);
    if (service === undefined) throw new Error(`the local platform has no service ${word}`);
    await callIntegrated(call, service, action, input === undefined ? {} : JSON.parse(input), region);
    return;
  }
  if (/^arn:[\w-]+:states:[\w-]+:\d+:stateMachine:/.test(target.Arn ?? "")) {
    // Named by the occurrence, so that a repeated delivery starts nothing twice.
    await call("sfn", "StartExecution", { stateMachineArn: target.Arn, name: context.executionId, input: input ?? "{}" }, { region });
    return;
  }
  if (target.EcsParameters !== undefined && /^arn:[\w-]+:ecs:/.test(target.Arn ?? "")) {
    await runTaskTarget(call, {
      region,
      clusterArn: target.Arn ?? "",
      parameters: target.EcsParameters,
      overrides: input === undefined ? undefined : JSON.parse(input),
      startedBy: `chronos-schedule/${context.executionId}`,
      clientToken: context.executionId,
    });
    return;
  }
  throw new Error(`the local platform has no target ${target.Arn}`);
}

function withContext(text: string, { executionId, scheduledTime, attempt, scheduleArn }: InvocationContext): string {
  return text
    .replaceAll("<aws.scheduler.execution-id>", executionId)
    .replaceAll("<aws.scheduler.scheduled-time>", new Date(scheduledTime).toISOString().replace(/\.\d+Z$/, "Z"))
    .replaceAll("<aws.scheduler.attempt-number>", String(attempt))
    .replaceAll("<aws.scheduler.schedule-arn>", scheduleArn);
}
