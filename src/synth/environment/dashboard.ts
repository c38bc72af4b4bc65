/** An environment on one page: its load balancers, and CPU, memory and tasks of every service of its cluster. */
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { dashboardBody, type Graph, type Metric } from "../dashboard.ts";
import { pascal, ref, type TemplateBuilder } from "../template.ts";

export function environmentDashboard(environment: ResolvedEnvironment, template: TemplateBuilder): void {
  if (!environment.dashboard) return;
  const { name, cluster } = environment;
  // Services come and go in stacks of their own, so they are searched for instead of named.
  const everyService = (namespace: string, metric: string): Metric[] => [
    [
      {
        id: "each",
        expression: `SEARCH('{${namespace},ClusterName,ServiceName} MetricName="${metric}" ClusterName="${cluster.name}"', 'Average', 60)`,
        label: "",
      },
    ],
  ];
  const graphs: Graph[] = [
    { title: "CPU by service in percent", metrics: everyService("AWS/ECS", "CPUUtilization") },
    { title: "Memory by service in percent", metrics: everyService("AWS/ECS", "MemoryUtilization") },
  ];
  if (cluster.containerInsights !== "disabled" || cluster.existing)
    graphs.push({ title: "Running tasks by service", metrics: everyService("ECS/ContainerInsights", "RunningTaskCount") });
  for (const kind of ["public", "internal"] as const) {
    for (let shard = 1; shard <= (environment.loadBalancers[kind]?.shards ?? 0); shard++) {
      const number = shard === 1 ? "" : String(shard);
      const of = ["LoadBalancer", `\${${pascal(kind)}${number}LoadBalancer.LoadBalancerFullName}`];
      const which = `${kind} load balancer${number === "" ? "" : ` ${number}`}`;
      graphs.push(
        {
          title: `Requests and errors of the ${which}`,
          metrics: [
            ["AWS/ApplicationELB", "RequestCount", ...of, { stat: "Sum", label: "Requests" }],
            ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", ...of, { stat: "Sum", label: "5xx of services" }],
            ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", ...of, { stat: "Sum", label: "5xx of the load balancer" }],
          ],
        },
        {
          title: `Latency in seconds behind the ${which}`,
          metrics: ["p50", "p95", "p99"].map((stat): Metric => ["AWS/ApplicationELB", "TargetResponseTime", ...of, { stat, label: stat }]),
        },
      );
    }
  }
  template.resource("Dashboard", {
    Type: "AWS::CloudWatch::Dashboard",
    Properties: { DashboardName: `fsd-${name}`, DashboardBody: dashboardBody(graphs) },
  });
  template.output("Dashboard", "The environment's dashboard", ref("Dashboard"));
}
