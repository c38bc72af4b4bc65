import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { ServiceMetrics } from "./service-metrics.ts";

describe("what a service's tasks use", () => {
  const serviceArn = "arn:aws:ecs:us-east-1:000000000000:service/fsd-local/api";

  it("is a percentage of what the task definition reserves, once an engine minute", () => {
    const clock = new VirtualClock(0);
    const recorded: [name: string, value: number, at: number][] = [];
    let cpuMs = 1_000;
    const metrics = new ServiceMetrics({
      clock,
      speed: 10,
      usage: () => ({ cpuMs, memoryBytes: 128 * 1024 * 1024 }),
      metrics: {
        record: (region, namespace, name, dimensions, value, at) => {
          expect([region, namespace, dimensions]).toEqual(["us-east-1", "AWS/ECS", { ClusterName: "fsd-local", ServiceName: "api" }]);
          recorded.push([name, value, at]);
        },
      },
    });
    metrics.measure({ taskArn: "a", serviceArn, cpu: 512, memory: 512 });
    clock.advanceBy(5_999);
    expect(recorded).toEqual([]);
    cpuMs += 1_500;
    clock.advanceBy(1);
    expect(recorded).toEqual([
      ["CPUUtilization", 50, 0],
      ["MemoryUtilization", 25, 0],
    ]);
    metrics.forget("a");
    expect(clock.nextDue()).toBeUndefined();
  });

  it("is not told of a task that is gone", () => {
    const clock = new VirtualClock(0);
    const recorded: string[] = [];
    const metrics = new ServiceMetrics({
      clock,
      speed: 10,
      usage: () => undefined,
      metrics: { record: (_, __, name) => recorded.push(name) },
    });
    metrics.measure({ taskArn: "a", serviceArn, cpu: 256, memory: 512 });
    clock.advanceBy(6_000);
    expect(recorded).toEqual([]);
    metrics.close();
  });
});
