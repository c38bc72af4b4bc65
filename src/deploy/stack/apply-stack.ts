/**
 * Brings a stack to a template: create or update by a change set, watched to its end. It handles whatever state the
 * stack is found in, so that a deployment after a failed, interrupted or superseded one works like any other.
 */
import type { StackEvent } from "@aws-sdk/client-cloudformation";
import { pause } from "../../kit/pause.ts";
import { failure } from "../../model/failures.ts";
import type { Tell } from "../events.ts";
import { Pace } from "../polling.ts";
import { discard, newChangeSet, type ParameterValues, type ProposedStack, proposeChanges } from "./change-set.ts";
import { type Loss, lossesOf, lossText } from "./losses.ts";
import { makeReady } from "./make-ready.ts";
import { findStack, type StackTools, type StackView } from "./stack.ts";
import { StackEventTail } from "./stack-events.ts";
import { protectNewStack, protectStack, unprotectStack } from "./termination-protection.ts";

/** What a protected environment does around the change of a stack. */
export interface StackGuard {
  /** It has termination protection before anything of it is made. Without this its protection is left as it is. */
  readonly protect?: boolean;
  /** Called before a stack that stands already gets its protection; when it fails, nothing is changed. */
  readonly beforeProtection?: () => Promise<void>;
  /** Called with the change set's name, and what is lost by it, before that is executed; when it fails, nothing is. */
  readonly beforeExecution?: (changeSet: string, losses: readonly Loss[]) => Promise<void>;
}

export interface StackRequest extends StackGuard, ProposedStack {
  /** Whose events these are. */
  readonly subject: string;
  /** Others may make this stack at the same time and mean the same: then their operation is waited for. */
  readonly shared?: boolean;
  /** `undefined` keeps the value the stack has. Values for a stack that does not exist yet may differ. */
  readonly parameters: (existing: StackView | undefined) => ParameterValues | Promise<ParameterValues>;
  /**
   * Where `parameters` would change a stack that needs no change: the values under which such a stack shows none. They
   * are tried first, and given up when something else changes as well.
   */
  readonly unchangedParameters?: (existing: StackView, values: ParameterValues) => ParameterValues | undefined;
  /** What must be known of the time before anything changes; asked while the change set is made, and done before it is executed. */
  readonly before?: () => Promise<void>;
  /** Called after each look at the stack, with the events that were new; answers whether it saw a change. */
  readonly watch?: (events: readonly StackEvent[]) => Promise<boolean>;
  /** Asked after each look while the operation runs: why to wait no longer. An update is then cancelled, a creation deleted. */
  readonly giveUp?: (created: boolean) => string | undefined;
}

export type StackOutcome =
  | { readonly kind: "unchanged"; readonly stack: StackView }
  | { readonly kind: "applied"; readonly created: boolean; readonly stack: StackView }
  /** The stack is back where it was, or, after a failed creation, empty. */
  | { readonly kind: "failed"; readonly created: boolean; readonly stack: StackView; readonly events: readonly StackEvent[] }
  /** fsd stopped watching; AWS goes on. */
  | { readonly kind: "interrupted"; readonly stack: StackView };

/** How often a change set may be overtaken by another deployment's before it is given up. */
const attempts = 20;

export async function applyStack(request: StackRequest, tools: StackTools): Promise<StackOutcome> {
  for (let attempt = 1; ; attempt++) {
    const existing = await makeReady(request, tools);
    if (request.protect === true && existing !== undefined && !existing.terminationProtection) {
      await request.beforeProtection?.();
      await protectStack(existing, tools.aws);
    }
    try {
      return await applyOnce(request, existing, newChangeSet(tools.clock.now()), tools);
    } catch (error) {
      // Between the look at the stack and the execution another deployment has begun: look again.
      if (!isOvertaken(error) || attempt === attempts) throw error;
    }
  }
}

