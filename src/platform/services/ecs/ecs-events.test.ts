import { beforeEach, expect, test } from "vitest";
import { wellBehaved } from "../../../simulator/simulated-runtime.ts";
import { EcsWorld, network, withBalancer } from "./ecs-world.testing.ts";

const cluster = "arn:aws:ecs:eu-west-1:000000000000:cluster/demo";
const service = "arn:aws:ecs:eu-west-1:000000000000:service/demo/api";

let world: EcsWorld;

beforeEach(async () => {
  world = new EcsWorld();
  await world.ask("CreateCluster", { clusterName: "demo", capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
  await world.register();
});

async function create(more: object = {}): Promise<void> {
  await world.ask("CreateService", {
    cluster: "demo",
    serviceName: "api",
    taskDefinition: "api",
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: network,
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    ...more,
  });
}

/** What is world.told of the service. */
const notices = () => world.told.filter(({ detailType }) => detailType !== "ECS Task State Change");
const names = () => notices().map(({ detail }) => detail.eventName);

test("a service that is made tells of its deployment, its tasks' way and its steady state, in order", async () => {
  await create();
  world.clock.advanceBy(120_000);
  expect(names()).toEqual(["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE"]);
  const [begun, completed, steady] = notices();
  const id = String(begun?.detail.deploymentId);
  expect(begun).toMatchObject({
    source: "aws.ecs",
    detailType: "ECS Deployment State Change",
    resources: [service],
    detail: { eventType: "INFO", deploymentId: expect.stringMatching(/^ecs-svc\/\d{19}$/), reason: `ECS deployment ${id} in progress.` },
  });
  expect(completed?.detail).toMatchObject({ deploymentId: id, reason: `ECS deployment ${id} completed.` });
  expect(steady).toMatchObject({ detailType: "ECS Service Action", detail: { eventType: "INFO", clusterArn: cluster } });

  const tasks = world.told.filter(({ detailType }) => detailType === "ECS Task State Change");
  const steps = [...new Set(tasks.map(({ detail }) => detail.lastStatus))];
  expect(steps).toEqual(["PROVISIONING", "PENDING", "RUNNING"]);
  const versions = tasks.map(({ detail }) => Number(detail.version));
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  expect(tasks.at(-1)?.detail).toMatchObject({ startedBy: id, group: "service:api", connectivity: "CONNECTED" });
});

const balanced = { loadBalancers: [{ targetGroupArn: withBalancer, containerName: "app", containerPort: 8000 }] };

test.each([
  ["with nothing in front of it", {}, ["RUNNING", "STOPPING", "DEPROVISIONING", "STOPPED"]],
  ["behind a load balancer", balanced, ["RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]],
])("a task %s tells of every state in which it is for a while", async (_where, more, statuses) => {
  await create(more);
  world.clock.advanceBy(120_000);
  const [taskArn = ""] = (await world.tasks()).map((task) => task.taskArn);
  const told = (): string[] => [
    ...new Set(world.told.filter(({ detail }) => detail.taskArn === taskArn).map(({ detail }) => String(detail.lastStatus))),
  ];
  expect(told()).toEqual(["PROVISIONING", "PENDING", "RUNNING"]);
  await world.ask("StopTask", { cluster: "demo", task: taskArn });
  world.clock.advanceBy(120_000);
  expect(told()).toEqual(["PROVISIONING", "PENDING", ...statuses]);
});

test("another desired count is told", async () => {
  await create();
  world.clock.advanceBy(120_000);
  world.told = [];
  await world.ask("UpdateService", { cluster: "demo", service: "api", desiredCount: 3 });
  world.clock.advanceBy(120_000);
  expect(names()).toEqual(["SERVICE_DESIRED_COUNT_UPDATED", "SERVICE_STEADY_STATE"]);
  expect(notices()[0]?.detail).toMatchObject({ desiredCount: 3 });
});

test("a deployment whose tasks fail tells of its failure, of the way back and of the arrival there", async () => {
  await create();
  world.clock.advanceBy(120_000);
  const first = notices()[0]?.detail.deploymentId;
  world.told = [];
  world.behaviour = { ...wellBehaved, pullFailure: "CannotPullContainerError: no such image" };
  await world.register("app:2");
  await world.ask("UpdateService", { cluster: "demo", service: "api", taskDefinition: "api" });
  world.clock.advanceBy(30 * 60_000);
  expect(names()).toEqual([
    "SERVICE_DEPLOYMENT_IN_PROGRESS",
    "SERVICE_TASK_START_IMPAIRED",
    "SERVICE_DEPLOYMENT_FAILED",
    "SERVICE_DEPLOYMENT_IN_PROGRESS",
    "SERVICE_DEPLOYMENT_COMPLETED",
    "SERVICE_STEADY_STATE",
  ]);
  const [begun, , failed, back] = notices();
  expect(failed?.detail).toMatchObject({
    eventType: "ERROR",
    deploymentId: begun?.detail.deploymentId,
    reason: "ECS deployment circuit breaker: tasks failed to start.",
  });
  expect(back?.detail).toMatchObject({
    deploymentId: first,
    reason: `ECS deployment circuit breaker: rolling back to deploymentId ${first}.`,
  });
});

test("a task for which there is no capacity tells where there was none", async () => {
  world.provisioning = {
    afterMs: 1_000,
    failure: "Capacity is unavailable at this time. Please try again later or in a different availability zone",
  };
  await create({ launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] });
  world.clock.advanceBy(5_000);
  const failure = notices().find(({ detail }) => detail.eventName === "SERVICE_TASK_PLACEMENT_FAILURE");
  expect(failure?.detail).toEqual({
    eventType: "ERROR",
    eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
    clusterArn: cluster,
    capacityProviderArns: ["arn:aws:ecs:eu-west-1:000000000000:capacity-provider/FARGATE_SPOT"],
    reason: "RESOURCE:FARGATE",
    createdAt: expect.stringMatching(/Z$/),
  });
});

test("Fargate's capacity providers are told as steady when a deployment begins and whenever the service is, and of no launch type", async () => {
  const capacityProviderStrategy = [
    { capacityProvider: "FARGATE", base: 1, weight: 1 },
    { capacityProvider: "FARGATE_SPOT", weight: 3 },
  ];
  await create({ launchType: undefined, capacityProviderStrategy });
  world.clock.advanceBy(120_000);
  expect(names()).toEqual([
    "SERVICE_DEPLOYMENT_IN_PROGRESS",
    "CAPACITY_PROVIDER_STEADY_STATE",
    "SERVICE_DEPLOYMENT_COMPLETED",
    "SERVICE_STEADY_STATE",
    "CAPACITY_PROVIDER_STEADY_STATE",
  ]);
  expect(notices().at(-1)).toMatchObject({
    detailType: "ECS Service Action",
    resources: [service],
    detail: {
      eventType: "INFO",
      clusterArn: cluster,
      capacityProviderArns: ["FARGATE", "FARGATE_SPOT"].map((name) => `arn:aws:ecs:eu-west-1:000000000000:capacity-provider/${name}`),
    },
  });
  world.told = [];
  world.clock.advanceBy(6 * 3_600_000);
  expect(names()).toEqual(["SERVICE_STEADY_STATE", "CAPACITY_PROVIDER_STEADY_STATE"]);
});

test("a Spot task that is reclaimed tells so while it still runs", async () => {
  await create({ launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] });
  world.clock.advanceBy(120_000);
  const running = world.told.find(({ detail }) => detail.lastStatus === "RUNNING");
  world.told = [];
  world.controller.interruptSpot(String(running?.detail.taskArn));
  world.clock.advanceBy(0);
  const warning = world.told.find(({ detail }) => detail.stopCode === "SpotInterruption");
  expect(warning?.detail).toMatchObject({
    taskArn: running?.detail.taskArn,
    desiredStatus: "STOPPED",
    stoppedReason: "Your Spot Task was interrupted.",
  });
});

const registry = { serviceRegistries: [{ registryArn: "arn:aws:servicediscovery:eu-west-1:000000000000:service/srv-1" }] };
const complaint = "(service api) operations are being throttled. Will try again later.";
const messages = async () => ((await world.api())?.events ?? []).map(({ message }) => message);

test("a load balancer that takes no more calls is told once, and registers its targets when it takes them again", async () => {
  world.throttling.add("elastic-load-balancing");
  await create(balanced);
  world.clock.advanceBy(300_000);
  expect((await messages()).filter((message) => message === complaint)).toHaveLength(1);
  expect(notices().filter(({ detail }) => detail.eventName === "ECS_OPERATION_THROTTLED")).toMatchObject([
    { detailType: "ECS Service Action", resources: [service], detail: { eventType: "ERROR", clusterArn: cluster } },
  ]);
  expect((await world.api())?.deployments?.[0]?.rolloutState).toBe("IN_PROGRESS");
  world.throttling.clear();
  world.clock.advanceBy(120_000);
  expect(names().at(-1)).toBe("SERVICE_STEADY_STATE");
});

test("a Cloud Map that takes no more calls has a notice of its own, and no task ends before it is out of the registry", async () => {
  world.throttling.add("cloud-map");
  await create(registry);
  world.clock.advanceBy(60_000);
  expect(names()).toContain("SERVICE_DISCOVERY_OPERATION_THROTTLED");
  expect(names()).not.toContain("ECS_OPERATION_THROTTLED");
  expect(await messages()).toContain(complaint);
  expect(world.registryCalls).toEqual([]);
  world.throttling.clear();
  world.clock.advanceBy(60_000);
  expect(world.registryCalls).toEqual(["register"]);
  world.throttling.add("cloud-map");
  await world.ask("UpdateService", { cluster: "demo", service: "api", desiredCount: 0 });
  world.clock.advanceBy(300_000);
  expect((await world.tasks("STOPPED")).map(({ lastStatus }) => lastStatus)).toEqual(["DEACTIVATING"]);
  world.throttling.clear();
  world.clock.advanceBy(120_000);
  expect(world.registryCalls).toEqual(["register", "deregister"]);
  expect((await world.tasks("STOPPED")).map(({ lastStatus }) => lastStatus)).toEqual(["STOPPED"]);
});

test("a task in a registry that falls ill is told as an unhealthy instance, one in none is not", async () => {
  const healthCheck = { command: ["CMD", "true"], interval: 5, timeout: 2, retries: 2 };
  await world.register("app:2", { containerDefinitions: [{ name: "app", image: "app:2", healthCheck }] });
  await create(registry);
  await create({ serviceName: "alone" });
  world.clock.advanceBy(120_000);
  world.told = [];
  for (const { taskArn } of world.runtime.running()) world.runtime.setAnswering(taskArn, false);
  world.clock.advanceBy(30_000);
  const unhealthy = notices().filter(({ detail }) => detail.eventName === "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY");
  expect(unhealthy).toMatchObject([{ resources: [service], detail: { eventType: "WARN", clusterArn: cluster } }]);
  expect((await messages()).some((message) => message?.endsWith("failed container health checks."))).toBe(true);
});
