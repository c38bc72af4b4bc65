import type { StackDraft } from "./stack-draft.ts";
import type { Incarnation, Removal } from "./stack-state.ts";

/** A real thing marked to go; `index` tells several of one logical resource apart. */
export function removal(draft: StackDraft, logicalId: string, incarnation: Incarnation, index: number): Removal {
  return { incarnation, state: "waiting", token: `${draft.operation.token}/${logicalId}/remove/${index}` };
}
