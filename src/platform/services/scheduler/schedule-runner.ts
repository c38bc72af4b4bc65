/**
 * Runs schedules: waits for each one's next occurrence on the calendar, which no speed scales, and delivers it, with
 * EventBridge Scheduler's retries. An occurrence under way outlives a restart; one that came due while the platform was
 * down does not happen.
 */
import { afterFailure } from "../../../engine/schedule/delivery.ts";
import { isCompleted, nextOccurrence } from "../../../engine/schedule/occurrence.ts";
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Call } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { deliver } from "./deliver.ts";
import { type InvocationRecord, keyOf, type ScheduleRecord, type SchedulerRecords, schedulerRecords } from "./records.ts";

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
  /** The next occurrence of each schedule, and the next attempt of each invocation, by key. */
  readonly #waiting = new Map<string, Cancel>();
  #isClosed = false;

  constructor(dependencies: ScheduleRunnerDependencies) {
    this.#dependencies = dependencies;
    this.#records = schedulerRecords(dependencies.store);
  }

  /** Takes up every schedule and whatever was being delivered. */
  start(): void {
    for (const schedule of this.#records.schedules.list()) this.refresh(schedule);
    for (const invocation of this.#records.invocations.list()) this.#awaitAttempt(invocation);
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
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
    const invocation: InvocationRecord = {
      id: this.#dependencies.ids.uuid(),
      schedule: key,
      scheduledTime,
      attempts: 0,
      nextAttemptAt: scheduledTime,
    };
    this.#records.invocations.put(invocation.id, invocation);
    this.refresh(schedule);
    void this.#attempt(invocation.id);
  }

  #awaitAttempt({ id, nextAttemptAt }: InvocationRecord): void {
    if (this.#isClosed) return;
    this.#waiting.set(
      id,
      this.#dependencies.clock.at(nextAttemptAt, () => void this.#attempt(id)),
    );
  }

  async #attempt(id: string): Promise<void> {
    this.#waiting.delete(id);
    const invocation = this.#records.invocations.get(id);
    const schedule = invocation && this.#records.schedules.get(invocation.schedule);
    if (invocation === undefined || schedule === undefined) {
      this.#records.invocations.delete(id);
      return;
    }
    const { account, call } = this.#dependencies;
    const attempt = invocation.attempts + 1;
    try {
      await deliver(call, schedule, {
        executionId: id,
        scheduledTime: invocation.scheduledTime,
        attempt,
        scheduleArn: formatArn("scheduler", schedule.region, account, `schedule/${schedule.groupName}/${schedule.name}`),
      });
      this.#end(invocation);
    } catch (failure) {
      if (this.#isClosed) return;
      const failed: InvocationRecord = { ...invocation, attempts: attempt };
      const verdict = afterFailure(failed, schedule.target.RetryPolicy ?? {}, this.#dependencies.clock.now());
      if (verdict.kind === "give-up") {
        await this.#giveUp(schedule, attempt, failure);
        this.#end(invocation);
      } else {
        const next = { ...failed, nextAttemptAt: verdict.at };
        this.#records.invocations.put(id, next);
        this.#awaitAttempt(next);
      }
    }
  }

  /** Tells of an occurrence that was not delivered, and keeps it in the schedule's dead-letter queue if it has one. */
  async #giveUp(schedule: ScheduleRecord, attempts: number, failure: unknown): Promise<void> {
    const { call, report } = this.#dependencies;
    const reason = failure instanceof Error ? failure.message : String(failure);
    report(`schedule ${keyOf(schedule)} gave up after ${attempts} attempts: ${reason}`);
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
            ERROR_CODE: attribute(failure instanceof Error ? failure.name : "Error"),
            ERROR_MESSAGE: attribute(reason),
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
  #end({ id, schedule: key }: InvocationRecord): void {
    if (this.#isClosed) return;
    this.#records.invocations.delete(id);
    const schedule = this.#records.schedules.get(key);
    if (schedule?.actionAfterCompletion !== "DELETE" || !isCompleted(schedule, this.#dependencies.clock.now())) return;
    this.#records.schedules.delete(key);
    this.forget(key);
  }
}
