/** A service on one page: load, errors, latency, CPU and memory, number of tasks. */
import { ref, sub } from "../template.ts";
import { clusterName, fromLoadBalancer, type ServiceContext } from "./context.ts";

type Metric = readonly (string | object)[];

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
    graph("Running tasks", [["ECS/ContainerInsights", "RunningTaskCount", ...ofService, { stat: "Average", label: "Tasks" }]]),
  ];
  if (service.networking.loadBalancer !== undefined) {
    fromLoadBalancer(context, "LoadBalancerName", "name", "The load balancer as metrics name it.");
    const group = ["LoadBalancer", "${LoadBalancerName}", "TargetGroup", "${TargetGroup.TargetGroupFullName}"];
    widgets.push(
      graph("Requests and errors", [
        ["AWS/ApplicationELB", "RequestCount", ...group, { stat: "Sum", label: "Requests" }],
        ["AWS/ApplicationELB", "HTTPCode_Target_4XX_Count", ...group, { stat: "Sum", label: "4xx" }],
        ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", ...group, { stat: "Sum", label: "5xx" }],
      ]),
      graph(
        "Latency in seconds",
        ["p50", "p95", "p99"].map((stat): Metric => ["AWS/ApplicationELB", "TargetResponseTime", ...group, { stat, label: stat }]),
      ),
    );
  }
  const body = JSON.stringify({
    widgets: widgets.map((widget, index) => ({ ...widget, x: (index % 2) * 12, y: Math.floor(index / 2) * 6 })),
  });
  template.resource("Dashboard", {
    Type: "AWS::CloudWatch::Dashboard",
    Properties: { DashboardName: `fsd-${environment.name}-${name}`, DashboardBody: sub(body) },
  });
  template.output("Dashboard", "Its dashboard", ref("Dashboard"));
}

function graph(title: string, metrics: readonly Metric[]): object {
  return { type: "metric", width: 12, height: 6, properties: { title, metrics, period: 60, region: "${AWS::Region}", view: "timeSeries" } };
}