async function applyOnce(request: StackRequest, existing: StackView | undefined, name: string, tools: StackTools): Promise<StackOutcome> {
  const begun = request.before?.();
  begun?.catch(() => undefined); // Thrown where it is awaited.
  const values = await request.parameters(existing);
  const unchanged = existing === undefined ? undefined : request.unchangedParameters?.(existing, values);
  if (existing !== undefined && unchanged !== undefined) {
    const trial = await proposeChanges(request, unchanged, existing, `${name}-trial`, tools);
    if (trial === "none") {
      await begun;
      return { kind: "unchanged", stack: existing };
    }
    await discard(tools.aws, trial.stackId, `${name}-trial`, false);
  }
  const changes = await proposeChanges(request, values, existing, name, tools);
  await begun;
  if (changes === "none") {
    if (existing === undefined) throw failure("FSD7002", `the template of ${request.name} has no resources`);
    return { kind: "unchanged", stack: existing };
  }
  const tail = new StackEventTail(tools.aws, changes.stackId);
  // What an existing stack has told before is not part of this. A new one has told nothing.
  if (existing !== undefined) await tail.next();
  const losses = lossesOf(changes.changes);
  for (const loss of losses) tools.tell({ type: "note", subject: request.subject, text: lossText(loss) });
  try {
    await request.beforeExecution?.(name, losses);
    // A stack that only its change set has made takes it already, so that it never stands without.
    if (request.protect === true && existing === undefined) await protectNewStack(changes.stackId, tools.aws);
  } catch (error) {
    await discard(tools.aws, changes.stackId, name, existing === undefined);
    throw error;
  }
  await tools.aws.cloudFormation.executeChangeSet({ StackName: changes.stackId, ChangeSetName: name });
  return follow(request, changes.stackId, existing === undefined, tail, tools);
}

/** Whether CloudFormation refuses because another deployment of the same stack was quicker. */
function isOvertaken(error: unknown): boolean {
  const { name, message } = error as Error;
  return (
    /^(ChangeSetNotFound|InvalidChangeSetStatus|AlreadyExists)/.test(name) ||
    (name === "ValidationError" &&
      /is in \w+_IN_PROGRESS state and can ?not be updated|already exists and cannot be created again with the changeSet/.test(message))
  );
}

async function follow(
  request: StackRequest,
  stackId: string,
  created: boolean,
  tail: StackEventTail,
  tools: StackTools,
): Promise<StackOutcome> {
  const { aws, clock, signal, tell, rhythm, spare } = tools;
  const events: StackEvent[] = [];
  let givenUp = false;
  const pace = new Pace(rhythm);
  let detailedAt = clock.now();
  for (;;) {
    // The stack first: when it is found at rest, the events read after it are all of them.
    const stack = await findStack(aws, stackId);
    if (stack === undefined) throw failure("FSD7002", `the stack ${request.name} was deleted by someone else while it was deployed`);
    const isOver = !stack.status.endsWith("_IN_PROGRESS");
    const applied = stack.status === "CREATE_COMPLETE" || stack.status === "UPDATE_COMPLETE";
    if (applied && request.watch === undefined) {
      // What comes next need not wait until each resource is told.
      spare.add(async () => {
        for (const event of await tail.next()) tellResource(request, event, stackId, tell);
      });
      return { kind: "applied", created, stack };
    }
    let changed = false;
    if (isOver || clock.now() - detailedAt >= rhythm.detailMs) {
      detailedAt = clock.now();
      const fresh = await tail.next();
      events.push(...fresh);
      for (const event of fresh) tellResource(request, event, stackId, tell);
      const seen = (await request.watch?.(fresh)) ?? false;
      changed = seen || fresh.length > 0;
      if (!isOver) spare.begin();
    }
    if (isOver) return applied ? { kind: "applied", created, stack } : { kind: "failed", created, stack, events };
    if (signal.aborted) return { kind: "interrupted", stack };
    const reason = givenUp || !/^(CREATE|UPDATE)_IN_PROGRESS$/.test(stack.status) ? undefined : request.giveUp?.(created);
    if (reason !== undefined) {
      givenUp = true;
      await endOperation(request, stack, reason, tools);
    }
    await pause(clock, pace.next(changed), signal);
  }
}

/** Takes back what has not come to an end in time: an update by its rollback, a creation by its deletion, as nothing was there before. */
async function endOperation(
  { subject, protect = false }: StackRequest,
  stack: StackView,
  reason: string,
  tools: StackTools,
): Promise<void> {
  const { aws, tell } = tools;
  const { id, status } = stack;
  const isCreate = status === "CREATE_IN_PROGRESS";
  const isKept = isCreate && stack.terminationProtection && !protect;
  const way = isKept
    ? "someone has protected its stack from deletion, so it is left to end by itself"
    : isCreate
      ? "what was made is deleted"
      : "the update is cancelled and rolled back";
  tell({ type: "note", subject, text: `${reason}; ${way}` });
  if (isKept) return;
  try {
    // Nothing of it was ever live.
    if (isCreate) await unprotectStack(stack, aws);
    await (isCreate ? aws.cloudFormation.deleteStack({ StackName: id }) : aws.cloudFormation.cancelUpdateStack({ StackName: id }));
  } catch (error) {
    // It came to its end meanwhile, which the next look shows.
    if ((error as Error).name !== "ValidationError") throw error;
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
