/** Deletes events whose retention is over: at the start and every hour after it, one group at a time. Reads hide them at once. */
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { LogStore } from "./log-store.ts";

const EVERY_MS = 3_600_000;

export class LogRetention {
  #cancel: Cancel;
  readonly #clock: Clock;
  readonly #logs: LogStore;

  /** `clock`: wall time; retention is a matter of calendars and never scales. */
  constructor({ clock, logs }: { readonly clock: Clock; readonly logs: LogStore }) {
    this.#clock = clock;
    this.#logs = logs;
    this.#cancel = clock.at(clock.now(), () => this.#sweep());
  }

  close(): void {
    this.#cancel();
  }

  #sweep(): void {
    const groups = this.#logs.groups.list();
    const next = (): void => {
      const group = groups.shift();
      if (group !== undefined) this.#logs.applyRetention(group);
      this.#cancel = this.#clock.at(
        this.#clock.now() + (groups.length === 0 ? EVERY_MS : 0),
        groups.length === 0 ? () => this.#sweep() : next,
      );
    };
    next();
  }
}
