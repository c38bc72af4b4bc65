import {
  CreateEventBusCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account } from "../../gateway/strict-gateway.testing.ts";
import { queueArn, region } from "../messaging-world.testing.ts";
import { EventBridgeWorld, orders } from "./eventbridge-world.testing.ts";

let self: EventBridgeWorld;
beforeEach(async () => {
  self = new EventBridgeWorld();
  await self.start();
});
afterEach(() => self.end());

describe("an event that a rule asks for", () => {
  it("reaches the rule's queue as AWS writes it", async () => {
    await self.rule("orders", orders, { Id: "q", Arn: await self.queue("orders") });
    const { Entries = [], FailedEntryCount } = await self.put(
      { order: 7 },
      { Resources: ["arn:aws:s3:::b"], Time: new Date(1_767_225_600_500) },
    );
    expect(FailedEntryCount).toBe(0);
    await self.deliver();
    expect(await self.bodies("orders")).toEqual([
      {
        version: "0",
        id: Entries[0]?.EventId,
        "detail-type": "Order",
        source: "shop",
        account,
        time: "2026-01-01T00:00:00Z",
        region,
        resources: ["arn:aws:s3:::b"],
        detail: { order: 7 },
      },
    ]);
  });

  it("goes nowhere while the rule is switched off, or when another pattern is put", async () => {
    await self.rule("orders", orders, { Id: "q", Arn: await self.queue("orders") });
    await self.client.send(new DisableRuleCommand({ Name: "orders" }));
    await self.put({ order: 1 });
    await self.client.send(new EnableRuleCommand({ Name: "orders" }));
    await self.client.send(
      new PutRuleCommand({ Name: "orders", EventPattern: JSON.stringify({ detail: { order: [{ numeric: [">", 2] }] } }) }),
    );
    await self.put({ order: 2 });
    await self.put({ order: 3 });
    await self.deliver();
    expect(await self.bodies("orders")).toEqual([expect.objectContaining({ detail: { order: 3 } })]);
  });

  it("is turned into what the target wants", async () => {
    const InputTransformer = { InputPathsMap: { n: "$.detail.order" }, InputTemplate: '{"number": <n>, "rule": "<aws.events.rule-name>"}' };
    await self.rule(
      "orders",
      orders,
      { Id: "q", Arn: await self.queue("orders"), InputTransformer },
      { Id: "c", Arn: await self.queue("constant"), Input: "[]" },
    );
    await self.put({ order: 9 });
    await self.deliver();
    expect(await self.bodies("orders")).toEqual([{ number: 9, rule: "orders" }]);
    expect(await self.bodies("constant")).toEqual([[]]);
  });

  it("goes to a FIFO queue in the target's group", async () => {
    const Arn = await self.queue("orders.fifo", { attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" } });
    await self.rule("orders", orders, { Id: "q", Arn, SqsParameters: { MessageGroupId: "g" } });
    await self.put({ order: 1 });
    await self.deliver();
    expect(await self.bodies("orders.fifo")).toHaveLength(1);
  });

  it("is counted as an invocation of its rule when it has reached the target, and not before", async () => {
    await self.client.send(new CreateEventBusCommand({ Name: "shop" }));
    await self.rule("orders", orders, { Id: "q", Arn: await self.queue("orders") });
    await self.rule("closed", orders, { Id: "q", Arn: await self.queue("closed", { isOpen: false }) });
    await self.rule("shop-orders", { ...orders, EventBusName: "shop" }, { Id: "q", Arn: await self.queue("shop-orders") });
    await self.put({ order: 1 });
    expect(self.measured).toEqual([]);
    await self.put({ order: 2 }, { EventBusName: "shop" });
    await self.deliver();
    expect(self.measured.sort()).toEqual([
      'eu-west-1 AWS/Events Invocations {"EventBusName":"shop","RuleName":"shop-orders"} 1',
      'eu-west-1 AWS/Events Invocations {"RuleName":"orders"} 1',
    ]);
  });

  it("stays on its own bus", async () => {
    await self.client.send(new CreateEventBusCommand({ Name: "shop" }));
    await self.rule("orders", { ...orders, EventBusName: "shop" }, { Id: "q", Arn: await self.queue("orders") });
    await self.put({ order: 1 });
    await self.put({ order: 2 }, { EventBusName: "shop" });
    await self.deliver();
    expect(await self.bodies("orders")).toEqual([expect.objectContaining({ detail: { order: 2 } })]);
  });

  it("is delivered after a restart when it was accepted before", async () => {
    await self.rule("orders", orders, { Id: "q", Arn: await self.queue("orders") });
    await self.put({ order: 1 });
    await self.stop();
    await self.start();
    await self.deliver();
    expect(await self.bodies("orders")).toEqual([expect.objectContaining({ detail: { order: 1 } })]);
    await self.stop();
    await self.start();
    await self.deliver();
    expect(await self.bodies("orders")).toHaveLength(1);
  });
});

describe("an event that cannot be delivered", () => {
  it("goes to the dead-letter queue at once when the queue does not let EventBridge in", async () => {
    const [Arn, dead] = [await self.queue("closed", { isOpen: false }), await self.queue("dead")];
    await self.rule("orders", orders, { Id: "q", Arn, DeadLetterConfig: { Arn: dead } });
    await self.put({ order: 1 });
    await self.deliver();
    expect(await self.received("closed")).toEqual([]);
    const [message] = await self.received("dead");
    expect(JSON.parse(message?.Body ?? "")).toMatchObject({ detail: { order: 1 } });
    const attributes = Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]);
    expect(Object.fromEntries(attributes)).toEqual({
      RULE_ARN: `arn:aws:events:${region}:${account}:rule/orders`,
      TARGET_ARN: Arn,
      ERROR_CODE: "NO_PERMISSIONS",
      ERROR_MESSAGE: `the policy of ${Arn} does not let events.amazonaws.com send for arn:aws:events:${region}:${account}:rule/orders`,
      RETRY_ATTEMPTS: "0",
    });
    expect(self.reports).toEqual([expect.stringContaining("gave up on target")]);
  });

  it("is told when there is neither queue nor dead-letter queue", async () => {
    await self.rule("orders", orders, { Id: "q", Arn: queueArn("gone"), DeadLetterConfig: { Arn: queueArn("gone-too") } });
    await self.put({ order: 1 });
    await self.deliver();
    expect(self.reports).toEqual([
      expect.stringContaining("there is no queue"),
      expect.stringContaining("cannot reach its dead-letter queue"),
    ]);
  });

  /** A rule whose target refuses everything: a FIFO queue without content-based deduplication takes no message without an id of its own. */
  const strictRule = async (RetryPolicy: NonNullable<Target["RetryPolicy"]>): Promise<void> => {
    const [Arn, dead] = [await self.queue("strict.fifo", { attributes: { FifoQueue: "true" } }), await self.queue("dead")];
    const target = { Id: "q", Arn, SqsParameters: { MessageGroupId: "g" }, DeadLetterConfig: { Arn: dead }, RetryPolicy };
    await self.rule("orders", orders, target);
  };

  it("is tried again until the retries are used up when the target refuses it", async () => {
    await strictRule({ MaximumRetryAttempts: 2 });
    await self.put({ order: 1 });
    await self.deliver();
    expect(await self.received("dead")).toEqual([]);
    await self.deliver(1_000);
    await self.deliver(2_000);
    const [message] = await self.received("dead");
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: "ERROR_FROM_TARGET" },
      RETRY_ATTEMPTS: { StringValue: "2" },
      EXHAUSTED_RETRY_CONDITION: { StringValue: "MaximumRetryAttempts" },
    });
  });

  it("is tried again until it is too old, and says that this was why", async () => {
    await strictRule({ MaximumEventAgeInSeconds: 60 });
    await self.put({ order: 1 });
    await self.deliver();
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000]) {
      await self.deliver(waitMs);
    }
    // The next attempt would be made 63 s after the event.
    const [message] = await self.received("dead");
    expect(message?.MessageAttributes).toMatchObject({
      RETRY_ATTEMPTS: { StringValue: "5" },
      EXHAUSTED_RETRY_CONDITION: { StringValue: "MaximumEventAgeInSeconds" },
    });
  });
});

describe("an event that is refused", () => {
  it.each([
    ["without a source", { Source: "" }, "InvalidArgument"],
    ["without a detail", { Detail: undefined }, "InvalidArgument"],
    ["with a detail that is no object", { Detail: "[]" }, "MalformedDetail"],
    ["in the name of AWS", { Source: "aws.ecs" }, "NotAuthorizedForSourceException"],
  ])("%s, leaves the others in", async (_situation, more, ErrorCode) => {
    const entry = { Source: "shop", DetailType: "Order", Detail: "{}" };
    const { FailedEntryCount, Entries = [] } = await self.client.send(new PutEventsCommand({ Entries: [{ ...entry, ...more }, entry] }));
    expect(FailedEntryCount).toBe(1);
    expect(Entries.map((result) => result.ErrorCode ?? "taken")).toEqual([ErrorCode, "taken"]);
  });

  it("is told when its bus is not there", async () => {
    const other = { ...orders, EventBusName: "default" };
    await self.rule("orders", other, { Id: "q", Arn: await self.queue("orders") });
    expect((await self.put({}, { EventBusName: "nowhere" })).FailedEntryCount).toBe(0);
    expect(self.reports).toEqual(["an event of shop was put on the event bus nowhere, which does not exist"]);
  });
});
