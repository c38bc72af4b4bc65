import { beforeEach, describe, expect, test } from "vitest";
import { EcsWorld, lonely, network, withBalancer } from "./ecs-world.testing.ts";

const names = { cluster: "demo", service: "api" };
const registry = "arn:aws:servicediscovery:eu-west-1:000000000000:service/srv-1";

let world: EcsWorld;

/** A service of four tasks that a third party deploys, and the definition `api:1`. */
beforeEach(async () => {
  world = new EcsWorld();
  await world.ask("CreateCluster", { clusterName: "demo", capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
  await world.register();
  await world.ask("CreateService", {
    cluster: "demo",
    serviceName: "api",
    desiredCount: 4,
    deploymentController: { type: "EXTERNAL" },
    healthCheckGracePeriodSeconds: 30,
    schedulingStrategy: "REPLICA",
    tags: [{ key: "team", value: "shop" }],
  });
});

async function create(more: object = {}) {
  const { taskSet } = await world.ask("CreateTaskSet", {
    ...names,
    taskDefinition: "api",
    launchType: "FARGATE",
    networkConfiguration: network,
    scale: { value: 100, unit: "PERCENT" },
    ...more,
  });
  if (taskSet?.id === undefined) throw new Error("no task set");
  return { ...taskSet, id: taskSet.id };
}

const shown = async (id: string) => (await world.ask("DescribeTaskSets", { ...names, taskSets: [id] })).taskSets?.[0];

describe("a service with the deployment controller EXTERNAL", () => {
  test("runs nothing and shows nothing of a task set until one is PRIMARY, then that one's parameters", async () => {
    world.clock.advanceBy(300_000);
    const empty = await world.api();
    expect(empty).toMatchObject({
      status: "ACTIVE",
      desiredCount: 4,
      runningCount: 0,
      deploymentController: { type: "EXTERNAL" },
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
      healthCheckGracePeriodSeconds: 30,
      deployments: [],
      taskSets: [],
      loadBalancers: [],
      tags: [{ key: "team", value: "shop" }],
    });
    for (const member of ["taskDefinition", "launchType", "platformVersion", "networkConfiguration"] as const)
      expect(empty?.[member]).toBeUndefined();
    const { id } = await create({ loadBalancers: [{ targetGroupArn: withBalancer, containerName: "app", containerPort: 8000 }] });
    expect((await world.api())?.taskDefinition).toBeUndefined();
    await world.ask("UpdateServicePrimaryTaskSet", { ...names, primaryTaskSet: id });
    world.clock.advanceBy(300_000);
    expect(await world.api()).toMatchObject({
      runningCount: 4,
      deployments: [],
      taskSets: [{ id, stabilityStatus: "STEADY_STATE" }],
      taskDefinition: expect.stringMatching(/api:1$/),
      launchType: "FARGATE",
      networkConfiguration: network,
      loadBalancers: [{ targetGroupArn: withBalancer }],
    });
  });

  test.each<[string, object, string]>([
    ["a task definition", { taskDefinition: "api" }, "TaskDefinition must be blank."],
    ["a network", { networkConfiguration: network }, "NetworkConfiguration must be null."],
    ["a launch type", { launchType: "FARGATE" }, "Specify launchType with CreateTaskSet."],
    ["a capacity provider", { capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] }, "Specify capacityProviderStrategy with"],
    ["a platform version", { platformVersion: "1.4.0" }, "Specify platformVersion with CreateTaskSet."],
    ["a target group", { loadBalancers: [{ targetGroupArn: withBalancer }] }, "Specify loadBalancers with CreateTaskSet."],
    ["a registry", { serviceRegistries: [{ registryArn: registry }] }, "Specify serviceRegistries with CreateTaskSet."],
    ["Service Connect", { serviceConnectConfiguration: { enabled: true } }, "serviceConnectConfiguration is not supported with"],
    [
      "a circuit breaker",
      { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } },
      "the third party deploys",
    ],
    ["a strategy", { deploymentConfiguration: { strategy: "CANARY" } }, "deploymentConfiguration.strategy is not supported"],
    ["DAEMON", { schedulingStrategy: "DAEMON" }, "The daemon scheduling strategy is not supported"],
  ])("cannot be created with %s", async (_what, more, message) => {
    await expect(
      world.ask("CreateService", { cluster: "demo", serviceName: "other", deploymentController: { type: "EXTERNAL" }, ...more }),
    ).rejects.toMatchObject({ name: "InvalidParameterException", message: expect.stringContaining(message) });
  });

  test.each<[string, object, string]>([
    [
      "the task definition",
      { taskDefinition: "api" },
      "Unable to update task definition on services with an EXTERNAL deployment controller.",
    ],
    ["the network", { networkConfiguration: network }, "Unable to update network configuration"],
    ["a new deployment", { forceNewDeployment: true }, "Unable to force a new deployment"],
    ["other bounds", { deploymentConfiguration: { maximumPercent: 150 } }, "Unable to update deploymentConfiguration"],
    ["exec", { enableExecuteCommand: true }, "Unable to update enableExecuteCommand"],
    [
      "another controller",
      { deploymentController: { type: "ECS" } },
      "does not move a service from the deployment controller EXTERNAL to ECS",
    ],
  ])("cannot be updated to %s", async (_what, change, message) => {
    await expect(world.ask("UpdateService", { ...names, ...change })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(message),
    });
  });

  test("is updated to another count, grace period and propagation of tags, which its task sets follow", async () => {
    const { id } = await create({ scale: { value: 50, unit: "PERCENT" } });
    world.clock.advanceBy(300_000);
    const change = { desiredCount: 6, healthCheckGracePeriodSeconds: 60, propagateTags: "SERVICE" as const };
    await world.ask("UpdateService", { ...names, ...change });
    expect(await world.api()).toMatchObject(change);
    world.clock.advanceBy(300_000);
    expect(await shown(id)).toMatchObject({ computedDesiredCount: 3, runningCount: 3, stabilityStatus: "STEADY_STATE" });
  });

  test("is not deleted while it is wanted or has task sets; by force its task sets drain, and then it is INACTIVE", async () => {
    await create();
    world.clock.advanceBy(300_000);
    await expect(world.ask("DeleteService", names)).rejects.toThrow("The service cannot be stopped while it is scaled above 0.");
    await world.ask("UpdateService", { ...names, desiredCount: 0 });
    world.clock.advanceBy(300_000);
    await expect(world.ask("DeleteService", names)).rejects.toThrow("The service cannot be stopped while deployments are active.");
    await world.ask("UpdateService", { ...names, desiredCount: 2 });
    world.clock.advanceBy(300_000);
    const { service } = await world.ask("DeleteService", { ...names, force: true });
    expect(service).toMatchObject({ status: "DRAINING", taskSets: [{ status: "DRAINING" }] });
    world.clock.advanceBy(300_000);
    expect(await world.api()).toMatchObject({ status: "INACTIVE", taskSets: [], runningCount: 0 });
  });

  test("without a task set is deleted like any other", async () => {
    await world.ask("UpdateService", { ...names, desiredCount: 0 });
    await world.ask("DeleteService", names);
    world.clock.advanceBy(0);
    expect(await world.api()).toMatchObject({ status: "INACTIVE" });
  });
});

