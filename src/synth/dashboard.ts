/** CloudWatch dashboards: graphs, two in a row. Texts may hold `${…}`, which `Fn::Sub` fills in. */
import { sub, type Value } from "./template.ts";

/** One line of a graph, as CloudWatch's dashboard body has it: namespace, metric, dimensions, settings; or an expression. */
export type Metric = readonly (string | object)[];

export interface Graph {
  readonly title: string;
  readonly metrics: readonly Metric[];
}

/** The value of `DashboardBody`. */
export function dashboardBody(graphs: readonly Graph[]): Value {
  const widgets = graphs.map(({ title, metrics }, index) => ({
    type: "metric",
    width: 12,
    height: 6,
    properties: { title, metrics, period: 60, region: "${AWS::Region}", view: "timeSeries" },
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
  }));
  return sub(JSON.stringify({ widgets }));
}
