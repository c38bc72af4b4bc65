import { CloudWatchClient, DescribeAlarmHistoryCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, expect, it } from "vitest";
import { account } from "../../gateway/strict-gateway.testing.ts";
import { arnOf, here, MessagingWorld, region } from "../messaging-world.testing.ts";
import { AlarmBoard } from "./alarm-board.ts";
import { AlarmNotifier } from "./alarm-notifier.ts";
import { MetricStore } from "./metric-store.ts";
import { cloudwatchProvider } from "./provider.ts";

const topicArn = arnOf("sns", "alarms");

class AlarmWorld extends MessagingWorld {
  declare client: CloudWatchClient;
  declare metrics: MetricStore;

  protected override mount(): [AlarmNotifier] {
    const { gateway, store, clock, ids, bus } = this;
    const alarms = new AlarmBoard({ store, clock });
    this.metrics = new MetricStore({ store, clock, speed: 1 });
    gateway.mount("cloudwatch", cloudwatchProvider({ store, clock, account, metrics: this.metrics, alarms }));
    return [new AlarmNotifier({ store, clock, ids, account, call: gateway.call, alarms, bus })];
  }

  override async start(): Promise<void> {
    await super.start();
    this.client = this.clientOf(CloudWatchClient);
  }

  override async stop(): Promise<void> {
    await super.stop();
    this.metrics.close();
  }
}

let self: AlarmWorld;
beforeEach(async () => {
  self = new AlarmWorld();
  await self.start();
});
afterEach(() => self.end());

async function topicWithQueue(Attributes: Record<string, string> = {}): Promise<void> {
  const Endpoint = await self.queue("alarms");
  await self.gateway.call("sns", "CreateTopic", { Name: "alarms", Attributes }, here);
  const raw = { RawMessageDelivery: "true" };
  await self.gateway.call("sns", "Subscribe", { TopicArn: topicArn, Protocol: "sqs", Endpoint, Attributes: raw }, here);
}

async function alarm(): Promise<void> {
  await self.client.send(
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
const ring = (StateValue: "ALARM" | "OK") =>
  self.client.send(new SetAlarmStateCommand({ AlarmName: "busy", StateValue, StateReason: "tried" }));

async function history(): Promise<string[]> {
  const { AlarmHistoryItems = [] } = await self.client.send(
    new DescribeAlarmHistoryCommand({ AlarmName: "busy", HistoryItemType: "Action" }),
  );
  return AlarmHistoryItems.map(({ HistorySummary = "" }) => HistorySummary);
}

it("an alarm that changes publishes to the topics of its new state, in CloudWatch's words", async () => {
  await topicWithQueue();
  await alarm();
  await ring("ALARM");
  await self.deliver();
  expect(await self.bodies("alarms")).toEqual([
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
  await self.deliver();
  expect(await self.bodies("alarms")).toHaveLength(1);
});

it("an alarm that changes is told on the bus", async () => {
  const EventPattern = JSON.stringify({ source: ["aws.cloudwatch"], detail: { state: { value: ["OK"] } } });
  await self.gateway.call("eventbridge", "PutRule", { Name: "ok", EventPattern }, here);
  await self.gateway.call("eventbridge", "PutTargets", { Rule: "ok", Targets: [{ Id: "q", Arn: await self.queue("events") }] }, here);
  await alarm();
  await ring("ALARM");
  await ring("OK");
  await self.deliver();
  expect(await self.bodies("events")).toMatchObject([
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
  await self.stop();
  await self.start();
  await self.deliver();
  expect(await self.bodies("alarms")).toMatchObject([{ NewStateValue: "ALARM" }]);
});

const accountRoot = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" };
const use = {
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
  Resource: "*",
};

const forEvents = JSON.stringify({
  Statement: { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sns:Publish", Resource: "*" },
});

it.each<[string, (() => Promise<Record<string, string>>) | undefined, string]>([
  ["there is no topic", undefined, "Failed"],
  ["its policy names another service alone", async () => ({ Policy: forEvents }), "Failed"],
  ["it has AWS's own key", async () => ({ KmsMasterKeyId: "alias/aws/sns" }), "Failed"],
  ["it has a key that does not let CloudWatch in", async () => ({ KmsMasterKeyId: await key(accountRoot) }), "Failed"],
  ["it has a key that lets CloudWatch in", async () => ({ KmsMasterKeyId: await key(accountRoot, use) }), "Successfully"],
])("the alarm's history says what came of its action when %s", async (_when, attributes, outcome) => {
  if (attributes !== undefined) await topicWithQueue(await attributes());
  await alarm();
  await ring("ALARM");
  await self.deliver();
  expect(await history()).toEqual([`${outcome} ${outcome === "Failed" ? "to execute" : "executed"} action ${topicArn}`]);
});

async function key(...Statement: object[]): Promise<string> {
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  const { KeyMetadata } = await self.gateway.call("kms", "CreateKey", { Policy }, here);
  return KeyMetadata?.KeyId ?? "";
}
