/** One occurrence of a job's schedule, from the moment it comes due to its end. */
import type { TaskState } from "../../engine/service/task-state.ts";

export type RunOutcome = "succeeded" | "failed" | "skipped";

export interface JobRun {
  /** From 1, in the order in which they came due. */
  readonly run: number;
  readonly schedule: string;
  /** When it came due, seconds since the simulation began; and as a time, UTC. */
  readonly atSeconds: number;
  readonly at: string;
  /** When its first task was started; absent when it started none. */
  readonly startedSeconds?: number;
  readonly endedSeconds: number;
  readonly outcome: RunOutcome;
  /** How often tasks were started for it. */
  readonly attempts: number;
  /** Whether its program ran while that of another run did. */
  readonly overlapped: boolean;
  /** Why it failed, or was left out. */
  readonly why?: string;
}

/** A run that is going on. */
export class RunInProgress {
  readonly run: number;
  readonly schedule: string;
  readonly due: number;
  startedTime: number | undefined;
  attempts = 0;
  overlapped = false;
  /** Its tasks that have not stopped. */
  readonly open = new Set<string>();
  /** What its last attempt ended with. */
  lastFailure: string | undefined;
  /** Whether all tasks of an attempt succeeded. */
  hasDone = false;

  constructor(run: number, schedule: string, due: number) {
    this.run = run;
    this.schedule = schedule;
    this.due = due;
  }

  /** Who started its tasks, as ECS shows it. */
  get startedBy(): string {
    return `run-${this.run}`;
  }

  ended(outcome: RunOutcome, now: number, begin: number, why: string | undefined): JobRun {
    const seconds = (time: number): number => Math.round((time - begin) / 100) / 10;
    return {
      run: this.run,
      schedule: this.schedule,
      atSeconds: seconds(this.due),
      at: new Date(this.due).toISOString(),
      ...(this.startedTime === undefined ? {} : { startedSeconds: seconds(this.startedTime) }),
      endedSeconds: seconds(now),
      outcome,
      attempts: this.attempts,
      overlapped: this.overlapped,
      ...(why === undefined ? {} : { why }),
    };
  }
}

/** Why a task did not succeed, in a few words. */
export function failureOf({ stopCode, stoppedReason, containers }: TaskState): string {
  if (stopCode === "EssentialContainerExited") return `exit code ${containers.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? "none"}`;
  return stoppedReason ?? "it did not start";
}
