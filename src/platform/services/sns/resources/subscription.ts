import type { Properties, ResourceType } from "../../resource-type.ts";
import { document, text } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";
import { sns } from "./topic.ts";

/** Properties that are attributes of the subscription, under the same name. */
const ATTRIBUTES = [
  "DeliveryPolicy",
  "FilterPolicy",
  "FilterPolicyScope",
  "RawMessageDelivery",
  "RedrivePolicy",
  "SubscriptionRoleArn",
] as const;

/** AWS::SNS::Subscription. `Ref` is its ARN. */
export const subscription: ResourceType = {
  type: "AWS::SNS::Subscription",
  schema: schemas["AWS::SNS::Subscription"],

  async create(request) {
    const { properties } = request;
    const { SubscriptionArn = "" } = await sns(request)("Subscribe", {
      TopicArn: text(properties, "TopicArn"),
      Protocol: text(properties, "Protocol"),
      Endpoint: text(properties, "Endpoint"),
      Attributes: given(properties),
      ReturnSubscriptionArn: true,
    });
    return { physicalId: SubscriptionArn, attributes: { Arn: SubscriptionArn } };
  },

  async update(request, current, previous) {
    const [before, after] = [given(previous), given(request.properties)];
    for (const AttributeName of ATTRIBUTES) {
      if (before[AttributeName] === after[AttributeName]) continue;
      const AttributeValue = after[AttributeName] ?? "";
      await sns(request)("SetSubscriptionAttributes", { SubscriptionArn: current.physicalId, AttributeName, AttributeValue });
    }
    return current;
  },

  async delete(request, { physicalId: SubscriptionArn }) {
    await sns(request)("Unsubscribe", { SubscriptionArn });
  },
};

function given(properties: Properties): Record<string, string> {
  return Object.fromEntries(
    ATTRIBUTES.flatMap((name): [string, string][] => {
      const value = properties[name];
      if (value === undefined || value === null) return [];
      return [[name, typeof value === "object" ? document(value) : String(value)]];
    }),
  );
}
