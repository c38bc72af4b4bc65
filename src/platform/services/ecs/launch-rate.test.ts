import { expect, test } from "vitest";
import { EcsWorld, network } from "./ecs-world.testing.ts";
import { LaunchRate } from "./launch-rate.ts";

test("Fargate launches a hundred tasks at once and twenty a second, On-Demand and Spot apart, and ECS says that it waits", async () => {
  const world = new EcsWorld();
  world.launchRate = new LaunchRate(world.clock);
  await world.ask("CreateCluster", { clusterName: "demo", capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
  const service = { cluster: "demo", serviceName: "api", taskDefinition: await world.register(), networkConfiguration: network };
  await world.ask("CreateService", { ...service, desiredCount: 130, launchType: "FARGATE" });
  const capacityProviderStrategy = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];
  await world.ask("CreateService", { ...service, serviceName: "spotty", desiredCount: 100, capacityProviderStrategy });
  const launched = (name: string) =>
    world.told.filter(
      ({ detailType, detail }) =>
        detailType === "ECS Task State Change" && detail.group === `service:${name}` && detail.lastStatus === "PENDING",
    ).length;
  // The simulated network takes five seconds, and a refused launch waits for one first.
  world.clock.advanceBy(5_500);
  expect([launched("api"), launched("spotty")]).toEqual([100, 100]);
  const later = Array.from({ length: 3 }, () => {
    world.clock.advanceBy(1_000);
    return [launched("api"), launched("spotty")];
  });
  // Twenty in the first second; who was refused twice waits for two.
  expect(later).toEqual([
    [120, 100],
    [120, 100],
    [130, 100],
  ]);
  world.clock.advanceBy(120_000);
  const messages = (await world.api())?.events?.map(({ message }) => message) ?? [];
  expect(messages.filter((message) => message === "(service api) operations are being throttled. Will try again later.")).toHaveLength(1);
  expect((await world.api())?.runningCount).toBe(130);
});
