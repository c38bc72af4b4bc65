/**
 * The alarms and their states. Who acts on alarms (scaling policies, deployments) listens here; the API's operations
 * and the evaluation both change states here, so that every change has its history and its listeners.
 */
import type { AlarmState, Datapoint } from "../../../engine/alarm/alarm-evaluation.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Collection, Journal, Store } from "../../persistence/store.ts";
import { type AlarmRecord, actionsOf, alarmKey } from "./alarm-record.ts";

/** An alarm came into a state, or was found in it again at an evaluation, as scaling actions are repeated while an alarm lasts. */
export interface AlarmEvent {
  readonly alarm: AlarmRecord;
  readonly previous: AlarmState;
  /** ARNs to act on, by the new state; empty while the alarm's actions are disabled. */
  readonly actions: readonly string[];
  readonly isTransition: boolean;
  /** The newest datapoint that was evaluated, where there was one. */
  readonly newest?: Datapoint;
}

/** Hears of each change of state in the transaction that writes it: what it writes becomes durable together with the change. */
export type AlarmWitness = (alarm: AlarmRecord, former: AlarmRecord) => void;
export type AlarmListener = (event: AlarmEvent) => void;

export interface AlarmHistoryEntry {
  readonly alarmName: string;
  readonly type: "StateUpdate" | "ConfigurationUpdate" | "Action";
  readonly summary: string;
  readonly data: unknown;
  /** Wall time, ms. */
  readonly timestamp: number;
}

export interface StateChange {
  readonly state: AlarmState;
  readonly reason: string;
  readonly reasonData?: string;
  readonly newest?: Datapoint;
}

export class AlarmBoard {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #alarms: Collection<AlarmRecord>;
  readonly #history: Journal;
  readonly #listeners = new Set<AlarmListener>();
  readonly #witnesses = new Set<AlarmWitness>();
  readonly #onSave = new Set<(key: string) => void>();

  /** `clock`: wall time. */
  constructor({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
    this.#clock = clock;
    this.#store = store;
    this.#alarms = store.collection("cloudwatch.alarms");
    this.#history = store.journal("cloudwatch.alarm-history");
  }

  get(region: string, name: string): AlarmRecord | undefined {
    return this.#alarms.get(alarmKey({ region, name }));
  }

  byKey(key: string): AlarmRecord | undefined {
    return this.#alarms.get(key);
  }

  /** In order of their names; of all regions without `region`. */
  list(region?: string): AlarmRecord[] {
    return this.#alarms.list(region === undefined ? "" : `${region}:`);
  }

  save(alarm: AlarmRecord): void {
    const key = alarmKey(alarm);
    const isNew = !this.#alarms.has(key);
    this.#store.transaction(() => {
      this.#alarms.put(key, alarm);
      this.#remember(alarm, "ConfigurationUpdate", `Alarm "${alarm.name}" ${isNew ? "created" : "updated"}`, {
        type: isNew ? "Create" : "Update",
      });
    });
    for (const listener of this.#onSave) listener(key);
  }

  delete(region: string, name: string): void {
    const alarm = this.get(region, name);
    if (alarm === undefined) return;
    const key = alarmKey(alarm);
    this.#store.transaction(() => {
      this.#alarms.delete(key);
      this.#remember(alarm, "ConfigurationUpdate", `Alarm "${alarm.name}" deleted`, { type: "Delete" });
    });
    for (const listener of this.#onSave) listener(key);
  }

  /** Writes the state when it is another one (or forced), then tells the listeners. */
  setState(alarm: AlarmRecord, { state, reason, reasonData, newest }: StateChange, isForced = false): void {
    const now = this.#clock.now();
    const previous = alarm.state;
    const isTransition = previous !== state;
    let changed = alarm;
    if (isTransition || isForced) {
      const { stateReasonData: _, ...rest } = alarm;
      changed = {
        ...rest,
        state,
        stateReason: reason,
        ...(reasonData === undefined ? {} : { stateReasonData: reasonData }),
        stateUpdatedAt: now,
        stateTransitionedAt: isTransition ? now : alarm.stateTransitionedAt,
      };
      this.#store.transaction(() => {
        this.#alarms.put(alarmKey(alarm), changed);
        if (isTransition) {
          for (const witness of this.#witnesses) witness(changed, alarm);
          this.#remember(alarm, "StateUpdate", `Alarm updated from ${previous} to ${state}`, {
            version: "1.0",
            oldState: { stateValue: previous, stateReason: alarm.stateReason },
            newState: { stateValue: state, stateReason: reason },
          });
        }
      });
    }
    const actions = actionsOf(changed, state);
    for (const listener of [...this.#listeners]) {
      listener({ alarm: changed, previous, actions, isTransition, ...(newest === undefined ? {} : { newest }) });
    }
  }

  /** Writes down what an alarm's action came to, as CloudWatch does. */
  recordAction(alarm: AlarmRecord, summary: string, data: unknown): void {
    this.#remember(alarm, "Action", summary, data);
  }

  witness(witness: AlarmWitness): void {
    this.#witnesses.add(witness);
  }

  /** Answers how to stop listening. */
  subscribe(listener: AlarmListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back with the key of every alarm that is made, changed or deleted through the API. */
  onConfigurationChange(listener: (key: string) => void): () => void {
    this.#onSave.add(listener);
    return () => this.#onSave.delete(listener);
  }

  /** Entries of one alarm in order of time, from `from` (inclusive) to `to` (exclusive), wall ms. */
  history(region: string, alarmName: string, from: number, to: number, limit: number, newestFirst: boolean): AlarmHistoryEntry[] {
    return this.#history
      .readByTime(alarmKey({ region, name: alarmName }), { from, to, limit, newestFirst })
      .map(({ timestamp, text }) => ({ ...(JSON.parse(text) as Omit<AlarmHistoryEntry, "timestamp">), timestamp }));
  }

  #remember(alarm: AlarmRecord, type: AlarmHistoryEntry["type"], summary: string, data: unknown): void {
    const text = JSON.stringify({ alarmName: alarm.name, type, summary, data } satisfies Omit<AlarmHistoryEntry, "timestamp">);
    this.#history.append(alarmKey(alarm), [{ timestamp: this.#clock.now(), text }]);
  }
}
