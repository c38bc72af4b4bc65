/**
 * What must be so of a job's runs, whatever happens to them. It looks at the tasks there are and at the calendar, and knows
 * nothing of what ran the job; it says the broken rule in one sentence.
 */
import { nextOccurrence } from "../../engine/schedule/occurrence.ts";
import type { TaskState } from "../../engine/service/task-state.ts";
import type { Violation } from "../checkers.ts";
import type { SimulatedWorld } from "../simulated-world.ts";
import type { JobModel } from "./job-model.ts";
import type { JobRun } from "./job-run.ts";

/** Between a timeout and the end of a task lie the calls and the steps of its stop. */
const LATITUDE_MS = 30_000;

export class JobChecker {
  readonly #model: JobModel;
  readonly #world: SimulatedWorld;
  readonly #violations: Violation[] = [];
  /** Who started the tasks with desiredStatus RUNNING, by task. */
  readonly #wanted = new Map<string, string>();
  /** Tasks of each run that ended with exit code 0. */
  readonly #done = new Map<string, number>();
  readonly #told = new Set<string>();

  constructor(model: JobModel, world: SimulatedWorld) {
    this.#model = model;
    this.#world = world;
    world.controller.onTaskChanged((task) => {
      this.#note(task);
      this.#checkEnd(task);
    });
  }

  get violations(): readonly Violation[] {
    return this.#violations;
  }

  #note(task: TaskState): void {
    const { taskArn, startedBy = "", desiredStatus } = task;
    if (desiredStatus === "STOPPED") {
      this.#wanted.delete(taskArn);
      return;
    }
    this.#wanted.set(taskArn, startedBy);
    if (this.#model.promise.concurrency !== "forbid") return;
    const runs = [...new Set(this.#wanted.values())];
    const pair = runs.join(" and ");
    if (runs.length < 2 || this.#told.has(pair)) return;
    this.#told.add(pair);
    this.#tell(`${pair} have tasks with desired status RUNNING at once although concurrency is forbid`);
  }

  #checkEnd(task: TaskState): void {
    const { lastStatus, startedBy = "", startedAt, stoppedAt, containers } = task;
    if (lastStatus !== "STOPPED") return;
    if (containers.every(({ exitCode }) => exitCode === 0)) this.#done.set(startedBy, (this.#done.get(startedBy) ?? 0) + 1);
    const { timeoutMs } = this.#model.promise;
    if (timeoutMs === undefined || startedAt === undefined || stoppedAt === undefined) return;
    const most = timeoutMs + this.#model.stopTimeoutMs + LATITUDE_MS;
    if (stoppedAt - startedAt > most) this.#tell(`a task of ${startedBy} ran ${(stoppedAt - startedAt) / 1000} s, at most ${most / 1000}`);
  }

  /** When all is over: every occurrence from `from` (exclusive) to `until` is one run, whose outcome its tasks bear out. */
  finish(runs: readonly JobRun[], from: number, until: number): void {
    const left = new Map<string, number>();
    for (const { schedule, at } of runs) {
      const key = `${schedule} at ${at}`;
      left.set(key, (left.get(key) ?? 0) + 1);
    }
    for (const schedule of this.#model.schedules) {
      const times = { ...schedule, creationDate: from };
      for (let due = nextOccurrence(times, from); due !== undefined && due <= until; due = nextOccurrence(times, due)) {
        const key = `${schedule.name} at ${new Date(due).toISOString()}`;
        const count = left.get(key) ?? 0;
        if (count === 0) this.#tell(`nothing came of ${key}`);
        else if (count === 1) left.delete(key);
      }
    }
    for (const [key, count] of left) this.#tell(`${count} runs of ${key} are more than it has occurrences`);
    for (const run of runs) this.#checkOutcome(run);
  }

  #checkOutcome({ run, outcome, attempts }: JobRun): void {
    const { retries, concurrency } = this.#model.promise;
    const done = this.#done.get(`run-${run}`) ?? 0;
    if (attempts > retries + 1) this.#tell(`run-${run} was tried ${attempts} times, at most ${retries + 1}`);
    if (outcome === "succeeded" && done === 0) this.#tell(`run-${run} is said to have succeeded, and no task of it did`);
    if (outcome === "skipped" && done > 0) this.#tell(`run-${run} is said to have been left out, and a task of it succeeded`);
    if (outcome === "skipped" && concurrency === "allow") this.#tell(`run-${run} was left out although concurrency is allowed`);
  }

  #tell(rule: string): void {
    this.#violations.push({ time: this.#world.clock.now(), service: this.#model.name, rule });
  }
}
