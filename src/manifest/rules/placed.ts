/** Resolved documents with their sources, as the rules see them that look at several at once. */
import type { ResolvedService } from "../resolved.ts";
import type { MapNode } from "../tree.ts";

/** A service, or a job's task, with the tree that says where its fields stand. */
export interface Placed {
  readonly kind: "Service" | "Job";
  readonly service: ResolvedService;
  readonly tree: MapNode;
}
