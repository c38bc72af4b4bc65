/** Publish and PublishBatch. */
import { createHash } from "node:crypto";
import {
  BatchEntryIdsNotDistinctException,
  BatchRequestTooLongException,
  type BatchResultErrorEntry,
  EmptyBatchRequestException,
  InvalidParameterException,
  type MessageAttributeValue,
  type PublishBatchRequestEntry,
  type PublishBatchResultEntry,
  TooManyEntriesInBatchRequestException,
} from "@aws-sdk/client-sns";
import { isObject, parseJson } from "../../../kit/json.ts";
import type { Operations } from "../../gateway/operations.ts";
import { invalid, mustFindTopic } from "./faults.ts";
import { isFifo, type MessageAttribute, type SnsRecords, type TopicRecord } from "./records.ts";
import type { TopicMessage, TopicPublisher } from "./topic-publisher.ts";

const MOST_BYTES = 262_144;
const MOST_ENTRIES = 10;

export interface PublishDependencies {
  readonly records: SnsRecords;
  readonly publisher: Pick<TopicPublisher, "publish">;
}

export function publishOperations({ records, publisher }: PublishDependencies): Operations<"sns"> {
  return {
    Publish: ({ TopicArn, TargetArn, PhoneNumber, ...entry }) => {
      if (PhoneNumber !== undefined) throw invalid("PhoneNumber Reason: the local platform sends no text messages");
      if (TopicArn !== undefined && TargetArn !== undefined) throw invalid("TopicArn or TargetArn Reason: both are given");
      const topic = mustFindTopic(records, TopicArn ?? TargetArn);
      const { messageId, sequenceNumber } = publisher.publish(topic, messageOf(topic, entry));
      return { MessageId: messageId, SequenceNumber: sequenceNumber };
    },

    /** Each entry stands for itself. */
    PublishBatch: ({ TopicArn, PublishBatchRequestEntries: entries = [] }) => {
      const topic = mustFindTopic(records, TopicArn);
      const fault = (message: string) => ({ message, $metadata: {} });
      if (entries.length === 0) throw new EmptyBatchRequestException(fault("The batch request doesn't contain any entries."));
      if (entries.length > MOST_ENTRIES) {
        throw new TooManyEntriesInBatchRequestException(fault("The batch request contains more entries than permissible (10)."));
      }
      if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
        throw new BatchEntryIdsNotDistinctException(fault("Two or more batch entries in the request have the same Id."));
      }
      if (entries.reduce((bytes, { Message = "" }) => bytes + Buffer.byteLength(Message), 0) > MOST_BYTES) {
        throw new BatchRequestTooLongException(fault("The length of all the batch messages put together is more than the limit."));
      }
      const Successful: PublishBatchResultEntry[] = [];
      const Failed: BatchResultErrorEntry[] = [];
      for (const { Id, ...entry } of entries) {
        try {
          const { messageId, sequenceNumber } = publisher.publish(topic, messageOf(topic, entry));
          Successful.push({ Id, MessageId: messageId, SequenceNumber: sequenceNumber });
        } catch (failure) {
          if (!(failure instanceof InvalidParameterException)) throw failure;
          Failed.push({ Id, Code: "InvalidParameter", Message: failure.message, SenderFault: true });
        }
      }
      return { Successful, Failed };
    },
  };
}

function messageOf(topic: TopicRecord, entry: Omit<PublishBatchRequestEntry, "Id">): TopicMessage {
  const { Message = "", Subject, MessageStructure, MessageAttributes = {}, MessageGroupId, MessageDeduplicationId } = entry;
  if (Message === "") throw invalid("Empty message");
  if (Buffer.byteLength(Message) > MOST_BYTES) throw invalid("Message too long");
  if (Subject !== undefined && (Subject === "" || Subject.length > 100 || /[^\x20-\x7e]/.test(Subject))) throw invalid("Subject");
  const attributes = attributesOf(MessageAttributes);
  const message = { bodies: bodiesOf(Message, MessageStructure), attributes, ...(Subject === undefined ? {} : { subject: Subject }) };
  if (!isFifo(topic)) {
    if (MessageDeduplicationId !== undefined) {
      throw invalid(
        "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
      );
    }
    return { ...message, ...(MessageGroupId === undefined ? {} : { groupId: MessageGroupId }) };
  }
  if (MessageGroupId === undefined) throw invalid("The MessageGroupId parameter is required for FIFO topics");
  const isByContent = topic.attributes.ContentBasedDeduplication === "true";
  if (MessageDeduplicationId === undefined && !isByContent) {
    throw invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
  }
  const deduplicationId = MessageDeduplicationId ?? createHash("sha256").update(Message).digest("hex");
  return { ...message, groupId: MessageGroupId, deduplicationId };
}

function bodiesOf(message: string, structure: string | undefined): Record<string, string> {
  if (structure === undefined) return { default: message };
  if (structure !== "json") throw invalid("MessageStructure");
  let bodies: unknown;
  try {
    bodies = JSON.parse(message);
  } catch {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  if (!isObject(bodies) || typeof bodies.default !== "string") throw invalid("Message Structure - No default entry in JSON message body");
  return Object.fromEntries(Object.entries(bodies).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function attributesOf(given: Readonly<Record<string, MessageAttributeValue>>): Record<string, MessageAttribute> {
  return Object.fromEntries(
    Object.entries(given).map(([name, { DataType = "", StringValue, BinaryValue }]) => {
      if (!/^(String|Number|Binary|String\.Array)(\.|$)/.test(DataType)) {
        throw invalid(`Message attributes Reason: the message attribute '${name}' has an invalid message attribute type`);
      }
      const isBinary = DataType.startsWith("Binary");
      if (isBinary ? BinaryValue === undefined : StringValue === undefined || StringValue === "") {
        throw invalid(`Message attributes Reason: the message attribute '${name}' must contain non-empty message attribute value`);
      }
      if (DataType === "Number" && Number.isNaN(Number(StringValue))) {
        throw invalid(`Message attributes Reason: the message attribute '${name}' is no number`);
      }
      if (DataType === "String.Array" && !isList(StringValue ?? "")) {
        throw invalid(`Message attributes Reason: the message attribute '${name}' is no JSON array`);
      }
      return [
        name,
        {
          dataType: DataType,
          ...(isBinary ? { binaryValue: Buffer.from(BinaryValue ?? []).toString("base64") } : { stringValue: StringValue ?? "" }),
        },
      ];
    }),
  );
}

function isList(text: string): boolean {
  return Array.isArray(parseJson(text));
}