describe("a task set", () => {
  test("is shown in full, alone and with its service, and its tasks say who started them", async () => {
    const created = await create({
      externalId: "release-7",
      loadBalancers: [{ targetGroupArn: withBalancer, containerName: "app", containerPort: 8000 }],
      tags: [{ key: "colour", value: "blue" }],
    });
    expect(created).toEqual({
      id: expect.stringMatching(/^ecs-svc\/\d{19}$/),
      taskSetArn: `arn:aws:ecs:eu-west-1:000000000000:task-set/demo/api/${created.id}`,
      serviceArn: "arn:aws:ecs:eu-west-1:000000000000:service/demo/api",
      clusterArn: "arn:aws:ecs:eu-west-1:000000000000:cluster/demo",
      externalId: "release-7",
      status: "ACTIVE",
      taskDefinition: "arn:aws:ecs:eu-west-1:000000000000:task-definition/api:1",
      computedDesiredCount: 4,
      pendingCount: 0,
      runningCount: 0,
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
      launchType: "FARGATE",
      platformVersion: "1.4.0",
      platformFamily: "Linux",
      networkConfiguration: network,
      loadBalancers: [{ targetGroupArn: withBalancer, containerName: "app", containerPort: 8000 }],
      serviceRegistries: [],
      scale: { value: 100, unit: "PERCENT" },
      stabilityStatus: "STABILIZING",
      stabilityStatusAt: created.createdAt,
      tags: [{ key: "colour", value: "blue" }],
    });
    world.clock.advanceBy(1_000);
    expect(await shown(created.id)).toMatchObject({ pendingCount: 4, runningCount: 0 });
    world.clock.advanceBy(300_000);
    const { tags: _tags, ...untagged } = created;
    const settled = await shown(created.id);
    expect(settled).toEqual({
      ...untagged,
      runningCount: 4,
      stabilityStatus: "STEADY_STATE",
      stabilityStatusAt: settled?.stabilityStatusAt,
      updatedAt: settled?.updatedAt,
    });
    expect((await world.api())?.taskSets).toMatchObject([{ id: created.id, tags: [{ key: "colour", value: "blue" }] }]);
    const { taskArns = [] } = await world.ask("ListTasks", { cluster: "demo", startedBy: created.id });
    expect(taskArns).toHaveLength(4);
    expect((await world.tasks()).map(({ startedBy, group }) => [startedBy, group])).toEqual(
      Array.from({ length: 4 }, () => [created.id, "service:api"]),
    );
  });

  test("is scaled, promoted and deleted by its id or its ARN, and no other changes", async () => {
    const blue = await create();
    const green = await create({ scale: { value: 30, unit: "PERCENT" } });
    world.clock.advanceBy(300_000);
    const { taskSet: scaled } = await world.ask("UpdateTaskSet", {
      ...names,
      taskSet: green.taskSetArn,
      scale: { value: 75, unit: "PERCENT" },
    });
    expect(scaled).toMatchObject({ id: green.id, computedDesiredCount: 3, runningCount: 2, stabilityStatus: "STABILIZING" });
    const { taskSet: promoted } = await world.ask("UpdateServicePrimaryTaskSet", { ...names, primaryTaskSet: green.id });
    expect(promoted).toMatchObject({ id: green.id, status: "PRIMARY" });
    const { taskSet: deleted } = await world.ask("DeleteTaskSet", { ...names, taskSet: blue.id, force: true });
    expect(deleted).toMatchObject({
      id: blue.id,
      status: "DRAINING",
      computedDesiredCount: 0,
      scale: { value: 0 },
      stabilityStatus: "STABILIZING",
    });
    world.clock.advanceBy(300_000);
    const { taskSets, failures } = await world.ask("DescribeTaskSets", { ...names, taskSets: [blue.id, green.taskSetArn ?? ""] });
    expect(taskSets).toMatchObject([{ id: green.id, status: "PRIMARY", runningCount: 3, stabilityStatus: "STEADY_STATE" }]);
    expect(failures).toEqual([{ arn: blue.id, reason: "MISSING" }]);
    expect((await world.ask("DescribeTaskSets", names)).taskSets).toHaveLength(1);
  });

  test("is created once under one client token, also by requests at the same time", async () => {
    const [first, second] = await Promise.all([create({ clientToken: "t-1" }), create({ clientToken: "t-1" })]);
    const third = await create({ clientToken: "t-1" });
    expect(new Set([first.id, second.id, third.id]).size).toBe(1);
    expect((await create({ clientToken: "t-2" })).id).not.toBe(first.id);
  });

  test("takes its scale from nowhere: without one it has no tasks", async () => {
    expect(await create({ scale: undefined })).toMatchObject({ computedDesiredCount: 0, scale: { value: 0, unit: "PERCENT" } });
  });

  test("carries tags of its own, by its ARN", async () => {
    const { taskSetArn: resourceArn } = await create();
    await world.ask("TagResource", { resourceArn, tags: [{ key: "a", value: "1" }] });
    expect(await world.ask("ListTagsForResource", { resourceArn })).toEqual({ tags: [{ key: "a", value: "1" }] });
    await expect(world.ask("ListTagsForResource", { resourceArn: `${resourceArn}0` })).rejects.toThrow("wasn't found");
  });

  test("that is deleted must be scaled to nothing and not be PRIMARY, or force is used", async () => {
    const blue = await create();
    const scaled = await create();
    for (const taskSet of [blue.id, scaled.id]) {
      await expect(world.ask("DeleteTaskSet", { ...names, taskSet })).rejects.toThrow("while it is scaled above 0");
    }
    await world.ask("DeleteTaskSet", { ...names, taskSet: scaled.id, force: true });
    expect((await world.api())?.taskSets?.map(({ id, status }) => [id, status])).toContainEqual([scaled.id, "DRAINING"]);
    await world.ask("UpdateServicePrimaryTaskSet", { ...names, primaryTaskSet: blue.id });
    await world.ask("UpdateTaskSet", { ...names, taskSet: blue.id, scale: { value: 0, unit: "PERCENT" } });
    await expect(world.ask("DeleteTaskSet", { ...names, taskSet: blue.id })).rejects.toThrow("Primary TaskSet cannot be deleted");
    await world.ask("DeleteTaskSet", { ...names, taskSet: blue.id, force: true });
    await expect(world.ask("UpdateServicePrimaryTaskSet", { ...names, primaryTaskSet: blue.id })).rejects.toThrow("is DRAINING");
    world.clock.advanceBy(0);
    await expect(world.ask("DeleteTaskSet", { ...names, taskSet: blue.id })).rejects.toMatchObject({ name: "TaskSetNotFoundException" });
  });

  const container = { containerName: "app", containerPort: 8000 };
  test.each<[string, object, string]>([
    ["101 percent", { scale: { value: 101, unit: "PERCENT" } }, "between 0 and 100"],
    ["less than nothing", { scale: { value: -1, unit: "PERCENT" } }, "between 0 and 100"],
    ["launch type EC2", { launchType: "EC2" }, "no container instances for launch type EC2"],
    ["launch type and strategy", { capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }] }, "both a launch type and"],
    ["no network", { networkConfiguration: undefined }, "Network Configuration must be provided"],
    [
      "a group without a load balancer",
      { loadBalancers: [{ targetGroupArn: lonely, ...container }] },
      "does not have an associated load balancer",
    ],
    [
      "two target groups",
      {
        loadBalancers: [
          { targetGroupArn: withBalancer, ...container },
          { targetGroupArn: withBalancer, ...container },
        ],
      },
      "at most one target group",
    ],
    [
      "a strategy's target groups",
      { loadBalancers: [{ targetGroupArn: withBalancer, ...container, advancedConfiguration: { roleArn: "r" } }] },
      "the third party moves the traffic",
    ],
    ["a client token with a space", { clientToken: "a b" }, "up to 36 ASCII characters"],
  ])("is refused with %s", async (_what, more, message) => {
    await expect(create(more)).rejects.toMatchObject({ name: "InvalidParameterException", message: expect.stringContaining(message) });
    expect((await world.api())?.taskSets).toEqual([]);
  });

  test("is refused by a service that ECS deploys, beside five others, and by one that is gone", async () => {
    for (let count = 0; count < 5; count++) await create({ scale: { value: 0, unit: "PERCENT" } });
    await expect(create()).rejects.toThrow(
      "5 deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.",
    );
    await world.ask("CreateService", {
      cluster: "demo",
      serviceName: "rolled",
      taskDefinition: "api",
      launchType: "FARGATE",
      networkConfiguration: network,
    });
    await expect(world.ask("DescribeTaskSets", { cluster: "demo", service: "rolled" })).rejects.toThrow(
      "Amazon ECS only supports task set management on services configured to use external deployment controllers.",
    );
    await world.ask("DeleteService", { ...names, force: true });
    await expect(create()).rejects.toMatchObject({ name: "ServiceNotActiveException" });
  });
});

