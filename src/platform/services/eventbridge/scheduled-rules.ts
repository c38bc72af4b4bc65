/**
 * Rules with a schedule: waits for each one's next occurrence, in UTC and on wall time at any speed. What came due while
 * the platform was down does not happen.
 */
import type { Cancel, Clock } from "../../../kit/clock.ts";
import { parseSchedule } from "../../../kit/schedule-expression.ts";
import type { Store } from "../../persistence/store.ts";
import type { EventBus } from "./event-bus.ts";
import { type EventRecords, eventRecords, type RuleRecord, ruleKey } from "./records.ts";

export interface ScheduledRulesDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Clock;
  readonly bus: Pick<EventBus, "occur">;
}

export class ScheduledRules {
  readonly #clock: Clock;
  readonly #bus: Pick<EventBus, "occur">;
  readonly #records: EventRecords;
  /** The next occurrence of each rule, by key. */
  readonly #waiting = new Map<string, Cancel>();

  constructor({ store, clock, bus }: ScheduledRulesDependencies) {
    this.#clock = clock;
    this.#bus = bus;
    this.#records = eventRecords(store);
  }

  start(): void {
    for (const rule of this.#records.rules.list()) this.refresh(rule);
  }

  close(): void {
    for (const key of [...this.#waiting.keys()]) this.forget(key);
  }

  /** A rule was put, or switched on or off. */
  refresh(rule: RuleRecord): void {
    const key = ruleKey(rule);
    this.forget(key);
    if (rule.schedule === undefined || rule.state === "DISABLED") return;
    const due = parseSchedule(rule.schedule).next(this.#clock.now(), rule.createdAt);
    if (due === undefined) return;
    this.#waiting.set(
      key,
      this.#clock.at(due, () => this.#occur(key, due)),
    );
  }

  /** A rule was deleted: nothing more comes of it. */
  forget(key: string): void {
    this.#waiting.get(key)?.();
    this.#waiting.delete(key);
  }

  #occur(key: string, due: number): void {
    const rule = this.#records.rules.get(key);
    if (rule === undefined) return;
    this.#bus.occur(rule, due);
    this.refresh(rule);
  }
}
