import {
  type Json,
  type Properties,
  ResourceFailure,
  type ResourceRequest,
  type ResourceState,
  type ResourceType,
} from "../../resource-type.ts";
import { caller, generatedName, tagMap, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

export const sqs = caller("sqs");
/** What a call about a queue that is not there (any more) answers. */
export const GONE = /^QueueDoesNotExist$/;

/** Properties that are attributes of the queue, and what the queue has when the template does not say: SQS's own defaults. */
const ATTRIBUTES = {
  DelaySeconds: "0",
  KmsMasterKeyId: "",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
  RedriveAllowPolicy: "",
  RedrivePolicy: "",
  SqsManagedSseEnabled: "true",
  VisibilityTimeout: "30",
} as const;
const FIFO_ATTRIBUTES = { ContentBasedDeduplication: "false", DeduplicationScope: "queue", FifoThroughputLimit: "perQueue" } as const;
const NAMES = [...Object.keys(ATTRIBUTES), ...Object.keys(FIFO_ATTRIBUTES), "KmsDataKeyReusePeriodSeconds"];

/** AWS::SQS::Queue. `Ref` is its URL, as the platform itself reaches it. */
export const queue: ResourceType = {
  type: "AWS::SQS::Queue",
  schema: schemas["AWS::SQS::Queue"],

  async create(request) {
    const { properties } = request;
    const isFifo = properties.FifoQueue === true;
    // A FIFO queue's generated name ends as the queue's kind asks for.
    const QueueName = text(properties, "QueueName") ?? (isFifo ? `${generatedName(request, 75)}.fifo` : generatedName(request, 80));
    const existing = request.isRepeated ? undefined : await urlOf(request, QueueName);
    if (existing !== undefined) {
      const message = `Resource of type 'AWS::SQS::Queue' with identifier '${existing}' already exists.`;
      throw new ResourceFailure(message, "AlreadyExists");
    }
    // Creating a queue again with the same attributes answers the same queue, which a repeated attempt relies on.
    const { QueueUrl = "" } = await sqs(request)("CreateQueue", {
      QueueName,
      Attributes: { ...given(properties), ...(isFifo ? { FifoQueue: "true" } : {}) },
      tags: tagMap(request),
    });
    request.initiated({ physicalId: QueueUrl, attributes: { QueueName, QueueUrl } });
    return stateOf(request, QueueUrl);
  },

  async update(request, { physicalId: QueueUrl }, previous) {
    const presets: Record<string, string> = { ...ATTRIBUTES, ...(request.properties.FifoQueue === true ? FIFO_ATTRIBUTES : {}) };
    const dropped = Object.keys(given(previous)).filter((name) => name in presets);
    const Attributes = { ...Object.fromEntries(dropped.map((name) => [name, presets[name] ?? ""])), ...given(request.properties) };
    if (Object.keys(Attributes).length > 0) await sqs(request)("SetQueueAttributes", { QueueUrl, Attributes });
    await retag(request, QueueUrl);
    return stateOf(request, QueueUrl);
  },

  async delete(request, { physicalId: QueueUrl }) {
    await unless(GONE, () => sqs(request)("DeleteQueue", { QueueUrl }));
  },

  async find(request) {
    const QueueName = text(request.properties, "QueueName");
    if (QueueName === undefined) return undefined;
    const url = await urlOf(request, QueueName);
    return url === undefined ? undefined : stateOf(request, url);
  },
};

async function urlOf(request: Pick<ResourceRequest, "call" | "region">, QueueName: string): Promise<string | undefined> {
  let url: string | undefined;
  await unless(GONE, async () => {
    url = (await sqs(request)("GetQueueUrl", { QueueName })).QueueUrl;
  });
  return url;
}

/** The attributes the template names, as the API writes them: all text. */
function given(properties: Properties): Record<string, string> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = properties[name];
      return value === undefined || value === null ? [] : [[name, written(value)]];
    }),
  );
}

function written(value: Json): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

async function retag(request: ResourceRequest, QueueUrl: string): Promise<void> {
  const wanted = tagMap(request);
  const { Tags = {} } = await sqs(request)("ListQueueTags", { QueueUrl });
  const stale = Object.keys(Tags).filter((key) => !Object.hasOwn(wanted, key));
  if (stale.length > 0) await sqs(request)("UntagQueue", { QueueUrl, TagKeys: stale });
  if (Object.keys(wanted).length > 0) await sqs(request)("TagQueue", { QueueUrl, Tags: wanted });
}

async function stateOf(request: Pick<ResourceRequest, "call" | "region">, QueueUrl: string): Promise<ResourceState> {
  const { Attributes } = await sqs(request)("GetQueueAttributes", { QueueUrl, AttributeNames: ["QueueArn"] });
  const QueueName = QueueUrl.slice(QueueUrl.lastIndexOf("/") + 1);
  return { physicalId: QueueUrl, attributes: { Arn: Attributes?.QueueArn ?? "", QueueName, QueueUrl } };
}
