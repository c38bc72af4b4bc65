/**
 * Amazon CloudWatch: metrics, metric math, alarms that are really evaluated, dashboards. The parts that act on their
 * own, `MetricStore` and `AlarmEvaluator`, are made and closed by the composition root.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Provider } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import { alarmOperations } from "./alarms.ts";
import { dashboardCollection, dashboardOperations } from "./dashboards.ts";
import type { MetricStore } from "./metric-store.ts";
import { metricOperations } from "./metrics.ts";
import { tagOperations } from "./tags.ts";

export interface CloudWatchDependencies {
  readonly store: Store;
  /** Wall time. */
  readonly clock: Clock;
  readonly account: string;
  readonly metrics: MetricStore;
  readonly alarms: AlarmBoard;
}

export function cloudwatchProvider({ store, clock, account, metrics, alarms }: CloudWatchDependencies): Provider<"cloudwatch"> {
  const now = (): number => clock.now();
  const dashboards = dashboardCollection(store);
  return {
    service: "cloudwatch",
    operations: {
      ...metricOperations(metrics, now),
      ...alarmOperations(alarms, account, now),
      ...dashboardOperations(dashboards, account, now),
      ...tagOperations(alarms, dashboards),
    },
  };
}
