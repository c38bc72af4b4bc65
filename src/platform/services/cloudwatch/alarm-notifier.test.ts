import { CloudWatchClient, DescribeAlarmHistoryCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Listening } from "../../gateway/listen.ts";
import { account, strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { seal } from "../../persistence/seal.testing.ts";
import { EventBus } from "../eventbridge/event-bus.ts";
import { eventBridgeProvider } from "../eventbridge/provider.ts";
import { ScheduledRules } from "../eventbridge/scheduled-rules.ts";
import { kmsProvider } from "../kms/provider.ts";
import { snsProvider } from "../sns/provider.ts";
import { TopicPublisher } from "../sns/topic-publisher.ts";
import { sqsProvider } from "../sqs/provider.ts";
import { AlarmBoard } from "./alarm-board.ts";
import { AlarmNotifier } from "./alarm-notifier.ts";
import { MetricStore } from "./metric-store.ts";
import { cloudwatchProvider } from "./provider.ts";

const region = "eu-west-1";
const here = { region };
const topicArn = `arn:aws:sns:${region}:${account}:alarms`;
const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;

let store: LibsqlStore;
let clock: VirtualClock;
let gateway: Gateway;
let listening: Listening;
let client: CloudWatchClient;
let settle: () => Promise<void>;
let stop: () => Promise<void>;

/** The platform as it is after a start, on the store there is. */
async function start(): Promise<void> {
  const ids = new RandomIds();
  const report = (): void => undefined;
  gateway = strictGateway(ids);
  const { call } = gateway;
  const shared = { store, clock, ids, account, call };
  const endpoint = (): string => listening.endpoint;
  const bus = new EventBus({ ...shared, report });
  const scheduled = new ScheduledRules({ store, clock, bus });
  const publisher = new TopicPublisher({ ...shared, endpoint, report });
  const alarms = new AlarmBoard({ store, clock });
  const metrics = new MetricStore({ store, clock, speed: 1 });
  const notifier = new AlarmNotifier({ ...shared, alarms, bus });
  gateway.mount("cloudwatch", cloudwatchProvider({ ...shared, metrics, alarms }));
  gateway.mount("eventbridge", eventBridgeProvider({ ...shared, bus, scheduled, report }));
  gateway.mount("kms", kmsProvider({ ...shared, seal }));
  gateway.mount("sns", snsProvider({ ...shared, publisher }));
  gateway.mount("sqs", sqsProvider({ ...shared, endpoint }));
  for (const service of ["sns", "sqs", "kms"] as const) await gateway.warm(service);
  for (const part of [bus, publisher, notifier]) part.start();
  listening = await gateway.listen(0);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new CloudWatchClient({ endpoint: listening.endpoint, region, credentials, maxAttempts: 1 });
  settle = async () => {
    // An alarm's message to its topic is delivered before the topic's to its queues.
    for (const part of [bus, notifier, publisher]) {
      clock.advanceBy(0);
      await part.settled();
    }
  };
  stop = async () => {
    client.destroy();
    for (const part of [bus, publisher, notifier]) part.close();
    metrics.close();
    await listening.close();
  };
}

beforeEach(async () => {
  store = new LibsqlStore(":memory:");
  clock = new VirtualClock(Date.UTC(2026, 0, 1));
  await start();
});
afterEach(async () => {
  await stop();
  store.close();
});

const policy = (service: string, action: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Principal: { Service: service }, Action: action, Resource: "*" } });

async function topicWithQueue(Attributes: Record<string, string> = {}): Promise<void> {
  const open = { Policy: policy("sns.amazonaws.com", "sqs:SendMessage") };
  await gateway.call("sqs", "CreateQueue", { QueueName: "alarms", Attributes: open }, here);
  await gateway.call("sns", "CreateTopic", { Name: "alarms", Attributes }, here);
  const raw = { RawMessageDelivery: "true" };
  await gateway.call("sns", "Subscribe", { TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn("alarms"), Attributes: raw }, here);
}

async function alarm(): Promise<void> {
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: "busy",
      AlarmDescription: "too busy",
      AlarmActions: [topicArn],
      OKActions: [topicArn],
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "ServiceName", Value: "api" }],
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 3,
      Threshold: 80,
      ComparisonOperator: "GreaterThanThreshold",
    }),
  );
}
const ring = (StateValue: "ALARM" | "OK") => client.send(new SetAlarmStateCommand({ AlarmName: "busy", StateValue, StateReason: "tried" }));

