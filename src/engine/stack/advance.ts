/**
 * One step of a stack operation: state and what happened → the next state, the acts it asks for and the events to
 * publish. The caller writes the state before it performs the acts, and after a crash performs `outstandingActs`
 * again with the same tokens; so no act is lost and none is made twice.
 */
import { fail, failureReason, goOnApplying, startApplying } from "./apply-phase.ts";
import { goOnRemoving, notRemoved, removed, startRemovingAll } from "./remove-phase.ts";
import { goOnReverting, startReverting } from "./revert-phase.ts";
import { StackDraft, type StackSurroundings } from "./stack-draft.ts";
import type { Act, Incarnation, Made, Operation, Outcome, StackEvent, StackResource, StackState, Work } from "./stack-state.ts";

export interface Step {
  readonly state: StackState;
  readonly acts: readonly Act[];
  readonly events: readonly StackEvent[];
}

/** Starts an operation. `status` is what the stack shows from now on, with AWS's usual reason. */
export function beginOperation(state: StackState, operation: Omit<Operation, "phase">, surroundings: StackSurroundings): Step {
  return step(state, surroundings, (draft) => {
    draft.stack = {
      ...draft.stack,
      operation: { ...operation, phase: operation.kind === "create" || operation.kind === "update" ? "apply" : "remove" },
    };
    switch (operation.kind) {
      case "delete":
        startRemovingAll(draft, "delete", "User Initiated");
        return;
      case "rollback":
        beginRollback(draft);
        return;
      default: {
        if (surroundings.plan === undefined) throw new Error("a create or update needs the plan of its goal");
        const verb = operation.kind === "create" ? "CREATE" : "UPDATE";
        if (verb === "UPDATE") draft.stack = { ...draft.stack, updatedAt: surroundings.now };
        draft.enter(`${verb}_IN_PROGRESS`, "User Initiated");
        startApplying(draft, surroundings.plan);
        goOnApplying(draft);
      }
    }
  });
}

/** Takes in the outcome of an act. An outcome of an act that is not running (any more) changes nothing. */
export function report(state: StackState, outcome: Outcome, surroundings: StackSurroundings): Step {
  return step(state, surroundings, (draft) => {
    if (state.stack.operation === undefined) return;
    for (const resource of Object.values(draft.resources)) {
      const { work, removals = [] } = resource;
      if (work?.token === outcome.token && work.state === "running") {
        settleWork(draft, resource, work, outcome);
        return;
      }
      const removal = removals.find(({ token, state: removalState }) => token === outcome.token && removalState === "running");
      if (removal === undefined) continue;
      if (outcome.type === "succeeded") removed(draft, resource.logicalId, removal);
      else if (outcome.type === "failed") notRemoved(draft, resource.logicalId, removal, outcome.reason);
      goOn(draft);
      return;
    }
  });
}

/** Gives an update in progress up, as CancelUpdateStack does. */
export function cancelUpdate(state: StackState, surroundings: StackSurroundings): Step {
  return step(state, surroundings, (draft) => {
    draft.changeOperation({ onFailure: "ROLLBACK" });
    fail(draft, "User Initiated");
    goOn(draft);
  });
}

/** Gives a create up whose time is over. */
export function timeOutCreate(state: StackState, surroundings: StackSurroundings): Step {
  return step(state, surroundings, (draft) => {
    fail(draft, "Stack creation time exceeded the specified timeout.");
    goOn(draft);
  });
}

/** Turns a create in progress into a delete. */
export function deleteInstead(state: StackState, skip: readonly string[], surroundings: StackSurroundings): Step {
  return step(state, surroundings, (draft) => {
    draft.changeOperation({ thenDelete: true, skip });
    fail(draft, "User Initiated");
    goOn(draft);
  });
}

