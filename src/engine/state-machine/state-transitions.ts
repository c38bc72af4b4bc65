/**
 * How the threads of an execution go from state to state: what each type of state does, where its output goes, and what
 * becomes of an error (retried, caught, or the end of the thread), as the Amazon States Language has it. Entering one
 * state can lead through any number of others that take no time; they are worked off one after the other.
 */
import type { Json } from "../../kit/json.ts";
import { holds, isTimestamp } from "./choice-rule.ts";
import { iterationOf, type State } from "./definition.ts";
import { catcherOf, dueRetry } from "./error-handling.ts";
import type { ExecutionDraft, ExecutionSurroundings } from "./execution-draft.ts";
import type { Activity, Thread } from "./execution-state.ts";
import { failureDetails, regionOf, resourceWords } from "./history-details.ts";
import { type Data, read, withValueAt } from "./path.ts";
import { filledIn, fillIn, outputOf, selectedOutput, valueAt } from "./payload.ts";
import { StateError } from "./state-error.ts";

const MOST_BYTES = 262_144;

export class StateTransitions {
  readonly #draft: ExecutionDraft;
  readonly #surroundings: ExecutionSurroundings;
  readonly #pending: (() => void)[] = [];

  constructor(draft: ExecutionDraft, surroundings: ExecutionSurroundings) {
    this.#draft = draft;
    this.#surroundings = surroundings;
  }

