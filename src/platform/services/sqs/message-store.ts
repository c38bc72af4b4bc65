/**
 * The messages of the queues: which may be received now, in what order, and what a receipt does to them. Visibility,
 * delays, retention, dead-letter queues, groups and deduplication of FIFO queues are decided here; time is wall time.
 */
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { parseArn } from "../../../model/arn.ts";
import { isFifo, numberOf, redriveOf } from "./queue-attributes.ts";
import { type MessageRecord, messageKey, type QueueRecord, queueKey, type SqsRecords } from "./records.ts";

/** A message sent again with the same deduplication id within this time is the same message. */
const DEDUPLICATION_MS = 5 * 60 * 1000;

export type NewMessage = Pick<MessageRecord, "body" | "attributes" | "groupId" | "deduplicationId"> & { readonly delaySeconds?: number };

export class MessageStore {
  readonly #records: SqsRecords;
  readonly #clock: Clock;
  readonly #ids: Ids;
  /** The number of the last message, by queue. */
  readonly #last = new Map<string, number>();
  /** Receivers that wait for a message, by queue. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(records: SqsRecords, clock: Clock, ids: Ids) {
    this.#records = records;
    this.#clock = clock;
    this.#ids = ids;
  }

  send(queue: QueueRecord, message: NewMessage): Pick<MessageRecord, "messageId" | "sequence"> {
    const now = this.#clock.now();
    const { delaySeconds = numberOf(queue, "DelaySeconds"), ...content } = message;
    const seenKey = `${queueKey(queue)}/${message.deduplicationId}`;
    const seen = message.deduplicationId === undefined ? undefined : this.#records.deduplications.get(seenKey);
    if (seen !== undefined && now - seen.at < DEDUPLICATION_MS) return seen;
    const sent: MessageRecord = {
      ...content,
      sequence: this.#nextSequence(queue),
      messageId: this.#ids.uuid(),
      sentAt: now,
      visibleAt: now + delaySeconds * 1000,
      receiveCount: 0,
    };
    this.#records.store.transaction(() => {
      this.#put(queue, sent);
      if (message.deduplicationId !== undefined) {
        this.#records.deduplications.put(seenKey, { at: now, messageId: sent.messageId, sequence: sent.sequence });
      }
    });
    this.#wake(queue);
    return sent;
  }

  /** Up to `most` messages, each hidden from others for the visibility timeout. */
  receive(queue: QueueRecord, most: number, visibilitySeconds = numberOf(queue, "VisibilityTimeout")): MessageRecord[] {
    const now = this.#clock.now();
    const redrive = redriveOf(queue);
    const received: MessageRecord[] = [];
    this.#records.store.transaction(() => {
      for (const message of this.#receivable(queue, now)) {
        if (received.length >= most) break;
        if (redrive !== undefined && message.receiveCount >= redrive.maxReceiveCount && this.#bury(queue, message, redrive.targetArn))
          continue;
        const hidden: MessageRecord = {
          ...message,
          receiveCount: message.receiveCount + 1,
          firstReceivedAt: message.firstReceivedAt ?? now,
          receiptHandle: Buffer.from(`${message.sequence} ${message.messageId} ${this.#ids.uuid()}`).toString("base64"),
          visibleAt: now + visibilitySeconds * 1000,
        };
        this.#put(queue, hidden);
        received.push(hidden);
      }
    });
    return received;
  }

  /** Resolves when a message may have come, or at `deadline`. */
  async arrival(queue: QueueRecord, deadline: number): Promise<void> {
    const now = this.#clock.now();
    const next = this.#of(queue).reduce((soonest, { visibleAt }) => (visibleAt > now ? Math.min(soonest, visibleAt) : soonest), deadline);
    const waiting = this.#waiting.get(queueKey(queue)) ?? new Set();
    this.#waiting.set(queueKey(queue), waiting);
    await new Promise<void>((resolve) => {
      let cancel: Cancel = () => {};
      const wake = (): void => {
        waiting.delete(wake);
        cancel();
        resolve();
      };
      waiting.add(wake);
      cancel = this.#clock.at(next, wake);
    });
  }

  /** The message of a receipt, if it is still there. An old receipt of a message received again finds it too, as on SQS. */
  ofReceipt(queue: QueueRecord, receiptHandle: string): { readonly isHandle: boolean; readonly message?: MessageRecord } {
    const match = /^(\d+) ([0-9a-f-]{36}) [0-9a-f-]{36}$/.exec(Buffer.from(receiptHandle, "base64").toString("utf8"));
    if (match === null) return { isHandle: false };
    const message = this.#records.messages.get(messageKey(queue, Number(match[1])));
    return { isHandle: true, message: message?.messageId === match[2] ? message : undefined };
  }

  delete(queue: QueueRecord, message: MessageRecord): void {
    this.#records.messages.delete(messageKey(queue, message.sequence));
    // The next message of its group may go now.
    if (message.groupId !== undefined) this.#wake(queue);
  }

  setVisibility(queue: QueueRecord, message: MessageRecord, seconds: number): void {
    this.#put(queue, { ...message, visibleAt: this.#clock.now() + seconds * 1000 });
    this.#wake(queue);
  }

  /** Deletes every message; with the queue itself, also what it remembers of deduplication. */
  purge(queue: QueueRecord, isDeleted: boolean): void {
    const prefix = `${queueKey(queue)}/`;
    for (const { sequence } of this.#of(queue)) this.#records.messages.delete(messageKey(queue, sequence));
    if (isDeleted) for (const [key] of this.#records.deduplications.entries(prefix)) this.#records.deduplications.delete(key);
  }

  counts(queue: QueueRecord): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const now = this.#clock.now();
    this.#expire(queue, now);
    const counts = { visible: 0, inFlight: 0, delayed: 0 };
    for (const { visibleAt, receiveCount } of this.#of(queue)) {
      if (visibleAt <= now) counts.visible++;
      else if (receiveCount > 0) counts.inFlight++;
      else counts.delayed++;
    }
    return counts;
  }

  #of(queue: QueueRecord): MessageRecord[] {
    return this.#records.messages.list(`${queueKey(queue)}/`);
  }

  /** Visible messages in order; of a FIFO queue's groups, none behind one that is in flight or delayed. */
  #receivable(queue: QueueRecord, now: number): MessageRecord[] {
    this.#expire(queue, now);
    const blocked = new Set<string>();
    return this.#of(queue).filter(({ visibleAt, groupId }) => {
      if (groupId !== undefined && blocked.has(groupId)) return false;
      if (visibleAt <= now) return true;
      if (groupId !== undefined && isFifo(queue)) blocked.add(groupId);
      return false;
    });
  }

  #expire(queue: QueueRecord, now: number): void {
    const oldest = now - numberOf(queue, "MessageRetentionPeriod") * 1000;
    for (const { sequence, sentAt } of this.#of(queue)) {
      if (sentAt < oldest) this.#records.messages.delete(messageKey(queue, sequence));
    }
  }

  /** Moves a message to the dead-letter queue; false when there is none of that name. */
  #bury(queue: QueueRecord, message: MessageRecord, targetArn: string): boolean {
    const arn = parseArn(targetArn);
    const target = arn === undefined ? undefined : this.#records.queues.get(`${arn.region}/${arn.resource}`);
    if (target === undefined) return false;
    this.#records.messages.delete(messageKey(queue, message.sequence));
    const { receiptHandle: _receipt, firstReceivedAt: _first, ...kept } = message;
    this.#put(target, { ...kept, sequence: this.#nextSequence(target), visibleAt: this.#clock.now(), deadLetterSource: queue.name });
    this.#wake(target);
    return true;
  }

  #put(queue: QueueRecord, message: MessageRecord): void {
    this.#records.messages.put(messageKey(queue, message.sequence), message);
  }

  #nextSequence(queue: QueueRecord): number {
    const key = queueKey(queue);
    const next = (this.#last.get(key) ?? this.#of(queue).at(-1)?.sequence ?? 0) + 1;
    this.#last.set(key, next);
    return next;
  }

  #wake(queue: QueueRecord): void {
    for (const wake of [...(this.#waiting.get(queueKey(queue)) ?? [])]) wake();
  }
}
