import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  InvalidEventPatternException,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceNotFoundException,
  type Target,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { createGateway, type Gateway } from "../../gateway/gateway.ts";
import type { Listening } from "../../gateway/listen.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import type { MetricSink } from "../cloudwatch/metric-sink.ts";
import { sqsProvider } from "../sqs/provider.ts";
import { EventBus } from "./event-bus.ts";
import { eventBridgeProvider } from "./provider.ts";
import { ScheduledRules } from "./scheduled-rules.ts";

const account = "000000000000";
const region = "eu-west-1";
const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;

let store: LibsqlStore;
let clock: VirtualClock;
let gateway: Gateway;
let listening: Listening;
let client: EventBridgeClient;
let bus: EventBus;
let scheduled: ScheduledRules;
let reports: string[];
let measured: string[];

/** The platform as it is after a start, on the store there is. */
async function start(): Promise<void> {
  const ids = new RandomIds();
  gateway = createGateway({
    account,
    ids,
    report: (defect) => {
      throw defect;
    },
  });
  const { call } = gateway;
  const report = (message: string): number => reports.push(message);
  const metrics = {
    record: (...[where, namespace, name, dimensions, value]: Parameters<MetricSink["record"]>) =>
      measured.push(`${where} ${namespace} ${name} ${JSON.stringify(dimensions)} ${value}`),
  };
  bus = new EventBus({ store, clock, ids, account, call, metrics, report });
  scheduled = new ScheduledRules({ store, clock, bus });
  gateway.mount("eventbridge", eventBridgeProvider({ store, clock, bus, scheduled, report }));
  gateway.mount("sqs", sqsProvider({ store, clock, ids, endpoint: () => "http://127.0.0.1:4566" }));
  await gateway.warm("sqs");
  bus.start();
  scheduled.start();
  listening = await gateway.listen(0);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new EventBridgeClient({ endpoint: listening.endpoint, region, credentials, maxAttempts: 1 });
}

async function stop(): Promise<void> {
  client.destroy();
  scheduled.close();
  bus.close();
  await listening.close();
}

beforeEach(async () => {
  store = new LibsqlStore(":memory:");
  clock = new VirtualClock(Date.UTC(2026, 0, 1));
  reports = [];
  measured = [];
  await start();
});
afterEach(async () => {
  await stop();
  store.close();
});

async function queue(QueueName: string, { isOpen = true, attributes = {} } = {}): Promise<string> {
  const Statement = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage", Resource: "*" };
  const Policy = isOpen ? JSON.stringify({ Version: "2012-10-17", Statement }) : "";
  await gateway.call("sqs", "CreateQueue", { QueueName, Attributes: { Policy, ...attributes } }, { region });
  return queueArn(QueueName);
}

async function rule(Name: string, more: Partial<PutRuleCommandInput>, ...Targets: Target[]): Promise<void> {
  await client.send(new PutRuleCommand({ Name, ...more }));
  await client.send(new PutTargetsCommand({ Rule: Name, EventBusName: more.EventBusName, Targets }));
}

const orders = { EventPattern: JSON.stringify({ source: ["shop"] }) };
const put = (detail: object, more: object = {}) =>
  client.send(new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "Order", Detail: JSON.stringify(detail), ...more }] }));

/** Carries out what is due now. */
async function deliver(): Promise<void> {
  clock.advanceBy(0);
  await bus.settled();
}

async function received(name: string) {
  const input = { QueueUrl: queueArn(name), MaxNumberOfMessages: 10, MessageAttributeNames: ["All"], VisibilityTimeout: 0 };
  const { Messages = [] } = await gateway.call("sqs", "ReceiveMessage", input, { region });
  return Messages;
}
const bodies = async (name: string): Promise<unknown[]> => (await received(name)).map(({ Body = "" }) => JSON.parse(Body));

