/**
 * One step of an execution: state and what happened → the next state, the acts it asks for, the events of its history.
 * The caller writes state and events before it performs the acts, and after a crash performs `outstandingActs` again
 * with the same tokens; so no act is lost, and acts that know their token are made once.
 */
import type { Json } from "../../kit/json.ts";
import { ExecutionDraft, type ExecutionSurroundings, ROOT, TooManyEvents } from "./execution-draft.ts";
import type { Act, Activity, ExecutionState, ExecutionStep, Thread } from "./execution-state.ts";
import { failureDetails, resourceWords } from "./history-details.ts";
import { StateTransitions } from "./state-transitions.ts";

/** What became of an act. `submitted` tells of work that was taken on and goes on; it ends with one of the others. */
export type ActOutcome =
  | { readonly type: "succeeded"; readonly token: string; readonly output: Json }
  | { readonly type: "failed"; readonly token: string; readonly error: string; readonly cause: string }
  | { readonly type: "submitted"; readonly token: string; readonly output: Json };

/** StartExecution: the first step, with the `ExecutionStarted` event at its beginning. */
export function beginExecution(input: Json, surroundings: ExecutionSurroundings): ExecutionStep {
  const { definition, now, wallNow, roleArn } = surroundings;
  const { StartAt, TimeoutSeconds } = definition;
  const details = { executionStartedEventDetails: { input: JSON.stringify(input), inputDetails: { truncated: false }, roleArn } };
  const execution: ExecutionState = {
    status: "RUNNING",
    input,
    startDate: wallNow,
    ...(TimeoutSeconds === undefined ? {} : { deadline: now + surroundings.limit(TimeoutSeconds * 1000) }),
    lastEventId: 1,
    threads: {},
  };
  const root: Thread = {
    id: ROOT,
    index: 0,
    state: StartAt,
    rawInput: input,
    enteredAt: wallNow,
    enteredEventId: 0,
    previousEventId: 0,
    retries: [],
    activity: { kind: "back-off", until: now },
  };
  const begun = step(execution, surroundings, (_draft, transitions) => transitions.enter(root, StartAt, input));
  return { ...begun, history: [{ id: 1, previousEventId: 0, type: "ExecutionStarted", at: wallNow, details }, ...begun.history] };
}

/** Takes in the outcome of an act. An outcome of an act that is not running (any more) changes nothing. */
export function report(execution: ExecutionState, outcome: ActOutcome, surroundings: ExecutionSurroundings): ExecutionStep {
  return step(execution, surroundings, (draft, transitions) => {
    const thread = draft.threads.find(({ activity }) => activity.kind === "task" && activity.token === outcome.token);
    if (thread?.activity.kind !== "task") return;
    const [resourceType, resource] = resourceWords(thread.activity.resource);
    const told = { resourceType, resource };
    if (outcome.type === "failed") {
      const { error, cause } = outcome;
      const failed = draft.note(thread, "TaskFailed", { taskFailedEventDetails: { ...told, ...failureDetails(error, cause) } });
      transitions.meet(failed, error, cause);
      return;
    }
    const output = { output: JSON.stringify(outcome.output), outputDetails: { truncated: false } };
    if (outcome.type === "submitted") {
      if (thread.activity.isSubmitted) return;
      const noted = draft.note(thread, "TaskSubmitted", { taskSubmittedEventDetails: { ...told, ...output } });
      draft.keep({ ...noted, activity: { ...thread.activity, isSubmitted: true } });
    } else {
      transitions.complete(draft.note(thread, "TaskSucceeded", { taskSucceededEventDetails: { ...told, ...output } }), outcome.output);
    }
  });
}

/** Lets everything happen that is due: waits that end, retries, timeouts. */
export function letTimePass(execution: ExecutionState, surroundings: ExecutionSurroundings): ExecutionStep {
  const { now, wallNow } = surroundings;
  return step(execution, surroundings, (draft, transitions) => {
    if (draft.deadline !== undefined && draft.deadline <= now) {
      draft.end("TIMED_OUT", {});
      return;
    }
    for (const { id } of draft.threads) {
      // What came before in this loop may have ended it.
      const thread = draft.thread(id);
      if (thread === undefined || !draft.isRunning) continue;
      const { activity } = thread;
      if (activity.kind === "back-off" && activity.until <= now) transitions.work(thread);
      else if (activity.kind === "wait" && activity.until <= (activity.byCalendar ? wallNow : now)) transitions.goOn(thread);
      else if (activity.kind === "task" && (activity.deadline ?? Number.POSITIVE_INFINITY) <= now) {
        const [resourceType, resource] = resourceWords(activity.resource);
        draft.stopTask(activity.token);
        const timedOut = draft.note(thread, "TaskTimedOut", {
          taskTimedOutEventDetails: { resourceType, resource, error: "States.Timeout" },
        });
        transitions.meet(timedOut, "States.Timeout", "");
      }
    }
  });
}

/** StopExecution. */
export function stopExecution(
  execution: ExecutionState,
  { error, cause }: { readonly error?: string | undefined; readonly cause?: string | undefined },
  surroundings: ExecutionSurroundings,
): ExecutionStep {
  const why = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  return step(execution, surroundings, (draft) => draft.end("ABORTED", why));
}

/** What was asked for and is not known to have ended. */
export function outstandingActs({ threads }: ExecutionState): readonly Act[] {
  return Object.values(threads).flatMap(({ activity }): Act[] =>
    activity.kind === "task"
      ? [{ kind: "start", token: activity.token, resource: activity.resource, parameters: activity.parameters }]
      : [],
  );
}

/** When time has to pass next: in engine time, and on the calendar. */
export function wakeAt({ status, deadline, threads }: ExecutionState): { readonly engine?: number; readonly calendar?: number } {
  if (status !== "RUNNING") return {};
  const dues = Object.values(threads).map(({ activity }) => dueOf(activity));
  const engine = earliest([deadline, ...dues.map((due) => due?.engine)]);
  const calendar = earliest(dues.map((due) => due?.calendar));
  return { ...(engine === undefined ? {} : { engine }), ...(calendar === undefined ? {} : { calendar }) };
}

function dueOf(activity: Activity): { readonly engine?: number | undefined; readonly calendar?: number } | undefined {
  if (activity.kind === "task") return { engine: activity.deadline };
  if (activity.kind === "back-off") return { engine: activity.until };
  if (activity.kind === "wait") return activity.byCalendar ? { calendar: activity.until } : { engine: activity.until };
  return undefined;
}

function earliest(instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((instant) => instant !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function step(
  execution: ExecutionState,
  surroundings: ExecutionSurroundings,
  work: (draft: ExecutionDraft, transitions: StateTransitions) => void,
): ExecutionStep {
  if (execution.status !== "RUNNING") return { execution, acts: [], history: [] };
  const draft = new ExecutionDraft(execution, surroundings);
  const transitions = new StateTransitions(draft, surroundings);
  try {
    work(draft, transitions);
    transitions.settle();
  } catch (error) {
    if (!(error instanceof TooManyEvents)) throw error;
    draft.end("FAILED", { error: "States.Runtime", cause: "The execution reached the maximum number of history events (25000)." });
  }
  return draft.finish();
}