async function received(name: string): Promise<Record<string, unknown>[]> {
  const input = { QueueUrl: queueArn(name), MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
  const { Messages = [] } = await gateway.call("sqs", "ReceiveMessage", input, here);
  return Messages.map(({ Body = "" }) => JSON.parse(Body) as Record<string, unknown>);
}

async function history(): Promise<string[]> {
  const { AlarmHistoryItems = [] } = await client.send(new DescribeAlarmHistoryCommand({ AlarmName: "busy", HistoryItemType: "Action" }));
  return AlarmHistoryItems.map(({ HistorySummary = "" }) => HistorySummary);
}

it("an alarm that changes publishes to the topics of its new state, in CloudWatch's words", async () => {
  await topicWithQueue();
  await alarm();
  await ring("ALARM");
  await settle();
  expect(await received("alarms")).toEqual([
    {
      AlarmName: "busy",
      AlarmDescription: "too busy",
      AWSAccountId: account,
      AlarmConfigurationUpdatedTimestamp: "2026-01-01T00:00:00.000+0000",
      NewStateValue: "ALARM",
      NewStateReason: "tried",
      StateChangeTime: "2026-01-01T00:00:00.000+0000",
      Region: "EU (Ireland)",
      AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:busy`,
      OldStateValue: "INSUFFICIENT_DATA",
      OKActions: [topicArn],
      AlarmActions: [topicArn],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: "CPUUtilization",
        Namespace: "AWS/ECS",
        StatisticType: "Statistic",
        Statistic: "AVERAGE",
        Unit: null,
        Dimensions: [{ value: "api", name: "ServiceName" }],
        Period: 60,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 3,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 80,
        TreatMissingData: "missing",
        EvaluateLowSampleCountPercentile: "",
      },
    },
  ]);
  expect(await history()).toEqual([`Successfully executed action ${topicArn}`]);
  // The same state again is no change.
  await ring("ALARM");
  await settle();
  expect(await received("alarms")).toHaveLength(1);
});

it("an alarm that changes is told on the bus", async () => {
  const attributes = { Policy: policy("events.amazonaws.com", "sqs:SendMessage") };
  await gateway.call("sqs", "CreateQueue", { QueueName: "events", Attributes: attributes }, here);
  const EventPattern = JSON.stringify({ source: ["aws.cloudwatch"], detail: { state: { value: ["OK"] } } });
  await gateway.call("eventbridge", "PutRule", { Name: "ok", EventPattern }, here);
  await gateway.call("eventbridge", "PutTargets", { Rule: "ok", Targets: [{ Id: "q", Arn: queueArn("events") }] }, here);
  await alarm();
  await ring("ALARM");
  await ring("OK");
  await settle();
  expect(await received("events")).toMatchObject([
    {
      "detail-type": "CloudWatch Alarm State Change",
      resources: [`arn:aws:cloudwatch:${region}:${account}:alarm:busy`],
      detail: {
        alarmName: "busy",
        state: { value: "OK", reason: "tried" },
        previousState: { value: "ALARM" },
        configuration: {
          description: "too busy",
          metrics: [{ metricStat: { metric: { name: "CPUUtilization", dimensions: { ServiceName: "api" } } } }],
        },
      },
    },
  ]);
});

it("what an alarm has to say survives the end of the platform", async () => {
  await topicWithQueue();
  await alarm();
  await ring("ALARM");
  await stop();
  await start();
  await settle();
  expect(await received("alarms")).toMatchObject([{ NewStateValue: "ALARM" }]);
});

const accountRoot = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" };
const use = {
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
  Resource: "*",
};

it.each<[string, (() => Promise<Record<string, string>>) | undefined, string]>([
  ["there is no topic", undefined, "Failed"],
  ["its policy names another service alone", async () => ({ Policy: policy("events.amazonaws.com", "sns:Publish") }), "Failed"],
  ["it has AWS's own key", async () => ({ KmsMasterKeyId: "alias/aws/sns" }), "Failed"],
  ["it has a key that does not let CloudWatch in", async () => ({ KmsMasterKeyId: await key(accountRoot) }), "Failed"],
  ["it has a key that lets CloudWatch in", async () => ({ KmsMasterKeyId: await key(accountRoot, use) }), "Successfully"],
])("the alarm's history says what came of its action when %s", async (_when, attributes, outcome) => {
  if (attributes !== undefined) await topicWithQueue(await attributes());
  await alarm();
  await ring("ALARM");
  await settle();
  expect(await history()).toEqual([`${outcome} ${outcome === "Failed" ? "to execute" : "executed"} action ${topicArn}`]);
});

async function key(...Statement: object[]): Promise<string> {
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  const { KeyMetadata } = await gateway.call("kms", "CreateKey", { Policy }, here);
  return KeyMetadata?.KeyId ?? "";
}