test("EventBridge is told of the task set by its ARN: its new count, that it cannot start, and that it stands", async () => {
  const blue = await create();
  world.clock.advanceBy(300_000);
  const told = () =>
    world.told
      .filter(({ detailType }) => detailType === "ECS Service Action")
      .map(({ detail }) => [detail.eventName, ...(detail.taskSetArns === undefined ? [] : (detail.taskSetArns as string[]))]);
  expect(told()).toEqual([["TASKSET_STEADY_STATE", blue.taskSetArn], ["SERVICE_STEADY_STATE"]]);
  expect(world.told.find(({ detail }) => detail.eventName === "TASKSET_STEADY_STATE")).toMatchObject({
    source: "aws.ecs",
    resources: ["arn:aws:ecs:eu-west-1:000000000000:service/demo/api"],
    detail: { eventType: "INFO", clusterArn: "arn:aws:ecs:eu-west-1:000000000000:cluster/demo", createdAt: expect.stringMatching(/Z$/) },
  });
  world.told = [];
  await world.ask("UpdateService", { ...names, desiredCount: 2 });
  world.clock.advanceBy(0);
  expect(told().slice(0, 2)).toEqual([["SERVICE_DESIRED_COUNT_UPDATED"], ["SERVICE_DESIRED_COUNT_UPDATED", blue.taskSetArn]]);
  world.clock.advanceBy(300_000);
  world.told = [];
  world.behaviour = { ...world.behaviour, pullFailure: "CannotPullContainerError: no such image" };
  const green = await create({ scale: { value: 50, unit: "PERCENT" } });
  world.clock.advanceBy(300_000);
  expect(told()).toContainEqual(["SERVICE_TASK_START_IMPAIRED", green.taskSetArn]);
});

test("a task of a task set is registered in its registry under the name it has outside", async () => {
  const named = { region: "eu-west-1", id: "srv-1", arn: registry, name: "api", namespaceId: "ns-1", creatorRequestId: "", createdAt: 0 };
  world.cloudMap.services.put("eu-west-1/srv-1", { ...named, routingPolicy: "MULTIVALUE", customHealth: true });
  await create({ externalId: "release-7", serviceRegistries: [{ registryArn: registry }], scale: { value: 25, unit: "PERCENT" } });
  world.clock.advanceBy(300_000);
  expect(world.cloudMap.instancesOf("srv-1").map(({ attributes }) => attributes)).toEqual([
    { AWS_INSTANCE_IPV4: expect.any(String), ECS_TASK_SET_EXTERNAL_ID: "release-7" },
  ]);
});
