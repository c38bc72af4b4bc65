/** Queues: created, found, listed, described, changed, tagged, purged, deleted. */
import { QueueDoesNotExist, QueueNameExists } from "@aws-sdk/client-sqs";
import type { Clock } from "../../../kit/clock.ts";
import { formatArn, parseArn } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import type { MessageStore } from "./message-store.ts";
import { checkAttributes, isFifo, redriveOf, viewAttributes } from "./queue-attributes.ts";
import { type QueueRecord, queueKey, type SqsRecords } from "./records.ts";

export interface QueueDependencies {
  readonly records: SqsRecords;
  readonly messages: MessageStore;
  readonly clock: Pick<Clock, "now">;
  /** Where the platform listens, for queue URLs that are asked for inside it. */
  readonly endpoint: () => string;
}

export const invalidParameter = (message: string) => new AwsFault("InvalidParameterValue", message);

export function queueOperations({ records, messages, clock, endpoint }: QueueDependencies): Operations<"sqs"> {
  const { queues } = records;
  const put = (queue: QueueRecord) => queues.put(queueKey(queue), queue);
  const urlOf = ({ name }: QueueRecord, { account, origin }: RequestContext) => `${origin ?? endpoint()}/${account}/${name}`;
  const arnOf = ({ name, region }: QueueRecord, account: string) => formatArn("sqs", region, account, name);

  return {
    CreateQueue: ({ QueueName = "", Attributes = {}, tags = {} }, context) => {
      const attributes = definite(Attributes);
      checkAttributes(attributes);
      const isFifoName = QueueName.endsWith(".fifo");
      if (!/^[\w-]{1,80}$/.test(isFifoName ? QueueName.slice(0, -".fifo".length) : QueueName) || QueueName.length > 80) {
        throw invalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
      }
      if (isFifoName !== (attributes.FifoQueue === "true")) {
        throw invalidParameter(
          "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length",
        );
      }
      const now = clock.now();
      const created: QueueRecord = {
        name: QueueName,
        region: context.region,
        attributes,
        tags: definite(tags),
        createdAt: now,
        modifiedAt: now,
      };
      const existing = queues.get(queueKey(created));
      if (existing !== undefined) {
        const before = viewAttributes(existing, "");
        const differs = Object.entries(attributes).find(([name, value]) => before[name] !== value);
        if (differs !== undefined) {
          const message = `A queue already exists with the same name and a different value for attribute ${differs[0]}`;
          throw new QueueNameExists({ message, $metadata: {} });
        }
        return { QueueUrl: urlOf(existing, context) };
      }
      checkDeadLetterTarget(created, records);
      put(created);
      return { QueueUrl: urlOf(created, context) };
    },

    GetQueueUrl: ({ QueueName = "" }, context) => ({ QueueUrl: urlOf(mustFindQueue(records, `/${QueueName}`, context), context) }),

    ListQueues: ({ QueueNamePrefix = "", MaxResults = 1000, NextToken }, context) => {
      const found = queues.list(`${context.region}/${QueueNamePrefix}`);
      const page = pageOf(
        found,
        ({ name }) => name,
        MaxResults,
        NextToken,
        () => {
          throw invalidParameter("Invalid or expired next token.");
        },
      );
      return page.items.length === 0 ? {} : { QueueUrls: page.items.map((queue) => urlOf(queue, context)), NextToken: page.nextToken };
    },

    GetQueueAttributes: ({ QueueUrl, AttributeNames = [] }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      const { visible, inFlight, delayed } = messages.counts(queue);
      const all: Record<string, string> = {
        ...viewAttributes(queue, arnOf(queue, context.account)),
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(inFlight),
        ApproximateNumberOfMessagesDelayed: String(delayed),
      };
      const asked = (name: string) => AttributeNames.includes("All") || AttributeNames.includes(name as "All");
      return { Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => asked(name))) };
    },

    SetQueueAttributes: ({ QueueUrl, Attributes = {} }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      const attributes = definite(Attributes);
      checkAttributes(attributes);
      if (attributes.FifoQueue !== undefined && (attributes.FifoQueue === "true") !== isFifo(queue)) {
        throw new AwsFault("InvalidAttributeName", "Unknown Attribute FifoQueue.");
      }
      const changed = { ...queue, attributes: { ...queue.attributes, ...attributes }, modifiedAt: clock.now() };
      if (attributes.RedrivePolicy) checkDeadLetterTarget(changed, records);
      put(changed);
      return {};
    },

    DeleteQueue: ({ QueueUrl }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      records.store.transaction(() => {
        messages.purge(queue, true);
        queues.delete(queueKey(queue));
      });
      return {};
    },

    PurgeQueue: ({ QueueUrl }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      records.store.transaction(() => messages.purge(queue, false));
      return {};
    },

    ListDeadLetterSourceQueues: ({ QueueUrl }, context) => {
      const target = arnOf(mustFindQueue(records, QueueUrl, context), context.account);
      const sources = queues.list(`${context.region}/`).filter((queue) => redriveOf(queue)?.targetArn === target);
      return { queueUrls: sources.map((queue) => urlOf(queue, context)) };
    },

    TagQueue: ({ QueueUrl, Tags = {} }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      put({ ...queue, tags: { ...queue.tags, ...definite(Tags) } });
      return {};
    },

    UntagQueue: ({ QueueUrl, TagKeys = [] }, context) => {
      const queue = mustFindQueue(records, QueueUrl, context);
      put({ ...queue, tags: Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !TagKeys.includes(key))) });
      return {};
    },

    ListQueueTags: ({ QueueUrl }, context) => ({ Tags: { ...mustFindQueue(records, QueueUrl, context).tags } }),
  };
}

/** Refuses a dead-letter queue that is not there, or of the other kind. */
function checkDeadLetterTarget(queue: QueueRecord, { queues }: SqsRecords): void {
  const redrive = redriveOf(queue);
  if (redrive === undefined) return;
  const arn = parseArn(redrive.targetArn);
  const target = queues.get(`${arn?.region}/${arn?.resource}`);
  const refuse = (reason: string) =>
    invalidParameter(`Value ${queue.attributes.RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  if (target === undefined) throw refuse("Dead letter target does not exist.");
  if (isFifo(target) !== isFifo(queue)) throw refuse("Dead-letter queue must be same type of queue as the source.");
}

/** The queue of a URL (or an ARN, which some clients give); only the last part of it counts. */
export function mustFindQueue({ queues }: SqsRecords, url = "", { region }: RequestContext): QueueRecord {
  const name = (parseArn(url)?.resource ?? url).split("/").at(-1) ?? "";
  const queue = queues.get(`${region}/${name}`);
  if (queue === undefined) throw new QueueDoesNotExist({ message: "The specified queue does not exist.", $metadata: {} });
  return queue;
}

function definite(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
