import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { EcsMetrics, type MeasuredService, type MeasuredTask, type TaskUsage } from "./ecs-metrics.ts";

/** Metrics at speed 10 of tasks that use what the test says; one minute is six seconds of the wall. */
function world() {
  const clock = new VirtualClock(1_700_000_040_000);
  const recorded: string[] = [];
  const usage = new Map<string, TaskUsage>();
  let tasks: MeasuredTask[] = [];
  let insights: MeasuredService[] = [];
  const metrics = new EcsMetrics({
    clock,
    speed: 10,
    sink: {
      record: (_region, namespace, name, { ServiceName }, value, timestamp) =>
        recorded.push(`${namespace} ${name} ${ServiceName} ${value} @${timestamp - 1_700_000_040_000}`),
    },
    tasks: () => tasks,
    insights: () => insights,
    usage: (taskArn) => usage.get(taskArn),
  });
  const task = (taskArn: string, serviceName?: string): MeasuredTask => ({
    taskArn,
    region: "us-east-1",
    clusterName: "c",
    cpu: 512,
    memory: 1024,
    ...(serviceName === undefined ? {} : { serviceName }),
  });
  return {
    clock,
    metrics,
    task,
    usage,
    run: (running: MeasuredTask[], counted: MeasuredService[] = []) => {
      tasks = running;
      insights = counted;
    },
    minute: () => {
      clock.advanceBy(6_000);
      return recorded.splice(0);
    },
  };
}

describe("the metrics of ECS", () => {
  it("are what tasks used of their size in the minute before, from their first whole minute on", () => {
    const { run, task, usage, minute, metrics } = world();
    run([task("a", "s"), task("b", "s"), task("alone")]);
    usage.set("a", { cpuMs: 100, memoryBytes: 256 * 1024 * 1024 });
    usage.set("alone", { cpuMs: 0, memoryBytes: 1 });
    expect(minute()).toEqual([]);
    usage.set("a", { cpuMs: 1_600, memoryBytes: 512 * 1024 * 1024 });
    expect(minute()).toEqual(["AWS/ECS CPUUtilization s 50 @6000", "AWS/ECS MemoryUtilization s 50 @6000"]);
    metrics.close();
  });

  it("stay within 100 percent, whatever a task takes", () => {
    const { run, task, usage, minute, metrics } = world();
    run([task("a", "s")]);
    usage.set("a", { cpuMs: 0, memoryBytes: 0 });
    minute();
    usage.set("a", { cpuMs: 12_000, memoryBytes: 4096 * 1024 * 1024 });
    expect(minute()).toEqual(["AWS/ECS CPUUtilization s 100 @6000", "AWS/ECS MemoryUtilization s 100 @6000"]);
    metrics.close();
  });

  it("count tasks of a cluster with Container Insights, also when none runs", () => {
    const { run, minute, metrics } = world();
    run([], [{ region: "us-east-1", clusterName: "c", serviceName: "s", desired: 2, running: 0, pending: 1 }]);
    expect(minute()).toEqual([
      "ECS/ContainerInsights DesiredTaskCount s 2 @0",
      "ECS/ContainerInsights RunningTaskCount s 0 @0",
      "ECS/ContainerInsights PendingTaskCount s 1 @0",
    ]);
    metrics.close();
  });
});
