/**
 * Runs schedules: waits for each one's next occurrence on the calendar, which no speed scales, and delivers it, with
 * EventBridge Scheduler's retries. An occurrence under way outlives a restart; one that came due while the platform was
 * down does not happen.
 */
import { isCompleted, nextOccurrence } from "../../../engine/schedule/occurrence.ts";
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Call } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { DeliveryQueue } from "../delivery-queue.ts";
import { deliver } from "./deliver.ts";
import { keyOf, type Occurrence, type ScheduleRecord, type SchedulerRecords, schedulerRecords } from "./records.ts";

export interface ScheduleRunnerDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Clock;
  readonly ids: Ids;
  readonly account: string;
  readonly call: Call;
  /** Is told of an occurrence that was given up. */
  readonly report: (message: string) => void;
}

export class ScheduleRunner {
  readonly #records: SchedulerRecords;
  readonly #dependencies: ScheduleRunnerDependencies;
  readonly #deliveries: DeliveryQueue<Occurrence>;
  /** The next occurrence of each schedule, by key. */
  readonly #waiting = new Map<string, Cancel>();
  #isClosed = false;

  constructor(dependencies: ScheduleRunnerDependencies) {
    this.#dependencies = dependencies;
    this.#records = schedulerRecords(dependencies.store);
    const { store, clock, ids } = dependencies;
    this.#deliveries = new DeliveryQueue({
      store,
      collection: "scheduler.delivery",
      clock,
      ids,
      attempt: (occurrence, { id, attempts }) => this.#attempt(occurrence, id, attempts + 1),
      retryPolicy: (occurrence) => this.#records.schedules.get(occurrence.schedule)?.target.RetryPolicy ?? {},
      giveUp: (occurrence, failure, { attempts }) => this.#giveUp(occurrence, failure, attempts),
    });
  }

  /** Takes up every schedule and whatever was being delivered. */
  start(): void {
    for (const schedule of this.#records.schedules.list()) this.refresh(schedule);
    this.#deliveries.start();
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
    this.#deliveries.close();
  }

  /** Resolves when nothing is being delivered at this moment. */
  settled(): Promise<void> {
    return this.#deliveries.settled();
  }

  /** A schedule was made or changed. */
  refresh(schedule: ScheduleRecord): void {
    const key = keyOf(schedule);
    this.forget(key);
    const due = nextOccurrence(schedule, this.#dependencies.clock.now());
    if (due === undefined || this.#isClosed) return;
    this.#waiting.set(
      key,
      this.#dependencies.clock.at(due, () => this.#occur(key, due)),
    );
  }

  /** A schedule was deleted: nothing more comes of it. */
  forget(key: string): void {
    this.#waiting.get(key)?.();
    this.#waiting.delete(key);
  }

  #occur(key: string, scheduledTime: number): void {
    const schedule = this.#records.schedules.get(key);
    if (schedule === undefined) return;
    this.#deliveries.add({ schedule: key, scheduledTime });
    this.refresh(schedule);
  }

  /** @param id the same for every attempt, which makes a repeated delivery harmless */
  async #attempt({ schedule: key, scheduledTime }: Occurrence, id: string, attempt: number): Promise<void> {
    const schedule = this.#records.schedules.get(key);
    if (schedule === undefined) return;
    const { account, call } = this.#dependencies;
    await deliver(call, schedule, {
      executionId: id,
      scheduledTime,
      attempt,
      scheduleArn: formatArn("scheduler", schedule.region, account, `schedule/${schedule.groupName}/${schedule.name}`),
    });
    this.#end(key);
  }

  async #giveUp({ schedule: key }: Occurrence, failure: Error, attempts: number): Promise<void> {
    const schedule = this.#records.schedules.get(key);
    if (schedule === undefined) return;
    await this.#tell(schedule, attempts, failure);
    this.#end(key);
  }

  /** Tells of an occurrence that was not delivered, and keeps it in the schedule's dead-letter queue if it has one. */
  async #tell(schedule: ScheduleRecord, attempts: number, failure: Error): Promise<void> {
    const { call, report } = this.#dependencies;
    report(`schedule ${keyOf(schedule)} gave up after ${attempts} attempts: ${failure.message}`);
    const queue = schedule.target.DeadLetterConfig?.Arn;
    if (queue === undefined) return;
    const attribute = (StringValue: string) => ({ DataType: "String", StringValue });
    try {
      await call(
        "sqs",
        "SendMessage",
        {
          QueueUrl: queue,
          MessageBody: schedule.target.Input ?? "{}",
          MessageAttributes: {
            ERROR_CODE: attribute(failure.name),
            ERROR_MESSAGE: attribute(failure.message),
            RETRY_ATTEMPTS: attribute(String(attempts - 1)),
            TARGET_ARN: attribute(schedule.target.Arn ?? "none"),
          },
        },
        { region: schedule.region },
      );
    } catch (refused) {
      report(
        `schedule ${keyOf(schedule)} has no dead-letter queue ${queue}: ${refused instanceof Error ? refused.message : String(refused)}`,
      );
    }
  }

  /** The occurrence is over. A schedule that has no other, and asked for it, is deleted. */
  #end(key: string): void {
    if (this.#isClosed) return;
    const schedule = this.#records.schedules.get(key);
    if (schedule?.actionAfterCompletion !== "DELETE" || !isCompleted(schedule, this.#dependencies.clock.now())) return;
    this.#records.schedules.delete(key);
    this.forget(key);
  }
}
