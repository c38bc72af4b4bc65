/**
 * What Amazon ECS reports about its services once a minute of engine time: `AWS/ECS` utilization of every running task
 * in percent of the task's own size, and with Container Insights the counts and amounts of `ECS/ContainerInsights`.
 * Measured is what the task's processes really used; a task that takes more processor than its size (nothing holds
 * it back here, as Fargate would) counts as 100 %.
 */
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { MetricSink } from "./metric-sink.ts";

/** A task that runs. */
export interface MeasuredTask {
  readonly taskArn: string;
  readonly region: string;
  readonly clusterName: string;
  /** Absent for a standalone task, which has no metrics of its own. */
  readonly serviceName?: string;
  /** CPU units; 1024 is one vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
}

/** A service of a cluster with Container Insights. */
export interface MeasuredService {
  readonly region: string;
  readonly clusterName: string;
  readonly serviceName: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
}

/** What a task has used since it began, and holds now. */
export interface TaskUsage {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

export interface EcsMetricsDependencies {
  /** Wall time: processes use processors in it. */
  readonly clock: Clock;
  /** Engine seconds per wall second. */
  readonly speed: number;
  readonly sink: MetricSink;
  readonly tasks: () => readonly MeasuredTask[];
  readonly insights: () => readonly MeasuredService[];
  readonly usage: (taskArn: string) => TaskUsage | undefined;
}

interface Mark {
  readonly cpuMs: number;
  readonly at: number;
}

const MIB = 1024 * 1024;

export class EcsMetrics {
  readonly #dependencies: EcsMetricsDependencies;
  readonly #periodMs: number;
  #marks = new Map<string, Mark>();
  #cancel: Cancel;

  constructor(dependencies: EcsMetricsDependencies) {
    this.#dependencies = dependencies;
    this.#periodMs = 60_000 / dependencies.speed;
    this.#cancel = this.#atNextMinute();
  }

  close(): void {
    this.#cancel();
  }

  #atNextMinute(): Cancel {
    const { clock } = this.#dependencies;
    const next = Math.floor(clock.now() / this.#periodMs + 1) * this.#periodMs;
    return clock.at(next, () => {
      // The values are those of the minute that has just ended.
      this.#measure(next - this.#periodMs);
      this.#cancel = this.#atNextMinute();
    });
  }

  #measure(timestamp: number): void {
    const { clock, sink, tasks, insights, usage } = this.#dependencies;
    const now = clock.now();
    const marks = new Map<string, Mark>();
    const reserved = new Map<string, Amounts>();
    for (const task of tasks()) {
      const used = usage(task.taskArn);
      if (used === undefined || task.serviceName === undefined) continue;
      marks.set(task.taskArn, { cpuMs: used.cpuMs, at: now });
      const before = this.#marks.get(task.taskArn);
      // A task is measured from its first whole minute on.
      if (before === undefined || now <= before.at) continue;
      const cpuUnits = Math.min(task.cpu, ((used.cpuMs - before.cpuMs) / (now - before.at)) * 1024);
      const memoryMib = used.memoryBytes / MIB;
      const dimensions = { ClusterName: task.clusterName, ServiceName: task.serviceName };
      const record = (name: string, value: number): void =>
        sink.record(task.region, "AWS/ECS", name, dimensions, value, timestamp, "Percent");
      record("CPUUtilization", (cpuUnits / task.cpu) * 100);
      record("MemoryUtilization", Math.min(100, (memoryMib / task.memory) * 100));
      const amounts = reserved.get(keyOf(task)) ?? { cpuUnits: 0, cpu: 0, memoryMib: 0, memory: 0 };
      reserved.set(keyOf(task), {
        cpuUnits: amounts.cpuUnits + cpuUnits,
        cpu: amounts.cpu + task.cpu,
        memoryMib: amounts.memoryMib + memoryMib,
        memory: amounts.memory + task.memory,
      });
    }
    this.#marks = marks;
    for (const service of insights()) recordInsights(sink, service, reserved.get(keyOf(service)), timestamp);
  }
}

interface Amounts {
  readonly cpuUnits: number;
  readonly cpu: number;
  readonly memoryMib: number;
  readonly memory: number;
}

function recordInsights(sink: MetricSink, service: MeasuredService, amounts: Amounts | undefined, timestamp: number): void {
  const { region, clusterName, serviceName, desired, running, pending } = service;
  const dimensions = { ClusterName: clusterName, ServiceName: serviceName };
  const record = (name: string, value: number, unit: string): void =>
    sink.record(region, "ECS/ContainerInsights", name, dimensions, value, timestamp, unit);
  record("DesiredTaskCount", desired, "Count");
  record("RunningTaskCount", running, "Count");
  record("PendingTaskCount", pending, "Count");
  if (amounts === undefined) return;
  record("CpuUtilized", amounts.cpuUnits, "None");
  record("CpuReserved", amounts.cpu, "None");
  record("MemoryUtilized", amounts.memoryMib, "Megabytes");
  record("MemoryReserved", amounts.memory, "Megabytes");
}

function keyOf({ region, clusterName, serviceName }: { region: string; clusterName: string; serviceName?: string }): string {
  return `${region}/${clusterName}/${serviceName}`;
}
