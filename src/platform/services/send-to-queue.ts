/** Sends to a queue in the name of another AWS service, if the queue's policy lets that service in. */
import { policyAllows } from "../../engine/policy/resource-policy.ts";
import { parseArn } from "../../model/arn.ts";
import type { Call } from "../gateway/operations.ts";
import { UndeliverableError } from "./delivery-queue.ts";
import { errorCode } from "./error-code.ts";

/** Who sends, as a resource policy sees it. */
export interface Sender {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** The rule, topic or alarm: `aws:SourceArn`. */
  readonly sourceArn: string;
  readonly account: string;
}

export interface QueueMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

/** Rejects with `UndeliverableError` when the queue is not there or lets the sender not in. */
export async function sendToQueue(call: Call, sender: Sender, queueArn: string, message: QueueMessage): Promise<void> {
  const region = parseArn(queueArn)?.region ?? "";
  try {
    const { Attributes = {} } = await call("sqs", "GetQueueAttributes", { QueueUrl: queueArn, AttributeNames: ["Policy"] }, { region });
    if (!policyAllows(Attributes.Policy, accessOf(sender, "sqs:SendMessage", queueArn))) {
      throw new UndeliverableError(
        "NO_PERMISSIONS",
        `the policy of ${queueArn} does not let ${sender.service} send for ${sender.sourceArn}`,
      );
    }
    const attributes = Object.entries(message.attributes ?? {}).map(([name, StringValue]) => [name, { DataType: "String", StringValue }]);
    await call(
      "sqs",
      "SendMessage",
      {
        QueueUrl: queueArn,
        MessageBody: message.body,
        MessageGroupId: message.groupId,
        MessageDeduplicationId: message.deduplicationId,
        ...(attributes.length > 0 ? { MessageAttributes: Object.fromEntries(attributes) } : {}),
      },
      { region },
    );
  } catch (failure) {
    if (errorCode(failure) === "QueueDoesNotExist") throw new UndeliverableError("NO_RESOURCE", `there is no queue ${queueArn}`);
    throw failure;
  }
}

export function accessOf({ service, sourceArn, account }: Sender, action: string, resource: string) {
  return {
    service,
    action,
    resource,
    context: {
      "aws:SourceArn": sourceArn,
      "aws:SourceAccount": account,
      "aws:SecureTransport": "true",
      "aws:PrincipalIsAWSService": "true",
    },
  };
}
