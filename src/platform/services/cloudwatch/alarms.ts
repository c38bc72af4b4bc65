/** Alarms: put, describe, delete, set a state, enable and disable actions, history. */
import {
  type AlarmHistoryItem,
  InvalidFormatFault,
  InvalidNextToken,
  LimitExceededFault,
  type MetricAlarm,
} from "@aws-sdk/client-cloudwatch";
import { parseJson } from "../../../kit/json.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import type { AlarmBoard, AlarmHistoryEntry } from "./alarm-board.ts";
import { alarmArn } from "./alarm-notification.ts";
import type { AlarmRecord } from "./alarm-record.ts";
import { alarmNotFound, invalidCombination, invalidValue } from "./faults.ts";
import { dimensionsOf } from "./metric-query.ts";
import { seriesKey } from "./metric-store.ts";
import { alarmOf } from "./put-metric-alarm.ts";

const MOST_ALARMS_AT_ONCE = 100;
const MOST_TAGS = 50;

export function alarmOperations(alarms: AlarmBoard, account: string, now: () => number): Operations<"cloudwatch"> {
  const requireAlarm = (region: string, name: string): AlarmRecord => {
    const alarm = alarms.get(region, name);
    if (alarm === undefined) throw alarmNotFound(name);
    return alarm;
  };
  const enableActions = (region: string, names: readonly string[] | undefined, actionsEnabled: boolean): Record<string, never> => {
    for (const name of names ?? []) {
      const alarm = alarms.get(region, name);
      if (alarm !== undefined && alarm.actionsEnabled !== actionsEnabled) alarms.save({ ...alarm, actionsEnabled });
    }
    return {};
  };
  const badToken = (): never => {
    throw new InvalidNextToken({ message: "The next token is invalid.", $metadata: {} });
  };

  return {
    PutMetricAlarm: (input, { region }) => {
      if ((input.Tags?.length ?? 0) > MOST_TAGS) {
        throw new LimitExceededFault({ message: `An alarm has at most ${MOST_TAGS} tags.`, $metadata: {} });
      }
      alarms.save(alarmOf(input, region, alarms.get(region, input.AlarmName ?? ""), now()));
      return {};
    },

    DescribeAlarms: (input, { region }) => {
      const { AlarmNames: names, AlarmNamePrefix: prefix, ActionPrefix: actionPrefix } = input;
      if (names !== undefined && prefix !== undefined) throw invalidCombination("AlarmNames and AlarmNamePrefix cannot be used together.");
      // Composite and log alarms do not exist here.
      const wantsMetricAlarms = input.AlarmTypes === undefined || input.AlarmTypes.includes("MetricAlarm");
      const matching = !wantsMetricAlarms
        ? []
        : alarms
            .list(region)
            .filter(
              (alarm) =>
                (names === undefined || names.includes(alarm.name)) &&
                (prefix === undefined || alarm.name.startsWith(prefix)) &&
                (input.StateValue === undefined || alarm.state === input.StateValue) &&
                (actionPrefix === undefined || allActions(alarm).some((action) => action.startsWith(actionPrefix))),
            );
      const { items, nextToken } = pageOf(matching, ({ name }) => name, input.MaxRecords ?? 50, input.NextToken, badToken);
      return {
        MetricAlarms: items.map((alarm) => describe(alarm, account)),
        CompositeAlarms: [],
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      };
    },

    DescribeAlarmsForMetric: (input, { region }) => {
      const wanted = seriesKey({
        region,
        namespace: input.Namespace ?? "",
        name: input.MetricName ?? "",
        dimensions: dimensionsOf(input.Dimensions),
      });
      const matching = alarms.list(region).filter(({ watched, period }) => {
        if (!("metric" in watched)) return false;
        const { metric } = watched;
        const statistic = input.Statistic ?? input.ExtendedStatistic;
        return (
          seriesKey({ region, namespace: metric.namespace, name: metric.name, dimensions: metric.dimensions }) === wanted &&
          (statistic === undefined || statistic === metric.statistic) &&
          (input.Period === undefined || input.Period === period)
        );
      });
      return { MetricAlarms: matching.map((alarm) => describe(alarm, account)) };
    },

    DeleteAlarms: (input, { region }) => {
      const names = input.AlarmNames ?? [];
      if (names.length > MOST_ALARMS_AT_ONCE) throw invalidValue(`At most ${MOST_ALARMS_AT_ONCE} alarms are deleted at once.`);
      for (const name of names) alarms.delete(region, name);
      return {};
    },

    SetAlarmState: (input, { region }) => {
      const alarm = requireAlarm(region, input.AlarmName ?? "");
      if (input.StateReasonData !== undefined && parseJson(input.StateReasonData) === undefined) {
        throw new InvalidFormatFault({ message: "StateReasonData must be JSON.", $metadata: {} });
      }
      alarms.setState(
        alarm,
        {
          state: input.StateValue ?? "OK",
          reason: input.StateReason ?? "",
          ...(input.StateReasonData === undefined ? {} : { reasonData: input.StateReasonData }),
        },
        true,
      );
      return {};
    },

    EnableAlarmActions: (input, { region }) => enableActions(region, input.AlarmNames, true),
    DisableAlarmActions: (input, { region }) => enableActions(region, input.AlarmNames, false),

    DescribeAlarmHistory: (input, { region }) => {
      const newestFirst = input.ScanBy !== "TimestampAscending";
      const from = input.StartDate?.getTime() ?? 0;
      const to = input.EndDate === undefined ? Number.MAX_SAFE_INTEGER : input.EndDate.getTime() + 1;
      const names = input.AlarmName === undefined ? alarms.list(region).map(({ name }) => name) : [input.AlarmName];
      const entries = names
        .flatMap((name) => alarms.history(region, name, from, to, 1_000, newestFirst))
        .filter(({ type }) => input.HistoryItemType === undefined || type === input.HistoryItemType)
        .sort((a, b) => (a.timestamp - b.timestamp) * (newestFirst ? -1 : 1));
      const keyed = entries.map((entry, index) => ({ entry, key: String(index).padStart(9, "0") }));
      const { items, nextToken } = pageOf(keyed, ({ key }) => key, input.MaxRecords ?? 50, input.NextToken, badToken);
      return {
        AlarmHistoryItems: items.map(({ entry }) => describeEntry(entry)),
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      };
    },
  };
}

