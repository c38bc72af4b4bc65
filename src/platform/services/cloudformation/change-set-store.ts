/** Change sets on disk. Whatever else begins on a stack overtakes those that were made for it before. */
import type { ChangeSetStatus, ChangeSetType, ExecutionStatus, OnStackFailure } from "@aws-sdk/client-cloudformation";
import type { PlannedChange } from "../../../engine/stack/change-set.ts";
import type { Goal } from "../../../engine/stack/stack-plan.ts";
import type { Collection, Store } from "../../persistence/store.ts";

export interface ChangeSetRecord {
  readonly changeSetId: string;
  readonly name: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly type: ChangeSetType;
  readonly description?: string;
  readonly status: ChangeSetStatus;
  readonly statusReason?: string;
  readonly executionStatus: ExecutionStatus;
  readonly createdAt: number;
  readonly goal: Goal;
  readonly changes: readonly PlannedChange[];
  readonly onStackFailure?: OnStackFailure;
  readonly importExisting: boolean;
  readonly notificationArns?: readonly string[];
  readonly roleArn?: string;
}

export class ChangeSetStore {
  readonly #records: Collection<ChangeSetRecord>;

  constructor(store: Store) {
    this.#records = store.collection("cloudformation.change-sets");
  }

  get(changeSetId: string): ChangeSetRecord | undefined {
    return this.#records.get(changeSetId);
  }

  /** Oldest first. */
  ofStack(stackId: string): ChangeSetRecord[] {
    return this.#records
      .list()
      .filter((record) => record.stackId === stackId)
      .sort((a, b) => a.createdAt - b.createdAt);
  }

  put(record: ChangeSetRecord): void {
    this.#records.put(record.changeSetId, record);
  }

  delete(changeSetId: string): void {
    this.#records.delete(changeSetId);
  }

  /** An update overtook them: they can be looked at and no longer executed. */
  obsolete(stackId: string): void {
    for (const record of this.ofStack(stackId))
      if (record.executionStatus === "AVAILABLE") this.put({ ...record, executionStatus: "OBSOLETE" });
  }

  forget(stackId: string): void {
    for (const { changeSetId } of this.ofStack(stackId)) this.delete(changeSetId);
  }
}
