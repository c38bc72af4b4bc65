/**
 * Scheduled actions: at their times the target's bounds change and the desired count moves into them, whatever
 * cooldowns say. Calendars are wall time at any speed. What came due while the platform was down is made up for at
 * its start, the last occurrence of each action only, in the order they would have come.
 */
import { scheduledBounds } from "../../../engine/scaling/capacity-bounds.ts";
import type { Cancel, Clock } from "../../../kit/clock.ts";
import { parseSchedule } from "../../../kit/schedule-expression.ts";
import type { Scaler } from "./scaler.ts";
import { policyKey, type ScalingStore, type ScheduledActionRecord, targetKey } from "./scaling-store.ts";

export interface ScheduledScalingDependencies {
  readonly store: ScalingStore;
  /** Wall time. */
  readonly clock: Clock;
  readonly scaler: Scaler;
}

/** How many missed occurrences are counted through before an old schedule is taken up at the present. */
const MOST_MISSED = 10_000;

export class ScheduledScaling {
  readonly #store: ScalingStore;
  readonly #clock: Clock;
  readonly #scaler: Scaler;
  readonly #waiting = new Map<string, Cancel>();

  constructor({ store, clock, scaler }: ScheduledScalingDependencies) {
    this.#store = store;
    this.#clock = clock;
    this.#scaler = scaler;
  }

  start(): void {
    const now = this.#clock.now();
    const missed = this.#store.actions.list().flatMap((action) => {
      const occurrence = lastMissed(action, now);
      return occurrence === undefined ? [] : [{ action, occurrence }];
    });
    missed.sort((a, b) => a.occurrence - b.occurrence);
    for (const { action, occurrence } of missed) this.#carryOut(action, occurrence);
    for (const action of this.#store.actions.list()) this.schedule(action);
  }

  close(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  /** Waits for the action's next occurrence, in place of what was waited for under its name. */
  schedule(action: ScheduledActionRecord): void {
    const key = policyKey(action);
    this.forget(action);
    const next = nextOccurrence(action, this.#clock.now());
    if (next === undefined) return;
    this.#waiting.set(
      key,
      this.#clock.at(next, () => {
        this.#waiting.delete(key);
        const current = this.#store.actions.get(key);
        if (current === undefined) return;
        this.#carryOut(current, next);
        const after = this.#store.actions.get(key);
        if (after !== undefined) this.schedule(after);
      }),
    );
  }

  forget(action: ScheduledActionRecord): void {
    this.#waiting.get(policyKey(action))?.();
    this.#waiting.delete(policyKey(action));
  }

  #carryOut(action: ScheduledActionRecord, occurrence: number): void {
    this.#store.actions.put(policyKey(action), { ...action, doneUntil: occurrence });
    const target = this.#store.target(action);
    if (target === undefined || target.suspended.scheduled) return;
    const bounds = scheduledBounds(target, action);
    if (bounds === undefined) return;
    this.#store.targets.put(targetKey(target), { ...target, ...bounds });
    const cause = `scheduled action name ${action.name} was triggered; minimum capacity was set to ${bounds.minCapacity} and maximum capacity was set to ${bounds.maxCapacity}`;
    this.#scaler.applyBounds(target, cause);
  }
}

function nextOccurrence(action: ScheduledActionRecord, now: number): number | undefined {
  const { schedule, timezone, startTime, endTime, createdAt, doneUntil } = action;
  const after = Math.max(now, doneUntil, (startTime ?? 0) - 1);
  const next = parseSchedule(schedule, timezone).next(after, startTime ?? createdAt);
  return next === undefined || (endTime !== undefined && next > endTime) ? undefined : next;
}

/** The last occurrence between what was done and now; undefined when there was none. */
function lastMissed(action: ScheduledActionRecord, now: number): number | undefined {
  let last: number | undefined;
  let after = action.doneUntil;
  for (let count = 0; count < MOST_MISSED; count++) {
    const next = nextOccurrence({ ...action, doneUntil: after }, after);
    if (next === undefined || next > now) return last;
    last = next;
    after = next;
  }
  return last;
}
