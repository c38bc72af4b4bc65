/** Messages: sent, received, deleted, hidden for longer or shorter; one by one and in batches. */
import { createHash } from "node:crypto";
import {
  BatchEntryIdsNotDistinct,
  EmptyBatchRequest,
  InvalidMessageContents,
  type Message,
  type MessageAttributeValue,
  MessageNotInflight,
  ReceiptHandleIsInvalid,
  type SendMessageBatchRequestEntry,
  TooManyEntriesInBatchRequest,
} from "@aws-sdk/client-sqs";
import type { Clock } from "../../../kit/clock.ts";
import { partitionOf } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { digestOfAttributes, digestOfBody } from "./message-digest.ts";
import type { MessageStore } from "./message-store.ts";
import { isFifo, numberOf } from "./queue-attributes.ts";
import { invalidParameter, mustFindQueue } from "./queues.ts";
import type { MessageAttribute, MessageRecord, QueueRecord, SqsRecords } from "./records.ts";

const MOST_ENTRIES = 10;
const MOST_WAIT_SECONDS = 20;

export interface MessageDependencies {
  readonly records: SqsRecords;
  readonly messages: MessageStore;
  readonly clock: Pick<Clock, "now">;
}

export function messageOperations({ records, messages, clock }: MessageDependencies): Operations<"sqs"> {
  const send = (queue: QueueRecord, entry: Omit<SendMessageBatchRequestEntry, "Id">) => {
    const body = entry.MessageBody ?? "";
    const attributes = attributesOf(entry.MessageAttributes);
    checkContent(queue, body, attributes);
    const { messageId, sequence } = messages.send(queue, {
      body,
      attributes,
      delaySeconds: entry.DelaySeconds,
      ...orderOf(queue, entry, body),
    });
    return {
      MessageId: messageId,
      MD5OfMessageBody: digestOfBody(body),
      MD5OfMessageAttributes: digestOfAttributes(attributes),
      SequenceNumber: isFifo(queue) ? String(sequence).padStart(20, "0") : undefined,
    };
  };

  const remove = (queue: QueueRecord, receiptHandle: string): void => {
    const { isHandle, message } = messages.ofReceipt(queue, receiptHandle);
    if (!isHandle) throw badReceipt(receiptHandle);
    if (message !== undefined) messages.delete(queue, message);
  };

  const hide = (queue: QueueRecord, receiptHandle: string, seconds: number): void => {
    const { isHandle, message } = messages.ofReceipt(queue, receiptHandle);
    if (!isHandle) throw badReceipt(receiptHandle);
    if (seconds < 0 || seconds > 43_200)
      throw invalidParameter(`Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: must be between 0 and 43200.`);
    if (message === undefined || message.visibleAt <= clock.now()) {
      throw new MessageNotInflight({
        message: `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
        $metadata: {},
      });
    }
    messages.setVisibility(queue, message, seconds);
  };

  return {
    SendMessage: ({ QueueUrl, ...entry }, context) => send(mustFindQueue(records, QueueUrl, context), entry),

    SendMessageBatch: ({ QueueUrl, Entries = [] }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      return batch(Entries, (entry) => send(queue, entry));
    },

    ReceiveMessage: async (input, context) => {
      const queue = mustFindQueue(records, input.QueueUrl, context);
      const most = input.MaxNumberOfMessages ?? 1;
      if (most < 1 || most > MOST_ENTRIES) {
        throw invalidParameter(
          `Value ${most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
        );
      }
      const waitSeconds = input.WaitTimeSeconds ?? numberOf(queue, "ReceiveMessageWaitTimeSeconds");
      if (waitSeconds < 0 || waitSeconds > MOST_WAIT_SECONDS) {
        throw invalidParameter(
          `Value ${waitSeconds} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
        );
      }
      const deadline = clock.now() + waitSeconds * 1000;
      let received = messages.receive(queue, most, input.VisibilityTimeout);
      while (received.length === 0 && clock.now() < deadline) {
        await messages.arrival(queue, deadline);
        // A message given to nobody would be hidden for its whole visibility timeout.
        if (context.isGone?.() === true) return {};
        received = messages.receive(mustFindQueue(records, input.QueueUrl, context), most, input.VisibilityTimeout);
      }
      const system: readonly string[] = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
      const asked = input.MessageAttributeNames ?? [];
      // With nothing to receive SQS answers no list at all.
      return received.length === 0 ? {} : { Messages: received.map((message) => view(message, queue, system, asked, context)) };
    },

    DeleteMessage: ({ QueueUrl, ReceiptHandle = "" }, context) => {
      remove(mustFindQueue(records, QueueUrl, context), ReceiptHandle);
      return {};
    },

    DeleteMessageBatch: ({ QueueUrl, Entries = [] }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      return batch(Entries, ({ ReceiptHandle = "" }) => {
        remove(queue, ReceiptHandle);
        return {};
      });
    },

    ChangeMessageVisibility: ({ QueueUrl, ReceiptHandle = "", VisibilityTimeout = 0 }, context) => {
      hide(mustFindQueue(records, QueueUrl, context), ReceiptHandle, VisibilityTimeout);
      return {};
    },

    ChangeMessageVisibilityBatch: ({ QueueUrl, Entries = [] }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      return batch(Entries, ({ ReceiptHandle = "", VisibilityTimeout = 0 }) => {
        hide(queue, ReceiptHandle, VisibilityTimeout);
        return {};
      });
    },
  };
}

/** Does each entry by itself: what fails is answered among the failed and hinders no other. */
function batch<Entry extends { readonly Id: string | undefined }, Done extends object>(
  entries: readonly Entry[],
  act: (entry: Entry) => Done,
) {
  if (entries.length === 0) throw new EmptyBatchRequest({ message: "There should be at least one entry in the request.", $metadata: {} });
  if (entries.length > MOST_ENTRIES) {
    throw new TooManyEntriesInBatchRequest({
      message: `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`,
      $metadata: {},
    });
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new BatchEntryIdsNotDistinct({ message: "Two or more batch entries in the request have the same Id.", $metadata: {} });
  }
  const Successful: (Done & { Id: string })[] = [];
  const Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[] = [];
  for (const entry of entries) {
    const Id = entry.Id ?? "";
    try {
      Successful.push({ ...act(entry), Id });
    } catch (failure) {
      if (!(failure instanceof AwsFault) && !(failure instanceof Error && "$fault" in failure)) throw failure;
      Failed.push({ Id, Code: failure.name, Message: failure.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

function attributesOf(given: Readonly<Record<string, MessageAttributeValue>> | undefined): Record<string, MessageAttribute> {
  const entries = Object.entries(given ?? {}).map(([name, { DataType = "", StringValue, BinaryValue }]): [string, MessageAttribute] => {
    if (!/^(String|Number|Binary)(\..+)?$/.test(DataType)) {
      throw invalidParameter(
        `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
      );
    }
    if (DataType.startsWith("Binary") ? BinaryValue === undefined : !StringValue) {
      throw invalidParameter(`The message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`);
    }
    const value = BinaryValue === undefined ? { stringValue: StringValue } : { binaryValue: Buffer.from(BinaryValue).toString("base64") };
    return [name, { dataType: DataType, ...value }];
  });
  return Object.fromEntries(entries);
}

function checkContent(queue: QueueRecord, body: string, attributes: Readonly<Record<string, MessageAttribute>>): void {
  if (body === "") throw new AwsFault("MissingParameter", "The request must contain the parameter MessageBody.");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0, and so SQS, does not carry.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(body)) {
    throw new InvalidMessageContents({
      message:
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
      $metadata: {},
    });
  }
  const extra = Object.entries(attributes).map(
    ([name, { dataType, stringValue = "", binaryValue = "" }]) => name + dataType + stringValue + binaryValue,
  );
  const most = numberOf(queue, "MaximumMessageSize");
  if (Buffer.byteLength(body) + Buffer.byteLength(extra.join("")) > most) {
    throw invalidParameter(`One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`);
  }
}

