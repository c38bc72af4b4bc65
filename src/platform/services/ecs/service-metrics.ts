/**
 * `CPUUtilization` and `MemoryUtilization` of services in AWS/ECS, as Fargate measures them: percent of what the task
 * definition reserves, one sample a task and minute. A minute is an engine minute. Nothing is sampled, and no timer
 * runs, while no task of a service is running.
 */
import type { Cancel, Clock } from "../../../kit/clock.ts";
import { parseArn } from "../../../model/arn.ts";
import { eachEngineMinute } from "../cloudwatch/each-engine-minute.ts";
import type { MetricSink } from "../cloudwatch/metric-sink.ts";

/** A running task as far as it is measured. */
export interface MeasuredTask {
  readonly taskArn: string;
  /** `arn:aws:ecs:<region>:<account>:service/<cluster>/<service>` */
  readonly serviceArn: string;
  /** CPU units reserved; 1024 is one vCPU. */
  readonly cpu: number;
  /** MiB reserved. */
  readonly memory: number;
}

export interface ServiceMetricsDependencies {
  /** Wall time. */
  readonly clock: Clock;
  /** Engine seconds per wall second. */
  readonly speed: number;
  readonly usage: (taskArn: string) => { readonly cpuMs: number; readonly memoryBytes: number } | undefined;
  readonly metrics: MetricSink;
}

/** Shorter than this, the clock's ticks of CPU time are too coarse. */
const SHORTEST_SAMPLE_MS = 1_000;
const MIB = 1024 * 1024;

export class ServiceMetrics {
  readonly #with: ServiceMetricsDependencies;
  readonly #tasks = new Map<string, { readonly task: MeasuredTask; cpuMs: number; at: number }>();
  #cancel: Cancel | undefined;

  constructor(dependencies: ServiceMetricsDependencies) {
    this.#with = dependencies;
  }

  /** Measures a task from now on; measuring it twice changes nothing. */
  measure(task: MeasuredTask): void {
    if (this.#tasks.has(task.taskArn)) return;
    this.#tasks.set(task.taskArn, { task, cpuMs: this.#with.usage(task.taskArn)?.cpuMs ?? 0, at: this.#with.clock.now() });
    this.#cancel ??= eachEngineMinute({ ...this.#with, leastMs: SHORTEST_SAMPLE_MS }, (minuteStart) => {
      for (const measured of this.#tasks.values()) this.#sample(measured, minuteStart);
    });
  }

  forget(taskArn: string): void {
    if (this.#tasks.delete(taskArn) && this.#tasks.size === 0) this.close();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #sample(measured: { readonly task: MeasuredTask; cpuMs: number; at: number }, minuteStart: number): void {
    const { task } = measured;
    const use = this.#with.usage(task.taskArn);
    const service = parseArn(task.serviceArn);
    if (use === undefined || service === undefined) return;
    const now = this.#with.clock.now();
    const [, ClusterName = "", ServiceName = ""] = service.resource.split("/");
    const dimensions = { ClusterName, ServiceName };
    // Of a worked example: 250 ms of CPU in 1 s on a task of 512 units (half a vCPU) is 50 %.
    const cpu = ((use.cpuMs - measured.cpuMs) / Math.max(1, now - measured.at) / (task.cpu / 1024)) * 100;
    const memory = (use.memoryBytes / (task.memory * MIB)) * 100;
    this.#with.metrics.record(service.region, "AWS/ECS", "CPUUtilization", dimensions, Math.max(0, cpu), minuteStart, "Percent");
    this.#with.metrics.record(service.region, "AWS/ECS", "MemoryUtilization", dimensions, memory, minuteStart, "Percent");
    measured.cpuMs = use.cpuMs;
    measured.at = now;
  }
}
