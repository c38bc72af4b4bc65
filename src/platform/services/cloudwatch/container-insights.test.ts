import { expect, it } from "vitest";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { ContainerInsights, type CountedService } from "./container-insights.ts";

it("Container Insights counts tasks every engine minute, also when none runs, and not after it was closed", () => {
  const start = 1_700_000_040_000;
  const clock = new VirtualClock(start);
  const recorded: string[] = [];
  const service: CountedService = { region: "us-east-1", clusterName: "c", serviceName: "s", desired: 2, running: 0, pending: 1 };
  const insights = new ContainerInsights({
    clock,
    speed: 10,
    sink: {
      record: (region, namespace, name, dimensions, value, timestamp) =>
        recorded.push([region, namespace, name, dimensions.ServiceName, value, timestamp - start].join(" ")),
    },
    services: () => [service],
  });
  clock.advanceBy(6_000);
  expect(recorded).toEqual([
    "us-east-1 ECS/ContainerInsights DesiredTaskCount s 2 0",
    "us-east-1 ECS/ContainerInsights RunningTaskCount s 0 0",
    "us-east-1 ECS/ContainerInsights PendingTaskCount s 1 0",
  ]);
  clock.advanceBy(6_000);
  expect(recorded).toHaveLength(6);
  insights.close();
  expect(clock.nextDue()).toBeUndefined();
});
