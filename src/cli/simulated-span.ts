/** Which hours a simulation plays, and from which seed. */
import { failure } from "../model/failures.ts";
import { numberOption, wholeOption } from "./quantity-text.ts";
import type { Given } from "./verb.ts";

export interface SimulatedSpan {
  readonly seed: number;
  /** Whole minutes, as that is how a simulation goes by. */
  readonly hours: number;
  /** ms since the epoch. */
  readonly startTime: number;
}

/** A Monday, so that schedules of the week show. */
const BEGINS = Date.UTC(2026, 0, 5);
/** Longer than this nothing is simulated. */
export const LONGEST_HOURS = 24 * 90;

export function simulatedSpan(given: Given): SimulatedSpan {
  const hours = numberOption(given, "hours", 0.1) ?? 24;
  if (hours > LONGEST_HOURS) throw failure("FSD5001", `--hours must be at most ${LONGEST_HOURS} (90 days), not '${hours}'`);
  return { seed: wholeOption(given, "seed") ?? 1, hours: Math.round(hours * 60) / 60, startTime: beginOf(given.text("from")) };
}

/** A day, or a time of it in UTC. */
function beginOf(text: string | undefined): number {
  if (text === undefined) return BEGINS;
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(time) || new Date(time).toISOString().slice(0, 10) !== text.slice(0, 10)) {
    throw failure("FSD5001", `--from must be a day or a time of it in UTC, not '${text}'`, {
      hint: "for example 2026-03-28 or 2026-03-28T22:00Z",
    });
  }
  return time;
}