/** What was asked for and has not reported yet; to be performed again when the process that performed it is gone. */
export function outstandingActs(state: StackState): Act[] {
  return Object.values(state.resources).flatMap(({ logicalId, work, current, before, removals = [] }): Act[] => {
    const acts: Act[] = removals
      .filter(({ state: removalState }) => removalState === "running")
      .map(({ token, incarnation }) => ({ kind: "delete", token, logicalId, current: incarnation }));
    if (work?.state !== "running" || work.token === undefined || work.target === undefined) return acts;
    const { token, target, act } = work;
    if (act === "import") acts.push({ kind: "import", token, logicalId, target });
    else if ((act === "update" || act === "revert") && current !== undefined)
      acts.push({ kind: "update", token, logicalId, target, current });
    else acts.push({ kind: "create", token, logicalId, target, recorded: before === undefined ? [] : [before.physicalId] });
    return acts;
  });
}

function step(state: StackState, surroundings: StackSurroundings, change: (draft: StackDraft) => void): Step {
  const draft = new StackDraft(state, surroundings);
  change(draft);
  return { state: { stack: draft.stack, resources: draft.resources }, acts: draft.acts, events: draft.events };
}

function goOn(draft: StackDraft): void {
  const phases = { apply: goOnApplying, revert: goOnReverting, remove: goOnRemoving };
  phases[draft.operation.phase](draft);
}

function settleWork(draft: StackDraft, resource: StackResource, work: Work, outcome: Outcome): void {
  const { logicalId, current } = resource;
  const verb = work.act === "import" ? "IMPORT" : work.act === "create" ? "CREATE" : "UPDATE";
  const isNew = work.act === "create" || work.act === "replace";
  if (outcome.type === "initiated") {
    if (!isNew || isRecorded(current, outcome.made)) return;
    // Should the process end here, the thing is known and can be removed; uncertain until the act is done.
    draft.change(logicalId, { current: { ...incarnation(work, outcome.made), uncertain: true } });
    draft.tell(logicalId, `${verb}_IN_PROGRESS`, { reason: "Resource creation Initiated" });
    return;
  }
  if (outcome.type === "succeeded") {
    const made = outcome.made ?? current;
    if (made !== undefined) {
      const taken = work.act === "import" || (current?.imported === true && !isNew);
      draft.change(logicalId, { current: { ...incarnation(work, made), ...(taken ? { imported: true } : {}) } });
    }
    draft.change(logicalId, { work: { ...work, state: "done" } });
    draft.tell(logicalId, `${verb}_COMPLETE`, { reason: verb === "IMPORT" ? "Resource import completed." : undefined });
    goOn(draft);
    return;
  }
  if (current !== undefined && !isNew) draft.change(logicalId, { current: { ...current, uncertain: true } });
  draft.change(logicalId, { work: { ...work, state: "failed" } });
  const cancelled = `Resource ${verb === "UPDATE" ? "update" : "creation"} cancelled`;
  draft.tell(logicalId, `${verb}_FAILED`, { reason: outcome.cancelled === true ? cancelled : outcome.reason });
  if (draft.operation.phase === "apply") fail(draft, failureReason(draft));
  goOn(draft);
}

function isRecorded(current: Incarnation | undefined, made: Made): boolean {
  return current?.physicalId === made.physicalId;
}

function incarnation(work: Work, { physicalId, attributes }: Made): Incarnation {
  if (work.target === undefined) throw new Error("work that ran has a target");
  return { ...work.target, physicalId, attributes };
}

function beginRollback(draft: StackDraft): void {
  const { skip } = draft.operation;
  if (!draft.stack.wasComplete) {
    startRemovingAll(draft, "rollback", "User Initiated");
    return;
  }
  // Continuing: those that failed going back are tried again, except those to be taken as they are.
  for (const { logicalId, before } of Object.values(draft.resources))
    if (skip.includes(logicalId) && before !== undefined) {
      draft.change(logicalId, { current: before });
      draft.tell(logicalId, "UPDATE_COMPLETE");
    }
  startReverting(draft, "User Initiated");
}
