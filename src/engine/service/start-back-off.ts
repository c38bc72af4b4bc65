/**
 * How long the scheduler waits before it starts another task of a deployment whose tasks never reach RUNNING. AWS
 * publishes no curve; here it is 0, 0, 10 s, 20 s, 40 s … doubling up to the ceiling. A task that ran and then exited is no
 * start failure.
 */

/**
 * The longest pause. "Service throttle logic" of the developer guide named 15 minutes for years (its text of 2023), and said that the
 * maximum may change; its newer text names 27. The shorter is kept: it is what this engine's specification names, and a mended image is
 * found sooner.
 */
export const LONGEST_START_PAUSE_MS = 15 * 60_000;

/** Pause after that many failures in a row. */
export function startBackOffMs(failures: number): number {
  return failures < 3 ? 0 : Math.min(LONGEST_START_PAUSE_MS, 10_000 * 2 ** Math.min(failures - 3, 20));
}
