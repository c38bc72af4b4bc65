/**
 * The pace of fsd's own waits: every 0.2 s while things change, slower by a third each time nothing does, never
 * slower than 5 s. (The SDK's waiters ask every 15 to 30 s, which would be most of a local deployment.)
 */
const shortestMs = 200;
const longestMs = 5_000;

export class Pace {
  #nextMs = shortestMs;

  /** How long to wait before the next look; `changed` says whether the last look saw something new. */
  next(changed: boolean): number {
    this.#nextMs = changed ? shortestMs : Math.min(longestMs, this.#nextMs * 1.33);
    return this.#nextMs;
  }
}
