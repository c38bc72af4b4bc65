/**
 * How long the scheduler waits before it starts another task of a deployment whose tasks never reach RUNNING. AWS
 * publishes the ceiling of 15 minutes, not the curve; here it is 0, 0, 10 s, 20 s, 40 s … doubling up to 900 s.
 * A task that ran and then exited is no start failure.
 */
const CEILING_MS = 900_000;

/** Pause after that many failures in a row. */
export function startBackOffMs(failures: number): number {
  return failures < 3 ? 0 : Math.min(CEILING_MS, 10_000 * 2 ** Math.min(failures - 3, 20));
}
