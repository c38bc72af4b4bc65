/** What an alarm tells: the event on the bus, and the message to a topic, in CloudWatch's words. */
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { AlarmState } from "../../../engine/alarm/alarm-evaluation.ts";
import type { Json, JsonObject } from "../../../kit/json.ts";
import { formatArn } from "../../../model/arn.ts";
import type { EmittedEvent } from "../eventbridge/event-bus.ts";
import type { AlarmRecord } from "./alarm-record.ts";

/** The state an alarm comes from. */
export interface FormerState {
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData?: string;
  readonly stateUpdatedAt: number;
}

/** `arn:aws:cloudwatch:eu-west-1:000000000000:alarm:errors` */
export function alarmArn(account: string, { region, name }: Pick<AlarmRecord, "region" | "name">): string {
  return formatArn("cloudwatch", region, account, `alarm:${name}`);
}

/** `CloudWatch Alarm State Change`. */
export function alarmEvent(alarm: AlarmRecord, former: FormerState, account: string): EmittedEvent {
  const stateOf = ({ state, stateReason, stateReasonData, stateUpdatedAt }: FormerState): JsonObject => ({
    value: state,
    reason: stateReason,
    ...(stateReasonData === undefined ? {} : { reasonData: stateReasonData }),
    timestamp: written(stateUpdatedAt),
  });
  return {
    source: "aws.cloudwatch",
    detailType: "CloudWatch Alarm State Change",
    resources: [alarmArn(account, alarm)],
    time: alarm.stateUpdatedAt,
    detail: {
      alarmName: alarm.name,
      state: stateOf(alarm),
      previousState: stateOf(former),
      configuration: {
        ...(alarm.description === undefined ? {} : { description: alarm.description }),
        metrics: queriesOf(alarm).map(eventQuery),
      },
    },
  };
}

/** The message that a topic among the alarm's actions gets. */
export function alarmMessage(
  alarm: AlarmRecord,
  former: FormerState,
  account: string,
): { readonly subject: string; readonly body: string } {
  const { rule, watched } = alarm;
  const region = REGION_NAMES[alarm.region] ?? alarm.region;
  const judged = {
    Period: alarm.period,
    EvaluationPeriods: rule.evaluationPeriods,
    DatapointsToAlarm: rule.datapointsToAlarm,
    ComparisonOperator: rule.comparisonOperator,
    Threshold: rule.threshold,
    TreatMissingData: rule.treatMissingData,
    EvaluateLowSampleCountPercentile: alarm.evaluateLowSampleCountPercentile ?? "",
  };
  const message = {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: account,
    AlarmConfigurationUpdatedTimestamp: written(alarm.configuredAt),
    NewStateValue: alarm.state,
    NewStateReason: alarm.stateReason,
    StateChangeTime: written(alarm.stateUpdatedAt),
    Region: region,
    AlarmArn: alarmArn(account, alarm),
    OldStateValue: former.state,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
    Trigger: "metric" in watched ? { ...triggerOf(watched.metric), ...judged } : { ...judged, Metrics: watched.queries.map(messageQuery) },
  };
  // A subject is at most a hundred characters of ASCII.
  const subject = `${alarm.state}: "${alarm.name}" in ${region}`.replace(/[^\x20-\x7e]/g, "?");
  return { subject: subject.length > 100 ? `${subject.slice(0, 97)}...` : subject, body: JSON.stringify(message) };
}

type Metric = Extract<AlarmRecord["watched"], { metric: unknown }>["metric"];

function triggerOf({ name, namespace, dimensions, statistic, unit }: Metric): JsonObject {
  const isPercentile = !Object.hasOwn(STATISTICS, statistic);
  return {
    MetricName: name,
    Namespace: namespace,
    StatisticType: isPercentile ? "ExtendedStatistic" : "Statistic",
    ...(isPercentile ? { ExtendedStatistic: statistic } : { Statistic: STATISTICS[statistic] ?? statistic }),
    Unit: unit ?? null,
    Dimensions: Object.entries(dimensions).map(([key, value]) => ({ value, name: key })),
  };
}

const STATISTICS: Readonly<Record<string, string>> = {
  Average: "AVERAGE",
  Maximum: "MAXIMUM",
  Minimum: "MINIMUM",
  SampleCount: "SAMPLE_COUNT",
  Sum: "SUM",
};

/** An alarm on one metric is a list of one query in its event. */
function queriesOf({ watched, period }: AlarmRecord): readonly MetricDataQuery[] {
  if ("queries" in watched) return watched.queries;
  const { name, namespace, dimensions, statistic, unit } = watched.metric;
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace: namespace, MetricName: name, Dimensions };
  return [{ Id: "m1", MetricStat: { Metric, Period: period, Stat: statistic, Unit: unit as never }, ReturnData: true }];
}

function eventQuery({ Id, Expression, Label, MetricStat, ReturnData, Period }: MetricDataQuery): JsonObject {
  return present({
    id: Id,
    expression: Expression,
    label: Label,
    period: Period,
    metricStat:
      MetricStat === undefined
        ? undefined
        : present({
            metric: present({
              namespace: MetricStat.Metric?.Namespace,
              name: MetricStat.Metric?.MetricName,
              dimensions: Object.fromEntries((MetricStat.Metric?.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value])),
            }),
            period: MetricStat.Period,
            stat: MetricStat.Stat,
            unit: MetricStat.Unit,
          }),
    returnData: ReturnData ?? true,
  });
}

function messageQuery({ Id, Expression, Label, MetricStat, ReturnData }: MetricDataQuery): JsonObject {
  return present({
    Expression,
    Id,
    Label,
    MetricStat:
      MetricStat === undefined
        ? undefined
        : present({
            Metric: present({
              Dimensions: (MetricStat.Metric?.Dimensions ?? []).map(({ Name = "", Value = "" }) => ({ value: Value, name: Name })),
              MetricName: MetricStat.Metric?.MetricName,
              Namespace: MetricStat.Metric?.Namespace,
            }),
            Period: MetricStat.Period,
            Stat: MetricStat.Stat,
            Unit: MetricStat.Unit,
          }),
    ReturnData: ReturnData ?? true,
  });
}

function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** `2026-01-01T00:00:00.000+0000` */
function written(time: number): string {
  return new Date(time).toISOString().replace("Z", "+0000");
}

/** As CloudWatch names regions in messages; where no name is known, the region's code stands. */
const REGION_NAMES: Readonly<Record<string, string>> = {
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-south-1": "Asia Pacific (Mumbai)",
  "ap-southeast-1": "Asia Pacific (Singapore)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "ca-central-1": "Canada (Central)",
  "eu-central-1": "EU (Frankfurt)",
  "eu-north-1": "EU (Stockholm)",
  "eu-west-1": "EU (Ireland)",
  "eu-west-2": "EU (London)",
  "eu-west-3": "EU (Paris)",
  "sa-east-1": "South America (Sao Paulo)",
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
};
