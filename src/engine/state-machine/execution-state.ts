/**
 * What is known of an execution while it runs and after: plain JSON, written before every act and read back after a
 * crash. An execution is a tree of threads: one for the machine itself, one for each branch of a Parallel and each
 * iteration of a Map that is going on.
 */
import type { Json } from "../../kit/json.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export interface ExecutionState {
  readonly status: ExecutionStatus;
  readonly input: Json;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  /** Wall time, ms since the epoch. */
  readonly startDate: number;
  readonly stopDate?: number;
  /** Engine time at which the whole execution is timed out. */
  readonly deadline?: number;
  /** Of the last event of the history. */
  readonly lastEventId: number;
  readonly threads: Readonly<Record<string, Thread>>;
}

export interface Thread {
  /** `0` for the machine itself, `<parent>.<index>` below it. */
  readonly id: string;
  readonly parent?: string;
  /** The branch or the item of its parent's state. */
  readonly index: number;
  /** Of a Map: the item it works on. */
  readonly item?: Json;
  /** Name of its current state. */
  readonly state: string;
  /** What that state was entered with, before InputPath. */
  readonly rawInput: Json;
  /** Wall time. */
  readonly enteredAt: number;
  readonly enteredEventId: number;
  readonly previousEventId: number;
  /** Retries made in this state, by retrier. */
  readonly retries: readonly number[];
  readonly activity: Activity;
}

/** What a thread waits for. `until` and `deadline` are engine time unless it says otherwise. */
export type Activity =
  | {
      readonly kind: "task";
      readonly token: string;
      readonly resource: string;
      readonly parameters: Json;
      readonly deadline?: number;
      /** Its work was taken on; the history says so once. */
      readonly isSubmitted?: true;
    }
  /** `byCalendar`: `until` is wall time, which no speed scales. */
  | { readonly kind: "wait"; readonly until: number; readonly byCalendar: boolean }
  | { readonly kind: "back-off"; readonly until: number }
  /** Outputs by place, null where none is yet; items of a Map that are not begun wait in `items` from `begun` on. */
  | {
      readonly kind: "children";
      readonly outputs: readonly Json[];
      readonly ended: number;
      readonly items: readonly Json[];
      readonly begun: number;
    };

/** As GetExecutionHistory shows it; `details` is the member the type calls for. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  /** Wall time, ms since the epoch. */
  readonly at: number;
  readonly details?: Readonly<Record<string, Json>>;
}

/** What the caller is to do. A token is given once; starting the same token again must do nothing twice. */
export type Act =
  | { readonly kind: "start"; readonly token: string; readonly resource: string; readonly parameters: Json }
  | { readonly kind: "stop"; readonly token: string };

export interface ExecutionStep {
  readonly execution: ExecutionState;
  readonly acts: readonly Act[];
  readonly history: readonly HistoryEvent[];
}
