import { afterEach, beforeEach, expect, it } from "vitest";
import { SystemClock } from "../../../../kit/clock.ts";
import { RandomIds } from "../../../../kit/ids.ts";
import type { Gateway } from "../../../gateway/gateway.ts";
import { account, strictGateway } from "../../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../../persistence/libsql-store.ts";
import { seal } from "../../../persistence/seal.testing.ts";
import { cloudformationProvider } from "../../cloudformation/provider.ts";
import { StackExecutor } from "../../cloudformation/stack-executor.ts";
import { EventBus } from "../../eventbridge/event-bus.ts";
import { eventBridgeProvider } from "../../eventbridge/provider.ts";
import { ScheduledRules } from "../../eventbridge/scheduled-rules.ts";
import { kmsProvider } from "../../kms/provider.ts";
import { resourceTypes } from "../../resource-types.ts";
import { sqsProvider } from "../../sqs/provider.ts";
import { snsProvider } from "../provider.ts";
import { TopicPublisher } from "../topic-publisher.ts";

const region = "eu-west-1";
let store: LibsqlStore;
let gateway: Gateway;
let executor: StackExecutor;

beforeEach(() => {
  store = new LibsqlStore(":memory:");
  const clock = new SystemClock();
  const ids = new RandomIds();
  const report = (defect: unknown): never => {
    throw defect;
  };
  gateway = strictGateway(ids);
  const shared = { store, clock, ids, account, call: gateway.call };
  const dependencies = { ...shared, engineClock: clock, resourceTypes };
  executor = new StackExecutor(dependencies);
  const endpoint = (): string => "http://127.0.0.1:4566";
  const bus = new EventBus({ ...shared, report });
  const scheduled = new ScheduledRules({ store, clock, bus });
  gateway.mount("cloudformation", cloudformationProvider(executor, dependencies));
  gateway.mount("eventbridge", eventBridgeProvider({ ...shared, bus, scheduled, report }));
  gateway.mount("kms", kmsProvider({ ...shared, seal }));
  gateway.mount("sns", snsProvider({ ...shared, publisher: new TopicPublisher({ ...shared, endpoint, report }) }));
  gateway.mount("sqs", sqsProvider({ ...shared, endpoint }));
});
afterEach(() => {
  executor.stop();
  store.close();
});

const arn = (name: string) => ({ "Fn::GetAtt": name.split(".") });

/** A topic with its key, its policy and a queue that listens, and a rule on a bus of its own that publishes to it. */
function template({ topic = {}, subscription = {}, key = {}, rule = {} }: Record<string, object> = {}): string {
  const statement = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sns:Publish", Resource: { Ref: "Topic" } };
  return JSON.stringify({
    Resources: {
      Key: { Type: "AWS::KMS::Key", Properties: { Description: "alarms", EnableKeyRotation: true, ...key } },
      Alias: { Type: "AWS::KMS::Alias", Properties: { AliasName: "alias/alarms", TargetKeyId: { Ref: "Key" } } },
      Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "alarms", KmsMasterKeyId: { Ref: "Alias" }, ...topic } },
      Policy: { Type: "AWS::SNS::TopicPolicy", Properties: { Topics: [{ Ref: "Topic" }], PolicyDocument: { Statement: [statement] } } },
      Queue: { Type: "AWS::SQS::Queue" },
      Listens: {
        Type: "AWS::SNS::Subscription",
        Properties: { TopicArn: { Ref: "Topic" }, Protocol: "sqs", Endpoint: arn("Queue.Arn"), ...subscription },
      },
      Bus: { Type: "AWS::Events::EventBus", Properties: { Name: "shop" } },
      Rule: {
        Type: "AWS::Events::Rule",
        Properties: {
          Name: "failed",
          EventBusName: { Ref: "Bus" },
          EventPattern: { source: ["shop"] },
          Targets: [{ Id: "topic", Arn: { Ref: "Topic" } }],
          ...rule,
        },
      },
    },
    Outputs: {
      Topic: { Value: { Ref: "Topic" } },
      Name: { Value: arn("Topic.TopicName") },
      Subscription: { Value: { Ref: "Listens" } },
      Key: { Value: { Ref: "Key" } },
      Rule: { Value: { Ref: "Rule" } },
    },
  });
}

