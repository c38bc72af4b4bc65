/**
 * EventBridge Scheduler in virtual time: each schedule's next occurrence by `engine/schedule`, delivered at once, and after
 * a refusal again by `engine/events`' retries until it is given up.
 */
import { afterFailure } from "../../engine/events/retry-policy.ts";
import { nextOccurrence } from "../../engine/schedule/occurrence.ts";
import type { Clock } from "../../kit/clock.ts";
import type { JobSchedule } from "./job-model.ts";

export interface SimulatedSchedulesOptions {
  readonly clock: Clock;
  readonly schedules: readonly JobSchedule[];
  /** ms since the epoch: from when on, exclusive, and until when, inclusive. Rates count from the first. */
  readonly from: number;
  readonly until: number;
  /** An occurrence came due. */
  readonly occurs: (schedule: JobSchedule, due: number) => Delivery;
}

/** How an occurrence reaches its target. */
export interface Delivery {
  /** Answers whether the target took it. */
  readonly attempt: () => boolean;
  readonly giveUp: (attempts: number) => void;
}

export function startSchedules({ clock, schedules, from, until, occurs }: SimulatedSchedulesOptions): void {
  for (const schedule of schedules) {
    const times = { ...schedule, creationDate: from };
    const next = (after: number): void => {
      const due = nextOccurrence(times, after);
      if (due === undefined || due > until) return;
      clock.at(due, () => {
        deliver(clock, schedule, due, occurs(schedule, due));
        next(due);
      });
    };
    next(from);
  }
}

function deliver(clock: Clock, { retryPolicy }: JobSchedule, addedAt: number, { attempt, giveUp }: Delivery): void {
  const make = (attempts: number): void => {
    if (attempt()) return;
    const verdict = afterFailure({ addedAt, attempts }, retryPolicy, clock.now());
    if (verdict.kind === "give-up") giveUp(attempts);
    else clock.at(verdict.at, () => make(attempts + 1));
  };
  make(1);
}
