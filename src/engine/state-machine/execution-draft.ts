/**
 * An execution in the middle of a step: the threads as they become, the acts and events gathered on the way. Entering
 * one state can lead through any number of others that take no time; they are worked off one after the other.
 */
import type { Json } from "../../kit/json.ts";
import { holds, isTimestamp } from "./choice-rule.ts";
import { contextObject, type Identity } from "./context-object.ts";
import { iterationOf, type Program, type State, type StateMachineDefinition } from "./definition.ts";
import { catcherOf, dueRetry } from "./error-handling.ts";
import type { Act, Activity, ExecutionState, ExecutionStatus, ExecutionStep, HistoryEvent, Thread } from "./execution-state.ts";
import { failureDetails, regionOf, resourceWords } from "./history-details.ts";
import type { Chance } from "./intrinsic-function.ts";
import { type Data, read, withValueAt } from "./path.ts";
import { filledIn, fillIn, outputOf, selectedInput, selectedOutput, valueAt } from "./payload.ts";
import { StateError } from "./state-error.ts";

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
const MOST_BYTES = 262_144;
export const ROOT = "0";

export class ExecutionDraft {
  readonly #surroundings: ExecutionSurroundings;
  #execution: Omit<ExecutionState, "threads">;
  readonly #threads: Map<string, Thread>;
  readonly #acts: Act[] = [];
  readonly #history: HistoryEvent[] = [];
  readonly #pending: (() => void)[] = [];

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
    for (let work = this.#pending.shift(); work !== undefined && this.isRunning; work = this.#pending.shift()) work();
    return { execution: { ...this.#execution, threads: Object.fromEntries(this.#threads) }, acts: this.#acts, history: this.#history };
  }

  /** Brings a thread into a state. */
  enter(thread: Thread, state: string, rawInput: Json): void {
    this.#pending.push(() => {
      // A sibling may have failed meanwhile, and taken this one with it.
      if (thread.parent !== undefined && !this.#threads.has(thread.id)) return;
      const entered: Thread = { ...thread, state, rawInput, enteredAt: this.#surroundings.wallNow, retries: [] };
      const type = this.#state(entered).Type;
      const details = { stateEnteredEventDetails: { name: state, input: JSON.stringify(rawInput), inputDetails: { truncated: false } } };
      const after = this.#event(entered, `${type}StateEntered`, details);
      this.work({ ...after, enteredEventId: after.previousEventId });
    });
  }

  /** Does what the thread's state is there for; also again, when it is retried. */
  work(thread: Thread): void {
    this.#guarded(thread, () => {
      const state = this.#state(thread);
      const data = this.#data(thread);
      switch (state.Type) {
        case "Task":
          this.#task(thread, state, data);
          return;
        case "Parallel":
          this.#parallel(thread, state, data);
          return;
        case "Map":
          this.#map(thread, state, data);
          return;
        case "Wait":
          this.#wait(thread, state, data);
          return;
        case "Choice":
          this.#choose(thread, state, data);
          return;
        case "Pass":
          this.complete(thread, state.Result ?? filledIn(state, data, this.#surroundings));
          return;
        case "Succeed":
          this.#leave(thread, undefined, selectedOutput(state, data.input, data.context));
          return;
        case "Fail": {
          const said = (text: string | undefined, path: string | undefined, field: string): string =>
            text ?? (path === undefined ? "" : String(valueAt(path, { ...data, input: thread.rawInput }, this.#surroundings, field)));
          this.#failThread(thread, said(state.Error, state.ErrorPath, "ErrorPath"), said(state.Cause, state.CausePath, "CausePath"));
          return;
        }
      }
    });
  }

  /** The thread's state has done its work. */
  complete(thread: Thread, result: Json): void {
    this.#guarded(thread, () => {
      const state = this.#state(thread);
      this.#leave(thread, state.Next, outputOf(state, thread.rawInput, result, this.#context(thread), this.#surroundings));
    });
  }

  /** A wait is over. */
  goOn(thread: Thread): void {
    this.#guarded(thread, () => {
      const state = this.#state(thread);
      this.#leave(thread, state.Next, selectedOutput(state, this.#data(thread).input, this.#context(thread)));
    });
  }

  /** The thread's state met an error: it is tried again, caught, or the thread fails. */
  meet(thread: Thread, error: string, cause: string): void {
    const state = this.#state(thread);
    this.#dropChildren(thread);
    const retry = dueRetry(state, error, thread.retries, () => this.#surroundings.random());
    if (retry !== undefined) {
      const retries = Array.from(
        { length: Math.max(thread.retries.length, retry.index + 1) },
        (_, index) => (thread.retries[index] ?? 0) + (index === retry.index ? 1 : 0),
      );
      this.keep({ ...thread, retries, activity: { kind: "back-off", until: this.#surroundings.now + retry.delayMs } });
      return;
    }
    const catcher = catcherOf(state, error);
    if (catcher === undefined) {
      this.#failThread(thread, error, cause);
      return;
    }
    const { ResultPath = "$" } = catcher;
    try {
      const output = ResultPath === null ? thread.rawInput : withValueAt(ResultPath, thread.rawInput, { Error: error, Cause: cause });
      this.#leave(thread, catcher.Next, output);
    } catch (problem) {
      // Not met once more: the same catcher would take it, for ever.
      if (!(problem instanceof StateError)) throw problem;
      this.#failThread(thread, problem.error, problem.message);
    }
  }

  /** Writes an event of the thread's. */
  note(thread: Thread, type: string, details?: Readonly<Record<string, Json>>): Thread {
    return this.#event(thread, type, details);
  }

  /** Keeps the thread as it is given. */
  keep(thread: Thread): void {
    this.#threads.set(thread.id, thread);
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
    this.#pending.length = 0;
  }

  #task(thread: Thread, state: State, data: Data): void {
    const { Resource = "", TimeoutSeconds, TimeoutSecondsPath } = state;
    const parameters = filledIn(state, data, this.#surroundings);
    const seconds = TimeoutSecondsPath === undefined ? TimeoutSeconds : read(TimeoutSecondsPath, data, "TimeoutSecondsPath");
    if (seconds !== undefined && !(typeof seconds === "number" && seconds > 0)) {
      throw new StateError("States.Runtime", `TimeoutSecondsPath gives ${JSON.stringify(seconds)}, not a number of seconds`);
    }
    const { now, limit } = this.#surroundings;
    const token = this.#surroundings.uuid();
    const [resourceType, resource] = resourceWords(Resource);
    const scheduled = this.#event(thread, "TaskScheduled", {
      taskScheduledEventDetails: {
        resourceType,
        resource,
        region: regionOf(this.#surroundings.stateMachineArn),
        parameters: JSON.stringify(parameters),
        ...(seconds === undefined ? {} : { timeoutInSeconds: seconds }),
      },
    });
    const started = this.#event(scheduled, "TaskStarted", { taskStartedEventDetails: { resourceType, resource } });
    const deadline = seconds === undefined ? {} : { deadline: now + limit(seconds * 1000) };
    this.keep({ ...started, activity: { kind: "task", token, resource: Resource, parameters, ...deadline } });
    this.#acts.push({ kind: "start", token, resource: Resource, parameters });
  }

  #parallel(thread: Thread, state: State, data: Data): void {
    const { Branches = [] } = state;
    const input = filledIn(state, data, this.#surroundings);
    const started = this.#event(thread, "ParallelStateStarted");
    this.keep({
      ...started,
      activity: { kind: "children", outputs: Branches.map(() => null), ended: 0, items: [], begun: Branches.length },
    });
    for (const [index, branch] of Branches.entries()) this.#startChild(started, index, branch.StartAt, input, undefined);
  }

  #map(thread: Thread, state: State, data: Data): void {
    const items = read(state.ItemsPath ?? "$", data, "ItemsPath");
    if (!Array.isArray(items)) throw new StateError("States.Runtime", `ItemsPath '${state.ItemsPath ?? "$"}' gives no array`);
    const details = { mapStateStartedEventDetails: { length: items.length } };
    const started = this.#event(thread, "MapStateStarted", details);
    if (items.length === 0) {
      this.complete(this.#event(started, "MapStateSucceeded"), []);
      return;
    }
    const most = state.MaxConcurrency === undefined || state.MaxConcurrency === 0 ? items.length : state.MaxConcurrency;
    const begun = Math.min(most, items.length);
    this.keep({ ...started, activity: { kind: "children", outputs: items.map(() => null), ended: 0, items, begun } });
    for (let index = 0; index < begun; index++) this.#startIteration(started, state, index, items[index] as Json);
  }

  #startIteration(parent: Thread, state: State, index: number, item: Json): void {
    const begun = this.#event(parent, "MapIterationStarted", { mapIterationStartedEventDetails: { name: parent.state, index } });
    const program = iterationOf(state);
    if (program !== undefined) this.#startChild({ ...parent, previousEventId: begun.previousEventId }, index, program.StartAt, item, item);
  }

  #startChild(parent: Thread, index: number, startAt: string, input: Json, item: Json | undefined): void {
    const child: Thread = {
      id: `${parent.id}.${index}`,
      parent: parent.id,
      index,
      ...(item === undefined ? {} : { item }),
      state: startAt,
      rawInput: input,
      enteredAt: this.#surroundings.wallNow,
      enteredEventId: 0,
      previousEventId: parent.previousEventId,
      retries: [],
      activity: { kind: "back-off", until: this.#surroundings.now },
    };
    this.keep(child);
    this.#pending.push(() => {
      if (!this.#threads.has(child.id)) return;
      const parentState = this.#state(parent);
      const selector = parentState.ItemSelector ?? (parentState.Type === "Map" ? parentState.Parameters : undefined);
      this.#guarded(parent, () => {
        const { input: parentInput, context } = this.#data(parent);
        const own = { ...(context as Record<string, Json>), Map: { Item: { Index: index, Value: item ?? null } } };
        const selected = selector === undefined ? input : fillIn(selector, { input: parentInput, context: own }, this.#surroundings);
        this.enter(child, startAt, selected);
      });
    });
  }

  #wait(thread: Thread, state: State, data: Data): void {
    const { Seconds, SecondsPath, Timestamp, TimestampPath } = state;
    const seconds = SecondsPath === undefined ? Seconds : read(SecondsPath, data, "SecondsPath");
    const timestamp = TimestampPath === undefined ? Timestamp : read(TimestampPath, data, "TimestampPath");
    if (seconds !== undefined) {
      if (typeof seconds !== "number" || seconds < 0)
        throw new StateError("States.Runtime", `SecondsPath gives ${JSON.stringify(seconds)}, not a number of seconds`);
      this.keep({ ...thread, activity: { kind: "wait", until: this.#surroundings.now + seconds * 1000, byCalendar: false } });
      return;
    }
    if (timestamp === undefined || !isTimestamp(timestamp))
      throw new StateError("States.Runtime", `TimestampPath gives ${JSON.stringify(timestamp)}, not a time`);
    this.keep({ ...thread, activity: { kind: "wait", until: Date.parse(timestamp), byCalendar: true } });
  }

  #choose(thread: Thread, state: State, data: Data): void {
    const { Choices = [], Default } = state;
    const next = Choices.find((rule) => holds(rule, data))?.Next ?? Default;
    if (next === undefined)
      throw new StateError("States.NoChoiceMatched", `No choice rule of the state '${thread.state}' holds, and it has no Default`);
    this.#leave(thread, next, selectedOutput(state, data.input, data.context));
  }

  /** Leaves the thread's state with an output: to the next one, or out of the thread. */
  #leave(thread: Thread, next: string | undefined, output: Json): void {
    if (JSON.stringify(output).length > MOST_BYTES) {
      throw new StateError("States.DataLimitExceeded", `The state '${thread.state}' returned a result larger than 256 KiB`);
    }
    const { Type } = this.#state(thread);
    const details = {
      stateExitedEventDetails: { name: thread.state, output: JSON.stringify(output), outputDetails: { truncated: false } },
    };
    const left = this.#event(thread, `${Type}StateExited`, details);
    if (next !== undefined) {
      this.enter(left, next, output);
      return;
    }
    const { parent } = left;
    if (parent === undefined) {
      this.end("SUCCEEDED", { output });
      return;
    }
    this.#threads.delete(left.id);
    const waiting = this.#threads.get(parent);
    if (waiting?.activity.kind === "children") this.#childEnded(waiting, waiting.activity, left, output);
  }

  #childEnded(parent: Thread, activity: Extract<Activity, { kind: "children" }>, child: Thread, output: Json): void {
    const state = this.#state(parent);
    const outputs = activity.outputs.map((before, index) => (index === child.index ? output : before));
    let after: Thread = { ...parent, previousEventId: child.previousEventId };
    if (state.Type === "Map")
      after = this.#event(after, "MapIterationSucceeded", {
        mapIterationSucceededEventDetails: { name: parent.state, index: child.index },
      });
    const ended = activity.ended + 1;
    if (ended === outputs.length) {
      this.complete(this.#event(after, `${state.Type}StateSucceeded`), outputs);
      return;
    }
    const { begun, items } = activity;
    const goesOn = state.Type === "Map" && begun < items.length;
    this.keep({ ...after, activity: { ...activity, outputs, ended, begun: goesOn ? begun + 1 : begun } });
    if (goesOn) this.#startIteration(after, state, begun, items[begun] as Json);
  }

  #failThread(thread: Thread, error: string, cause: string): void {
    const { parent } = thread;
    if (parent === undefined) {
      this.end("FAILED", { error, cause });
      return;
    }
    const waiting = this.#threads.get(parent);
    if (waiting === undefined) return;
    this.#dropChildren(thread);
    this.#threads.delete(thread.id);
    const { Type } = this.#state(waiting);
    let after: Thread = { ...waiting, previousEventId: thread.previousEventId };
    if (Type === "Map")
      after = this.#event(after, "MapIterationFailed", { mapIterationFailedEventDetails: { name: waiting.state, index: thread.index } });
    this.meet(
      this.#event(after, `${Type}StateFailed`, {
        [Type === "Map" ? "mapStateFailedEventDetails" : "parallelStateFailedEventDetails"]: failureDetails(error, cause),
      }),
      error,
      cause,
    );
  }

  /** Runs what a thread does; an error of its data is an error of its state. */
  #guarded(thread: Thread, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      this.meet(
        thread,
        error.error,
        `An error occurred while executing the state '${thread.state}' (entered at the event id #${thread.enteredEventId}). ${error.message}`,
      );
    }
  }

  #dropChildren({ id }: Thread): void {
    for (const thread of this.threads) if (thread.id.startsWith(`${id}.`)) this.#drop(thread);
  }

  #drop(thread: Thread): void {
    this.#threads.delete(thread.id);
    if (thread.activity.kind === "task") this.stopTask(thread.activity.token);
  }

  #state(thread: Thread): State {
    const state = this.#program(thread).States[thread.state];
    if (state === undefined) throw new Error(`the definition has no state ${thread.state}`);
    return state;
  }

  #program(thread: Thread): Program {
    const parent = thread.parent === undefined ? undefined : this.#threads.get(thread.parent);
    if (parent === undefined) return this.#surroundings.definition;
    const state = this.#state(parent);
    const program = state.Type === "Map" ? iterationOf(state) : state.Branches?.[thread.index];
    if (program === undefined) throw new Error(`the state ${parent.state} has no branch ${thread.index}`);
    return program;
  }

  #data(thread: Thread): Data {
    const context = this.#context(thread);
    return { input: selectedInput(this.#state(thread), { input: thread.rawInput, context }), context };
  }

  /** The context object, `$$`. */
  #context(thread: Thread): Json {
    return contextObject(thread, (id) => this.#threads.get(id), this.#execution, this.#surroundings);
  }

  #event(thread: Thread, type: string, details?: Readonly<Record<string, Json>>): Thread {
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
