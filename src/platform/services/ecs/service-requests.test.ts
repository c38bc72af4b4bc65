/** What CreateService, UpdateService and RegisterTaskDefinition fill in, refuse and set off. */
import { beforeEach, describe, expect, test } from "vitest";
import { EcsWorld, network, ofInstances, withBalancer } from "./ecs-world.testing.ts";

let world: EcsWorld;
beforeEach(() => {
  world = new EcsWorld();
});

test("a service that declares nothing reads back with ECS's defaults", async () => {
  await world.createApi();
  expect(await world.api()).toMatchObject({
    availabilityZoneRebalancing: "ENABLED",
    healthCheckGracePeriodSeconds: 0,
    deploymentConfiguration: {
      strategy: "ROLLING",
      minimumHealthyPercent: 100,
      maximumPercent: 200,
      bakeTimeInMinutes: 0,
      deploymentCircuitBreaker: {
        enable: false,
        rollback: false,
        resetOnHealthyTask: true,
        thresholdConfiguration: { type: "BOUNDED_PERCENT", value: 50 },
      },
    },
  });
});

describe("an update of", () => {
  const other = { awsvpcConfiguration: { subnets: ["subnet-c"], securityGroups: ["sg-1"] } };
  test.each([
    ["the network", { networkConfiguration: other }],
    ["the platform version", { platformVersion: "1.4.0" }],
    ["the load balancers", { loadBalancers: [] }],
    ["the registries", { serviceRegistries: [{ registryArn: "arn:aws:servicediscovery:eu-west-1:000000000000:service/srv-1" }] }],
    ["Service Connect", { serviceConnectConfiguration: { enabled: false } }],
    ["nothing, by force", { forceNewDeployment: true }],
  ])("%s starts a deployment", async (_what, change) => {
    await world.createApi();
    world.clock.advanceBy(120_000);
    const before = (await world.api())?.deployments?.[0]?.id;
    await world.ask("UpdateService", { cluster: "demo", service: "api", ...change });
    expect((await world.api())?.deployments?.map(({ id, status }) => [id === before, status])).toEqual([
      [false, "PRIMARY"],
      [true, "ACTIVE"],
    ]);
  });

  test("the task definition starts a deployment", async () => {
    await world.createApi();
    world.clock.advanceBy(120_000);
    await world.ask("UpdateService", { cluster: "demo", service: "api", taskDefinition: await world.register("app:2") });
    expect((await world.api())?.deployments).toHaveLength(2);
  });

  test.each([
    ["the desired count", { desiredCount: 3 }],
    ["the deployment configuration", { deploymentConfiguration: { minimumHealthyPercent: 50 } }],
    ["the grace period", { healthCheckGracePeriodSeconds: 60 }],
    ["zone rebalancing", { availabilityZoneRebalancing: "DISABLED" as const }],
    ["exec", { enableExecuteCommand: true }],
    ["the capacity provider strategy", { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] }],
  ])("%s starts none", async (_what, change) => {
    await world.createApi();
    world.clock.advanceBy(120_000);
    const before = await world.api();
    await world.ask("UpdateService", { cluster: "demo", service: "api", ...change });
    expect((await world.api())?.deployments?.map(({ id }) => id)).toEqual([before?.deployments?.[0]?.id]);
  });
});

test("a new capacity provider strategy is for tasks to come, until a forced deployment moves the others", async () => {
  await world.createApi();
  world.clock.advanceBy(120_000);
  await world.ask("UpdateService", {
    cluster: "demo",
    service: "api",
    desiredCount: 3,
    capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
  });
  world.clock.advanceBy(120_000);
  expect((await world.tasks()).map((task) => task.capacityProviderName ?? "").sort()).toEqual(["", "", "FARGATE_SPOT"]);
  await world.ask("UpdateService", { cluster: "demo", service: "api", forceNewDeployment: true });
  world.clock.advanceBy(300_000);
  expect((await world.tasks()).map((task) => task.capacityProviderName)).toEqual(["FARGATE_SPOT", "FARGATE_SPOT", "FARGATE_SPOT"]);
  expect((await world.api())?.taskDefinition).toMatch(/api:1$/);
});

