/**
 * Hours of a job's life in virtual time: its schedules come due, its machine runs, tasks fail, hang and are taken back.
 * Schedule, retries of deliveries, state machine and the life of a task are decided by the engines that the local platform
 * runs. The same seed gives the same simulation.
 */

import type { TaskPlan } from "../../engine/service/task-plan.ts";
import type { TaskState } from "../../engine/service/task-state.ts";
import type { ExecutionState } from "../../engine/state-machine/execution-state.ts";
import type { Json } from "../../kit/json.ts";
import type { Violation } from "../checkers.ts";
import { atOneGo, type Played } from "../played.ts";
import type { Conditions } from "../service-model.ts";
import { SimulatedWorld } from "../simulated-world.ts";
import { JobChecker } from "./job-checker.ts";
import { CRASH_EXIT_CODE, JobFaultInjector, type JobFaults, type TaskFate, type TaskFates } from "./job-faults.ts";
import type { JobModel, JobSchedule, RunDuration } from "./job-model.ts";
import { failureOf, type JobRun, RunInProgress } from "./job-run.ts";
import { runParameters } from "./run-parameters.ts";
import { listTasks, runTask } from "./run-task.ts";
import { hasSucceeded, SimulatedExecution } from "./simulated-execution.ts";
import { type Delivery, startSchedules } from "./simulated-schedules.ts";
import { SizedHourMeter, type SizedHours } from "./sized-hours.ts";

export interface JobSimulationOptions {
  readonly seed: number;
  readonly hours: number;
  /** ms since the epoch. */
  readonly startTime: number;
  readonly duration: RunDuration;
  readonly faults: JobFaults;
  readonly conditions: Conditions;
  /** What tasks do, where it is not left to chance. */
  readonly fates?: TaskFates;
  /** Is told of every task that has stopped. */
  readonly taskStopped?: (task: TaskState) => void;
}

export interface JobSimulation {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Of tasks at once whose program runs. */
  readonly tasks: { readonly min: number; readonly max: number };
  readonly runs: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Left out because the run before was still going on. */
  readonly skipped: number;
  /** Runs whose program ran while that of another run did. */
  readonly overlapping: number;
  /** Attempts beyond each run's first. */
  readonly retried: number;
  readonly crashes: number;
  readonly reclaims: number;
  /** What is billed, by size. */
  readonly taskHours: readonly SizedHours[];
  /** Every occurrence, in the order in which they came due. */
  readonly timeline: readonly JobRun[];
}

const HOUR_MS = 3_600_000;
/** After the last occurrence, what still runs may end; a program that hangs without a timeout never does. */
const ENDS_WITHIN_MS = 31 * 24 * 3_600_000;

const TIMED_OUT = "it took longer than its timeout";

/** Simulates a job; yields after each hour how many are over. */
export function jobSimulation(model: JobModel, options: JobSimulationOptions): Played<JobSimulation> {
  return new Simulated(model, options).play();
}

/** The same at one go. */
export function simulateJob(model: JobModel, options: JobSimulationOptions): JobSimulation {
  return atOneGo(jobSimulation(model, options));
}

class Simulated {
  readonly #model: JobModel;
  readonly #options: JobSimulationOptions;
  readonly #world: SimulatedWorld;
  readonly #plan: TaskPlan;
  readonly #faults: TaskFates;
  readonly #fates = new Map<string, TaskFate>();
  readonly #runs = new Map<string, RunInProgress>();
  readonly #executions = new Map<string, SimulatedExecution>();
  /** Tasks whose program is there, by run; one that is being stopped is there until it has ended. */
  readonly #programs = new Map<string, string>();
  /** Tasks that Spot will take back. */
  readonly #awaited = new Set<string>();
  readonly #timeline: JobRun[] = [];
  #count = 0;
  #most = 0;
  #retried = 0;
  #crashes = 0;
  #reclaims = 0;