describe("an event that a rule asks for", () => {
  it("reaches the rule's queue as AWS writes it", async () => {
    await rule("orders", orders, { Id: "q", Arn: await queue("orders") });
    const { Entries = [], FailedEntryCount } = await put(
      { order: 7 },
      { Resources: ["arn:aws:s3:::b"], Time: new Date(1_767_225_600_500) },
    );
    expect(FailedEntryCount).toBe(0);
    await deliver();
    expect(await bodies("orders")).toEqual([
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
    await rule("orders", orders, { Id: "q", Arn: await queue("orders") });
    await client.send(new DisableRuleCommand({ Name: "orders" }));
    await put({ order: 1 });
    await client.send(new EnableRuleCommand({ Name: "orders" }));
    await client.send(new PutRuleCommand({ Name: "orders", EventPattern: JSON.stringify({ detail: { order: [{ numeric: [">", 2] }] } }) }));
    await put({ order: 2 });
    await put({ order: 3 });
    await deliver();
    expect(await bodies("orders")).toEqual([expect.objectContaining({ detail: { order: 3 } })]);
  });

  it("is turned into what the target wants", async () => {
    const InputTransformer = { InputPathsMap: { n: "$.detail.order" }, InputTemplate: '{"number": <n>, "rule": "<aws.events.rule-name>"}' };
    await rule(
      "orders",
      orders,
      { Id: "q", Arn: await queue("orders"), InputTransformer },
      { Id: "c", Arn: await queue("constant"), Input: "[]" },
    );
    await put({ order: 9 });
    await deliver();
    expect(await bodies("orders")).toEqual([{ number: 9, rule: "orders" }]);
    expect(await bodies("constant")).toEqual([[]]);
  });

  it("goes to a FIFO queue in the target's group", async () => {
    const Arn = await queue("orders.fifo", { attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" } });
    await rule("orders", orders, { Id: "q", Arn, SqsParameters: { MessageGroupId: "g" } });
    await put({ order: 1 });
    await deliver();
    expect(await bodies("orders.fifo")).toHaveLength(1);
  });

  it("is counted as an invocation of its rule when it has reached the target, and not before", async () => {
    await client.send(new CreateEventBusCommand({ Name: "shop" }));
    await rule("orders", orders, { Id: "q", Arn: await queue("orders") });
    await rule("closed", orders, { Id: "q", Arn: await queue("closed", { isOpen: false }) });
    await rule("shop-orders", { ...orders, EventBusName: "shop" }, { Id: "q", Arn: await queue("shop-orders") });
    await put({ order: 1 });
    expect(measured).toEqual([]);
    await put({ order: 2 }, { EventBusName: "shop" });
    await deliver();
    expect(measured.sort()).toEqual([
      'eu-west-1 AWS/Events Invocations {"EventBusName":"shop","RuleName":"shop-orders"} 1',
      'eu-west-1 AWS/Events Invocations {"RuleName":"orders"} 1',
    ]);
  });

  it("stays on its own bus", async () => {
    await client.send(new CreateEventBusCommand({ Name: "shop" }));
    await rule("orders", { ...orders, EventBusName: "shop" }, { Id: "q", Arn: await queue("orders") });
    await put({ order: 1 });
    await put({ order: 2 }, { EventBusName: "shop" });
    await deliver();
    expect(await bodies("orders")).toEqual([expect.objectContaining({ detail: { order: 2 } })]);
  });

  it("is delivered after a restart when it was accepted before", async () => {
    await rule("orders", orders, { Id: "q", Arn: await queue("orders") });
    await put({ order: 1 });
    await stop();
    await start();
    await deliver();
    expect(await bodies("orders")).toEqual([expect.objectContaining({ detail: { order: 1 } })]);
    await stop();
    await start();
    await deliver();
    expect(await bodies("orders")).toHaveLength(1);
  });
});

describe("an event that cannot be delivered", () => {
  it("goes to the dead-letter queue at once when the queue does not let EventBridge in", async () => {
    const [Arn, dead] = [await queue("closed", { isOpen: false }), await queue("dead")];
    await rule("orders", orders, { Id: "q", Arn, DeadLetterConfig: { Arn: dead } });
    await put({ order: 1 });
    await deliver();
    expect(await received("closed")).toEqual([]);
    const [message] = await received("dead");
    expect(JSON.parse(message?.Body ?? "")).toMatchObject({ detail: { order: 1 } });
    const attributes = Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]);
    expect(Object.fromEntries(attributes)).toEqual({
      RULE_ARN: `arn:aws:events:${region}:${account}:rule/orders`,
      TARGET_ARN: Arn,
      ERROR_CODE: "NO_PERMISSIONS",
      ERROR_MESSAGE: `the policy of ${Arn} does not let events.amazonaws.com send for arn:aws:events:${region}:${account}:rule/orders`,
      RETRY_ATTEMPTS: "0",
    });
    expect(reports).toEqual([expect.stringContaining("gave up on target")]);
  });

  it("is told when there is neither queue nor dead-letter queue", async () => {
    await rule("orders", orders, { Id: "q", Arn: queueArn("gone"), DeadLetterConfig: { Arn: queueArn("gone-too") } });
    await put({ order: 1 });
    await deliver();
    expect(reports).toEqual([expect.stringContaining("there is no queue"), expect.stringContaining("cannot reach its dead-letter queue")]);
  });

  it("is tried again until the retries are used up when the target refuses it", async () => {
    // A FIFO queue without content-based deduplication takes no message without an id of its own.
    const [Arn, dead] = [await queue("strict.fifo", { attributes: { FifoQueue: "true" } }), await queue("dead")];
    const RetryPolicy = { MaximumRetryAttempts: 2 };
    await rule("orders", orders, { Id: "q", Arn, SqsParameters: { MessageGroupId: "g" }, DeadLetterConfig: { Arn: dead }, RetryPolicy });
    await put({ order: 1 });
    await deliver();
    expect(await received("dead")).toEqual([]);
    clock.advanceBy(1_000);
    await bus.settled();
    clock.advanceBy(2_000);
    await bus.settled();
    const [message] = await received("dead");
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: "ERROR_FROM_TARGET" },
      RETRY_ATTEMPTS: { StringValue: "2" },
      EXHAUSTED_RETRY_CONDITION: { StringValue: "MaximumRetryAttempts" },
    });
  });

  it("is tried again until it is too old, and says that this was why", async () => {
    const [Arn, dead] = [await queue("strict.fifo", { attributes: { FifoQueue: "true" } }), await queue("dead")];
    const RetryPolicy = { MaximumEventAgeInSeconds: 60 };
    await rule("orders", orders, { Id: "q", Arn, SqsParameters: { MessageGroupId: "g" }, DeadLetterConfig: { Arn: dead }, RetryPolicy });
    await put({ order: 1 });
    await deliver();
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000]) {
      clock.advanceBy(waitMs);
      await bus.settled();
    }
    // The next attempt would be made 63 s after the event.
    const [message] = await received("dead");
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
    const { FailedEntryCount, Entries = [] } = await client.send(new PutEventsCommand({ Entries: [{ ...entry, ...more }, entry] }));
    expect(FailedEntryCount).toBe(1);
    expect(Entries.map((result) => result.ErrorCode ?? "taken")).toEqual([ErrorCode, "taken"]);
  });

  it("is told when its bus is not there", async () => {
    const other = { ...orders, EventBusName: "default" };
    await rule("orders", other, { Id: "q", Arn: await queue("orders") });
    expect((await put({}, { EventBusName: "nowhere" })).FailedEntryCount).toBe(0);
    expect(reports).toEqual(["an event of shop was put on the event bus nowhere, which does not exist"]);
  });
});

