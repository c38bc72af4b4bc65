/** CloudFormation stacks as the verbs see them: what a status allows, what a stack says, waiting for it to rest. */
import type { Stack } from "@aws-sdk/client-cloudformation";
import type { Aws } from "../../aws/aws.ts";
import type { Clock } from "../../kit/clock.ts";
import { pause } from "../../kit/pause.ts";
import { failure } from "../../model/failures.ts";
import type { Tell } from "../events.ts";
import { Pace, type Rhythm } from "../polling.ts";
import type { SpareWork } from "../spare-work.ts";

export interface StackView {
  readonly name: string;
  readonly id: string;
  /** One of CloudFormation's 23. */
  readonly status: string;
  readonly reason: string | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  /** As they were given: of a parameter that CloudFormation looks up, its name. */
  readonly givenParameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** The role that CloudFormation acts with on it. */
  readonly roleArn?: string;
  /** CloudFormation refuses to delete it. */
  readonly terminationProtection: boolean;
}

/** The stack, or undefined when there is none of that name. */
export async function findStack(aws: Aws, name: string): Promise<StackView | undefined> {
  try {
    const { Stacks = [] } = await aws.cloudFormation.describeStacks({ StackName: name });
    return Stacks[0] === undefined ? undefined : view(Stacks[0]);
  } catch (error) {
    // CloudFormation has no exception of its own for this; the message is the documented way to tell.
    if ((error as Error).name === "ValidationError" && (error as Error).message.includes("does not exist")) return undefined;
    throw error;
  }
}

/** Every stack whose name begins with `prefix` and that still exists, by name. */
export async function listStacks(aws: Aws, prefix: string): Promise<StackView[]> {
  const found: StackView[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.cloudFormation.describeStacks(NextToken === undefined ? {} : { NextToken });
    found.push(...(page.Stacks ?? []).map(view).filter(({ name, status }) => name.startsWith(prefix) && status !== "DELETE_COMPLETE"));
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== "");
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function view(stack: Stack): StackView {
  return {
    name: stack.StackName ?? "",
    id: stack.StackId ?? "",
    status: stack.StackStatus ?? "",
    reason: stack.StackStatusReason,
    outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue])),
    parameters: Object.fromEntries(
      (stack.Parameters ?? []).map(({ ParameterKey = "", ParameterValue = "", ResolvedValue }) => [
        ParameterKey,
        ResolvedValue ?? ParameterValue,
      ]),
    ),
    givenParameters: Object.fromEntries(
      (stack.Parameters ?? []).map(({ ParameterKey = "", ParameterValue = "" }) => [ParameterKey, ParameterValue]),
    ),
    tags: Object.fromEntries((stack.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    ...(stack.RoleARN === undefined ? {} : { roleArn: stack.RoleARN }),
    terminationProtection: stack.EnableTerminationProtection === true,
  };
}

/** What may be done with a stack in a status. */
export type StackReadiness =
  | "absent"
  /** A change set may update it. */
  | "ready"
  /** Made by a change set that was never executed; a change set may create it. */
  | "empty"
  /** An operation ends by itself; what comes after depends on how. */
  | "settling"
  /** Someone else's create or update runs. */
  | "busy"
  /** Its creation failed: it can only be deleted, and then created again. */
  | "dead"
  /** An update stopped half way and was left there; it can be rolled back. */
  | "unfinished"
  /** A rollback failed; it can be continued once its cause is gone. */
  | "half-rolled-back"
  /** Neither update nor create; someone must decide. */
  | "stuck";

export function readiness(status: string | undefined): StackReadiness {
  switch (status) {
    case undefined:
    case "DELETE_COMPLETE":
      return "absent";
    case "REVIEW_IN_PROGRESS":
      return "empty";
    case "CREATE_IN_PROGRESS":
    case "UPDATE_IN_PROGRESS":
    case "IMPORT_IN_PROGRESS":
      return "busy";
    case "ROLLBACK_COMPLETE":
    case "ROLLBACK_FAILED":
    case "CREATE_FAILED":
    case "DELETE_FAILED":
      return "dead";
    case "UPDATE_FAILED":
      return "unfinished";
    case "UPDATE_ROLLBACK_FAILED":
      return "half-rolled-back";
    case "IMPORT_ROLLBACK_FAILED":
      return "stuck";
    default:
      return status.endsWith("_IN_PROGRESS") ? "settling" : "ready";
  }
}

/** What a wait for a stack needs of the world. */
export interface WaitTools {
  readonly aws: Aws;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly rhythm: Rhythm;
}

/** What bringing a stack to a template needs of the world. */
export interface StackTools extends WaitTools {
  readonly tell: Tell;
  readonly spare: SpareWork;
}

/** Waits until no operation runs on the stack. Answers the stack, or undefined when it is gone. */
export async function untilAtRest(name: string, { aws, clock, signal, rhythm }: WaitTools): Promise<StackView | undefined> {
  const pace = new Pace(rhythm);
  let before: string | undefined;
  for (;;) {
    const stack = await findStack(aws, name);
    if (stack === undefined || !stack.status.endsWith("_IN_PROGRESS")) return stack;
    await pause(clock, pace.next(stack.status !== before), signal);
    if (signal.aborted) throw failure("FSD5130", `interrupted while the stack ${name} is ${stack.status}; it goes on without fsd`);
    before = stack.status;
  }
}

/** Deletes the stack, with the role it was made with, and waits until it is gone. Fails as FSD8004 and names what could not be deleted. */
export async function deleteStack(stack: StackView, tools: WaitTools): Promise<void> {
  const { aws } = tools;
  try {
    await aws.cloudFormation.deleteStack({ StackName: stack.id, ...(stack.roleArn === undefined ? {} : { RoleARN: stack.roleArn }) });
  } catch (error) {
    if (!/TerminationProtection/i.test((error as Error).message)) throw error;
    throw failure("FSD8004", `the stack ${stack.name} is ${stack.status} and protected against deletion`, {
      hint: `when nothing in it is needed: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${stack.name}${aws.cliFlags}`,
      cause: error,
    });
  }
  // A deleted stack is found by its id only.
  const left = await untilAtRest(stack.id, tools);
  if (left === undefined || left.status === "DELETE_COMPLETE") return;
  const { StackEvents = [] } = await aws.cloudFormation.describeStackEvents({ StackName: stack.id });
  const blockers = StackEvents.filter(
    ({ ResourceStatus, PhysicalResourceId }) => ResourceStatus === "DELETE_FAILED" && PhysicalResourceId !== stack.id,
  )
    .map(({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason}`)
    .join("; ");
  throw failure(
    "FSD8004",
    `the stack ${stack.name} could not be deleted (${left.status}): ${blockers || (left.reason ?? "no reason given")}`,
  );
}

/** The command that shows what a stack of fsd's is at: of its service, where its tags name one. */
export function statusCommand({ "fsd:service": service, "fsd:environment": environment }: StackView["tags"]): string {
  return service === undefined || environment === undefined ? "fsd status" : `fsd status ${service} --env ${environment}`;
}
