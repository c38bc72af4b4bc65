/**
 * Carries executions out: takes steps from the engine, writes each (with the events of its history) before it acts on
 * it, and feeds what the integrations answer back. After a crash, what was asked for and is not known to have ended is
 * asked for again with the same token. Waits, retries and timeouts run on the engine's clock; a wait until a time of day
 * on the wall's.
 */
import {
  type ActOutcome,
  beginExecution,
  letTimePass,
  outstandingActs,
  report,
  stopExecution,
  wakeAt,
} from "../../../engine/state-machine/advance-execution.ts";
import type { StateMachineDefinition } from "../../../engine/state-machine/definition.ts";
import type { ExecutionSurroundings } from "../../../engine/state-machine/execution-draft.ts";
import type { Act, ExecutionState, ExecutionStep } from "../../../engine/state-machine/execution-state.ts";
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Json } from "../../../kit/json.ts";
import type { Call } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import type { MetricSink } from "../cloudwatch/metric-sink.ts";
import { IntegrationFailure } from "./integrations/integration.ts";
import { integrationOf, parametersOf } from "./integrations/integrations.ts";
import { type ExecutionRecord, executionPrefix, type MachineRecord, type SfnRecords, sfnRecords } from "./records.ts";

export interface ExecutionRunnerDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Clock;
  readonly engineClock: Clock;
  readonly ids: Ids;
  readonly call: Call;
  readonly metrics: MetricSink;
  /** Engine milliseconds that a limit on a real program lasts. */
  readonly limit: (configuredMs: number) => number;
  /** Calls back whenever an ECS task may have stopped, with its ARN; answers how to end that. */
  readonly onTaskStopped: (listener: (taskArn: string) => void) => Cancel;
  /** Is told of every execution that began or ended, in the transaction that says so. */
  readonly changed: (execution: ExecutionRecord) => void;
  readonly report: (defect: unknown) => void;
}

class NotWanted extends Error {}

export class ExecutionRunner {
  readonly #dependencies: ExecutionRunnerDependencies;
  readonly #records: SfnRecords;
  /** What is being done, by token. */
  readonly #acts = new Map<string, AbortController>();
  /** Who waits for a task's end, by its ARN. */
  readonly #ends = new Map<string, Set<() => void>>();
  readonly #wakes = new Map<string, Cancel>();
  readonly #unsubscribe: Cancel;
  #isClosed = false;