test("the digest that an image's tag has at the first task is run by later tasks, until a forced deployment looks again", async () => {
  const images = () => world.launches.map(({ containers }) => containers[0]?.image);
  await world.createApi({ desiredCount: 1 });
  world.clock.advanceBy(120_000);
  world.digest = "sha256:def";
  await world.ask("UpdateService", { cluster: "demo", service: "api", desiredCount: 2 });
  world.clock.advanceBy(120_000);
  expect(images()).toEqual(["app@sha256:abc", "app@sha256:abc"]);
  const before = await world.api();
  await world.ask("UpdateService", { cluster: "demo", service: "api", forceNewDeployment: true });
  world.clock.advanceBy(300_000);
  const after = await world.api();
  expect(after?.taskDefinition).toBe(before?.taskDefinition);
  expect(after?.deployments?.[0]?.id).not.toBe(before?.deployments?.[0]?.id);
  expect(after?.deployments).toMatchObject([{ rolloutState: "COMPLETED", runningCount: 2 }]);
  expect(images().slice(2)).toEqual(["app@sha256:def", "app@sha256:def"]);
});

test("a provider of an Auto Scaling group is not found by a cluster, and no strategy has it, beside Fargate's or alone", async () => {
  const notFound = "The specified capacity provider was not found. Specify a valid name or ARN and try again: machines.";
  const notAssociated = "cannot contain a capacity provider that is not associated with the cluster";
  const capacityProviders = ["FARGATE", "machines"];
  await expect(world.ask("CreateCluster", { clusterName: "other", capacityProviders })).rejects.toThrow(notFound);
  await world.createApi();
  const put = { cluster: "demo", capacityProviders, defaultCapacityProviderStrategy: [] };
  await expect(world.ask("PutClusterCapacityProviders", put)).rejects.toThrow(notFound);
  const machines = { capacityProvider: "machines", weight: 1 };
  for (const capacityProviderStrategy of [[machines], [{ capacityProvider: "FARGATE", weight: 1 }, machines]]) {
    const asked = { cluster: "demo", taskDefinition: "api", networkConfiguration: network, capacityProviderStrategy };
    await expect(world.ask("RunTask", asked)).rejects.toThrow(notAssociated);
    await expect(world.ask("CreateService", { ...asked, serviceName: "mixed", desiredCount: 1 })).rejects.toThrow(notAssociated);
  }
  const { clusters } = await world.ask("DescribeClusters", { clusters: ["demo", "other"] });
  expect(clusters).toMatchObject([{ clusterName: "demo", capacityProviders: ["FARGATE", "FARGATE_SPOT"], activeServicesCount: 1 }]);
});