  constructor(model: JobModel, options: JobSimulationOptions) {
    this.#model = model;
    this.#options = options;
    this.#faults = options.fates ?? new JobFaultInjector(options.faults, options.duration, options.seed + 17);
    const { provisionMs, pullMs, stopsAfterMs } = options.conditions;
    this.#world = new SimulatedWorld({
      seed: options.seed,
      startTime: options.startTime,
      provisionMs,
      placementFailure: ({ taskArn }) =>
        this.#world.keeper.task(taskArn)?.capacityProviderName === "FARGATE_SPOT" && this.#faults.isDrought(this.#world.clock.now())
          ? "Capacity is unavailable at this time. Please try again later or in a different availability zone."
          : undefined,
    });
    this.#plan = this.#world.registerTaskDefinition(model.name, {
      containers: [{ name: "app", stopTimeoutMs: model.stopTimeoutMs }],
      behaviour: (_container, { taskId }) => {
        const { slowMs = 0, reclaimedAfterMs: _drawn, ...fate } = this.#fates.get(taskId) ?? {};
        return { ...fate, pullMs: pullMs + slowMs, answersAfterMs: 0, stopsAfterMs, stopExitCode: 143 };
      },
    });
    this.#world.controller.onTaskChanged((task) => this.#taskChanged(task));
  }

  *play(): Played<JobSimulation> {
    const { seed, hours, startTime } = this.#options;
    const { clock } = this.#world;
    const checker = new JobChecker(this.#model, this.#world);
    const meter = new SizedHourMeter(this.#model, this.#world);
    const until = startTime + Math.round(hours * HOUR_MS);
    startSchedules({
      clock,
      schedules: this.#model.schedules,
      from: startTime,
      until,
      occurs: (schedule, due) => this.#occur(schedule, due),
    });
    for (let hour = 1; hour < hours; hour++) {
      clock.advanceTo(startTime + hour * HOUR_MS);
      yield hour;
    }
    clock.advanceTo(until);
    this.#world.until(() => this.#runs.size === 0 && this.#fates.size === 0, ENDS_WITHIN_MS);
    for (const run of [...this.#runs.values()]) {
      this.#end(run, "failed", "it hangs: without a timeout nothing ends it");
    }
    this.#timeline.sort((a, b) => a.run - b.run);
    checker.finish(this.#timeline, startTime, until);
    const of = (outcome: JobRun["outcome"]): number => this.#timeline.filter((run) => run.outcome === outcome).length;
    return {
      seed,
      violations: checker.violations,
      tasks: { min: 0, max: this.#most },
      runs: this.#timeline.length,
      succeeded: of("succeeded"),
      failed: of("failed"),
      skipped: of("skipped"),
      overlapping: this.#timeline.filter(({ overlapped }) => overlapped).length,
      retried: this.#retried,
      crashes: this.#crashes,
      reclaims: this.#reclaims,
      taskHours: meter.read(),
      timeline: this.#timeline,
    };
  }

  #occur(schedule: JobSchedule, due: number): Delivery {
    const run = new RunInProgress(++this.#count, schedule.name, due);
    this.#runs.set(run.startedBy, run);
    return {
      attempt: () => {
        if (this.#faults.refuses()) return false;
        this.#start(run, schedule.input);
        return true;
      },
      giveUp: (attempts) => this.#end(run, "failed", `Scheduler gave it up after ${attempts} refused calls`),
    };
  }

  #start(run: RunInProgress, input: Json): void {
    const { machine, run: plain } = this.#model;
    if (machine === undefined) {
      this.#runTasks(run, plain.count, plain.strategy, input);
      return;
    }
    const execution = new SimulatedExecution({
      world: this.#world,
      definition: machine,
      input,
      name: run.startedBy,
      listTasks: () => listTasks(this.#world, this.#model.name),
      runTask: (parameters) => {
        const { count, strategy, overrides } = runParameters(parameters);
        return this.#runTasks(run, count, strategy, overrides);
      },
      ended: (state) => this.#executionEnded(run, state),
    });
    if (this.#runs.has(run.startedBy)) this.#executions.set(run.startedBy, execution);
  }

  #executionEnded(run: RunInProgress, { status, error, cause }: ExecutionState): void {
    this.#executions.delete(run.startedBy);
    if (error === "States.Timeout") this.#end(run, "failed", TIMED_OUT);
    else if (status !== "SUCCEEDED") this.#end(run, "failed", run.lastFailure ?? cause ?? status);
    else if (run.hasDone) this.#end(run, "succeeded", undefined);
    else {
      const after = run.lastFailure === undefined ? "" : `, after an attempt that failed (${run.lastFailure})`;
      this.#end(run, "skipped", `another run was going on${after}`);
    }
  }

  #runTasks(run: RunInProgress, count: number, strategy: JobModel["run"]["strategy"], overrides: Json): readonly TaskState[] {
    const { clock } = this.#world;
    run.attempts++;
    if (run.attempts > 1) this.#retried++;
    run.startedTime ??= clock.now();
    const tasks = runTask(this.#world, { plan: this.#plan, count, strategy, overrides, startedBy: run.startedBy });
    for (const task of tasks) {
      const fate = this.#faults.fate();
      this.#fates.set(task.taskId, fate);
      run.open.add(task.taskArn);
    }
    return tasks;
  }

  #taskChanged(task: TaskState): void {
    const { taskArn, taskId, startedBy = "", lastStatus, desiredStatus, capacityProviderName } = task;
    const fate = this.#fates.get(taskId);
    if (fate === undefined) return;
    if (lastStatus === "RUNNING" && desiredStatus === "RUNNING" && capacityProviderName === "FARGATE_SPOT")
      this.#awaitReclaim(taskArn, fate);
    const hasProgram = task.containers.some(({ phase }) => phase === "running" || phase === "stopping");
    if (!hasProgram) this.#programs.delete(taskArn);
    else if (!this.#programs.has(taskArn)) this.#programStarted(taskArn, startedBy);
    if (lastStatus !== "STOPPED") return;
    this.#options.taskStopped?.(task);
    this.#fates.delete(taskId);
    if (task.containers.some(({ exitCode }) => exitCode === CRASH_EXIT_CODE)) this.#crashes++;
    const run = this.#runs.get(startedBy);
    if (run === undefined) return;
    run.open.delete(taskArn);
    const hasDone = hasSucceeded(task);
    if (hasDone) run.hasDone = true;
    else run.lastFailure = task.stopCode === "UserInitiated" ? TIMED_OUT : failureOf(task);
    if (this.#model.machine !== undefined) this.#executions.get(startedBy)?.taskStopped(task);
    else if (run.open.size === 0) this.#end(run, run.lastFailure === undefined ? "succeeded" : "failed", run.lastFailure);
  }

  #programStarted(taskArn: string, startedBy: string): void {
    const others = [...this.#programs.values()].filter((other) => other !== startedBy);
    for (const each of others.length === 0 ? [] : [startedBy, ...others]) {
      const run = this.#runs.get(each);
      if (run !== undefined) run.overlapped = true;
    }
    this.#programs.set(taskArn, startedBy);
    this.#most = Math.max(this.#most, this.#programs.size);
  }

  /** Spot takes the task back in its time, if it still runs then. */
  #awaitReclaim(taskArn: string, { reclaimedAfterMs }: TaskFate): void {
    if (this.#awaited.has(taskArn) || !Number.isFinite(reclaimedAfterMs)) return;
    this.#awaited.add(taskArn);
    this.#world.clock.at(this.#world.clock.now() + reclaimedAfterMs, () => {
      this.#awaited.delete(taskArn);
      if (this.#world.keeper.task(taskArn)?.desiredStatus !== "RUNNING") return;
      this.#reclaims++;
      this.#world.controller.interruptSpot(taskArn);
    });
  }

  #end(run: RunInProgress, outcome: JobRun["outcome"], why: string | undefined): void {
    this.#runs.delete(run.startedBy);
    this.#timeline.push(run.ended(outcome, this.#world.clock.now(), this.#options.startTime, why));
  }
}
