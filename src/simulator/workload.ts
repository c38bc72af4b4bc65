/**
 * What a simulated service has to do in a minute, and what becomes of it: requests through its load balancer
 * (`RequestWorkload`), or messages in a queue where it has none (`QueueWorkload`).
 */
import type { TaskState } from "../engine/service/task-state.ts";
import type { MinuteMetrics } from "./scaling-model.ts";
import type { ServiceModel } from "./service-model.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** How much one request or message takes. */
export interface Work {
  /** CPU time on one vCPU. */
  readonly cpuMs: number;
  /** How long an unhurried one takes. */
  readonly latencyMs: number;
}

export interface WorkedMinute {
  /** Requests or messages that came in. */
  readonly requests: number;
  /** Requests that got no answer, among them those of earlier minutes that waited in a task that is gone. */
  readonly failed: number;
  /** Percent of the running tasks' CPU. */
  readonly utilization: number;
  readonly latencyMs: number;
  /** Healthy targets, or running workers, on average. */
  readonly serving: number;
  /** Tasks whose health checks time out because of what they have to do. */
  readonly late: number;
  /** Requests that wait in the tasks at its end. */
  readonly backlog?: number;
  /** Messages in the queue at its end. */
  readonly waiting?: number;
  readonly metrics: MinuteMetrics;
  readonly running: number;
}

export interface Workload {
  /** Lets a minute pass in the world, with `rps` coming in. */
  minute(rps: number): WorkedMinute;
  /** Nothing comes in any more. */
  end(): void;
}

export const MINUTE_MS = 60_000;
/** Percent of a task's memory: what a program holds anyway, and what full load adds. */
const MEMORY_AT_REST = 40;
const MEMORY_UNDER_LOAD = 20;

/** Requests a second that a task's CPU is enough for. */
export function capacityOf({ cpu }: ServiceModel, { cpuMs }: Work): number {
  return ((cpu / 1024) * 1000) / cpuMs;
}

export function memoryAt(pressure: number): number {
  return MEMORY_AT_REST + MEMORY_UNDER_LOAD * Math.min(1, pressure);
}

export function runningTasks(world: SimulatedWorld, name: string): TaskState[] {
  return world.tasks(name).filter(({ lastStatus }) => lastStatus === "RUNNING");
}