describe("what ECS refuses of a service:", () => {
  const strategy = (...capacityProviderStrategy: object[]) => ({ launchType: undefined, capacityProviderStrategy });
  const staged = (deploymentConfiguration: object) => ({ deploymentConfiguration });
  test.each<[string, object, string]>([
    [
      "the deployment controller CODE_DEPLOY",
      { deploymentController: { type: "CODE_DEPLOY" } },
      "has no CodeDeploy, so it does not carry out the deployment controller CODE_DEPLOY; use ECS with",
    ],
    ["DAEMON", { schedulingStrategy: "DAEMON" }, "The daemon scheduling strategy is not supported for tasks on Fargate."],
    [
      "launch type and strategy at once",
      { capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }] },
      "Specifying both a launch type and capacity provider strategy is not supported.",
    ],
    ["no weight at all", strategy({ capacityProvider: "FARGATE", base: 1 }), "any capacity provider with a weight greater than zero"],
    [
      "two bases",
      strategy({ capacityProvider: "FARGATE", base: 1, weight: 1 }, { capacityProvider: "FARGATE_SPOT", base: 1, weight: 1 }),
      "Only one capacity provider in a capacity provider strategy can have a base defined.",
    ],
    ["a provider the cluster does not have", strategy({ capacityProvider: "mine", weight: 1 }), "not associated with the cluster"],
    [
      "more than twenty providers",
      strategy(...Array.from({ length: 21 }, () => ({ capacityProvider: "FARGATE", weight: 1 }))),
      "at most 20 capacity providers",
    ],
    ...(["BOUNDED_PERCENT", "UNBOUNDED_PERCENT"] as const).flatMap((type) =>
      [0, 101].map((value): [string, object, string] => [
        `${value} as ${type}`,
        staged({ deploymentCircuitBreaker: { enable: true, thresholdConfiguration: { type, value } } }),
        "it must be between 1 and 100",
      ]),
    ),
    [
      "a threshold of nothing",
      staged({ deploymentCircuitBreaker: { enable: true, thresholdConfiguration: { type: "COUNT", value: 0 } } }),
      "it must be at least 1",
    ],
    ["blue/green without a bake time", staged({ strategy: "BLUE_GREEN" }), "bakeTimeInMinutes is required"],
    ["a bake before nothing", staged({ strategy: "BLUE_GREEN", bakeTimeInMinutes: -1 }), "bakeTimeInMinutes must be between 0 and 1440"],
    ["a bake of more than a day", staged({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 1441 }), "between 0 and 1440"],
    ["a step of 2.9 percent", staged({ strategy: "LINEAR", linearConfiguration: { stepPercent: 2.9 } }), "between 3.0 and 100.0"],
    ["a step of 100.1 percent", staged({ strategy: "LINEAR", linearConfiguration: { stepPercent: 100.1 } }), "between 3.0 and 100.0"],
    ["a step of 3.05 percent", staged({ strategy: "LINEAR", linearConfiguration: { stepPercent: 3.05 } }), "one decimal"],
    [
      "a step's bake before nothing",
      staged({ strategy: "LINEAR", linearConfiguration: { stepBakeTimeInMinutes: -1 } }),
      "stepBakeTimeInMinutes must be between 0 and 1440",
    ],
    [
      "a step's bake of more than a day",
      staged({ strategy: "LINEAR", linearConfiguration: { stepBakeTimeInMinutes: 1441 } }),
      "stepBakeTimeInMinutes must be between 0 and 1440",
    ],
    ["a canary of nothing", staged({ strategy: "CANARY", canaryConfiguration: { canaryPercent: 0 } }), "between 0.1 and 100.0"],
    ["a canary of 100.1 percent", staged({ strategy: "CANARY", canaryConfiguration: { canaryPercent: 100.1 } }), "between 0.1 and 100.0"],
    [
      "a canary's bake before nothing",
      staged({ strategy: "CANARY", canaryConfiguration: { canaryBakeTimeInMinutes: -1 } }),
      "canaryBakeTimeInMinutes must be between 0 and 1440",
    ],
    [
      "a canary's bake of more than a day",
      staged({ strategy: "CANARY", canaryConfiguration: { canaryBakeTimeInMinutes: 1441 } }),
      "canaryBakeTimeInMinutes must be between 0 and 1440",
    ],
    ...["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"].map((stage): [string, object, string] => [
      `a PAUSE at ${stage}, where only a function may be`,
      staged({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 0, lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: [stage] }] }),
      "A PAUSE hook cannot be set on TEST_TRAFFIC_SHIFT or PRODUCTION_TRAFFIC_SHIFT.",
    ]),
    ...["SCALE_UP", "BAKE_TIME", "CLEAN_UP"].map((stage): [string, object, string] => [
      `a hook at ${stage}`,
      staged({
        strategy: "BLUE_GREEN",
        bakeTimeInMinutes: 0,
        lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: ["POST_SCALE_UP", stage] }],
      }),
      `A lifecycle hook cannot be set on ${stage}.`,
    ]),
    [
      "a hook of no type, which is a function's, without a function",
      staged({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 0, lifecycleHooks: [{ lifecycleStages: ["POST_SCALE_UP"] }] }),
      "A lifecycle hook must have a hookTargetArn.",
    ],
    [
      "hooks of a rolling update",
      staged({ lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: ["POST_SCALE_UP"] }] }),
      "Lifecycle hooks are not supported with the ROLLING deployment strategy.",
    ],
  ])("%s", async (_what, more, message) => {
    await expect(world.createApi(more)).rejects.toThrow(message);
    expect((await world.ask("ListServices", { cluster: "demo" })).serviceArns).toEqual([]);
  });
});

