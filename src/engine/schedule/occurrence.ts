/**
 * When a schedule occurs, as EventBridge Scheduler decides it: `at`, `rate` and `cron` in the schedule's time zone,
 * between its start and its end. A local time that daylight saving skips does not occur; one it repeats occurs once.
 */
import { parseSchedule } from "../../kit/schedule-expression.ts";

export interface ScheduleTimes {
  /** `at(…)`, `rate(…)` or `cron(…)`. */
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
  readonly state: "ENABLED" | "DISABLED";
  /** Milliseconds since the epoch, as all instants here. A rate counts from its start, else from its creation. */
  readonly startDate?: number;
  readonly endDate?: number;
  readonly creationDate: number;
}

/** The first occurrence after `instant`; undefined when there is none (any more), or none while the schedule is disabled. */
export function nextOccurrence(schedule: ScheduleTimes, instant: number): number | undefined {
  return schedule.state === "DISABLED" ? undefined : occurrenceAfter(schedule, instant);
}

/** Whether the schedule has nothing to come, enabled or not: then `ActionAfterCompletion: DELETE` deletes it. */
export function isCompleted(schedule: ScheduleTimes, instant: number): boolean {
  return occurrenceAfter(schedule, instant) === undefined;
}

function occurrenceAfter({ expression, timezone, startDate, endDate, creationDate }: ScheduleTimes, instant: number): number | undefined {
  // An occurrence at the very start counts.
  const from = Math.max(instant, (startDate ?? 0) - 1);
  const due = parseSchedule(expression, timezone).next(from, startDate ?? creationDate);
  return due !== undefined && endDate !== undefined && due > endDate ? undefined : due;
}
