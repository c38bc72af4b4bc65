/** What Step Functions keeps: state machines, executions, and the events of their histories. No SDK code: the platform reads them at its start. */
import type { ExecutionState, HistoryEvent } from "../../../engine/state-machine/execution-state.ts";
import type { Collection, Journal, Store } from "../../persistence/store.ts";

export interface MachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly region: string;
  /** The Amazon States Language, as it was given. */
  readonly definition: string;
  readonly roleArn: string;
  readonly revisionId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, as all dates here. */
  readonly createdAt: number;
}

export interface ExecutionRecord {
  readonly executionArn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly region: string;
  /** Of its start: an execution goes on by the definition it began with. */
  readonly definition: string;
  readonly roleArn: string;
  readonly revisionId: string;
  /** As the caller wrote it. */
  readonly input: string;
  readonly state: ExecutionState;
}

export interface SfnRecords {
  readonly store: Pick<Store, "transaction">;
  /** By ARN, which begins with the region; so are executions, below their machine's name. */
  readonly machines: Collection<MachineRecord>;
  /** Apart from those that have ended, so that a start of the platform reads few. */
  readonly running: Collection<ExecutionRecord>;
  readonly ended: Collection<ExecutionRecord>;
  /** By execution ARN; each line a `HistoryEvent`. */
  readonly history: Journal;
}

/** The collections of Step Functions in the store. */
export function sfnRecords(store: Store): SfnRecords {
  return {
    store,
    machines: store.collection("sfn.machine"),
    running: runningExecutions(store),
    ended: store.collection("sfn.ended"),
    history: store.journal("sfn.history"),
  };
}

/** The executions that go on: all that a platform has to look at when it starts. */
export function runningExecutions(store: Store): Collection<ExecutionRecord> {
  return store.collection("sfn.running");
}

/** Running or ended. */
export function findExecution({ running, ended }: SfnRecords, arn: string): ExecutionRecord | undefined {
  return running.get(arn) ?? ended.get(arn);
}

/** `…:stateMachine:m` → `…:execution:m:`, which every execution's ARN begins with. */
export function executionPrefix(machineArn: string): string {
  return `${machineArn.replace(":stateMachine:", ":execution:")}:`;
}

/** An event of an execution's history, from its line in the journal. */
export function eventOf(line: { readonly text: string }): HistoryEvent {
  return JSON.parse(line.text) as HistoryEvent;
}
