/** A service on one page: load, errors, latency, CPU and memory, number of tasks. */
import { dashboardBody, type Graph, type Metric } from "../dashboard.ts";
import { ref } from "../template.ts";
import { targetGroups } from "./alarms.ts";
import { balancerName, clusterName, type ServiceContext } from "./context.ts";

export function dashboard(context: ServiceContext): void {
  const { name, environment, service, template } = context;
  if (!service.observability.dashboard) return;
  clusterName(context);
  const ofService = ["ClusterName", "${ClusterName}", "ServiceName", name];
  const widgets = [
    graph("CPU and memory in percent", [
      ["AWS/ECS", "CPUUtilization", ...ofService, { stat: "Average", label: "CPU" }],
      ["AWS/ECS", "MemoryUtilization", ...ofService, { stat: "Average", label: "Memory" }],
    ]),
  ];
  if (environment.cluster.containerInsights !== "disabled" || !environment.described)
    widgets.push(
      graph("Running tasks", [["ECS/ContainerInsights", "RunningTaskCount", ...ofService, { stat: "Average", label: "Tasks" }]]),
    );
  if (service.networking.loadBalancer !== undefined) {
    const balancer = `\${${balancerName(context, "name")}}`;
    const groups = targetGroups(context);
    /** One line for each target group: while traffic is shifted between two, both serve. */
    const lines = (metric: string, stat: string, label: string): Metric[] =>
      groups.map((group) => [
        "AWS/ApplicationELB",
        metric,
        "LoadBalancer",
        balancer,
        "TargetGroup",
        `\${${group}.TargetGroupFullName}`,
        { stat, label: group === "AlternateTargetGroup" ? `${label} (alternate)` : label },
      ]);
    widgets.push(
      graph("Requests and errors", [
        ...lines("RequestCount", "Sum", "Requests"),
        ...lines("HTTPCode_Target_4XX_Count", "Sum", "4xx"),
        ...lines("HTTPCode_Target_5XX_Count", "Sum", "5xx"),
      ]),
      graph(
        "Latency in seconds",
        ["p50", "p95", "p99"].flatMap((stat) => lines("TargetResponseTime", stat, stat)),
      ),
    );
  }
  template.resource("Dashboard", {
    Type: "AWS::CloudWatch::Dashboard",
    Properties: { DashboardName: `fsd-${environment.name}-${name}`, DashboardBody: dashboardBody(widgets) },
  });
  template.output("Dashboard", "Its dashboard", ref("Dashboard"));
}

const graph = (title: string, metrics: readonly Metric[]): Graph => ({ title, metrics });