test.each([
  ["blue/green", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 }],
  ["blue/green", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 1440 }],
  ["a linear shift", { strategy: "LINEAR", linearConfiguration: { stepPercent: 3, stepBakeTimeInMinutes: 0 } }],
  ["a linear shift", { strategy: "LINEAR", linearConfiguration: { stepPercent: 33.3, stepBakeTimeInMinutes: 6 } }],
  ["a linear shift", { strategy: "LINEAR", linearConfiguration: { stepPercent: 100, stepBakeTimeInMinutes: 1440 } }],
  ["a canary", { strategy: "CANARY", canaryConfiguration: { canaryPercent: 0.1, canaryBakeTimeInMinutes: 0 } }],
  ["a canary", { strategy: "CANARY", canaryConfiguration: { canaryPercent: 100, canaryBakeTimeInMinutes: 1440 } }],
] as const)("%s may be as %j", async (_strategy, deploymentConfiguration) => {
  await world.createApi({ deploymentConfiguration, loadBalancers: [] });
  expect((await world.api())?.deploymentConfiguration).toMatchObject(deploymentConfiguration);
});

test.each(["BOUNDED_PERCENT", "UNBOUNDED_PERCENT"] as const)("a threshold of %s is from 1 to 100", async (type) => {
  await world.createApi();
  for (const value of [1, 100]) {
    const deploymentCircuitBreaker = { enable: true, rollback: true, thresholdConfiguration: { type, value } };
    await world.ask("UpdateService", { cluster: "demo", service: "api", deploymentConfiguration: { deploymentCircuitBreaker } });
    expect((await world.api())?.deploymentConfiguration?.deploymentCircuitBreaker).toMatchObject({
      thresholdConfiguration: { type, value },
    });
  }
});

test("linear and canary have ECS's defaults", async () => {
  await world.createApi({ deploymentConfiguration: { strategy: "LINEAR" }, loadBalancers: [] });
  expect((await world.api())?.deploymentConfiguration?.linearConfiguration).toEqual({ stepPercent: 10, stepBakeTimeInMinutes: 6 });
  await world.ask("UpdateService", { cluster: "demo", service: "api", deploymentConfiguration: { strategy: "CANARY" } });
  expect((await world.api())?.deploymentConfiguration?.canaryConfiguration).toEqual({ canaryPercent: 5, canaryBakeTimeInMinutes: 10 });
});

test("a strategy the request leaves out is the cluster's default", async () => {
  await world.ask("CreateCluster", {
    clusterName: "demo",
    capacityProviders: ["FARGATE", "FARGATE_SPOT"],
    defaultCapacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
  });
  await world.ask("CreateService", {
    cluster: "demo",
    serviceName: "api",
    taskDefinition: await world.register(),
    desiredCount: 1,
    networkConfiguration: network,
  });
  world.clock.advanceBy(60_000);
  expect((await world.tasks()).map((task) => task.capacityProviderName)).toEqual(["FARGATE_SPOT"]);
});

