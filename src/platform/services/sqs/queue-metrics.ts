/**
 * What SQS tells CloudWatch of its queues (`AWS/SQS`): how many messages wait, are in flight or delayed, and how old
 * the oldest is. Once a minute of engine time, for the queues that are active: those that hold messages or changed in
 * the last six hours of engine time, as on AWS. Scaling by queue depth reads `ApproximateNumberOfMessagesVisible`.
 */
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Store } from "../../persistence/store.ts";
import { eachEngineMinute } from "../cloudwatch/each-engine-minute.ts";
import type { MetricSink } from "../cloudwatch/metric-sink.ts";
import { type MessageRecord, type QueueRecord, queueKey, type SqsRecords, sqsRecords } from "./records.ts";

export interface QueueMetricsDependencies {
  readonly store: Store;
  /** Wall time. */
  readonly clock: Clock;
  /** Engine seconds per wall second. */
  readonly speed: number;
  readonly sink: MetricSink;
}

const ACTIVE_MINUTES = 6 * 60;

export class QueueMetrics {
  readonly #dependencies: QueueMetricsDependencies;
  /** When a queue was last seen with messages, by key. */
  readonly #heldAt = new Map<string, number>();
  /** Opened at the first minute: a platform without queues starts no slower. */
  #records: SqsRecords | undefined;
  readonly #cancel: Cancel;

  constructor(dependencies: QueueMetricsDependencies) {
    this.#dependencies = dependencies;
    this.#cancel = eachEngineMinute(dependencies, (minuteStart) => this.#record(minuteStart));
  }

  close(): void {
    this.#cancel();
  }

  #record(timestamp: number): void {
    const { store, clock, speed, sink } = this.#dependencies;
    this.#records ??= sqsRecords(store);
    const now = clock.now();
    for (const queue of this.#records.queues.list()) {
      const key = queueKey(queue);
      const messages = this.#records.messages.list(`${key}/`);
      if (messages.length > 0) this.#heldAt.set(key, now);
      const changedAt = Math.max(queue.modifiedAt, this.#heldAt.get(key) ?? 0);
      if (now - changedAt > (ACTIVE_MINUTES * 60_000) / speed) continue;
      const record = (name: string, value: number, unit: string): void =>
        sink.record(queue.region, "AWS/SQS", name, { QueueName: queue.name }, value, timestamp, unit);
      const { visible, inFlight, delayed, ageSeconds } = measured(messages, queue, now);
      record("ApproximateNumberOfMessagesVisible", visible, "Count");
      record("ApproximateNumberOfMessagesNotVisible", inFlight, "Count");
      record("ApproximateNumberOfMessagesDelayed", delayed, "Count");
      record("ApproximateAgeOfOldestMessage", ageSeconds, "Seconds");
    }
  }
}

function measured(messages: readonly MessageRecord[], { attributes }: QueueRecord, now: number) {
  const retentionMs = Number(attributes.MessageRetentionPeriod ?? 345_600) * 1000;
  const measure = { visible: 0, inFlight: 0, delayed: 0, ageSeconds: 0 };
  for (const { visibleAt, receiveCount, sentAt } of messages) {
    // Kept too long: gone at the next touch, and no longer counted.
    if (now - sentAt > retentionMs) continue;
    if (visibleAt <= now) measure.visible++;
    else if (receiveCount > 0) measure.inFlight++;
    else measure.delayed++;
    measure.ageSeconds = Math.max(measure.ageSeconds, Math.floor((now - sentAt) / 1000));
  }
  return measure;
}
