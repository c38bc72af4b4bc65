/**
 * What the data plane counted, as the metrics of namespace `AWS/ApplicationELB`. As on AWS, counts appear only when
 * there was something to count; host counts appear as long as there are targets.
 */
import type { MetricSink } from "../services/cloudwatch/metric-sink.ts";
import type { AuthTraffic } from "./auth-traffic.ts";
import type { LoadBalancerConfig } from "./listener-config.ts";
import type { ProxiedGroup } from "./proxied-group.ts";
import { type GroupTraffic, type LoadBalancerTraffic, resetTraffic } from "./traffic.ts";

const NAMESPACE = "AWS/ApplicationELB";

/** Records everything counted since the last time and starts counting anew. `now`: wall time. `withHosts`: host counts as well. */
export function publishTraffic(
  loadBalancers: Iterable<{ readonly config: LoadBalancerConfig; readonly traffic: LoadBalancerTraffic }>,
  groups: Iterable<ProxiedGroup>,
  sink: MetricSink,
  { now, withHosts }: { readonly now: number; readonly withHosts: boolean },
): void {
  for (const { config, traffic } of loadBalancers) {
    const record = recorder(sink, config.region, { LoadBalancer: config.dimension }, now);
    recordShared(record, traffic);
    recordOwn(record, traffic);
    recordAuthentication(record, traffic.authentication);
    resetTraffic(traffic);
  }
  for (const group of groups) {
    const { region, dimension, loadBalancerDimension } = group.config;
    if (loadBalancerDimension !== undefined) {
      const dimensions = { TargetGroup: dimension, LoadBalancer: loadBalancerDimension };
      const record = recorder(sink, region, dimensions, now);
      recordShared(record, group.traffic);
      recordPerTarget(record, recorder(sink, region, { TargetGroup: dimension }, now), group);
      if (withHosts) recordHosts(record, group);
    }
    resetTraffic(group.traffic);
  }
}

type Recorder = (name: string, value: number, unit: string) => void;

function recorder(sink: MetricSink, region: string, dimensions: Readonly<Record<string, string>>, timestamp: number): Recorder {
  return (name, value, unit) => sink.record(region, NAMESPACE, name, dimensions, value, timestamp, unit);
}

function recordShared(record: Recorder, { requests, targetStatus, responseTimes, connectionErrors }: GroupTraffic): void {
  counted(record, "RequestCount", requests);
  for (const family of [2, 3, 4, 5]) counted(record, `HTTPCode_Target_${family}XX_Count`, targetStatus[family] ?? 0);
  for (const elapsedMs of responseTimes) record("TargetResponseTime", elapsedMs / 1000, "Seconds");
  counted(record, "TargetConnectionErrorCount", connectionErrors);
}

function recordOwn(record: Recorder, traffic: LoadBalancerTraffic): void {
  for (const family of [3, 4, 5]) counted(record, `HTTPCode_ELB_${family}XX_Count`, traffic.ownStatus[family] ?? 0);
  for (const [code, count] of traffic.ownCodes) counted(record, `HTTPCode_ELB_${code}_Count`, count);
  counted(record, "HTTP_Fixed_Response_Count", traffic.fixedResponses);
  counted(record, "HTTP_Redirect_Count", traffic.redirects);
  counted(record, "NewConnectionCount", traffic.newConnections);
  counted(record, "ActiveConnectionCount", traffic.activeConnections);
  counted(record, "RejectedConnectionCount", traffic.rejectedConnections);
  if (traffic.processedBytes > 0) record("ProcessedBytes", traffic.processedBytes, "Bytes");
}

function recordAuthentication(record: Recorder, traffic: AuthTraffic): void {
  counted(record, "ELBAuthSuccess", traffic.successes);
  counted(record, "ELBAuthRefreshTokenSuccess", traffic.refreshes);
  counted(record, "ELBAuthFailure", traffic.failures);
  counted(record, "ELBAuthError", traffic.errors);
  counted(record, "ELBAuthUserClaimsSizeExceeded", traffic.claimsTooLarge);
  for (const elapsedMs of traffic.latencies) record("ELBAuthLatency", elapsedMs, "Milliseconds");
}

/** A sample of each node, so that minimum and maximum differ where the nodes do. */
function recordHosts(record: Recorder, group: ProxiedGroup): void {
  for (const { healthy, unhealthy } of group.hostCounts()) {
    if (healthy + unhealthy === 0) continue;
    record("HealthyHostCount", healthy, "Count");
    record("UnHealthyHostCount", unhealthy, "Count");
  }
}

function recordPerTarget(record: Recorder, recordOfGroup: Recorder, group: ProxiedGroup): void {
  if (group.traffic.requests === 0) return;
  const counts = group.hostCounts();
  const most = (count: (hosts: { healthy: number; unhealthy: number }) => number): number => Math.max(0, ...counts.map(count));
  const perTarget = group.traffic.requests / Math.max(1, most(({ healthy }) => healthy) || most(({ unhealthy }) => unhealthy));
  record("RequestCountPerTarget", perTarget, "Count");
  recordOfGroup("RequestCountPerTarget", perTarget, "Count");
}

function counted(record: Recorder, name: string, count: number): void {
  if (count > 0) record(name, count, "Count");
}