describe("a rule with a schedule", () => {
  it("gives its target an event at every occurrence, and none while the platform is down", async () => {
    await rule("often", { ScheduleExpression: "rate(5 minutes)" }, { Id: "q", Arn: await queue("ticks") });
    await rule("daily", { ScheduleExpression: "cron(0 3 * * ? *)" }, { Id: "q", Arn: await queue("nights") });
    clock.advanceBy(5 * 60_000);
    await bus.settled();
    expect(await bodies("ticks")).toEqual([
      expect.objectContaining({
        "detail-type": "Scheduled Event",
        source: "aws.events",
        time: "2026-01-01T00:05:00Z",
        resources: [`arn:aws:events:${region}:${account}:rule/often`],
        detail: {},
      }),
    ]);
    await stop();
    clock.advanceBy(60 * 60_000);
    await start();
    await deliver();
    expect(await bodies("ticks")).toHaveLength(1);
    expect(await bodies("nights")).toEqual([]);
    clock.advanceTo(Date.UTC(2026, 0, 1, 3));
    await bus.settled();
    expect(await bodies("nights")).toEqual([expect.objectContaining({ time: "2026-01-01T03:00:00Z" })]);
  });

  it("is refused with an expression that no rule may have", async () => {
    for (const ScheduleExpression of ["at(2026-01-01T00:00:00)", "rate(1 minutes)", "cron(* * *)"]) {
      await expect(client.send(new PutRuleCommand({ Name: "r", ScheduleExpression }))).rejects.toThrow("ScheduleExpression is not valid");
    }
  });
});

