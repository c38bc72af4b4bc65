/** What SNS keeps: topics and their subscriptions. No SDK code: the topics' publisher starts with the platform. */
import { formatArn, parseArn } from "../../../model/arn.ts";
import type { Collection, Store } from "../../persistence/store.ts";

export interface TopicRecord {
  readonly region: string;
  readonly name: string;
  /** As the API writes them, all text; only what was set. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, as all instants here. */
  readonly createdAt: number;
  /** How many messages a FIFO topic has taken: the last one's sequence number. */
  readonly sequence: number;
  /** Subscriptions that were deleted. */
  readonly deleted: number;
}

export interface SubscriptionRecord {
  /** `<topic ARN>:<uuid>` */
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** As the API writes them; only what was set. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What confirms it while it is pending; absent once it is confirmed. */
  readonly token?: string;
  /** The token that confirmed it: confirming again with it is no error. */
  readonly confirmedBy?: string;
  readonly createdAt: number;
}

export interface MessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string;
  /** Base64. */
  readonly binaryValue?: string;
}

export interface SnsRecords {
  /** `<region>/<name>` */
  readonly topics: Collection<TopicRecord>;
  /** By ARN, and so by topic. */
  readonly subscriptions: Collection<SubscriptionRecord>;
  readonly store: Pick<Store, "transaction">;
}

/** The collections of SNS in the store. */
export function snsRecords(store: Store): SnsRecords {
  return { topics: store.collection("sns.topic"), subscriptions: store.collection("sns.subscription"), store };
}

/** `<region>/<name>` */
export function topicKey({ region, name }: Pick<TopicRecord, "region" | "name">): string {
  return `${region}/${name}`;
}

/** `arn:aws:sns:eu-west-1:000000000000:orders` */
export function topicArn({ region, name }: Pick<TopicRecord, "region" | "name">, account: string): string {
  return formatArn("sns", region, account, name);
}

/** The topic of an ARN, if there is one. */
export function findTopic({ topics }: Pick<SnsRecords, "topics">, arn: string | undefined): TopicRecord | undefined {
  const parsed = parseArn(arn ?? "");
  return parsed?.service === "sns" ? topics.get(`${parsed.region}/${parsed.resource}`) : undefined;
}

/** Whether the topic keeps the order of messages within a group. */
export function isFifo({ attributes }: Pick<TopicRecord, "attributes">): boolean {
  return attributes.FifoTopic === "true";
}
