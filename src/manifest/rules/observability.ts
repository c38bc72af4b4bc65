/** Alarms, metrics and traces that need something the service or the environment does not have. */
import { alarmMetrics, insightMetrics, loadBalancerMetrics } from "../alarm-metrics.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { readable } from "../text.ts";
import type { Rules } from "./rules.ts";

export function checkObservability({ service, dependencies, iam }: ResolvedService, environment: ResolvedEnvironment, rules: Rules): void {
  const insights = environment.cluster.containerInsights !== "disabled" || !environment.described;
  for (const [name, { metric, namespace }] of Object.entries(service.observability.alarms)) {
    const path = `service.observability.alarms.${name}.metric`;
    if (!rules.given(path) || !rules.sound(path, "service.port")) continue;
    if (!alarmMetrics.includes(metric)) {
      if (namespace !== undefined || !rules.sound(`service.observability.alarms.${name}.namespace`)) continue;
      const near = didYouMean(metric, alarmMetrics);
      rules.report(
        "FSD1104",
        path,
        `there is no metric ${JSON.stringify(metric)}`,
        near === undefined ? `use one of ${alarmMetrics.join(", ")}, or give the namespace of your own` : `did you mean ${near}?`,
      );
    } else if ((loadBalancerMetrics as readonly string[]).includes(metric) && service.port === undefined) {
      rules.report(
        "FSD1405",
        path,
        `${metric} is measured at the load balancer, and a service without a port has none`,
        "add port, or use another metric",
      );
    } else if ((insightMetrics as readonly string[]).includes(metric) && !insights) {
      rules.report(
        "FSD1806",
        path,
        `${metric} is measured by Container Insights, which ${environment.name} does not have`,
        "set cluster.containerInsights: enabled in the environment",
      );
    } else if (
      metric === "queueAge" &&
      service.autoScaling?.queue === undefined &&
      !dependencies.some(({ type }) => type === "aws_sqs_queue")
    ) {
      rules.report("FSD1112", path, "queueAge needs a queue", "add the queue to dependencies");
    }
  }
  checkPeriods(service, rules);
  const queue = service.autoScaling?.queue;
  if (queue?.backlogPerTask !== undefined && !insights) {
    rules.report(
      "FSD1806",
      "service.autoScaling.queue.backlogPerTask",
      `backlog per task needs Container Insights, which ${environment.name} does not have`,
      "set cluster.containerInsights: enabled in the environment, or use depth",
    );
  }
  if (queue !== undefined && rules.sound("service.autoScaling.queue", "dependencies", "iam")) {
    const known = dependencies.some(({ type, name }) => type === "aws_sqs_queue" && name === queue.name);
    if (!known && iam.taskRoleArn === undefined && iam.policyStatements.length === 0 && iam.managedPolicies.length === 0)
      rules.report(
        "FSD1213",
        "service.autoScaling.queue.name",
        `tasks are started for the queue ${readable(queue.name)}, but may not receive from it`,
        `add {type: aws_sqs_queue, name: "${readable(queue.name)}", access: read} to dependencies`,
      );
  }
  if (queue !== undefined && queue.backlogPerTask === undefined && queue.depth === undefined && rules.sound("service.autoScaling.queue")) {
    rules.report("FSD1103", "service.autoScaling.queue", "the queue's target is missing", "add backlogPerTask: 100 or depth: 100");
  }
  const { metrics, traces } = service.observability;
  if (!rules.sound("service.port", "service.observability")) return;
  if (metrics.enabled && metrics.port === undefined && service.port === undefined) {
    rules.report("FSD1405", "service.observability.metrics", "there is no port to collect metrics from", "add metrics.port");
  }
  if (traces.enabled && traces.exporter === "otlp" && traces.otlpEndpoint === undefined) {
    rules.report("FSD1103", "service.observability.traces", "otlp needs the collector's address", "add otlpEndpoint");
  }
}

const DAY = 86_400;

/** What CloudWatch lets an alarm look back on (CloudWatch API, "PutMetricAlarm": Period and EvaluationPeriods). */
function checkPeriods({ observability }: ResolvedService["service"], rules: Rules): void {
  for (const [name, { metric, period, periods }] of Object.entries(observability.alarms)) {
    const path = `service.observability.alarms.${name}`;
    if (!rules.given(path) || !rules.sound(path)) continue;
    if (period < 60 && alarmMetrics.includes(metric))
      rules.report(
        "FSD1105",
        `${path}.period`,
        `${metric} is measured once a minute, so a period of ${period} s is empty most of the time`,
        "use 60 or more",
      );
    const [most, told] = period < 3600 ? [DAY, "a day"] : [7 * DAY, "seven days"];
    if (period * periods > most)
      rules.report(
        "FSD1105",
        [`${path}.periods`, `${path}.period`],
        `${periods} periods of ${period} s are more than ${told}, which is as far as such an alarm looks back`,
        `use ${Math.floor(most / period)} periods or fewer`,
      );
  }
}