/** Group and deduplication id of a message: needed in a FIFO queue, the id perhaps from the content. */
function orderOf(
  queue: QueueRecord,
  entry: Omit<SendMessageBatchRequestEntry, "Id">,
  body: string,
): Pick<MessageRecord, "groupId" | "deduplicationId"> {
  const { MessageGroupId: groupId, MessageDeduplicationId: given } = entry;
  if (!isFifo(queue)) {
    if (given !== undefined)
      throw invalidParameter(
        `Value ${given} for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.`,
      );
    return { groupId };
  }
  if (groupId === undefined) throw new AwsFault("MissingParameter", "The request must contain the parameter MessageGroupId.");
  if (entry.DelaySeconds)
    throw invalidParameter(
      `Value ${entry.DelaySeconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  const fromContent = queue.attributes.ContentBasedDeduplication === "true" ? createHash("sha256").update(body).digest("hex") : undefined;
  const deduplicationId = given ?? fromContent;
  if (deduplicationId === undefined)
    throw invalidParameter("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
  return { groupId, deduplicationId };
}

function view(
  message: MessageRecord,
  queue: QueueRecord,
  system: readonly string[],
  wanted: readonly string[],
  { account, region }: RequestContext,
): Message {
  const known: Record<string, string | undefined> = {
    SenderId: account,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: message.firstReceivedAt === undefined ? undefined : String(message.firstReceivedAt),
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: isFifo(queue) ? String(message.sequence).padStart(20, "0") : undefined,
    DeadLetterQueueSourceArn:
      message.deadLetterSource === undefined
        ? undefined
        : `arn:${partitionOf(region)}:sqs:${region}:${account}:${message.deadLetterSource}`,
  };
  const Attributes = Object.fromEntries(
    Object.entries(known).filter(([name, value]) => value !== undefined && (system.includes("All") || system.includes(name))),
  );
  const asked = (name: string) =>
    wanted.some(
      (pattern) =>
        pattern === "All" || pattern === ".*" || pattern === name || (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -1))),
    );
  const own = Object.fromEntries(Object.entries(message.attributes).filter(([name]) => asked(name)));
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: digestOfBody(message.body),
    Body: message.body,
    ...(Object.keys(Attributes).length === 0 ? {} : { Attributes: Attributes as Record<string, string> }),
    ...(Object.keys(own).length === 0
      ? {}
      : {
          MD5OfMessageAttributes: digestOfAttributes(own),
          MessageAttributes: Object.fromEntries(
            Object.entries(own).map(([name, { dataType, stringValue, binaryValue }]) => [
              name,
              {
                DataType: dataType,
                StringValue: stringValue,
                BinaryValue: binaryValue === undefined ? undefined : Buffer.from(binaryValue, "base64"),
              },
            ]),
          ),
        }),
  };
}

function badReceipt(receiptHandle: string): ReceiptHandleIsInvalid {
  return new ReceiptHandleIsInvalid({
    message: `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
    $metadata: {},
  });
}
