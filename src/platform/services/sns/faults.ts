/** The faults of SNS, as the SDK's exception classes, and the look-ups that end in them. */
import { InvalidParameterException, NotFoundException } from "@aws-sdk/client-sns";
import { findTopic, type SnsRecords, type SubscriptionRecord, type TopicRecord } from "./records.ts";

/** `what`: `TopicArn`, or a name and `Reason: …`. */
export const invalid = (what: string) => new InvalidParameterException({ message: `Invalid parameter: ${what}`, $metadata: {} });
export const notFound = (what: string) => new NotFoundException({ message: `${what} does not exist`, $metadata: {} });

/** @throws NotFound, or InvalidParameter for what is no ARN of a topic */
export function mustFindTopic(records: SnsRecords, arn: string | undefined): TopicRecord {
  if (!/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+(\.fifo)?$/.test(arn ?? "")) throw invalid("TopicArn");
  const topic = findTopic(records, arn);
  if (topic === undefined) throw notFound("Topic");
  return topic;
}

/** @throws NotFound, or InvalidParameter for what is no ARN of a subscription */
export function mustFindSubscription({ subscriptions }: SnsRecords, arn: string | undefined): SubscriptionRecord {
  if (!/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+(\.fifo)?:[\w-]+$/.test(arn ?? "")) throw invalid("SubscriptionArn");
  const subscription = subscriptions.get(arn ?? "");
  if (subscription === undefined) throw notFound("Subscription");
  return subscription;
}
