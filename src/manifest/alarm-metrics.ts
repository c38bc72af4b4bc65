/** The words an alarm's metric may be; any other is a metric of one's own and needs its namespace. */
export const loadBalancerMetrics = ["unhealthyHosts", "requests", "latencyP50", "latencyP95", "latencyP99", "4xxRate", "5xxRate"] as const;
export const insightMetrics = ["runningTasks"] as const;
export const alarmMetrics: readonly string[] = ["cpu", "memory", "queueAge", "restarts", ...insightMetrics, ...loadBalancerMetrics];
