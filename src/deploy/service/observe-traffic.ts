/** What CloudWatch knows of the two target groups of a deployment that goes on: read, and told apart by whose tasks are in them. */
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Aws } from "../../aws/aws.ts";
import type { CloudWatch } from "../../aws/cloud-watch.ts";
import { observeTargets, type ServiceView } from "./service-view.ts";
import { listTasks, privateIpOf } from "./tasks.ts";
import { compareTraffic, type GroupTraffic, type TrafficComparison } from "./traffic-comparison.ts";

const MINUTE_MS = 60_000;
/** GetMetricData gives at most so many values in one answer; a deployment that is paused for longer shows the last of it. */
const LONGEST_MS = 5 * 24 * 3_600_000;

/** Undefined when the service moves no traffic between two groups, or its new tasks are in neither yet. */
export async function observeTraffic(
  aws: Aws,
  cloudWatch: CloudWatch,
  { cluster, service, view, now }: { readonly cluster: string; readonly service: string; readonly view: ServiceView; readonly now: number },
): Promise<TrafficComparison | undefined> {
  const [primary] = view.deployments;
  const { targetGroupArn: first, alternateTargetGroupArn: second } = view;
  if (primary === undefined || first === undefined || second === undefined) return undefined;
  const [tasks, inFirst, inSecond] = await Promise.all([
    listTasks(aws, cluster, service, "RUNNING"),
    observeTargets(aws, first),
    observeTargets(aws, second),
  ]);
  const fresh = new Set(tasks.filter(({ startedBy }) => startedBy === primary.id).map(privateIpOf));
  const [ofFirst, ofSecond] = [inFirst, inSecond].map((targets) => targets.filter(({ ip }) => fresh.has(ip)).length) as [number, number];
  if (ofFirst === ofSecond) return undefined;
  const [old, next] = ofFirst > ofSecond ? [second, first] : [first, second];
  const since = Math.floor(Math.max(Date.parse(primary.createdAt), now - LONGEST_MS) / MINUTE_MS) * MINUTE_MS;
  const [before, after] = await Promise.all([old, next].map((arn) => groupTraffic(aws, cloudWatch, arn, since, now)));
  if (before === undefined || after === undefined) return undefined;
  return compareTraffic(new Date(since).toISOString(), before, after);
}

const METRICS = [
  { id: "requests", MetricName: "RequestCount", Stat: "Sum" },
  { id: "errors", MetricName: "HTTPCode_Target_5XX_Count", Stat: "Sum" },
  { id: "seconds", MetricName: "TargetResponseTime", Stat: "Sum" },
  { id: "responses", MetricName: "TargetResponseTime", Stat: "SampleCount" },
  { id: "p99", MetricName: "TargetResponseTime", Stat: "p99" },
] as const;

async function groupTraffic(aws: Aws, cloudWatch: CloudWatch, arn: string, since: number, now: number): Promise<GroupTraffic | undefined> {
  const { TargetGroups = [] } = await aws.elb.describeTargetGroups({ TargetGroupArns: [arn] });
  const loadBalancer = TargetGroups[0]?.LoadBalancerArns?.[0];
  if (loadBalancer === undefined) return undefined;
  const Dimensions = [
    { Name: "TargetGroup", Value: arn.slice(arn.indexOf("targetgroup/")) },
    { Name: "LoadBalancer", Value: loadBalancer.slice(loadBalancer.indexOf("loadbalancer/") + "loadbalancer/".length) },
  ];
  const { MetricDataResults = [] } = await cloudWatch.getMetricData({
    MetricDataQueries: METRICS.map(
      ({ id, MetricName, Stat }): MetricDataQuery => ({
        Id: id,
        MetricStat: { Metric: { Namespace: "AWS/ApplicationELB", MetricName, Dimensions }, Period: 60, Stat },
      }),
    ),
    StartTime: new Date(since),
    // The minute that has begun, too.
    EndTime: new Date(Math.floor(now / MINUTE_MS + 1) * MINUTE_MS),
  });
  const values = (id: (typeof METRICS)[number]["id"]): number[] => MetricDataResults.find(({ Id }) => Id === id)?.Values ?? [];
  const sum = (id: (typeof METRICS)[number]["id"]): number => values(id).reduce((total, value) => total + value, 0);
  const p99 = values("p99");
  return {
    requests: sum("requests"),
    errors: sum("errors"),
    responseSeconds: sum("seconds"),
    responses: sum("responses"),
    ...(p99.length === 0 ? {} : { p99Seconds: p99.reduce((most, value) => Math.max(most, value), 0) }),
  };
}