describe("what ECS refuses of a container:", () => {
  const healthCheck = { command: ["CMD", "true"] };
  test.each<[string, object[], string]>([
    ["no essential one", [{ essential: false }], "at least one essential container"],
    ["a stop timeout below two seconds", [{ stopTimeout: 1 }], "between 2 and 120"],
    ["a stop timeout above two minutes", [{ stopTimeout: 121 }], "between 2 and 120"],
    ["a start timeout below two seconds", [{ startTimeout: 1 }], "between 2 and 120"],
    ["a start timeout above two minutes", [{ startTimeout: 121 }], "between 2 and 120"],
    ["an interval below five seconds", [{ healthCheck: { ...healthCheck, interval: 4 } }], "between 5 and 300"],
    ["an interval above five minutes", [{ healthCheck: { ...healthCheck, interval: 301 } }], "between 5 and 300"],
    ["a timeout below two seconds", [{ healthCheck: { ...healthCheck, timeout: 1 } }], "between 2 and 60"],
    ["a timeout above a minute", [{ healthCheck: { ...healthCheck, timeout: 61 } }], "between 2 and 60"],
    ["no retry", [{ healthCheck: { ...healthCheck, retries: 0 } }], "between 1 and 10"],
    ["eleven retries", [{ healthCheck: { ...healthCheck, retries: 11 } }], "between 1 and 10"],
    ["a start period below nothing", [{ healthCheck: { ...healthCheck, startPeriod: -1 } }], "between 0 and 300"],
    ["a start period above five minutes", [{ healthCheck: { ...healthCheck, startPeriod: 301 } }], "between 0 and 300"],
    ["a check that is no command", [{ healthCheck: { command: ["true"] } }], "CMD or CMD-SHELL"],
    ["COMPLETE of an essential one", [{}, { dependsOn: [{ containerName: "c0", condition: "COMPLETE" }] }], "cannot be set on it"],
    ["SUCCESS of an essential one", [{}, { dependsOn: [{ containerName: "c0", condition: "SUCCESS" }] }], "cannot be set on it"],
    ["HEALTHY of one without a check", [{}, { dependsOn: [{ containerName: "c0", condition: "HEALTHY" }] }], "has no health check"],
    [
      "more than fifty ignored exit codes",
      [{ restartPolicy: { enabled: true, ignoredExitCodes: Array.from({ length: 51 }, (_, code) => code) } }],
      "at most 50 codes",
    ],
    ["a restart attempt period below a minute", [{ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }], "between 60 and 1800"],
    [
      "a restart attempt period above half an hour",
      [{ restartPolicy: { enabled: true, restartAttemptPeriod: 1801 } }],
      "between 60 and 1800",
    ],
  ])("%s", async (_what, containers, message) => {
    const containerDefinitions = containers.map((container, index) => ({ name: `c${index}`, image: "app", ...container }));
    await expect(world.register("app", { containerDefinitions })).rejects.toThrow(message);
  });
});

test.each([
  ["least", { stop: 2, interval: 5, timeout: 2, retries: 1, startPeriod: 0, restart: 60, codes: 0 }],
  ["most", { stop: 120, interval: 300, timeout: 60, retries: 10, startPeriod: 300, restart: 1800, codes: 50 }],
])("what ECS takes of a container's times and counts at %s", async (_which, { stop, restart, codes, ...times }) => {
  const container = {
    name: "app",
    image: "app",
    stopTimeout: stop,
    startTimeout: stop,
    healthCheck: { command: ["CMD", "true"], ...times },
    restartPolicy: { enabled: true, restartAttemptPeriod: restart, ignoredExitCodes: Array.from({ length: codes }, (_, code) => code) },
  };
  const taskDefinition = await world.register("app", { containerDefinitions: [container] });
  const described = await world.ask("DescribeTaskDefinition", { taskDefinition });
  expect(described.taskDefinition?.containerDefinitions).toMatchObject([container]);
});

test("a container that declares nothing is essential, and its check has ECS's times", async () => {
  const containerDefinitions = [{ name: "app", image: "app", healthCheck: { command: ["CMD-SHELL", "true"] } }];
  const taskDefinition = await world.register("app", { containerDefinitions });
  const described = await world.ask("DescribeTaskDefinition", { taskDefinition });
  expect(described.taskDefinition?.containerDefinitions).toMatchObject([
    { essential: true, healthCheck: { interval: 30, timeout: 5, retries: 3 } },
  ]);
});

