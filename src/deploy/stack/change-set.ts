/** Change sets: a stack's changes as CloudFormation works them out, before anything is changed. */
import { randomUUID } from "node:crypto";
import type { Change } from "@aws-sdk/client-cloudformation";
import type { Aws } from "../../aws/aws.ts";
import { pause } from "../../kit/pause.ts";
import { failure } from "../../model/failures.ts";
import { Pace } from "../polling.ts";
import type { StackView, WaitTools } from "./stack.ts";

/** A name that no other change set has. */
export function newChangeSet(nowMs: number): string {
  return `fsd-${nowMs}-${randomUUID().slice(0, 8)}`;
}

/** What a stack is to become. */
export interface ProposedStack {
  readonly name: string;
  /** As JSON without spaces. */
  readonly template: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The role that CloudFormation acts with; absent: the one the stack has, else the caller's own permissions. */
  readonly roleArn?: string | undefined;
}

/** `undefined` keeps the value the stack has. */
export type ParameterValues = Readonly<Record<string, string | undefined>>;

/** `none`: the stack is so already, and the change set is gone again. */
export type Proposal = "none" | { readonly stackId: string; readonly changes: readonly Change[] };

/** Makes a change set of that name and waits until it is worked out. Fails as FSD7002 when CloudFormation refuses the template. */
export async function proposeChanges(
  request: ProposedStack,
  values: ParameterValues,
  existing: StackView | undefined,
  name: string,
  { aws, clock, signal, rhythm }: WaitTools,
): Promise<Proposal> {
  const { StackId = request.name } = await aws.cloudFormation.createChangeSet({
    StackName: request.name,
    ChangeSetName: name,
    ChangeSetType: existing === undefined ? "CREATE" : "UPDATE",
    TemplateBody: request.template,
    Parameters: Object.entries(values).map(([ParameterKey, ParameterValue]) =>
      ParameterValue === undefined ? { ParameterKey, UsePreviousValue: true } : { ParameterKey, ParameterValue },
    ),
    Tags: Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value })),
    Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    ...(request.roleArn === undefined ? {} : { RoleARN: request.roleArn }),
    // Log groups, tables and buckets are retained by an earlier stack under their literal names.
    ImportExistingResources: true,
  });
  const pace = new Pace(rhythm);
  for (;;) {
    const first = await aws.cloudFormation.describeChangeSet({ StackName: StackId, ChangeSetName: name });
    const { Status, StatusReason = "" } = first;
    if (Status === "CREATE_COMPLETE") return { stackId: StackId, changes: await allChanges(first, aws, StackId, name) };
    if (Status === "FAILED") {
      await discard(aws, StackId, name, existing === undefined);
      if (/didn't contain changes|No updates are to be performed/.test(StatusReason)) return "none";
      throw failure("FSD7002", `CloudFormation refuses the template of ${request.name}: ${StatusReason}`);
    }
    await pause(clock, pace.next(false), signal);
    if (signal.aborted) {
      await discard(aws, StackId, name, existing === undefined);
      throw failure("FSD5130", `interrupted before anything of ${request.name} was changed`);
    }
  }
}

async function allChanges(
  { Changes = [], NextToken: next }: { Changes?: Change[] | undefined; NextToken?: string | undefined },
  { cloudFormation }: Aws,
  StackName: string,
  ChangeSetName: string,
): Promise<readonly Change[]> {
  const found = [...Changes];
  for (let NextToken = next; NextToken !== undefined && NextToken !== ""; ) {
    const page = await cloudFormation.describeChangeSet({ StackName, ChangeSetName, NextToken });
    found.push(...(page.Changes ?? []));
    NextToken = page.NextToken;
  }
  return found;
}

/** Removes a change set that will not be executed, and the empty stack it came with unless someone else uses that. */
export async function discard({ cloudFormation }: Aws, stackId: string, name: string, withStack: boolean): Promise<void> {
  await cloudFormation.deleteChangeSet({ StackName: stackId, ChangeSetName: name });
  if (!withStack) return;
  const [{ Stacks = [] }, { Summaries = [] }] = await Promise.all([
    cloudFormation.describeStacks({ StackName: stackId }),
    cloudFormation.listChangeSets({ StackName: stackId }),
  ]);
  const unused = Stacks[0]?.StackStatus === "REVIEW_IN_PROGRESS" && Summaries.every(({ ChangeSetName }) => ChangeSetName === name);
  if (!unused) return;
  // It holds nothing, and a deployment that was killed before it executed its change set may have protected it.
  if (Stacks[0]?.EnableTerminationProtection === true)
    await cloudFormation.updateTerminationProtection({ StackName: stackId, EnableTerminationProtection: false });
  await cloudFormation.deleteStack({ StackName: stackId });
}
