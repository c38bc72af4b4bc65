/**
 * The pace of fsd's own waits: quick while things change, slower each time nothing does. (The SDK's waiters ask every
 * 15 to 30 s, which would be most of a local deployment.)
 */
export interface Rhythm {
  readonly shortestMs: number;
  readonly longestMs: number;
  /** By how much a wait grows when the look before it saw nothing new. */
  readonly growth: number;
  /** How often a stack in progress is looked at in detail: its events, its service, its tasks. Between, only its status is asked. */
  readonly detailMs: number;
}

/** AWS takes seconds for anything, and limits how often it may be asked. */
export const awsRhythm: Rhythm = { shortestMs: 200, longestMs: 5_000, growth: 1.33, detailMs: 0 };

/** The platform of this machine answers within milliseconds, and a whole stack may take it less than AWS's shortest wait. */
export const localRhythm: Rhythm = { shortestMs: 10, longestMs: 500, growth: 1.05, detailMs: 150 };

/** How often to ask: the local platform answers at once and at no price, AWS limits its callers. */
export function rhythmOf({ local }: { readonly local: boolean }): Rhythm {
  return local ? localRhythm : awsRhythm;
}

export class Pace {
  readonly #rhythm: Rhythm;
  #nextMs: number;

  constructor(rhythm: Rhythm) {
    this.#rhythm = rhythm;
    this.#nextMs = rhythm.shortestMs;
  }

  /** How long to wait before the next look; `changed` says whether the last look saw something new. */
  next(changed: boolean): number {
    const { shortestMs, longestMs, growth } = this.#rhythm;
    this.#nextMs = changed ? shortestMs : Math.min(longestMs, this.#nextMs * growth);
    return this.#nextMs;
  }
}