describe("a task of a service", () => {
  test("says who started it, and its version grows with every change", async () => {
    await world.createApi({ desiredCount: 1 });
    const [deployment] = (await world.api())?.deployments ?? [];
    expect(deployment?.id).toMatch(/^ecs-svc\/\d{19}$/);
    world.clock.advanceBy(0);
    const [born] = await world.tasks();
    expect(born).toMatchObject({ startedBy: deployment?.id, group: "service:api", lastStatus: "PROVISIONING" });
    world.clock.advanceBy(60_000);
    const [running] = await world.tasks();
    expect(running?.version).toBeGreaterThan(born?.version ?? 0);
    const at = [running?.createdAt, running?.pullStartedAt, running?.pullStoppedAt, running?.startedAt].map((date) => Number(date));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at.every((instant) => Number.isFinite(instant))).toBe(true);
  });

  test("that is stopped is DEACTIVATING behind its load balancer, replaced at once, and shown for an hour", async () => {
    await world.createApi({ desiredCount: 1 });
    world.clock.advanceBy(120_000);
    const [arn = ""] = (await world.tasks()).map(({ taskArn }) => taskArn ?? "");
    const { task } = await world.ask("StopTask", { cluster: "demo", task: arn });
    expect(task).toMatchObject({ desiredStatus: "STOPPED", lastStatus: "DEACTIVATING", stoppedReason: "Task stopped by user" });
    world.clock.advanceBy(0);
    expect((await world.tasks()).map(({ lastStatus }) => lastStatus)).toEqual(["PROVISIONING"]);
    world.clock.advanceBy(60_000);
    const shown = async () => (await world.ask("DescribeTasks", { cluster: "demo", tasks: [arn] })).tasks ?? [];
    const [stopped] = await shown();
    expect(stopped).toMatchObject({ lastStatus: "STOPPED", stopCode: "UserInitiated" });
    const at = [stopped?.startedAt, stopped?.stoppingAt, stopped?.executionStoppedAt, stopped?.stoppedAt].map(Number);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at.every((instant) => Number.isFinite(instant))).toBe(true);
    const hour = Number(stopped?.stoppedAt) + 3_600_000;
    world.clock.advanceBy(hour - 1 - world.clock.now());
    expect(await shown()).toHaveLength(1);
    world.clock.advanceBy(7 * 3_600_000);
    expect(await shown()).toEqual([]);
  });
});

test("a standalone task that fails its health check is not stopped for it", async () => {
  await world.ask("CreateCluster", { clusterName: "demo", capacityProviders: ["FARGATE"] });
  const healthCheck = { command: ["CMD", "true"], interval: 5, retries: 1 };
  const taskDefinition = await world.register("app", { containerDefinitions: [{ name: "app", image: "app", healthCheck }] });
  const { tasks } = await world.ask("RunTask", { cluster: "demo", taskDefinition, launchType: "FARGATE", networkConfiguration: network });
  const [arn = ""] = tasks?.map(({ taskArn }) => taskArn ?? "") ?? [];
  world.clock.advanceBy(60_000);
  world.runtime.setAnswering(arn, false);
  world.clock.advanceBy(3_600_000);
  expect((await world.ask("DescribeTasks", { cluster: "demo", tasks: [arn] })).tasks).toMatchObject([
    { lastStatus: "RUNNING", desiredStatus: "RUNNING", healthStatus: "UNHEALTHY" },
  ]);
});

test("a service's target groups are of addresses, as each task has one of its own", async () => {
  const loadBalancers = [{ targetGroupArn: ofInstances, containerName: "app", containerPort: 8000 }];
  await expect(world.createApi({ loadBalancers })).rejects.toThrow("has target type instance, which is incompatible with the awsvpc");
});

test("a service has five target groups at most", async () => {
  const loadBalancers = Array.from({ length: 6 }, (_, index) => ({
    targetGroupArn: `${withBalancer}${index}`,
    containerName: "app",
    containerPort: 8000,
  }));
  await expect(world.createApi({ loadBalancers })).rejects.toThrow("at most 5");
});
