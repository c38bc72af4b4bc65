/** The collector of metrics and traces, a container beside the service's own. */
import type { ResolvedService } from "../resolved.ts";

type Service = ResolvedService["service"];

/** What it is given; synthesis writes the same numbers into the task definition. */
export const collectorShare = { name: "otel-collector", cpu: 32, memory: 128, ports: [4317, 4318] } as const;

/** Whether it goes with the service. */
export function collects({ observability: { metrics, traces } }: Service): boolean {
  return metrics.enabled || collectsTraces(traces);
}

/** Whether it takes the program's traces. A program sends them to a collector of its user's own by itself, unless `exporter: otlp` says that this one does. */
export function collectsTraces({ enabled, exporter, otlpEndpoint }: Service["observability"]["traces"]): boolean {
  return enabled && (otlpEndpoint === undefined || exporter === "otlp");
}