function describe(alarm: AlarmRecord, account: string): MetricAlarm {
  const { rule, watched } = alarm;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarmArn(account, alarm),
    ...(alarm.description === undefined ? {} : { AlarmDescription: alarm.description }),
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: [...alarm.okActions],
    AlarmActions: [...alarm.alarmActions],
    InsufficientDataActions: [...alarm.insufficientDataActions],
    StateValue: alarm.state,
    StateReason: alarm.stateReason,
    ...(alarm.stateReasonData === undefined ? {} : { StateReasonData: alarm.stateReasonData }),
    StateUpdatedTimestamp: new Date(alarm.stateUpdatedAt),
    StateTransitionedTimestamp: new Date(alarm.stateTransitionedAt),
    ...("metric" in watched ? describeMetric(alarm, watched.metric) : { Metrics: [...watched.queries] }),
    EvaluationPeriods: rule.evaluationPeriods,
    ...(alarm.hasDatapointsToAlarm ? { DatapointsToAlarm: rule.datapointsToAlarm } : {}),
    Threshold: rule.threshold,
    ComparisonOperator: rule.comparisonOperator,
    ...(alarm.hasTreatMissingData ? { TreatMissingData: rule.treatMissingData } : {}),
    ...(alarm.evaluateLowSampleCountPercentile === undefined
      ? {}
      : { EvaluateLowSampleCountPercentile: alarm.evaluateLowSampleCountPercentile }),
  };
}

type Watched = Extract<AlarmRecord["watched"], { metric: unknown }>["metric"];

function describeMetric({ period }: AlarmRecord, { namespace, name, dimensions, statistic, unit }: Watched): MetricAlarm {
  return {
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Period: period,
    ...(statistic.startsWith("p") ? { ExtendedStatistic: statistic } : { Statistic: statistic as MetricAlarm["Statistic"] }),
    ...(unit === undefined ? {} : { Unit: unit as MetricAlarm["Unit"] }),
  };
}

function describeEntry({ alarmName, timestamp, type, summary, data }: AlarmHistoryEntry): AlarmHistoryItem {
  return {
    AlarmName: alarmName,
    AlarmType: "MetricAlarm",
    Timestamp: new Date(timestamp),
    HistoryItemType: type,
    HistorySummary: summary,
    HistoryData: JSON.stringify(data),
  };
}

function allActions({ okActions, alarmActions, insufficientDataActions }: AlarmRecord): string[] {
  return [...okActions, ...alarmActions, ...insufficientDataActions];
}
