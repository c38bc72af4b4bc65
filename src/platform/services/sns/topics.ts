/** Topics: created, described, changed, listed, deleted; their policies and tags. */
import { ResourceNotFoundException } from "@aws-sdk/client-sns";
import type { Clock } from "../../../kit/clock.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { invalid, mustFindTopic } from "./faults.ts";
import { findTopic, isFifo, type SnsRecords, type TopicRecord, topicArn, topicKey } from "./records.ts";
import { checkTopicAttribute, defaultPolicy, EFFECTIVE_DELIVERY_POLICY } from "./topic-attributes.ts";

const PAGE = 100;

export interface TopicDependencies {
  readonly records: SnsRecords;
  readonly clock: Pick<Clock, "now">;
}

export function topicOperations({ records, clock }: TopicDependencies): Operations<"sns"> {
  const { topics, subscriptions } = records;
  const put = (topic: TopicRecord) => topics.put(topicKey(topic), topic);
  const tagged = (arn: string | undefined): TopicRecord => {
    const topic = findTopic(records, arn);
    if (topic === undefined) throw new ResourceNotFoundException({ message: "Resource does not exist", $metadata: {} });
    return topic;
  };

  return {
    /** Creating a topic again answers the one there is, unless it would be another. */
    CreateTopic: ({ Name = "", Attributes = {}, Tags = [] }, { region, account }) => {
      const attributes = definite(Attributes);
      const isFifoName = Name.endsWith(".fifo");
      if (!/^[\w-]{1,256}$/.test(isFifoName ? Name.slice(0, -".fifo".length) : Name) || Name.length > 256) throw invalid("Topic Name");
      for (const [name, value] of Object.entries(attributes)) checkTopicAttribute(name, value);
      if (isFifoName !== (attributes.FifoTopic === "true")) throw invalid("Topic Name");
      const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
      const created: TopicRecord = { region, name: Name, attributes, tags, createdAt: clock.now(), sequence: 0, deleted: 0 };
      const existing = topics.get(topicKey(created));
      if (existing !== undefined) {
        const differs = Object.entries(attributes).some(([name, value]) => existing.attributes[name] !== value);
        if (differs) throw invalid("Attributes Reason: Topic already exists with different attributes");
        if (Tags.length > 0 && !sameTags(existing.tags, tags)) throw invalid("Tags Reason: Topic already exists with different tags");
      } else put(created);
      return { TopicArn: topicArn(created, account) };
    },

    GetTopicAttributes: ({ TopicArn }, context) => {
      const topic = mustFindTopic(records, TopicArn);
      const own = subscriptions.list(`${TopicArn}:`);
      return {
        Attributes: {
          Policy: defaultPolicy(TopicArn ?? "", context.account),
          EffectiveDeliveryPolicy: topic.attributes.DeliveryPolicy ?? EFFECTIVE_DELIVERY_POLICY,
          DisplayName: "",
          ...(isFifo(topic) ? { ContentBasedDeduplication: "false", FifoThroughputScope: "Topic" } : {}),
          ...topic.attributes,
          TopicArn: TopicArn ?? "",
          Owner: context.account,
          SubscriptionsConfirmed: String(own.filter(({ token }) => token === undefined).length),
          SubscriptionsPending: String(own.filter(({ token }) => token !== undefined).length),
          SubscriptionsDeleted: String(topic.deleted),
        },
      };
    },

    SetTopicAttributes: ({ TopicArn, AttributeName = "", AttributeValue = "" }) => {
      const topic = mustFindTopic(records, TopicArn);
      if (AttributeName === "FifoTopic") throw invalid("AttributeName");
      if (AttributeValue !== "") checkTopicAttribute(AttributeName, AttributeValue);
      const { [AttributeName]: _before, ...others } = topic.attributes;
      put({ ...topic, attributes: AttributeValue === "" ? others : { ...others, [AttributeName]: AttributeValue } });
      return {};
    },

    ListTopics: ({ NextToken }, { region, account }) => {
      const page = pageOf(
        topics.list(`${region}/`),
        ({ name }) => name,
        PAGE,
        NextToken,
        () => {
          throw invalid("NextToken");
        },
      );
      return { Topics: page.items.map((topic) => ({ TopicArn: topicArn(topic, account) })), NextToken: page.nextToken };
    },

    /** A topic goes with its subscriptions; deleting one that is not there succeeds. */
    DeleteTopic: ({ TopicArn }) => {
      const topic = findTopic(records, TopicArn);
      if (topic === undefined) return {};
      records.store.transaction(() => {
        for (const { arn } of subscriptions.list(`${TopicArn}:`)) subscriptions.delete(arn);
        topics.delete(topicKey(topic));
      });
      return {};
    },

    AddPermission: ({ TopicArn = "", Label = "", AWSAccountId = [], ActionName = [] }, context) => {
      const topic = mustFindTopic(records, TopicArn);
      const statements = statementsOf(topic, TopicArn, context);
      if (statements.some(({ Sid }) => Sid === Label)) throw invalid("Statement already exists");
      const statement = {
        Sid: Label,
        Effect: "Allow",
        Principal: { AWS: AWSAccountId.map((account) => `arn:aws:iam::${account}:root`) },
        Action: ActionName.map((action) => `SNS:${action}`),
        Resource: TopicArn,
      };
      put(withStatements(topic, [...statements, statement]));
      return {};
    },

    RemovePermission: ({ TopicArn = "", Label }, context) => {
      const topic = mustFindTopic(records, TopicArn);
      put(
        withStatements(
          topic,
          statementsOf(topic, TopicArn, context).filter(({ Sid }) => Sid !== Label),
        ),
      );
      return {};
    },

    ListTagsForResource: ({ ResourceArn }) => ({
      Tags: Object.entries(tagged(ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
    }),

    TagResource: ({ ResourceArn, Tags = [] }) => {
      const topic = tagged(ResourceArn);
      put({ ...topic, tags: { ...topic.tags, ...Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])) } });
      return {};
    },

    UntagResource: ({ ResourceArn, TagKeys = [] }) => {
      const topic = tagged(ResourceArn);
      put({ ...topic, tags: Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !TagKeys.includes(key))) });
      return {};
    },
  };
}

interface Statement {
  readonly Sid?: string;
}

function statementsOf({ attributes }: TopicRecord, arn: string, { account }: RequestContext): Statement[] {
  const { Statement } = JSON.parse(attributes.Policy ?? defaultPolicy(arn, account)) as { Statement: Statement | Statement[] };
  return Array.isArray(Statement) ? Statement : [Statement];
}

function withStatements(topic: TopicRecord, Statement: readonly Statement[]): TopicRecord {
  return { ...topic, attributes: { ...topic.attributes, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) } };
}

function definite(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function sameTags(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
}
