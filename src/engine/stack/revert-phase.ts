/**
 * Going back after an update that failed: what was changed in place is changed back, what was replaced points to its
 * old self again, and what the update made is deleted at the end. Everything needed was kept in `before`.
 */
import { sameJson } from "../../kit/json.ts";
import { removal } from "./removal.ts";
import { startRemoving } from "./remove-phase.ts";
import type { StackDraft } from "./stack-draft.ts";
import type { Incarnation, StackResource } from "./stack-state.ts";

export function startReverting(draft: StackDraft, reason: string): void {
  draft.changeOperation({ phase: "revert" });
  draft.enter("UPDATE_ROLLBACK_IN_PROGRESS", reason);
  for (const resource of Object.values(draft.resources)) plan(draft, resource);
  goOnReverting(draft);
}

function plan(draft: StackDraft, { logicalId, current, before, work }: StackResource): void {
  if (work !== undefined) forgetWork(draft, logicalId);
  if (before === undefined) {
    draft.change(logicalId, { removals: current === undefined ? [] : [removal(draft, logicalId, current, 0)] });
  } else if (current !== undefined && current.physicalId !== before.physicalId) {
    draft.change(logicalId, { current: before, removals: [removal(draft, logicalId, current, 0)], work: { state: "done", act: "revert" } });
    draft.tell(logicalId, "UPDATE_COMPLETE");
  } else if (current !== undefined && isChanged(current, before)) {
    draft.change(logicalId, { work: { state: "waiting", act: "revert" } });
  } else {
    // Dependencies and policies of the failed update were noted, but nothing was done.
    draft.change(logicalId, { current: before });
    if (work?.state === "failed") draft.tell(logicalId, "UPDATE_COMPLETE");
  }
}

function isChanged(current: Incarnation, before: Incarnation): boolean {
  return current.uncertain === true || !sameJson(current.properties, before.properties) || !sameJson(current.tags, before.tags);
}

export function goOnReverting(draft: StackDraft): void {
  const open = new Set(draft.with(({ work }) => work?.state === "waiting" || work?.state === "running").map(({ logicalId }) => logicalId));
  const failed = draft.with(({ work }) => work?.state === "failed");
  if (failed.length === 0)
    for (const { logicalId, current, before, work } of Object.values(draft.resources)) {
      if (work?.state !== "waiting" || current === undefined || before === undefined) continue;
      if (before.dependsOn.some((name) => open.has(name))) continue;
      const token = `${draft.operation.token}/${logicalId}/revert`;
      draft.change(logicalId, { work: { state: "running", act: "revert", token, target: withoutId(before) } });
      draft.tell(logicalId, "UPDATE_IN_PROGRESS", { target: before });
      draft.acts.push({ kind: "update", token, logicalId, target: withoutId(before), current });
    }
  if (draft.with(({ work }) => work?.state === "running").length > 0) return;
  if (failed.length > 0) {
    draft.finish(
      "UPDATE_ROLLBACK_FAILED",
      `The following resource(s) failed to update: [${failed.map(({ logicalId }) => logicalId).join(", ")}]. `,
    );
    return;
  }
  draft.enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
  draft.changeOperation({ phase: "remove" });
  startRemoving(draft);
}

function forgetWork(draft: StackDraft, logicalId: string): void {
  const resource = draft.resources[logicalId];
  if (resource === undefined) return;
  const { work: _, ...rest } = resource;
  draft.resources[logicalId] = rest;
}

function withoutId({
  physicalId: _physicalId,
  attributes: _attributes,
  ...target
}: Incarnation): Omit<Incarnation, "physicalId" | "attributes"> {
  return target;
}
