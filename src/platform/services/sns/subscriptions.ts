/** Subscriptions: asked for, confirmed, described, changed, listed, ended. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { invalid, mustFindSubscription, mustFindTopic } from "./faults.ts";
import { findTopic, isFifo, type SnsRecords, type SubscriptionRecord, topicKey } from "./records.ts";
import { checkEndpoint, checkSubscriptionAttribute, confirmsItself, isAskedByHttp } from "./subscription-rules.ts";
import type { TopicPublisher } from "./topic-publisher.ts";

const PAGE = 100;

export interface SubscriptionDependencies {
  readonly records: SnsRecords;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Pick<Ids, "uuid" | "hex">;
  readonly publisher: Pick<TopicPublisher, "askForConfirmation">;
}

export function subscriptionOperations({ records, clock, ids, publisher }: SubscriptionDependencies): Operations<"sns"> {
  const { subscriptions } = records;
  const put = (subscription: SubscriptionRecord) => subscriptions.put(subscription.arn, subscription);
  const listed = (found: readonly SubscriptionRecord[], token: string | undefined, context: RequestContext) => {
    const page = pageOf(
      found,
      ({ arn }) => arn,
      PAGE,
      token,
      () => {
        throw invalid("NextToken");
      },
    );
    return {
      Subscriptions: page.items.map((subscription) => ({
        SubscriptionArn: subscription.token === undefined ? subscription.arn : "PendingConfirmation",
        Owner: context.account,
        Protocol: subscription.protocol,
        Endpoint: subscription.endpoint,
        TopicArn: subscription.topicArn,
      })),
      NextToken: page.nextToken,
    };
  };

  return {
    /** Subscribing again answers the subscription there is, unless it would be another. */
    Subscribe: ({ TopicArn = "", Protocol = "", Endpoint = "", Attributes = {}, ReturnSubscriptionArn = false }) => {
      const topic = mustFindTopic(records, TopicArn);
      checkEndpoint(Protocol, Endpoint, isFifo(topic));
      const attributes = Object.fromEntries(
        Object.entries(Attributes).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
      for (const [name, value] of Object.entries(attributes)) checkSubscriptionAttribute(name, value);
      const known = subscriptions.list(`${TopicArn}:`).find(({ protocol, endpoint }) => protocol === Protocol && endpoint === Endpoint);
      if (known !== undefined && Object.entries(attributes).some(([name, value]) => known.attributes[name] !== value)) {
        throw invalid("Attributes Reason: Subscription already exists with different attributes");
      }
      const subscription: SubscriptionRecord = known ?? {
        arn: `${TopicArn}:${ids.uuid()}`,
        topicArn: TopicArn,
        protocol: Protocol,
        endpoint: Endpoint,
        attributes,
        ...(confirmsItself(Protocol) ? {} : { token: ids.hex(64) }),
        createdAt: clock.now(),
      };
      records.store.transaction(() => {
        put(subscription);
        if (subscription.token !== undefined && isAskedByHttp(Protocol)) publisher.askForConfirmation(subscription);
      });
      const isShown = subscription.token === undefined || ReturnSubscriptionArn;
      return { SubscriptionArn: isShown ? subscription.arn : "pending confirmation" };
    },

    ConfirmSubscription: ({ TopicArn, Token }) => {
      mustFindTopic(records, TopicArn);
      const subscription = subscriptions.list(`${TopicArn}:`).find(({ token, confirmedBy }) => token === Token || confirmedBy === Token);
      if (subscription === undefined) throw invalid("Token");
      const { token: _token, ...confirmed } = subscription;
      put({ ...confirmed, confirmedBy: Token ?? "" });
      return { SubscriptionArn: subscription.arn };
    },

    GetSubscriptionAttributes: ({ SubscriptionArn }, { account }) => {
      const { arn, topicArn, protocol, endpoint, attributes, token } = mustFindSubscription(records, SubscriptionArn);
      const { FilterPolicy } = attributes;
      return {
        Attributes: {
          RawMessageDelivery: "false",
          ...(FilterPolicy === undefined ? {} : { FilterPolicyScope: "MessageAttributes" }),
          ...attributes,
          SubscriptionArn: arn,
          TopicArn: topicArn,
          Protocol: protocol,
          Endpoint: endpoint,
          Owner: account,
          PendingConfirmation: String(token !== undefined),
          ConfirmationWasAuthenticated: String(confirmsItself(protocol)),
          SubscriptionPrincipal: `arn:aws:iam::${account}:root`,
        },
      };
    },

    SetSubscriptionAttributes: ({ SubscriptionArn, AttributeName = "", AttributeValue = "" }) => {
      const subscription = mustFindSubscription(records, SubscriptionArn);
      if (AttributeValue !== "") checkSubscriptionAttribute(AttributeName, AttributeValue);
      const { [AttributeName]: _before, ...others } = subscription.attributes;
      put({ ...subscription, attributes: AttributeValue === "" ? others : { ...others, [AttributeName]: AttributeValue } });
      return {};
    },

    ListSubscriptions: ({ NextToken }, context) =>
      listed(
        subscriptions.list().filter(({ arn }) => arn.split(":")[3] === context.region),
        NextToken,
        context,
      ),

    ListSubscriptionsByTopic: ({ TopicArn, NextToken }, context) => {
      mustFindTopic(records, TopicArn);
      return listed(subscriptions.list(`${TopicArn}:`), NextToken, context);
    },

    /** Ending a subscription that is not there succeeds. */
    Unsubscribe: ({ SubscriptionArn = "" }) => {
      const subscription = subscriptions.get(SubscriptionArn);
      if (subscription === undefined) return {};
      const topic = findTopic(records, subscription.topicArn);
      records.store.transaction(() => {
        subscriptions.delete(SubscriptionArn);
        if (topic !== undefined) records.topics.put(topicKey(topic), { ...topic, deleted: topic.deleted + 1 });
      });
      return {};
    },
  };
}
