import type { Json, Properties, ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { ResourceFailure } from "../../resource-type.ts";
import { caller, document, generatedName, objects, tagList, text, texts, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

export const sns = caller("sns");
/** What a call about a topic or subscription that is not there (any more) answers. */
export const GONE = /^NotFound(Exception)?$/;

/** Properties that are attributes of the topic, under the same name. */
const ATTRIBUTES = [
  "ContentBasedDeduplication",
  "DisplayName",
  "FifoThroughputScope",
  "KmsMasterKeyId",
  "SignatureVersion",
  "TracingConfig",
] as const;

/** AWS::SNS::Topic, with the subscriptions written in it. `Ref` is its ARN. */
export const topic: ResourceType = {
  type: "AWS::SNS::Topic",
  schema: schemas["AWS::SNS::Topic"],

  async create(request) {
    const { properties } = request;
    const isFifo = properties.FifoTopic === true;
    const Name = text(properties, "TopicName") ?? (isFifo ? `${generatedName(request, 251)}.fifo` : generatedName(request, 256));
    if (!request.isRepeated && (await findByName(request, Name)) !== undefined) {
      throw new ResourceFailure(`Resource of type 'AWS::SNS::Topic' with identifier '${Name}' already exists.`, "AlreadyExists");
    }
    // Creating a topic again with the same attributes answers the same topic, which a repeated attempt relies on.
    const { TopicArn = "" } = await sns(request)("CreateTopic", {
      Name,
      Attributes: { ...given(properties), ...(isFifo ? { FifoTopic: "true" } : {}) },
      Tags: tagList(request),
    });
    request.initiated(stateOf(TopicArn));
    await subscribe(request, TopicArn, objects(properties, "Subscription"));
    return stateOf(TopicArn);
  },

  async update(request, { physicalId: TopicArn }, previous) {
    const [before, after] = [given(previous), given(request.properties)];
    for (const AttributeName of ATTRIBUTES) {
      if (before[AttributeName] === after[AttributeName]) continue;
      await sns(request)("SetTopicAttributes", { TopicArn, AttributeName, AttributeValue: after[AttributeName] ?? "" });
    }
    await subscribe(request, TopicArn, objects(request.properties, "Subscription"));
    await unsubscribe(request, TopicArn, objects(previous, "Subscription"), objects(request.properties, "Subscription"));
    await retag(request, TopicArn);
    return stateOf(TopicArn);
  },

  async delete(request, { physicalId: TopicArn }) {
    await sns(request)("DeleteTopic", { TopicArn });
  },

  async find(request) {
    const name = text(request.properties, "TopicName");
    const arn = name === undefined ? undefined : await findByName(request, name);
    return arn === undefined ? undefined : stateOf(arn);
  },
};

/** AWS::SNS::TopicPolicy: the policy of one or more topics. `Ref` is a name of its own. */
export const topicPolicy: ResourceType = {
  type: "AWS::SNS::TopicPolicy",
  schema: schemas["AWS::SNS::TopicPolicy"],

  async create(request) {
    const id = generatedName(request, 128);
    // From here on a rollback knows what to remove.
    request.initiated({ physicalId: id, attributes: { Id: id } });
    await writePolicy(request, texts(request.properties, "Topics"), document(request.properties.PolicyDocument));
    return { physicalId: id, attributes: { Id: id } };
  },

  async update(request, current, previous) {
    const topics = texts(request.properties, "Topics");
    await writePolicy(
      request,
      texts(previous, "Topics").filter((arn) => !topics.includes(arn)),
      "",
    );
    await writePolicy(request, topics, document(request.properties.PolicyDocument));
    return current;
  },

  async delete(request) {
    await writePolicy(request, texts(request.properties, "Topics"), "");
  },
};

/** An empty policy puts the topic back to its default one. */
async function writePolicy(request: ResourceRequest, topics: readonly string[], AttributeValue: string): Promise<void> {
  for (const TopicArn of topics) {
    const write = () => sns(request)("SetTopicAttributes", { TopicArn, AttributeName: "Policy", AttributeValue });
    await (AttributeValue === "" ? unless(GONE, write) : write());
  }
}

function given(properties: Properties): Record<string, string> {
  return Object.fromEntries(
    ATTRIBUTES.flatMap((name): [string, string][] => {
      const value = properties[name];
      return value === undefined || value === null ? [] : [[name, String(value)]];
    }),
  );
}

type Subscription = { readonly [key: string]: Json };

async function subscribe(request: ResourceRequest, TopicArn: string, subscriptions: readonly Subscription[]): Promise<void> {
  for (const { Protocol, Endpoint } of subscriptions) {
    await sns(request)("Subscribe", { TopicArn, Protocol: String(Protocol), Endpoint: String(Endpoint) });
  }
}

async function unsubscribe(
  request: ResourceRequest,
  TopicArn: string,
  before: readonly Subscription[],
  after: readonly Subscription[],
): Promise<void> {
  const isSame = (a: Subscription) => (b: Subscription) => a.Protocol === b.Protocol && a.Endpoint === b.Endpoint;
  const dropped = before.filter((subscription) => !after.some(isSame(subscription)));
  if (dropped.length === 0) return;
  const { Subscriptions = [] } = await sns(request)("ListSubscriptionsByTopic", { TopicArn });
  for (const { Protocol = "", Endpoint = "", SubscriptionArn = "" } of Subscriptions) {
    if (dropped.some(isSame({ Protocol, Endpoint }))) await sns(request)("Unsubscribe", { SubscriptionArn });
  }
}

async function findByName(request: Pick<ResourceRequest, "call" | "region">, name: string): Promise<string | undefined> {
  let NextToken: string | undefined;
  do {
    const page = await sns(request)("ListTopics", NextToken === undefined ? {} : { NextToken });
    const found = page.Topics?.find(({ TopicArn = "" }) => TopicArn.endsWith(`:${name}`));
    if (found !== undefined) return found.TopicArn;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return undefined;
}

async function retag(request: ResourceRequest, ResourceArn: string): Promise<void> {
  const wanted = tagList(request);
  const { Tags = [] } = await sns(request)("ListTagsForResource", { ResourceArn });
  const TagKeys = Tags.map(({ Key = "" }) => Key).filter((key) => !wanted.some(({ Key }) => Key === key));
  if (TagKeys.length > 0) await sns(request)("UntagResource", { ResourceArn, TagKeys });
  if (wanted.length > 0) await sns(request)("TagResource", { ResourceArn, Tags: wanted });
}

function stateOf(TopicArn: string): ResourceState {
  return { physicalId: TopicArn, attributes: { TopicArn, TopicName: TopicArn.split(":").at(-1) ?? "" } };
}
