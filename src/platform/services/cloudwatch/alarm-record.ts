/** An alarm as it is kept: its configuration as the API takes it, and its state. */
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { AlarmRule, AlarmState } from "../../../engine/alarm/alarm-evaluation.ts";
import { metricsOf, type StatisticQuery } from "./metric-query.ts";
import { type MetricIdentity, seriesKey } from "./metric-store.ts";

export interface AlarmRecord {
  readonly region: string;
  readonly name: string;
  readonly description?: string;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly rule: AlarmRule;
  /** Present in the request; otherwise M is N. */
  readonly hasDatapointsToAlarm: boolean;
  readonly hasTreatMissingData: boolean;
  /** Seconds. */
  readonly period: number;
  /** One metric, or several with metric math of which one returns data. */
  readonly watched: { readonly metric: StatisticQuery } | { readonly queries: readonly MetricDataQuery[] };
  readonly evaluateLowSampleCountPercentile?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Wall time, ms. */
  readonly configuredAt: number;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData?: string;
  readonly stateUpdatedAt: number;
  readonly stateTransitionedAt: number;
}

export function alarmKey({ region, name }: Pick<AlarmRecord, "region" | "name">): string {
  return `${region}:${name}`;
}

/** The metrics whose samples can change the alarm's state, each once. */
export function metricsOfAlarm({ region, watched }: AlarmRecord): MetricIdentity[] {
  const queries = "metric" in watched ? [watched.metric] : metricsOf(watched.queries);
  const metrics = queries.map(({ namespace, name, dimensions }) => ({ region, namespace, name, dimensions }));
  return [...new Map(metrics.map((metric) => [seriesKey(metric), metric])).values()];
}

/** The ARNs of what is to be done in a state; none while actions are disabled. */
export function actionsOf(alarm: AlarmRecord, state: AlarmState): readonly string[] {
  if (!alarm.actionsEnabled) return [];
  switch (state) {
    case "OK":
      return alarm.okActions;
    case "ALARM":
      return alarm.alarmActions;
    case "INSUFFICIENT_DATA":
      return alarm.insufficientDataActions;
  }
}
