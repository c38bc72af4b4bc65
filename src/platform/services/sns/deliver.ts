/** Carries one message to one subscriber: a queue, or a web server on this machine. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Call } from "../../gateway/operations.ts";
import { UndeliverableError } from "../delivery-queue.ts";
import { sendToQueue } from "../send-to-queue.ts";
import type { MessageAttribute } from "./records.ts";

export interface NotificationDelivery {
  readonly type: "Notification" | "SubscriptionConfirmation";
  readonly messageId: string;
  readonly topicArn: string;
  readonly subscriptionArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** The body alone, without SNS's envelope. */
  readonly isRaw: boolean;
  readonly deadLetterArn?: string | undefined;
  /** Wall time, ms. */
  readonly timestamp: number;
  readonly subject?: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly token?: string;
}

const SNS_PRINCIPAL = "sns.amazonaws.com";
const WEB_TIMEOUT_MS = 15_000;
const API_VERSION = "2010-03-31";

interface Surroundings {
  readonly call: Call;
  readonly account: string;
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
}

/** Rejects when the subscriber was not reached or refused. */
export async function deliverNotification({ call, account, endpoint }: Surroundings, delivery: NotificationDelivery): Promise<void> {
  const text = delivery.isRaw ? delivery.body : envelope(delivery, endpoint);
  if (delivery.protocol !== "sqs") return post(delivery, text);
  await sendToQueue(call, { service: SNS_PRINCIPAL, sourceArn: delivery.topicArn, account }, delivery.endpoint, {
    body: text,
    ...(delivery.isRaw ? { attributes: delivery.attributes } : {}),
    groupId: delivery.groupId,
    deduplicationId: delivery.deduplicationId,
  });
}

/** Tells of a message that did not arrive, and keeps it in the subscription's dead-letter queue if it has one. */
export async function giveUpNotification(
  { call, account, report }: Pick<Surroundings, "call" | "account"> & { readonly report: (message: string) => void },
  { topicArn, endpoint, body, attributes, deadLetterArn }: NotificationDelivery,
  failure: Error,
): Promise<void> {
  report(`${topicArn} gave up on ${endpoint}: ${failure.message}`);
  if (deadLetterArn === undefined) return;
  try {
    await sendToQueue(call, { service: SNS_PRINCIPAL, sourceArn: topicArn, account }, deadLetterArn, { body, attributes });
  } catch (refused) {
    report(
      `${topicArn} cannot reach the dead-letter queue ${deadLetterArn}: ${refused instanceof Error ? refused.message : String(refused)}`,
    );
  }
}

/** A message as SNS wraps it. It is not signed: no key of this machine would convince who verifies AWS's signature. */
function envelope(delivery: NotificationDelivery, endpoint: string): string {
  const { type, messageId, topicArn, subscriptionArn, subject, body, timestamp, token, attributes } = delivery;
  const link = (Action: string, parameters: Record<string, string>): string =>
    `${endpoint}/?${new URLSearchParams({ Action, Version: API_VERSION, ...parameters })}`;
  const named = Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
    name,
    { Type: dataType, Value: stringValue ?? binaryValue ?? "" },
  ]);
  return JSON.stringify({
    Type: type,
    MessageId: messageId,
    ...(token === undefined ? {} : { Token: token }),
    TopicArn: topicArn,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: body,
    ...(token === undefined ? {} : { SubscribeURL: link("ConfirmSubscription", { TopicArn: topicArn, Token: token }) }),
    Timestamp: new Date(timestamp).toISOString(),
    SignatureVersion: "1",
    Signature: "not signed by the local platform",
    SigningCertURL: `${endpoint}/SimpleNotificationService.pem`,
    ...(token === undefined ? { UnsubscribeURL: link("Unsubscribe", { SubscriptionArn: subscriptionArn }) } : {}),
    ...(named.length > 0 ? { MessageAttributes: Object.fromEntries(named) } : {}),
  });
}

function post(delivery: NotificationDelivery, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = delivery.protocol === "https" ? httpsRequest : httpRequest;
    const request = send(delivery.endpoint, {
      method: "POST",
      timeout: WEB_TIMEOUT_MS,
      headers: {
        "content-type": "text/plain; charset=UTF-8",
        "content-length": Buffer.byteLength(text),
        "user-agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": delivery.type,
        "x-amz-sns-message-id": delivery.messageId,
        "x-amz-sns-topic-arn": delivery.topicArn,
        "x-amz-sns-subscription-arn": delivery.subscriptionArn,
        ...(delivery.isRaw ? { "x-amz-sns-rawdelivery": "true" } : {}),
      },
    });
    request.on("response", (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return resolve();
      const message = `${delivery.endpoint} answered ${status}`;
      // SNS takes 4xx other than 429 for final.
      reject(status >= 400 && status < 500 && status !== 429 ? new UndeliverableError("CLIENT_ERROR", message) : new Error(message));
    });
    // An offer of another protocol, unasked, is the last that the request tells of.
    request.on("upgrade", ({ statusCode }, socket) => {
      socket.destroy();
      reject(new Error(`${delivery.endpoint} answered ${statusCode}`));
    });
    request.on("timeout", () => request.destroy(new Error(`${delivery.endpoint} did not answer within ${WEB_TIMEOUT_MS / 1000} s`)));
    request.on("error", reject);
    request.end(text);
  });
}
