/**
 * One instant on both of the platform's clocks. Decisions look only at `time`; `wall` is what the API shows. In the
 * simulator the two are the same.
 */
export interface Moment {
  /** Engine time: milliseconds since the epoch on the scaled clock. */
  readonly time: number;
  /** Wall time: milliseconds since the epoch. */
  readonly wall: number;
}

/** What the engine is told about the world it runs in, apart from the world itself. */
export interface EngineSettings {
  /** Engine milliseconds that a configured limit on a real program lasts (`TimeScale.limit`). */
  readonly limit: (configuredMs: number) => number;
  /**
   * Whether a task that reached RUNNING and stopped by itself before it was ever counted healthy is a failed task of
   * its deployment. AWS's documents leave it open and reports conflict; true makes a crash loop trip the breaker.
   */
  readonly countCrashBeforeHealthy: boolean;
  /**
   * After how long an effect that nobody answered is issued again. Absent where answers cannot get lost; every port is
   * idempotent, so that one too many does no harm.
   */
  readonly reissueAfterMs?: number;
}

/** The settings of a faithful world. */
export const faithfulSettings: EngineSettings = { limit: (configuredMs) => configuredMs, countCrashBeforeHealthy: true };

/** The earlier of two wake-ups, either of which may be absent. */
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return Math.min(a, b);
}