describe("rules and targets", () => {
  it("are described, listed, tagged and deleted", async () => {
    const Arn = await queue("orders");
    const { RuleArn = "" } = await client.send(new PutRuleCommand({ Name: "orders", ...orders, Tags: [{ Key: "team", Value: "x" }] }));
    await client.send(
      new PutTargetsCommand({
        Rule: "orders",
        Targets: [
          { Id: "b", Arn },
          { Id: "a", Arn: queueArn("other") },
        ],
      }),
    );
    expect(await client.send(new DescribeRuleCommand({ Name: "orders" }))).toMatchObject({
      Arn: RuleArn,
      State: "ENABLED",
      EventBusName: "default",
    });
    expect((await client.send(new ListRulesCommand({ NamePrefix: "ord" }))).Rules?.map(({ Name }) => Name)).toEqual(["orders"]);
    const { Targets } = await client.send(new ListTargetsByRuleCommand({ Rule: "orders", Limit: 1 }));
    expect(Targets).toEqual([{ Id: "a", Arn: queueArn("other") }]);
    expect((await client.send(new ListRuleNamesByTargetCommand({ TargetArn: Arn }))).RuleNames).toEqual(["orders"]);
    expect((await client.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn }))).Tags).toEqual([{ Key: "team", Value: "x" }]);
    await expect(client.send(new DeleteRuleCommand({ Name: "orders" }))).rejects.toThrow("Rule can't be deleted since it has targets.");
    const removed = await client.send(new RemoveTargetsCommand({ Rule: "orders", Ids: ["a", "b", "c"] }));
    expect(removed.FailedEntries).toEqual([expect.objectContaining({ TargetId: "c", ErrorCode: "ResourceNotFoundException" })]);
    await client.send(new DeleteRuleCommand({ Name: "orders" }));
    await expect(client.send(new DescribeRuleCommand({ Name: "orders" }))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it.each<[string, Target, string]>([
    [
      "two kinds of input",
      { Id: "q", Arn: queueArn("q"), Input: "{}", InputPath: "$" },
      "Only one of Input, InputPath, or InputTransformer",
    ],
    ["an input that is no JSON", { Id: "q", Arn: queueArn("q"), Input: "x" }, "JSON syntax error"],
    ["a path that is none", { Id: "q", Arn: queueArn("q"), InputPath: "detail" }, "Invalid JsonPath"],
    ["a cluster without a role", { Id: "q", Arn: `arn:aws:ecs:${region}:${account}:cluster/c` }, "RoleArn is required"],
    ["a FIFO queue without a group", { Id: "q", Arn: queueArn("q.fifo") }, "SqsParameters must be specified"],
    ["an ARN that is none", { Id: "q", Arn: "queue" }, "not in correct format"],
  ])("%s is refused, and changes nothing", async (_situation, target, message) => {
    await client.send(new PutRuleCommand({ Name: "orders", ...orders }));
    const good = { Id: "good", Arn: queueArn("q") };
    await expect(client.send(new PutTargetsCommand({ Rule: "orders", Targets: [good, target] }))).rejects.toThrow(message);
    expect((await client.send(new ListTargetsByRuleCommand({ Rule: "orders" }))).Targets).toEqual([]);
  });

  it("a pattern that cannot be meant is refused with EventBridge's exception", async () => {
    const bad = client.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source": "aws.ecs"}' }));
    await expect(bad).rejects.toBeInstanceOf(InvalidEventPatternException);
    await expect(bad).rejects.toThrow('Event pattern is not valid. Reason: "source" must be an object or an array');
  });

  it("a pattern can be tried out on an event", async () => {
    const event = {
      id: "1",
      account,
      source: "shop",
      time: "2026-01-01T00:00:00Z",
      region,
      resources: [],
      "detail-type": "Order",
      detail: { n: 1 },
    };
    const test = (pattern: object) =>
      client.send(new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(event) }));
    expect((await test({ detail: { n: [1] } })).Result).toBe(true);
    expect((await test({ detail: { n: [2] } })).Result).toBe(false);
    await expect(client.send(new TestEventPatternCommand({ EventPattern: '{"a":[1]}', Event: "{}" }))).rejects.toThrow(
      "Parameter Event is not valid.",
    );
  });
});
