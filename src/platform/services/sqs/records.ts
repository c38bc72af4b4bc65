/** What SQS keeps: queues, their messages, and which deduplication ids were seen. */
import type { Collection, Store } from "../../persistence/store.ts";

export interface QueueRecord {
  readonly name: string;
  readonly region: string;
  /** As the API writes them, all text; only what was set. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, as all instants here. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface MessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string;
  /** Base64. */
  readonly binaryValue?: string;
}

export interface MessageRecord {
  /** Its place in the queue; rises by one with every message. */
  readonly sequence: number;
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sentAt: number;
  /** Delayed or in flight until then. */
  readonly visibleAt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  /** Of the last receipt; the one that may delete. */
  readonly receiptHandle?: string;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** The queue it came from, once it is in a dead-letter queue. */
  readonly deadLetterSource?: string;
}

export interface DeduplicationRecord {
  readonly at: number;
  readonly messageId: string;
  readonly sequence: number;
}

export interface SqsRecords {
  /** `<region>/<name>` */
  readonly queues: Collection<QueueRecord>;
  /** `<region>/<name>/<sequence, 15 digits>` */
  readonly messages: Collection<MessageRecord>;
  /** `<region>/<name>/<deduplication id>` */
  readonly deduplications: Collection<DeduplicationRecord>;
  readonly store: Pick<Store, "transaction">;
}

export function sqsRecords(store: Store): SqsRecords {
  return {
    queues: store.collection("sqs.queue"),
    messages: store.collection("sqs.message"),
    deduplications: store.collection("sqs.deduplication"),
    store,
  };
}

export function queueKey({ region, name }: Pick<QueueRecord, "region" | "name">): string {
  return `${region}/${name}`;
}

export function messageKey(queue: Pick<QueueRecord, "region" | "name">, sequence: number): string {
  return `${queueKey(queue)}/${String(sequence).padStart(15, "0")}`;
}
