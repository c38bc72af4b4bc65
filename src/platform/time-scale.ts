/**
 * How the local platform shortens AWS's waits. The engine sees engine time only; at speed N
 * an engine second lasts 1/N wall seconds. Waits between acts (health-check intervals, cool-downs, back-offs, the
 * 40-second rule) shrink by that factor. Limits on real programs (probe timeout, a new target's failing checks until it is
 * unhealthy, grace period, start period, start and stop timeout, drain) must leave a real program time to act, so they
 * last at least min(configured, 5 s) of wall time: at speed 10, a stopTimeout of 30 s lasts max(3 s, 5 s) = 5 s, and one of 2 s lasts 2 s.
 */
export interface TimeScale {
  /** Engine milliseconds a configured limit on a real program lasts. */
  limit(configuredMs: number): number;
}

const SHORTEST_LIMIT_MS = 5_000;

/** The scale at `speed` (≥ 1; 1 is faithful). */
export function timeScale(speed: number): TimeScale {
  return {
    limit: (configuredMs) => Math.max(configuredMs, Math.min(configuredMs, SHORTEST_LIMIT_MS) * speed),
  };
}
