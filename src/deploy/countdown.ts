/** Says how long a wait still lasts, once at its begin and then each time another tenth of it has passed. */
export class Countdown {
  readonly #lengthMs: number;
  #tenth = -1;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  /** `3 min`, later `2 min more`; undefined when it is too early to say it again. */
  next(leftMs: number): string | undefined {
    const passed = Math.floor((1 - leftMs / this.#lengthMs) * 10);
    if (passed === this.#tenth) return undefined;
    const isFirst = this.#tenth === -1;
    this.#tenth = passed;
    return `${lengthText(leftMs)}${isFirst ? "" : " more"}`;
  }
}

export function lengthText(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
