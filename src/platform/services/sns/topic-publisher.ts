/**
 * Takes messages for topics and carries them to the subscribers. A message is accepted when the deliveries that follow from
 * it are written; they survive `kill -9` and are attempted until they arrive or are given up.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Call } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { DeliveryQueue } from "../delivery-queue.ts";
import { deliverNotification, giveUpNotification, type NotificationDelivery } from "./deliver.ts";
import { wants } from "./filter-policy.ts";
import {
  isFifo,
  type MessageAttribute,
  type SnsRecords,
  type SubscriptionRecord,
  snsRecords,
  type TopicRecord,
  topicArn,
  topicKey,
} from "./records.ts";

export interface TopicPublisherDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Clock;
  readonly ids: Ids;
  readonly account: string;
  readonly call: Call;
  /** `http://127.0.0.1:4566`: where links in messages lead. */
  readonly endpoint: () => string;
  /** Is told of a message that could not be delivered. */
  readonly report: (message: string) => void;
}

export interface TopicMessage {
  readonly subject?: string;
  /** By protocol, and `default`. */
  readonly bodies: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

/** SNS tries its own services for 23 days, and web servers four times. */
const RETRIES = {
  own: { MaximumRetryAttempts: 100_015, MaximumEventAgeInSeconds: 23 * 86_400 },
  web: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3_600 },
};

export class TopicPublisher {
  readonly #dependencies: TopicPublisherDependencies;
  readonly #records: SnsRecords;
  readonly #deliveries: DeliveryQueue<NotificationDelivery>;

  constructor(dependencies: TopicPublisherDependencies) {
    const { store, clock, ids, account, call, endpoint, report } = dependencies;
    this.#dependencies = dependencies;
    this.#records = snsRecords(store);
    this.#deliveries = new DeliveryQueue({
      store,
      collection: "sns.delivery",
      clock,
      ids,
      attempt: (delivery) => deliverNotification({ call, account, endpoint: endpoint() }, delivery),
      retryPolicy: ({ protocol }) => (protocol === "sqs" ? RETRIES.own : RETRIES.web),
      giveUp: (delivery, failure) => giveUpNotification({ call, account, report }, delivery, failure),
    });
  }

  start(): void {
    this.#deliveries.start();
  }

  close(): void {
    this.#deliveries.close();
  }

  /** Resolves when nothing is being delivered at this moment. */
  settled(): Promise<void> {
    return this.#deliveries.settled();
  }

  /** Accepts a message; answers its id and, on a FIFO topic, its number. */
  publish(topic: TopicRecord, message: TopicMessage): { readonly messageId: string; readonly sequenceNumber?: string } {
    const { ids, clock, account } = this.#dependencies;
    const arn = topicArn(topic, account);
    const messageId = ids.uuid();
    return this.#records.store.transaction(() => {
      // Read anew: in a batch the message before has moved the number on.
      const sequence = (this.#records.topics.get(topicKey(topic))?.sequence ?? topic.sequence) + 1;
      if (isFifo(topic)) this.#records.topics.put(topicKey(topic), { ...topic, sequence });
      for (const subscription of this.#records.subscriptions.list(`${arn}:`)) {
        const { protocol, endpoint, attributes, token } = subscription;
        const body = message.bodies[protocol] ?? message.bodies.default ?? "";
        if (token !== undefined || !wants(subscription, { body, attributes: message.attributes })) continue;
        this.#deliveries.add({
          type: "Notification",
          messageId,
          topicArn: arn,
          subscriptionArn: subscription.arn,
          protocol,
          endpoint,
          isRaw: attributes.RawMessageDelivery === "true",
          ...(deadLetters(subscription) === undefined ? {} : { deadLetterArn: deadLetters(subscription) }),
          timestamp: clock.now(),
          body,
          ...(message.subject === undefined ? {} : { subject: message.subject }),
          attributes: message.attributes,
          ...(message.groupId === undefined ? {} : { groupId: message.groupId }),
          ...(message.deduplicationId === undefined ? {} : { deduplicationId: message.deduplicationId }),
        });
      }
      return { messageId, ...(isFifo(topic) ? { sequenceNumber: String(sequence).padStart(20, "0") } : {}) };
    });
  }

  /** Asks a web server whether it wants the topic's messages. */
  askForConfirmation({ arn, topicArn: topic, protocol, endpoint, token }: SubscriptionRecord): void {
    const { ids, clock } = this.#dependencies;
    this.#deliveries.add({
      type: "SubscriptionConfirmation",
      messageId: ids.uuid(),
      topicArn: topic,
      subscriptionArn: arn,
      protocol,
      endpoint,
      isRaw: false,
      timestamp: clock.now(),
      body: `You have chosen to subscribe to the topic ${topic}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      attributes: {},
      ...(token === undefined ? {} : { token }),
    });
  }
}

function deadLetters({ attributes }: SubscriptionRecord): string | undefined {
  if (!attributes.RedrivePolicy) return undefined;
  return (JSON.parse(attributes.RedrivePolicy) as { deadLetterTargetArn?: string }).deadLetterTargetArn;
}
