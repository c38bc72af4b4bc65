/**
 * The next run of a job before it happens: once as it usually goes, once as it goes when everything outside is slow and
 * every attempt but the last fails as late as it can. Played on the engines that carry it out; nothing is random.
 */
import { nextOccurrence } from "../../engine/schedule/occurrence.ts";
import type { TaskState } from "../../engine/service/task-state.ts";
import type { Conditions } from "../service-model.ts";
import { noJobFaults, type TaskFate, type TaskFates } from "./job-faults.ts";
import type { JobModel, RunDuration } from "./job-model.ts";
import { simulateJob } from "./job-simulation.ts";

export type RunPhaseKind = "provisioning" | "image pull and start" | "running" | "stopping" | "waiting for the retry";

export interface RunPhase {
  readonly phase: RunPhaseKind;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** From 1. */
  readonly attempt: number;
}

export interface JobForecast {
  readonly expectedSeconds: number;
  readonly worstSeconds: number;
  /** What most of the expected time is spent on. */
  readonly dominatedBy: RunPhaseKind | "nothing";
  /** Tasks of one run. */
  readonly peakTasks: number;
  /** A job has no tasks that stand. */
  readonly lowestHealthy: 0;
  readonly phases: readonly RunPhase[];
  /** Without a timeout a run that hangs never ends: then the worst is the worst of those that end. */
  readonly hasTimeout: boolean;
  /** The least time between two of its occurrences in the four weeks from `from`; absent with fewer than two. */
  readonly closestSeconds?: number;
}

export interface JobForecastOptions {
  readonly duration: RunDuration;
  readonly expected: Conditions;
  readonly worst: Conditions;
  /** ms since the epoch: where the look at the calendar begins. */
  readonly from: number;
}

const FOUR_WEEKS_MS = 28 * 24 * 3_600_000;
const MOST_OCCURRENCES = 20_000;

export function forecastRun(model: JobModel, { duration, expected, worst, from }: JobForecastOptions): JobForecast {
  const { timeoutMs, retries } = model.promise;
  const usual = play(model, expected, () => ({ exitsAfterMs: Math.round((duration.leastMs + duration.mostMs) / 2), exitCode: 0 }));
  const slow = play(model, worst, (attempt) => {
    if (attempt > retries) return { exitsAfterMs: Math.min(duration.mostMs, timeoutMs ?? Number.POSITIVE_INFINITY), exitCode: 0 };
    return timeoutMs === undefined ? { exitsAfterMs: duration.mostMs, exitCode: 1 } : { exitCode: 1 };
  });
  const closestSeconds = closest(model, from);
  return {
    expectedSeconds: usual.at(-1)?.toSeconds ?? 0,
    worstSeconds: Math.max(slow.at(-1)?.toSeconds ?? 0, usual.at(-1)?.toSeconds ?? 0),
    dominatedBy: longest(usual),
    peakTasks: model.run.count,
    lowestHealthy: 0,
    phases: usual,
    hasTimeout: timeoutMs !== undefined,
    ...(closestSeconds === undefined ? {} : { closestSeconds }),
  };
}

/** The phases of one run whose attempts end as `fate` says. */
function play(model: JobModel, conditions: Conditions, fate: (attempt: number) => Pick<TaskFate, "exitsAfterMs" | "exitCode">): RunPhase[] {
  const stopped: TaskState[] = [];
  const { count } = model.run;
  let started = 0;
  const fates: TaskFates = {
    fate: () => ({ ...fate(Math.ceil(++started / count)), slowMs: 0, reclaimedAfterMs: Number.POSITIVE_INFINITY }),
    refuses: () => false,
    isDrought: () => false,
  };
  const schedules = [
    { name: "now", expression: "at(1970-01-01T00:00:01)", timezone: "UTC", state: "ENABLED", retryPolicy: {}, input: { Overrides: {} } },
  ] as const;
  const options = { seed: 1, hours: 0.01, startTime: 0, duration: { leastMs: 0, mostMs: 0 }, faults: noJobFaults, conditions };
  simulateJob({ ...model, schedules }, { ...options, fates, taskStopped: (task) => stopped.push(task) });
  return phasesOf(
    stopped.filter((_task, index) => index % count === 0),
    1_000,
  );
}

/** Its tasks one after the other, and what lies between them. */
function phasesOf(tasks: readonly TaskState[], begin: number): RunPhase[] {
  const phases: RunPhase[] = [];
  let reached = begin;
  for (const [index, task] of tasks.entries()) {
    const attempt = index + 1;
    const until = (phase: RunPhaseKind, end: number | undefined): void => {
      if (end === undefined || end <= reached) return;
      phases.push({ phase, fromSeconds: (reached - begin) / 1000, toSeconds: (end - begin) / 1000, attempt });
      reached = end;
    };
    until(index === 0 ? "provisioning" : "waiting for the retry", index === 0 ? undefined : task.createdAt);
    until("provisioning", task.connectivityAt);
    until("image pull and start", task.startedAt);
    until("running", task.stoppingAt);
    until("stopping", task.stoppedAt);
  }
  return phases;
}

function longest(phases: readonly RunPhase[]): RunPhaseKind | "nothing" {
  const seconds = new Map<RunPhaseKind, number>();
  for (const { phase, fromSeconds, toSeconds } of phases) seconds.set(phase, (seconds.get(phase) ?? 0) + toSeconds - fromSeconds);
  return [...seconds].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "nothing";
}

function closest({ schedules }: JobModel, from: number): number | undefined {
  const dues = schedules
    .flatMap((schedule) => {
      const found: number[] = [];
      const times = { ...schedule, creationDate: from };
      for (
        let due = nextOccurrence(times, from);
        due !== undefined && due <= from + FOUR_WEEKS_MS && found.length < MOST_OCCURRENCES;
        due = nextOccurrence(times, due)
      )
        found.push(due);
      return found;
    })
    .sort((a, b) => a - b);
  if (dues.length < 2) return undefined;
  return dues.slice(1).reduce((least, due, index) => Math.min(least, due - (dues[index] ?? due)), Number.POSITIVE_INFINITY) / 1000;
}