  constructor(dependencies: ExecutionRunnerDependencies) {
    this.#dependencies = dependencies;
    this.#records = sfnRecords(dependencies.store);
    this.#unsubscribe = dependencies.onTaskStopped((taskArn) => {
      for (const ended of this.#ends.get(taskArn) ?? []) ended();
    });
  }

  /** Goes on with every execution that was running when the process ended. */
  start(): void {
    for (const execution of this.#records.running.list()) {
      for (const act of outstandingActs(execution.state)) this.#perform(execution, act);
      this.#schedule(execution);
    }
  }

  /** Starts nothing any more; what is in progress is taken up by the next `start`. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    for (const cancel of this.#wakes.values()) cancel();
    for (const act of this.#acts.values()) act.abort(new NotWanted());
  }

  begin(machine: MachineRecord, executionArn: string, name: string, input: string): ExecutionRecord {
    const { arn, name: machineName, region, definition, roleArn, revisionId } = machine;
    const identity = { executionArn, name, machineArn: arn, machineName, region, definition, roleArn, revisionId, input };
    const step = beginExecution(JSON.parse(input) as Json, this.#surroundings(identity));
    this.#count(identity, "ExecutionsStarted");
    return this.#take({ ...identity, state: step.execution }, step, true);
  }

  /** StopExecution; what has ended stays as it is. */
  stop(executionArn: string, why: { readonly error?: string | undefined; readonly cause?: string | undefined }): void {
    const execution = this.#records.running.get(executionArn);
    if (execution !== undefined) this.#take(execution, stopExecution(execution.state, why, this.#surroundings(execution)));
  }

  /** Ends what still runs of a machine that is deleted. */
  stopAll(machineArn: string): void {
    for (const { executionArn } of this.#records.running.list(executionPrefix(machineArn))) {
      this.stop(executionArn, { error: "States.Runtime", cause: "The state machine was deleted." });
    }
  }

  #report(executionArn: string, outcome: ActOutcome): void {
    const execution = this.#records.running.get(executionArn);
    if (execution === undefined || this.#isClosed) return;
    this.#take(execution, report(execution.state, outcome, this.#surroundings(execution)));
  }

  #take(before: ExecutionRecord, { execution: state, acts, history }: ExecutionStep, isNew = false): ExecutionRecord {
    const { running, ended, history: journal, store } = this.#records;
    const execution: ExecutionRecord = { ...before, state };
    const { executionArn } = execution;
    const isOver = state.status !== "RUNNING";
    store.transaction(() => {
      if (isOver) {
        running.delete(executionArn);
        ended.put(executionArn, execution);
      } else running.put(executionArn, execution);
      const lines = history.map((event) => ({ timestamp: event.at, text: JSON.stringify(event) }));
      if (lines.length > 0) journal.append(executionArn, lines);
      if (isNew) this.#dependencies.changed({ ...execution, state: begun(state) });
      if (isOver) this.#dependencies.changed(execution);
    });
    for (const act of acts) this.#perform(execution, act);
    this.#schedule(execution);
    if (isOver) this.#measureEnd(execution, state);
    return execution;
  }

  #measureEnd(execution: ExecutionRecord, { status, startDate, stopDate = startDate }: ExecutionState): void {
    const names = { RUNNING: "", SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", ABORTED: "Aborted" };
    this.#count(execution, `Executions${names[status]}`);
    this.#count(execution, "ExecutionTime", stopDate - startDate, "Milliseconds");
  }

  #count({ region, machineArn }: Pick<ExecutionRecord, "region" | "machineArn">, name: string, value = 1, unit = "Count"): void {
    const { metrics, clock } = this.#dependencies;
    metrics.record(region, "AWS/States", name, { StateMachineArn: machineArn }, value, clock.now(), unit);
  }

  #schedule({ executionArn, state }: ExecutionRecord): void {
    this.#wakes.get(executionArn)?.();
    this.#wakes.delete(executionArn);
    if (this.#isClosed) return;
    const { engine, calendar } = wakeAt(state);
    const { clock, engineClock } = this.#dependencies;
    const wake = (): void => {
      const execution = this.#records.running.get(executionArn);
      if (execution !== undefined && !this.#isClosed) this.#take(execution, letTimePass(execution.state, this.#surroundings(execution)));
    };
    const cancels = [
      ...(engine === undefined ? [] : [engineClock.at(engine, wake)]),
      ...(calendar === undefined ? [] : [clock.at(calendar, wake)]),
    ];
    if (cancels.length > 0) {
      this.#wakes.set(executionArn, () => {
        for (const cancel of cancels) cancel();
      });
    }
  }

  #perform(execution: ExecutionRecord, act: Act): void {
    if (act.kind === "stop") {
      this.#acts.get(act.token)?.abort(new NotWanted());
      return;
    }
    if (this.#isClosed) return;
    const { token, resource, parameters } = act;
    const controller = new AbortController();
    this.#acts.set(token, controller);
    this.#carryOut(execution, resource, parameters, token, controller.signal).then(
      (outcome) => {
        this.#acts.delete(token);
        if (outcome !== undefined) this.#report(execution.executionArn, outcome);
      },
      (defect: unknown) => this.#dependencies.report(defect),
    );
  }

  /** Undefined when nobody waits for the outcome any more. */
  async #carryOut(
    { executionArn, region }: ExecutionRecord,
    resource: string,
    parameters: Json,
    token: string,
    signal: AbortSignal,
  ): Promise<ActOutcome | undefined> {
    const { call } = this.#dependencies;
    const submitted = (output: unknown): void => this.#report(executionArn, { type: "submitted", token, output: asJson(output) });
    const taskEnd = (taskArn: string): Promise<void> => this.#taskEnd(taskArn, region, signal);
    try {
      const run = integrationOf(resource);
      if (run === undefined) throw new IntegrationFailure("States.Runtime", `the local platform has no integration ${resource}`);
      // When the platform closes, what runs goes on without it and is found again by its token.
      const output = await run(parametersOf(parameters), { call, region, token, signal, submitted, taskEnd });
      return { type: "succeeded", token, output: asJson(output) };
    } catch (fault) {
      if (fault instanceof NotWanted) return undefined;
      if (fault instanceof IntegrationFailure) return { type: "failed", token, error: fault.error, cause: fault.message };
      throw fault;
    }
  }

  async #taskEnd(taskArn: string, region: string, signal: AbortSignal): Promise<void> {
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve, reject) => {
      tell = resolve;
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => (this.#isClosed ? undefined : reject(signal.reason)), { once: true });
    });
    // Awaited below, after the question whether it has stopped already; a rejection before that is no unhandled one.
    told.catch(() => undefined);
    const waiting = this.#ends.get(taskArn) ?? new Set();
    this.#ends.set(taskArn, waiting.add(tell));
    try {
      // It may have stopped before anybody listened.
      const cluster = taskArn.split("/")[1];
      const { tasks = [] } = await this.#dependencies.call("ecs", "DescribeTasks", { cluster, tasks: [taskArn] }, { region });
      if (tasks[0] === undefined || tasks[0].lastStatus === "STOPPED") tell();
      await told;
    } finally {
      waiting.delete(tell);
      if (waiting.size === 0) this.#ends.delete(taskArn);
    }
  }

  #surroundings(execution: Omit<ExecutionRecord, "state">): ExecutionSurroundings {
    const { clock, engineClock, ids, limit } = this.#dependencies;
    return {
      definition: JSON.parse(execution.definition) as StateMachineDefinition,
      executionArn: execution.executionArn,
      executionName: execution.name,
      stateMachineArn: execution.machineArn,
      stateMachineName: execution.machineName,
      roleArn: execution.roleArn,
      now: engineClock.now(),
      wallNow: clock.now(),
      uuid: () => ids.uuid(),
      // 52 bits, as many as a number between 0 and 1 holds.
      random: () => Number.parseInt(ids.hex(13), 16) / 2 ** 52,
      limit,
    };
  }
}

/** The execution as it began, also when its first step has ended it. */
function begun({ input, startDate, lastEventId, threads }: ExecutionState): ExecutionState {
  return { status: "RUNNING", input, startDate, lastEventId, threads };
}

/** As JSON, with dates as texts. */
function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? {})) as Json;
}
