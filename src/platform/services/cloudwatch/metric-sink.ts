/** CloudWatch as the parts of the platform see it that measure: the load balancer's data plane, the runtime, ECS. */
export interface MetricSink {
  /**
   * Counts one sample. Cheap enough for every request: it is added up in memory and written with its period; the
   * samples of the last moments may be lost when the platform is killed.
   * @param timestamp wall time, ms
   * @param unit a CloudWatch unit: `Count`, `Seconds`, `Percent`, `Bytes`, `None` …
   */
  record(
    region: string,
    namespace: string,
    name: string,
    dimensions: Readonly<Record<string, string>>,
    value: number,
    timestamp: number,
    unit?: string,
  ): void;
}