  /** Works off what was begun, until every thread waits for something or the execution has ended. */
  settle(): void {
    for (let work = this.#pending.shift(); work !== undefined && this.#draft.isRunning; work = this.#pending.shift()) work();
  }

  /** Brings a thread into a state. */
  enter(thread: Thread, state: string, rawInput: Json): void {
    this.#pending.push(() => {
      // A sibling may have failed meanwhile, and taken this one with it.
      if (thread.parent !== undefined && this.#draft.thread(thread.id) === undefined) return;
      const entered: Thread = { ...thread, state, rawInput, enteredAt: this.#surroundings.wallNow, retries: [] };
      const type = this.#draft.state(entered).Type;
      const details = { stateEnteredEventDetails: { name: state, input: JSON.stringify(rawInput), inputDetails: { truncated: false } } };
      const after = this.#draft.note(entered, `${type}StateEntered`, details);
      this.work({ ...after, enteredEventId: after.previousEventId });
    });
  }

  /** Does what the thread's state is there for; also again, when it is retried. */
  work(thread: Thread): void {
    this.#guarded(thread, () => {
      const state = this.#draft.state(thread);
      const data = this.#draft.data(thread);
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
      const state = this.#draft.state(thread);
      this.#leave(thread, state.Next, outputOf(state, thread.rawInput, result, this.#draft.context(thread), this.#surroundings));
    });
  }

  /** A wait is over. */
  goOn(thread: Thread): void {
    this.#guarded(thread, () => {
      const state = this.#draft.state(thread);
      this.#leave(thread, state.Next, selectedOutput(state, this.#draft.data(thread).input, this.#draft.context(thread)));
    });
  }

  /** The thread's state met an error: it is tried again, caught, or the thread fails. */
  meet(thread: Thread, error: string, cause: string): void {
    const state = this.#draft.state(thread);
    this.#draft.dropBelow(thread);
    const retry = dueRetry(state, error, thread.retries, () => this.#surroundings.random());
    if (retry !== undefined) {
      const retries = Array.from(
        { length: Math.max(thread.retries.length, retry.index + 1) },
        (_, index) => (thread.retries[index] ?? 0) + (index === retry.index ? 1 : 0),
      );
      this.#draft.keep({ ...thread, retries, activity: { kind: "back-off", until: this.#surroundings.now + retry.delayMs } });
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
    const scheduled = this.#draft.note(thread, "TaskScheduled", {
      taskScheduledEventDetails: {
        resourceType,
        resource,
        region: regionOf(this.#surroundings.stateMachineArn),
        parameters: JSON.stringify(parameters),
        ...(seconds === undefined ? {} : { timeoutInSeconds: seconds }),
      },
    });
    const started = this.#draft.note(scheduled, "TaskStarted", { taskStartedEventDetails: { resourceType, resource } });
    const deadline = seconds === undefined ? {} : { deadline: now + limit(seconds * 1000) };
    this.#draft.keep({ ...started, activity: { kind: "task", token, resource: Resource, parameters, ...deadline } });
    this.#draft.startTask(token, Resource, parameters);
  }

  #parallel(thread: Thread, state: State, data: Data): void {
    const { Branches = [] } = state;
    const input = filledIn(state, data, this.#surroundings);
    const started = this.#draft.note(thread, "ParallelStateStarted");
    this.#draft.keep({
      ...started,
      activity: { kind: "children", outputs: Branches.map(() => null), ended: 0, items: [], begun: Branches.length },
    });
    for (const [index, branch] of Branches.entries()) this.#startChild(started, index, branch.StartAt, input, undefined);
  }

  #map(thread: Thread, state: State, data: Data): void {
    const items = read(state.ItemsPath ?? "$", data, "ItemsPath");
    if (!Array.isArray(items)) throw new StateError("States.Runtime", `ItemsPath '${state.ItemsPath ?? "$"}' gives no array`);
    const details = { mapStateStartedEventDetails: { length: items.length } };
    const started = this.#draft.note(thread, "MapStateStarted", details);
    if (items.length === 0) {
      this.complete(this.#draft.note(started, "MapStateSucceeded"), []);
      return;
    }
    const most = state.MaxConcurrency === undefined || state.MaxConcurrency === 0 ? items.length : state.MaxConcurrency;
    const begun = Math.min(most, items.length);
    this.#draft.keep({ ...started, activity: { kind: "children", outputs: items.map(() => null), ended: 0, items, begun } });
    for (let index = 0; index < begun; index++) this.#startIteration(started, state, index, items[index] as Json);
  }

  #startIteration(parent: Thread, state: State, index: number, item: Json): void {
    const begun = this.#draft.note(parent, "MapIterationStarted", { mapIterationStartedEventDetails: { name: parent.state, index } });
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
    this.#draft.keep(child);
    this.#pending.push(() => {
      if (this.#draft.thread(child.id) === undefined) return;
      const parentState = this.#draft.state(parent);
      const selector = parentState.ItemSelector ?? (parentState.Type === "Map" ? parentState.Parameters : undefined);
      this.#guarded(parent, () => {
        const { input: parentInput, context } = this.#draft.data(parent);
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
      this.#draft.keep({ ...thread, activity: { kind: "wait", until: this.#surroundings.now + seconds * 1000, byCalendar: false } });
      return;
    }
    if (timestamp === undefined || !isTimestamp(timestamp))
      throw new StateError("States.Runtime", `TimestampPath gives ${JSON.stringify(timestamp)}, not a time`);
    this.#draft.keep({ ...thread, activity: { kind: "wait", until: Date.parse(timestamp), byCalendar: true } });
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
    const { Type } = this.#draft.state(thread);
    const details = {
      stateExitedEventDetails: { name: thread.state, output: JSON.stringify(output), outputDetails: { truncated: false } },
    };
    const left = this.#draft.note(thread, `${Type}StateExited`, details);
    if (next !== undefined) {
      this.enter(left, next, output);
      return;
    }
    const { parent } = left;
    if (parent === undefined) {
      this.#draft.end("SUCCEEDED", { output });
      return;
    }
    this.#draft.remove(left);
    const waiting = this.#draft.thread(parent);
    if (waiting?.activity.kind === "children") this.#childEnded(waiting, waiting.activity, left, output);
  }

  #childEnded(parent: Thread, activity: Extract<Activity, { kind: "children" }>, child: Thread, output: Json): void {
    const state = this.#draft.state(parent);
    const outputs = activity.outputs.map((before, index) => (index === child.index ? output : before));
    let after: Thread = { ...parent, previousEventId: child.previousEventId };
    if (state.Type === "Map")
      after = this.#draft.note(after, "MapIterationSucceeded", {
        mapIterationSucceededEventDetails: { name: parent.state, index: child.index },
      });
    const ended = activity.ended + 1;
    if (ended === outputs.length) {
      this.complete(this.#draft.note(after, `${state.Type}StateSucceeded`), outputs);
      return;
    }
    const { begun, items } = activity;
    const goesOn = state.Type === "Map" && begun < items.length;
    this.#draft.keep({ ...after, activity: { ...activity, outputs, ended, begun: goesOn ? begun + 1 : begun } });
    if (goesOn) this.#startIteration(after, state, begun, items[begun] as Json);
  }

  #failThread(thread: Thread, error: string, cause: string): void {
    const { parent } = thread;
    if (parent === undefined) {
      this.#draft.end("FAILED", { error, cause });
      return;
    }
    const waiting = this.#draft.thread(parent);
    if (waiting === undefined) return;
    this.#draft.dropBelow(thread);
    this.#draft.remove(thread);
    const { Type } = this.#draft.state(waiting);
    let after: Thread = { ...waiting, previousEventId: thread.previousEventId };
    if (Type === "Map")
      after = this.#draft.note(after, "MapIterationFailed", {
        mapIterationFailedEventDetails: { name: waiting.state, index: thread.index },
      });
    this.meet(
      this.#draft.note(after, `${Type}StateFailed`, {
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
}
