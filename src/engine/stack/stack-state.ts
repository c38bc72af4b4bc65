/**
 * What is known of a stack: its record, one record per logical resource, and, while an operation runs, how far it
 * has come. All of it is plain JSON: it is written before every act and read back after a crash.
 */
import type { Json, JsonObject } from "../../kit/json.ts";
import type { Goal, StackIdentity } from "./stack-plan.ts";
import type { DeletionPolicy } from "./template.ts";

export type StackStatus =
  | "REVIEW_IN_PROGRESS"
  | "CREATE_IN_PROGRESS"
  | "CREATE_FAILED"
  | "CREATE_COMPLETE"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_FAILED"
  | "ROLLBACK_COMPLETE"
  | "DELETE_IN_PROGRESS"
  | "DELETE_FAILED"
  | "DELETE_COMPLETE"
  | "UPDATE_IN_PROGRESS"
  | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
  | "UPDATE_COMPLETE"
  | "UPDATE_FAILED"
  | "UPDATE_ROLLBACK_IN_PROGRESS"
  | "UPDATE_ROLLBACK_FAILED"
  | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
  | "UPDATE_ROLLBACK_COMPLETE";

export type ResourceStatus =
  | "CREATE_IN_PROGRESS"
  | "CREATE_FAILED"
  | "CREATE_COMPLETE"
  | "UPDATE_IN_PROGRESS"
  | "UPDATE_FAILED"
  | "UPDATE_COMPLETE"
  | "DELETE_IN_PROGRESS"
  | "DELETE_FAILED"
  | "DELETE_COMPLETE"
  | "DELETE_SKIPPED"
  | "IMPORT_IN_PROGRESS"
  | "IMPORT_FAILED"
  | "IMPORT_COMPLETE";

/** What a resource is to be, every intrinsic resolved. */
export interface Target {
  readonly type: string;
  readonly properties: JsonObject;
  /** The stack's own tags. */
  readonly tags: Readonly<Record<string, string>>;
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
  readonly metadata?: Json;
}

/** One real thing behind a logical name: the target it was last brought to, its id, and what it answers. */
export interface Incarnation extends Target {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, Json>>;
  /** It existed before the stack took it in. */
  readonly imported?: boolean;
  /** An act on it failed or was cancelled: it may not be what `properties` says. */
  readonly uncertain?: boolean;
}

/** How far the operation is with one resource. */
export interface Work {
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly act?: "create" | "replace" | "update" | "import" | "keep" | "revert";
  /** Of the act; the same after a crash. */
  readonly token?: string;
  readonly target?: Target;
}

/** A real thing that is to go. */
export interface Removal {
  readonly incarnation: Incarnation;
  readonly state: "waiting" | "running" | "failed";
  readonly token: string;
}

export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly current?: Incarnation;
  /** What it was when the operation began; kept until the stack is whole again. */
  readonly before?: Incarnation;
  readonly work?: Work;
  readonly removals?: readonly Removal[];
  readonly status: ResourceStatus;
  readonly statusReason?: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

export interface Operation {
  /** A UUID; every act's token is derived from it. */
  readonly token: string;
  readonly kind: "create" | "update" | "delete" | "rollback";
  readonly phase: "apply" | "revert" | "remove";
  /** Absent for delete and rollback. */
  readonly goal?: Goal;
  readonly onFailure: "ROLLBACK" | "DO_NOTHING" | "DELETE";
  /** The stack was never complete before: failing means removing everything. */
  readonly fromScratch: boolean;
  /** Set once the operation cannot succeed; running acts are awaited, then the phase changes. */
  readonly failure?: string;
  /** What follows the failure instead of `onFailure`. */
  readonly thenDelete?: boolean;
  /** Logical ids whose resource exists already and is taken in. */
  readonly imports: readonly string[];
  /** Delete: logical ids that are left alone. Continued rollback: those taken as done. */
  readonly skip: readonly string[];
  readonly clientRequestToken?: string;
}

export interface StackOutput {
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

export interface StackRecord extends StackIdentity {
  readonly status: StackStatus;
  readonly statusReason?: string;
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly deletedAt?: number;
  /** What the stack was last brought to, or, until it was complete once, what it was last to be. */
  readonly goal?: Goal;
  readonly wasComplete: boolean;
  readonly outputs: Readonly<Record<string, StackOutput>>;
  /** Names of exports this stack uses. */
  readonly imports: readonly string[];
  readonly operation?: Operation;
}

export interface StackState {
  readonly stack: StackRecord;
  readonly resources: Readonly<Record<string, StackResource>>;
}

/** A line of DescribeStackEvents. */
export interface StackEvent {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: StackStatus | ResourceStatus;
  readonly reason?: string;
  readonly properties?: JsonObject;
}

/** Something to be done outside. The outcome comes back as an `Outcome` with the same token. */
export type Act =
  | {
      readonly kind: "create";
      readonly token: string;
      readonly logicalId: string;
      readonly target: Target;
      readonly recorded: readonly string[];
    }
  | { readonly kind: "import"; readonly token: string; readonly logicalId: string; readonly target: Target }
  | { readonly kind: "update"; readonly token: string; readonly logicalId: string; readonly target: Target; readonly current: Incarnation }
  | { readonly kind: "delete"; readonly token: string; readonly logicalId: string; readonly current: Incarnation }
  /** Stop waiting for the act with this token; it still reports an outcome. */
  | { readonly kind: "cancel"; readonly token: string };

export interface Made {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, Json>>;
}

export type Outcome =
  /** A create has an id, but is not complete yet. */
  | { readonly type: "initiated"; readonly token: string; readonly made: Made }
  | { readonly type: "succeeded"; readonly token: string; readonly made?: Made }
  | { readonly type: "failed"; readonly token: string; readonly reason: string; readonly cancelled?: boolean };