async function deploy(operation: "CreateStack" | "UpdateStack", TemplateBody: string): Promise<Record<string, string>> {
  await gateway.call("cloudformation", operation, { StackName: "s", TemplateBody, Tags: [{ Key: "team", Value: "x" }] }, { region });
  const { Stacks: [before] = [] } = await gateway.call("cloudformation", "DescribeStacks", { StackName: "s" }, { region });
  const settled = await executor.settled(before?.StackId ?? "");
  const { Stacks: [stack] = [] } = await gateway.call("cloudformation", "DescribeStacks", { StackName: before?.StackId }, { region });
  const outputs = (stack?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]);
  return { status: settled?.status ?? "", ...Object.fromEntries(outputs) };
}

it("a stack makes keys, topics, policies, subscriptions and rules, changes them in place and takes them away", async () => {
  const made = await deploy("CreateStack", template());
  const topicArn = `arn:aws:sns:${region}:${account}:alarms`;
  expect(made).toMatchObject({ status: "CREATE_COMPLETE", Topic: topicArn, Name: "alarms", Rule: "shop|failed" });
  const topicAttributes = async () =>
    (await gateway.call("sns", "GetTopicAttributes", { TopicArn: topicArn }, { region })).Attributes ?? {};
  expect(await topicAttributes()).toMatchObject({ KmsMasterKeyId: "alias/alarms", SubscriptionsConfirmed: "1", DisplayName: "" });
  expect((await topicAttributes()).Policy).toContain("events.amazonaws.com");
  expect((await gateway.call("sns", "ListTagsForResource", { ResourceArn: topicArn }, { region })).Tags).toEqual([
    { Key: "team", Value: "x" },
  ]);
  const rotation = () => gateway.call("kms", "GetKeyRotationStatus", { KeyId: made.Key }, { region });
  expect((await rotation()).KeyRotationEnabled).toBe(true);

  const changes = {
    topic: { DisplayName: "Alarms" },
    subscription: { RawMessageDelivery: true, FilterPolicy: { kind: ["x"] } },
    key: { EnableKeyRotation: false, Description: "changed" },
    rule: { State: "DISABLED", Targets: [{ Id: "queue", Arn: arn("Queue.Arn") }] },
  };
  const changed = await deploy("UpdateStack", template(changes));
  expect(changed).toMatchObject({ status: "UPDATE_COMPLETE", Topic: topicArn, Subscription: made.Subscription, Key: made.Key });
  expect(await topicAttributes()).toMatchObject({ DisplayName: "Alarms" });
  const subscription = await gateway.call("sns", "GetSubscriptionAttributes", { SubscriptionArn: made.Subscription }, { region });
  expect(subscription.Attributes).toMatchObject({ RawMessageDelivery: "true", FilterPolicy: '{"kind":["x"]}' });
  expect((await rotation()).KeyRotationEnabled).toBe(false);
  const rule = { Name: "failed", EventBusName: "shop" };
  expect((await gateway.call("eventbridge", "DescribeRule", rule, { region })).State).toBe("DISABLED");
  const { Targets } = await gateway.call("eventbridge", "ListTargetsByRule", { Rule: "failed", EventBusName: "shop" }, { region });
  expect(Targets?.map(({ Id }) => Id)).toEqual(["queue"]);

  const { Stacks: [stack] = [] } = await gateway.call("cloudformation", "DescribeStacks", { StackName: "s" }, { region });
  await gateway.call("cloudformation", "DeleteStack", { StackName: "s" }, { region });
  expect((await executor.settled(stack?.StackId ?? ""))?.status).toBe("DELETE_COMPLETE");
  expect((await gateway.call("sns", "ListTopics", {}, { region })).Topics).toEqual([]);
  expect((await gateway.call("sns", "ListSubscriptions", {}, { region })).Subscriptions).toEqual([]);
  expect((await gateway.call("eventbridge", "ListEventBuses", {}, { region })).EventBuses?.map(({ Name }) => Name)).toEqual(["default"]);
  expect((await gateway.call("kms", "DescribeKey", { KeyId: made.Key }, { region })).KeyMetadata?.KeyState).toBe("PendingDeletion");
});

it("a topic that somebody else made is not taken over", async () => {
  await gateway.call("sns", "CreateTopic", { Name: "alarms" }, { region });
  expect((await deploy("CreateStack", template())).status).toBe("ROLLBACK_COMPLETE");
  expect((await gateway.call("sns", "ListTopics", {}, { region })).Topics).toHaveLength(1);
});
