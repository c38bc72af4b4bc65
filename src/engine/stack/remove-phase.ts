/**
 * Deleting what is marked to go: whatever depends on a thing goes before it, the rest at the same time. What a
 * policy protects is only let go of (DELETE_SKIPPED). The same phase ends a delete, the rollback of a create, and
 * the clean-up after an update or its rollback.
 */
import { removal } from "./removal.ts";
import type { StackDraft } from "./stack-draft.ts";
import type { Incarnation, Removal, StackResource } from "./stack-state.ts";

/** Removes every real thing of the stack: a delete, or the rollback of a create. */
export function startRemovingAll(draft: StackDraft, kind: "delete" | "rollback", reason: string): void {
  draft.changeOperation({ kind, phase: "remove" });
  draft.enter(kind === "delete" ? "DELETE_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS", reason);
  for (const { logicalId, current, before } of Object.values(draft.resources)) {
    const things = [current, before].filter((thing) => thing !== undefined);
    const unique = things.filter((thing, index) => things.findIndex(({ physicalId }) => physicalId === thing.physicalId) === index);
    draft.change(logicalId, { removals: unique.map((incarnation, index) => removal(draft, logicalId, incarnation, index)) });
  }
  startRemoving(draft);
}

/** Lets go of what is protected, then starts deleting. */
export function startRemoving(draft: StackDraft): void {
  for (const resource of Object.values(draft.resources))
    for (const { incarnation } of resource.removals ?? []) {
      if (!isKept(draft, resource, incarnation)) continue;
      drop(draft, resource.logicalId, incarnation);
      draft.tell(resource.logicalId, "DELETE_SKIPPED", { physicalId: incarnation.physicalId });
    }
  goOnRemoving(draft);
}

export function goOnRemoving(draft: StackDraft): void {
  const open = Object.values(draft.resources).flatMap(({ logicalId, removals = [] }) => removals.map((each) => ({ logicalId, ...each })));
  const free = open.filter(
    ({ state, logicalId }) =>
      state === "waiting" && !open.some((other) => other.logicalId !== logicalId && other.incarnation.dependsOn.includes(logicalId)),
  );
  const isRunning = open.some(({ state }) => state === "running");
  const hasFailed = open.some(({ state }) => state === "failed");
  // Things of two templates (an update that failed half-way) may name each other in a circle; then order is lost, not the deletion.
  const startable = free.length === 0 && !isRunning && !hasFailed ? open : free;
  for (const { logicalId, incarnation, token } of startable) {
    setState(draft, logicalId, token, "running");
    draft.tell(logicalId, "DELETE_IN_PROGRESS", { physicalId: incarnation.physicalId });
    draft.acts.push({ kind: "delete", token, logicalId, current: incarnation });
  }
  if (startable.length === 0 && !isRunning) finish(draft);
}

/** The thing is gone. */
export function removed(draft: StackDraft, logicalId: string, { incarnation }: Removal): void {
  drop(draft, logicalId, incarnation);
  draft.tell(logicalId, "DELETE_COMPLETE", { physicalId: incarnation.physicalId });
}

/** The thing could not be deleted. */
export function notRemoved(draft: StackDraft, logicalId: string, { incarnation, token }: Removal, reason: string): void {
  setState(draft, logicalId, token, "failed");
  draft.tell(logicalId, "DELETE_FAILED", { reason, physicalId: incarnation.physicalId });
}

function isKept(draft: StackDraft, { logicalId, before, current }: StackResource, incarnation: Incarnation): boolean {
  const { kind, skip } = draft.operation;
  const { wasComplete, status } = draft.stack;
  const { deletionPolicy, updateReplacePolicy, physicalId } = incarnation;
  const isFresh = !wasComplete || before?.physicalId !== physicalId;
  if (kind === "delete" && skip.includes(logicalId)) return true;
  if (kind !== "delete" && !status.includes("ROLLBACK")) {
    // Cleaning up after an update: the thing was replaced, or the template no longer has it.
    return protects(current === undefined || current.physicalId === physicalId ? deletionPolicy : updateReplacePolicy);
  }
  if (kind === "delete" && wasComplete) return protects(deletionPolicy);
  // Undoing: what this operation made goes, unless Retain holds even that; what it only took in stays.
  if (!isFresh) return protects(deletionPolicy);
  if (incarnation.imported === true) return true;
  return deletionPolicy === "Retain" && (before === undefined || !wasComplete);
}

// No type here takes snapshots; keeping the thing loses nothing, deleting it would.
function protects(policy: Incarnation["deletionPolicy"]): boolean {
  return policy !== "Delete";
}

function setState(draft: StackDraft, logicalId: string, token: string, state: Removal["state"]): void {
  const removals = draft.resources[logicalId]?.removals ?? [];
  draft.change(logicalId, { removals: removals.map((each) => (each.token === token ? { ...each, state } : each)) });
}

function drop(draft: StackDraft, logicalId: string, incarnation: Incarnation): void {
  const resource = draft.resources[logicalId];
  if (resource === undefined) return;
  const { current, before, removals = [], ...rest } = resource;
  const isOther = (thing: Incarnation | undefined): thing is Incarnation =>
    thing !== undefined && thing.physicalId !== incarnation.physicalId;
  draft.resources[logicalId] = {
    ...rest,
    ...(isOther(current) ? { current } : {}),
    ...(isOther(before) ? { before } : {}),
    removals: removals.filter((each) => each.incarnation.physicalId !== incarnation.physicalId),
  };
}

function finish(draft: StackDraft): void {
  const { kind } = draft.operation;
  const failed = draft.with(({ removals = [] }) => removals.some(({ state }) => state === "failed")).map(({ logicalId }) => logicalId);
  const reason = failed.length > 0 ? `The following resource(s) failed to delete: [${failed.join(", ")}]. ` : undefined;
  if (kind === "delete") {
    draft.finish(reason === undefined ? "DELETE_COMPLETE" : "DELETE_FAILED", reason);
    if (reason === undefined) draft.stack = { ...draft.stack, outputs: {}, imports: [], deletedAt: draft.surroundings.now };
  } else if (kind === "rollback" && !draft.stack.status.startsWith("UPDATE_")) {
    draft.finish(reason === undefined ? "ROLLBACK_COMPLETE" : "ROLLBACK_FAILED", reason);
  } else {
    const isRollback = draft.stack.status === "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS";
    const orphans =
      reason === undefined ? undefined : `Update${isRollback ? " rollback" : ""} successful. One or more resources could not be deleted.`;
    forgetDeleted(draft);
    draft.forgetBefore();
    draft.finish(isRollback ? "UPDATE_ROLLBACK_COMPLETE" : "UPDATE_COMPLETE", orphans);
  }
}

// Only what stands is listed after an update, as DescribeStackResources does; what could not be deleted is nobody's now.
function forgetDeleted(draft: StackDraft): void {
  for (const { logicalId, current, removals = [] } of Object.values(draft.resources))
    if (current === undefined || removals.some(({ incarnation }) => incarnation.physicalId === current.physicalId))
      delete draft.resources[logicalId];
}
