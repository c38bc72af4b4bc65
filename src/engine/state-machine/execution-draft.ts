/**
 * An execution in the middle of a step: the threads as they become, the acts and events gathered on the way. What a
 * thread does next is not decided here but in `state-transitions.ts`.
 */
import type { Json } from "../../kit/json.ts";
import { contextObject, type Identity } from "./context-object.ts";
import { iterationOf, type Program, type State, type StateMachineDefinition } from "./definition.ts";
import type { Act, ExecutionState, ExecutionStatus, ExecutionStep, HistoryEvent, Thread } from "./execution-state.ts";
import { failureDetails } from "./history-details.ts";
import type { Chance } from "./intrinsic-function.ts";
import type { Data } from "./path.ts";
import { selectedInput } from "./payload.ts";

/** What an execution sees of the world. */
export interface ExecutionSurroundings extends Chance, Identity {
  readonly definition: StateMachineDefinition;
  /** Engine time. */
  readonly now: number;
  /** Wall time, for timestamps and the calendar. */
  readonly wallNow: number;
  /** Engine milliseconds that a limit on a real program lasts. */
  limit(configuredMs: number): number;
}

const MOST_EVENTS = 25_000;
export const ROOT = "0";

export class ExecutionDraft {
  readonly #surroundings: ExecutionSurroundings;
  #execution: Omit<ExecutionState, "threads">;
  readonly #threads: Map<string, Thread>;
  readonly #acts: Act[] = [];
  readonly #history: HistoryEvent[] = [];

  constructor(execution: ExecutionState, surroundings: ExecutionSurroundings) {
    const { threads, ...rest } = execution;
    this.#surroundings = surroundings;
    this.#execution = rest;
    this.#threads = new Map(Object.entries(threads));
  }

  get threads(): readonly Thread[] {
    return [...this.#threads.values()];
  }

  get isRunning(): boolean {
    return this.#execution.status === "RUNNING";
  }

  get deadline(): number | undefined {
    return this.#execution.deadline;
  }

  thread(id: string): Thread | undefined {
    return this.#threads.get(id);
  }

  finish(): ExecutionStep {
    return { execution: { ...this.#execution, threads: Object.fromEntries(this.#threads) }, acts: this.#acts, history: this.#history };
  }

  /** Keeps the thread as it is given. */
  keep(thread: Thread): void {
    this.#threads.set(thread.id, thread);
  }

  /** Takes the thread out; its task, if it has one, is over. */
  remove({ id }: Thread): void {
    this.#threads.delete(id);
  }

  startTask(token: string, resource: string, parameters: Json): void {
    this.#acts.push({ kind: "start", token, resource, parameters });
  }

  stopTask(token: string): void {
    this.#acts.push({ kind: "stop", token });
  }

  /** Ends the execution; what still runs is stopped. */
  end(status: Exclude<ExecutionStatus, "RUNNING">, how: { output?: Json; error?: string; cause?: string }): void {
    const root = this.#threads.get(ROOT);
    for (const thread of this.threads) this.#drop(thread);
    const { wallNow } = this.#surroundings;
    const types = {
      SUCCEEDED: "ExecutionSucceeded",
      FAILED: "ExecutionFailed",
      TIMED_OUT: "ExecutionTimedOut",
      ABORTED: "ExecutionAborted",
    };
    const named = types[status];
    const told: Readonly<Record<string, Json>> =
      status === "SUCCEEDED"
        ? { output: JSON.stringify(how.output ?? null), outputDetails: { truncated: false } }
        : failureDetails(how.error, how.cause);
    this.#append(named, root?.previousEventId ?? this.#execution.lastEventId, {
      [`${named.charAt(0).toLowerCase()}${named.slice(1)}EventDetails`]: told,
    });
    this.#execution = { ...this.#execution, status, stopDate: wallNow, ...how };
  }

  /** Ends everything that goes on below the thread; its tasks are stopped. */
  dropBelow({ id }: Thread): void {
    for (const thread of this.threads) if (thread.id.startsWith(`${id}.`)) this.#drop(thread);
  }

  #drop(thread: Thread): void {
    this.#threads.delete(thread.id);
    if (thread.activity.kind === "task") this.stopTask(thread.activity.token);
  }

  /** The state that the thread is in. */
  state(thread: Thread): State {
    const state = this.#program(thread).States[thread.state];
    if (state === undefined) throw new Error(`the definition has no state ${thread.state}`);
    return state;
  }

  #program(thread: Thread): Program {
    const parent = thread.parent === undefined ? undefined : this.#threads.get(thread.parent);
    if (parent === undefined) return this.#surroundings.definition;
    const state = this.state(parent);
    const program = state.Type === "Map" ? iterationOf(state) : state.Branches?.[thread.index];
    if (program === undefined) throw new Error(`the state ${parent.state} has no branch ${thread.index}`);
    return program;
  }

  /** What paths of the thread's state refer to. */
  data(thread: Thread): Data {
    const context = this.context(thread);
    return { input: selectedInput(this.state(thread), { input: thread.rawInput, context }), context };
  }

  /** The context object, `$$`. */
  context(thread: Thread): Json {
    return contextObject(thread, (id) => this.#threads.get(id), this.#execution, this.#surroundings);
  }

  /**
   * Writes an event of the thread's; answers the thread as it goes on after it.
   * @throws TooManyEvents
   */
  note(thread: Thread, type: string, details?: Readonly<Record<string, Json>>): Thread {
    const id = this.#append(type, thread.previousEventId, details);
    if (id >= MOST_EVENTS && this.isRunning) {
      throw new TooManyEvents();
    }
    return { ...thread, previousEventId: id };
  }

  #append(type: string, previousEventId: number, details?: Readonly<Record<string, Json>>): number {
    const id = this.#execution.lastEventId + 1;
    this.#execution = { ...this.#execution, lastEventId: id };
    this.#history.push({ id, previousEventId, type, at: this.#surroundings.wallNow, ...(details === undefined ? {} : { details }) });
    return id;
  }
}

/** An execution has at most 25,000 events: a loop that never waits ends there. */
export class TooManyEvents extends Error {}
