/**
 * Brings a stack to a template: create or update by a change set, watched to its end. It handles whatever state the
 * stack is found in, so that a deployment after a failed, interrupted or superseded one works like any other.
 */
import type { StackEvent } from "@aws-sdk/client-cloudformation";
import type { Aws } from "../../aws/aws.ts";
import { pause } from "../../kit/pause.ts";
import { failure } from "../../model/failures.ts";
import type { Tell } from "../events.ts";
import { Pace } from "../polling.ts";
import { deleteStack, findStack, readiness, type StackView, untilAtRest, type WaitTools } from "./stack.ts";
import { StackEventTail } from "./stack-events.ts";

export type ParameterValues = Readonly<Record<string, string | undefined>>;

export interface StackRequest {
  /** Whose events these are. */
  readonly subject: string;
  readonly name: string;
  readonly template: string;
  /** `undefined` keeps the value the stack has. Values for a stack that does not exist yet may differ. */
  readonly parameters: (existing: StackView | undefined) => ParameterValues | Promise<ParameterValues>;
  /**
   * Where `parameters` would change a stack that needs no change: the values under which such a stack shows none. They
   * are tried first, and given up when something else changes as well.
   */
  readonly unchangedParameters?: (existing: StackView, values: ParameterValues) => ParameterValues | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Called after each look at the stack, with the events that were new; answers whether it saw a change. */
  readonly watch?: (events: readonly StackEvent[]) => Promise<boolean>;
}

export interface StackTools extends WaitTools {
  readonly tell: Tell;
}

export type StackOutcome =
  | { readonly kind: "unchanged"; readonly stack: StackView }
  | { readonly kind: "applied"; readonly created: boolean; readonly stack: StackView }
  /** The stack is back where it was, or, after a failed creation, empty. */
  | { readonly kind: "failed"; readonly created: boolean; readonly stack: StackView; readonly events: readonly StackEvent[] }
  /** fsd stopped watching; AWS goes on. */
  | { readonly kind: "interrupted"; readonly stack: StackView };

export async function applyStack(request: StackRequest, tools: StackTools): Promise<StackOutcome> {
  const existing = await makeReady(request, tools);
  const created = existing === undefined;
  const name = `fsd-${tools.clock.now()}`;
  const values = await request.parameters(existing);
  const unchanged = existing === undefined ? undefined : request.unchangedParameters?.(existing, values);
  if (existing !== undefined && unchanged !== undefined) {
    const trial = await proposeChanges(request, unchanged, existing, `${name}-trial`, tools);
    if (trial === "none") return { kind: "unchanged", stack: existing };
    await discard(tools.aws, trial.stackId, `${name}-trial`, false);
  }
  const changes = await proposeChanges(request, values, existing, name, tools);
  if (changes === "none") {
    if (existing === undefined) throw failure("FSD7002", `the template of ${request.name} has no resources`);
    return { kind: "unchanged", stack: existing };
  }
  const tail = new StackEventTail(tools.aws, changes.stackId);
  // What an existing stack has told before is not part of this. A new one has told nothing.
  if (!created) await tail.next();
  await tools.aws.cloudFormation.executeChangeSet({ StackName: changes.stackId, ChangeSetName: name });
  return follow(request, changes.stackId, created, tail, tools);
}

/** Waits for, or clears away, what an earlier operation left. Answers the stack when it can be updated, undefined when it must be created. */
async function makeReady({ name, subject }: StackRequest, tools: StackTools): Promise<StackView | undefined> {
  const { aws, tell } = tools;
  for (;;) {
    const stack = await findStack(aws, name);
    if (stack === undefined) return undefined;
    switch (readiness(stack.status)) {
      case "absent":
      case "empty":
        return undefined;
      case "ready":
        return stack;
      case "settling":
        tell({ type: "note", subject, text: `${name} is ${stack.status}; waiting until it has ended` });
        await untilAtRest(name, tools);
        break;
      case "dead":
        tell({ type: "note", subject, text: `${name} is ${stack.status} from an earlier attempt; it is deleted and created anew` });
        await deleteStack(stack, tools);
        break;
      case "busy":
        throw failure("FSD7004", `the stack ${name} is ${stack.status}: another deployment runs`, {
          hint: "wait until it has ended, then deploy again; fsd status shows how far it is",
        });
      case "stuck":
        throw failure("FSD7005", `the stack ${name} is ${stack.status}: ${stack.reason ?? "an earlier operation failed half way"}`, {
          hint: `aws cloudformation continue-update-rollback --stack-name ${name}`,
        });
    }
  }
}

type Proposal = "none" | { readonly stackId: string };

async function proposeChanges(
  request: StackRequest,
  values: ParameterValues,
  existing: StackView | undefined,
  name: string,
  { aws, clock, signal, rhythm }: StackTools,
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
    // Log groups, tables and buckets are retained by an earlier stack under their literal names.
    ImportExistingResources: true,
  });
  const pace = new Pace(rhythm);
  for (;;) {
    const { Status, StatusReason = "" } = await aws.cloudFormation.describeChangeSet({ StackName: StackId, ChangeSetName: name });
    if (Status === "CREATE_COMPLETE") return { stackId: StackId };
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

/** Removes a change set that will not be executed, and the empty stack it came with. */
async function discard(aws: Aws, stackId: string, name: string, withStack: boolean): Promise<void> {
  await aws.cloudFormation.deleteChangeSet({ StackName: stackId, ChangeSetName: name });
  if (withStack) await aws.cloudFormation.deleteStack({ StackName: stackId });
}

async function follow(
  request: StackRequest,
  stackId: string,
  created: boolean,
  tail: StackEventTail,
  { aws, clock, signal, tell, rhythm }: StackTools,
): Promise<StackOutcome> {
  const events: StackEvent[] = [];
  const pace = new Pace(rhythm);
  let detailedAt = clock.now();
  for (;;) {
    // The stack first: when it is found at rest, the events read after it are all of them.
    const stack = await findStack(aws, stackId);
    if (stack === undefined) throw failure("FSD7002", `the stack ${request.name} was deleted by someone else while it was deployed`);
    const isOver = !stack.status.endsWith("_IN_PROGRESS");
    let changed = false;
    if (isOver || clock.now() - detailedAt >= rhythm.detailMs) {
      detailedAt = clock.now();
      const fresh = await tail.next();
      events.push(...fresh);
      for (const event of fresh) tellResource(request, event, stackId, tell);
      const seen = (await request.watch?.(fresh)) ?? false;
      changed = seen || fresh.length > 0;
    }
    if (isOver) {
      const applied = stack.status === "CREATE_COMPLETE" || stack.status === "UPDATE_COMPLETE";
      return applied ? { kind: "applied", created, stack } : { kind: "failed", created, stack, events };
    }
    if (signal.aborted) return { kind: "interrupted", stack };
    await pause(clock, pace.next(changed), signal);
  }
}

function tellResource({ subject, name }: StackRequest, event: StackEvent, stackId: string, tell: Tell): void {
  if (event.PhysicalResourceId === stackId) return;
  tell({
    type: "resource",
    subject,
    stack: name,
    logicalId: event.LogicalResourceId ?? "",
    resourceType: event.ResourceType ?? "",
    status: event.ResourceStatus ?? "",
    ...(event.ResourceStatusReason === undefined ? {} : { reason: event.ResourceStatusReason }),
  });
}
