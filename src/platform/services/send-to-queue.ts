/** Sends to a queue in the name of another AWS service, if the queue's policy and key let that service in. */
import type { MessageAttributeValue, SendMessageRequest } from "@aws-sdk/client-sqs";
import { policyAllows } from "../../engine/policy/resource-policy.ts";
import { parseArn } from "../../model/arn.ts";
import type { Call } from "../gateway/operations.ts";
import { UndeliverableError } from "./delivery-queue.ts";
import { errorCode } from "./error-code.ts";
import { accessOf, type Sender } from "./sender.ts";
import { mustBeAllowedToUseKey } from "./use-key.ts";

export interface QueueAttribute {
  readonly dataType: string;
  readonly stringValue?: string;
  /** Base64. */
  readonly binaryValue?: string;
}

export interface QueueMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, QueueAttribute>>;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

/** Rejects with `UndeliverableError` when the queue is not there or lets the sender not in. */
export async function sendToQueue(call: Call, sender: Sender, queueArn: string, message: QueueMessage): Promise<void> {
  const region = parseArn(queueArn)?.region ?? "";
  try {
    const { Attributes = {} } = await call(
      "sqs",
      "GetQueueAttributes",
      { QueueUrl: queueArn, AttributeNames: ["Policy", "KmsMasterKeyId"] },
      { region },
    );
    if (!policyAllows(Attributes.Policy, accessOf(sender, "sqs:SendMessage", queueArn))) {
      throw new UndeliverableError(
        "NO_PERMISSIONS",
        `the policy of ${queueArn} does not let ${sender.service} send for ${sender.sourceArn}`,
      );
    }
    await mustBeAllowedToUseKey(call, sender, Attributes.KmsMasterKeyId, region);
    await call(
      "sqs",
      "SendMessage",
      {
        QueueUrl: queueArn,
        MessageBody: message.body,
        MessageGroupId: message.groupId,
        MessageDeduplicationId: message.deduplicationId,
        ...attributesOf(message),
      },
      { region },
    );
  } catch (failure) {
    if (errorCode(failure) === "QueueDoesNotExist") throw new UndeliverableError("NO_RESOURCE", `there is no queue ${queueArn}`);
    throw failure;
  }
}

/** Every attribute as text. */
export function textAttributes(texts: Readonly<Record<string, string>>): Record<string, QueueAttribute> {
  return Object.fromEntries(Object.entries(texts).map(([name, stringValue]) => [name, { dataType: "String", stringValue }]));
}

/** SQS takes no empty list of attributes. */
function attributesOf({ attributes = {} }: QueueMessage): Pick<SendMessageRequest, "MessageAttributes"> {
  const entries = Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]): [string, MessageAttributeValue] => [
    name,
    {
      DataType: dataType,
      ...(binaryValue === undefined ? { StringValue: stringValue } : { BinaryValue: Buffer.from(binaryValue, "base64") }),
    },
  ]);
  return entries.length === 0 ? {} : { MessageAttributes: Object.fromEntries(entries) };
}
