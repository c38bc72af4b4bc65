/** The attributes of a queue: their defaults, their bounds, and what follows from them. */
import { InvalidAttributeName, InvalidAttributeValue } from "@aws-sdk/client-sqs";
import { parseJsonObject } from "../../../kit/json.ts";
import type { QueueRecord } from "./records.ts";

/** Attribute → default, least and most; seconds, or bytes for the size. */
const NUMBERS: ReadonlyMap<string, readonly [preset: number, least: number, most: number]> = new Map([
  ["DelaySeconds", [0, 0, 900]],
  ["MaximumMessageSize", [1_048_576, 1024, 1_048_576]],
  ["MessageRetentionPeriod", [345_600, 60, 1_209_600]],
  ["ReceiveMessageWaitTimeSeconds", [0, 0, 20]],
  ["VisibilityTimeout", [30, 0, 43_200]],
  ["KmsDataKeyReusePeriodSeconds", [300, 60, 86_400]],
]);
const FLAGS = ["FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"];
const TEXTS = ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "DeduplicationScope", "FifoThroughputLimit"];

/** Refuses attributes SQS does not have and values it does not take. An empty text unsets one. */
export function checkAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const bounds = NUMBERS.get(name);
    if (bounds !== undefined) {
      const [, least, most] = bounds;
      if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) throw badValue(name);
    } else if (FLAGS.includes(name)) {
      if (value !== "true" && value !== "false") throw badValue(name);
    } else if (!TEXTS.includes(name)) {
      throw new InvalidAttributeName({ message: `Unknown Attribute ${name}.`, $metadata: {} });
    }
  }
  if (attributes.RedrivePolicy) redriveOf({ attributes });
}

function badValue(name: string): InvalidAttributeValue {
  return new InvalidAttributeValue({ message: `Invalid value for the parameter ${name}.`, $metadata: {} });
}

export function numberOf({ attributes }: Pick<QueueRecord, "attributes">, name: string): number {
  return Number(attributes[name] ?? NUMBERS.get(name)?.[0] ?? 0);
}

export function isFifo({ attributes }: Pick<QueueRecord, "attributes">): boolean {
  return attributes.FifoQueue === "true";
}

/** Where messages go that were received too often. */
export function redriveOf({
  attributes,
}: Pick<QueueRecord, "attributes">): { readonly targetArn: string; readonly maxReceiveCount: number } | undefined {
  if (!attributes.RedrivePolicy) return undefined;
  const policy = parseJsonObject(attributes.RedrivePolicy);
  const targetArn = policy?.deadLetterTargetArn;
  const maxReceiveCount = Number(policy?.maxReceiveCount);
  if (typeof targetArn !== "string" || !Number.isInteger(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > 1000) {
    throw badValue("RedrivePolicy");
  }
  return { targetArn, maxReceiveCount };
}

/** What a queue answers of its attributes, without the counts. */
export function viewAttributes(queue: QueueRecord, arn: string): Record<string, string> {
  const presets = [...NUMBERS]
    .filter(([name]) => name !== "KmsDataKeyReusePeriodSeconds")
    .map(([name, [preset]]) => [name, String(preset)]);
  const set = Object.entries(queue.attributes).filter(([, value]) => value !== "");
  return {
    ...Object.fromEntries(presets),
    SqsManagedSseEnabled: "true",
    ...(isFifo(queue) ? { DeduplicationScope: "queue", FifoThroughputLimit: "perQueue", ContentBasedDeduplication: "false" } : {}),
    ...Object.fromEntries(set),
    QueueArn: arn,
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
  };
}
