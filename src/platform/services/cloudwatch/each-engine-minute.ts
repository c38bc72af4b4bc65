/** The beat of the platform's own metrics: once a minute of engine time. */
import type { Cancel, Clock } from "../../../kit/clock.ts";

export interface EngineMinute {
  /** Wall time. */
  readonly clock: Clock;
  /** Engine seconds per wall second. */
  readonly speed: number;
  /** The beat is no shorter than this many wall milliseconds; as short as an engine minute unless given. */
  readonly leastMs?: number;
}

/**
 * Calls back at the end of every engine minute with the start (wall time, ms) of the minute that has just ended: recorded
 * there, a sample is found by the alarms that are judged next. Answers how to stop.
 */
export function eachEngineMinute({ clock, speed, leastMs = 0 }: EngineMinute, record: (minuteStart: number) => void): Cancel {
  const minuteMs = Math.max(60_000 / speed, leastMs);
  let cancel: Cancel;
  const awaitNext = (): void => {
    const next = Math.floor(clock.now() / minuteMs + 1) * minuteMs;
    cancel = clock.at(next, () => {
      record(next - minuteMs);
      awaitNext();
    });
  };
  awaitNext();
  return () => cancel();
}
