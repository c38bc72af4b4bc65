/**
 * The requests that wait in one task. What comes in faster than its CPU can do queues up; what is left when the load
 * drops is worked off first, so those who come then wait too. A queue longer than the load balancer's patience does not
 * grow: who comes then gets a 504.
 *
 * Example, 100 requests a second possible: a minute of 150 leaves 3,000 waiting, so that the next one waits 30 s; a
 * minute of 50 a second after it works exactly these off, and whoever comes in it waits 15 s on average.
 */

/** How long the load balancer waits for an answer: `idle_timeout.timeout_seconds` unless configured. */
export const PATIENCE_SECONDS = 60;
const SLICES = 12;

export interface WorkedBacklog {
  /** Requests that wait at the end. */
  readonly waiting: number;
  readonly done: number;
  /** Requests for which the wait would have been too long. */
  readonly refused: number;
  /** How long those who came in waited for their turn, on average. */
  readonly waitedMs: number;
}

/**
 * Lets a stretch of time pass, in which `arrivals` come in evenly.
 * @param waiting requests from before
 * @param capacity requests a second
 */
export function workOff(waiting: number, arrivals: number, capacity: number, seconds: number): WorkedBacklog {
  const sliceSeconds = seconds / SLICES;
  const arriving = arrivals / SLICES;
  const most = capacity * PATIENCE_SECONDS;
  let depth = waiting;
  let done = 0;
  let refused = 0;
  let waited = 0;
  for (let slice = 0; slice < SLICES; slice++) {
    const before = depth;
    const able = Math.min(depth + arriving, capacity * sliceSeconds);
    depth = depth + arriving - able;
    const beyond = Math.max(0, depth - most);
    depth -= beyond;
    refused += beyond;
    done += able;
    waited += ((arriving - beyond) * (before + depth)) / 2 / capacity;
  }
  const accepted = arrivals - refused;
  return { waiting: depth, done, refused, waitedMs: accepted <= 0 ? 0 : (waited / accepted) * 1000 };
}
