/** At most one wake-up a key: of a task or a service that is to be looked at again when nothing else happens before. */
import type { Cancel, Clock } from "../kit/clock.ts";

export class WakeUps {
  readonly #clock: Clock;
  readonly #wakes = new Map<string, { readonly time: number; readonly cancel: Cancel }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Replaces the key's wake-up; `time` undefined: it has none. */
  set(key: string, time: number | undefined, callback: () => void): void {
    const known = this.#wakes.get(key);
    if (known?.time === time) return;
    known?.cancel();
    this.#wakes.delete(key);
    if (time === undefined) return;
    const cancel = this.#clock.at(time, () => {
      this.#wakes.delete(key);
      callback();
    });
    this.#wakes.set(key, { time, cancel });
  }

  cancelAll(): void {
    for (const wake of this.#wakes.values()) wake.cancel();
    this.#wakes.clear();
  }
}
