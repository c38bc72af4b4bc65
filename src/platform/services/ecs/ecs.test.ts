import { beforeEach, expect, test } from "vitest";
import type { VirtualClock } from "../../../kit/virtual-clock.ts";
import { runHookCommand } from "./command-hooks.ts";
import { EcsWorld, lonely, network, withBalancer } from "./ecs-world.testing.ts";

let world: EcsWorld;
let clock: VirtualClock;
let ecs: EcsWorld["ask"];
const register: EcsWorld["register"] = (...how) => world.register(...how);
const createApi: EcsWorld["createApi"] = (more) => world.createApi(more);
const describeApi = () => world.api();

beforeEach(() => {
  world = new EcsWorld();
  clock = world.clock;
  ecs = (operation, input) => world.ask(operation, input);
});

test("lets the runtime open its network as soon as there is a cluster that tasks may come to", async () => {
  await ecs("CreateCluster", { clusterName: "demo" });
  expect(world.expected).toBe(1);
  await ecs("CreateCluster", { clusterName: "demo" });
  expect(world.expected).toBe(1);
});

test("a created service reaches a steady state and is described as ECS does", async () => {
  await createApi();
  clock.advanceBy(120_000);
  const service = await describeApi();
  expect(service).toMatchObject({
    serviceArn: "arn:aws:ecs:eu-west-1:000000000000:service/demo/api",
    status: "ACTIVE",
    desiredCount: 2,
    runningCount: 2,
    pendingCount: 0,
    launchType: "FARGATE",
    taskDefinition: "arn:aws:ecs:eu-west-1:000000000000:task-definition/api:1",
  });
  expect(service?.deployments).toHaveLength(1);
  expect(service?.deployments?.[0]).toMatchObject({ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 2, failedTasks: 0 });
  expect(service?.events?.[0]?.message).toBe("(service api) has reached a steady state.");

  const { taskArns } = await ecs("ListTasks", { cluster: "demo", serviceName: "api" });
  const { tasks } = await ecs("DescribeTasks", { cluster: "demo", tasks: taskArns });
  expect(tasks?.map((task) => task.availabilityZone).sort()).toEqual(["eu-west-1a", "eu-west-1b"]);
  expect(tasks?.[0]).toMatchObject({ lastStatus: "RUNNING", group: "service:api", memory: "512", healthStatus: "UNKNOWN" });
  expect(tasks?.[0]?.attachments?.[0]?.details?.map((detail) => detail.name)).toContain("privateIPv4Address");
});

test("only what changes the revision starts a deployment", async () => {
  await createApi();
  clock.advanceBy(120_000);
  const before = (await describeApi())?.deployments?.[0]?.id;
  await ecs("UpdateService", { cluster: "demo", service: "api", taskDefinition: "api:1", networkConfiguration: network, desiredCount: 3 });
  expect((await describeApi())?.deployments?.[0]?.id).toBe(before);
  await ecs("UpdateService", { cluster: "demo", service: "api", forceNewDeployment: true });
  const service = await describeApi();
  expect(service?.deployments?.map((deployment) => deployment.status)).toEqual(["PRIMARY", "ACTIVE"]);
  clock.advanceBy(300_000);
  expect((await describeApi())?.deployments?.map((deployment) => deployment.rolloutState)).toEqual(["COMPLETED"]);
  const { serviceDeployments } = await ecs("ListServiceDeployments", { cluster: "demo", service: "api" });
  expect(serviceDeployments?.map((deployment) => deployment.status)).toEqual(["SUCCESSFUL", "SUCCESSFUL"]);
  const { serviceRevisions } = await ecs("DescribeServiceRevisions", {
    serviceRevisionArns: [serviceDeployments?.[0]?.targetServiceRevisionArn ?? ""],
  });
  expect(serviceRevisions?.[0]?.containerImages).toEqual([{ containerName: "app", image: "app:1", imageDigest: "sha256:abc" }]);
});

test("a service revision keeps what was deployed, whatever is deployed after it", async () => {
  await createApi();
  clock.advanceBy(120_000);
  const before = await describeApi();
  await ecs("UpdateService", { cluster: "demo", service: "api", taskDefinition: await register("app:2"), loadBalancers: [] });
  clock.advanceBy(300_000);
  const { serviceDeployments = [] } = await ecs("ListServiceDeployments", { cluster: "demo", service: "api" });
  const { serviceRevisions = [] } = await ecs("DescribeServiceRevisions", {
    serviceRevisionArns: serviceDeployments.map(({ targetServiceRevisionArn = "" }) => targetServiceRevisionArn),
  });
  const image = (name: string) => [{ containerName: "app", image: name, imageDigest: "sha256:abc" }];
  expect(serviceRevisions).toMatchObject([
    { taskDefinition: expect.stringMatching(/api:2$/), containerImages: image("app:2"), networkConfiguration: network },
    {
      taskDefinition: expect.stringMatching(/api:1$/),
      containerImages: image("app:1"),
      networkConfiguration: network,
      launchType: "FARGATE",
      loadBalancers: before?.loadBalancers,
    },
  ]);
  expect(before?.loadBalancers).toHaveLength(1);
  expect(serviceRevisions[0]?.loadBalancers ?? []).toEqual([]);
});

test("a deleted service drains, becomes INACTIVE and may be created anew", async () => {
  await createApi();
  clock.advanceBy(120_000);
  await expect(ecs("DeleteService", { cluster: "demo", service: "api" })).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: "The service cannot be stopped while it is scaled above 0.",
  });
  await ecs("DeleteService", { cluster: "demo", service: "api", force: true });
  expect((await describeApi())?.status).toBe("DRAINING");
  await expect(createApi()).rejects.toThrow("Unable to Start a service that is still Draining.");
  clock.advanceBy(120_000);
  expect((await describeApi())?.status).toBe("INACTIVE");
  await createApi();
  expect((await describeApi())?.status).toBe("ACTIVE");
  await ecs("UpdateService", { cluster: "demo", service: "api", desiredCount: 0 });
  await ecs("DeleteService", { cluster: "demo", service: "api" });
  clock.advanceBy(120_000);
  expect((await describeApi())?.status).toBe("INACTIVE");
});

test("a standalone task runs with overrides, and a stop gives its reason", async () => {
  await createApi();
  const { tasks } = await ecs("RunTask", {
    cluster: "demo",
    taskDefinition: "api",
    launchType: "FARGATE",
    networkConfiguration: network,
    startedBy: "me",
    overrides: { containerOverrides: [{ name: "app", command: ["migrate"] }] },
  });
  const [arn = ""] = tasks?.map((task) => task.taskArn ?? "") ?? [];
  expect(tasks?.[0]).toMatchObject({ lastStatus: "PROVISIONING", group: "family:api", startedBy: "me" });
  clock.advanceBy(60_000);
  expect((await ecs("DescribeTasks", { cluster: "demo", tasks: [arn] })).tasks?.[0]?.lastStatus).toBe("RUNNING");
  const { task } = await ecs("StopTask", { cluster: "demo", task: arn, reason: "enough" });
  expect(task).toMatchObject({ desiredStatus: "STOPPED", stopCode: "UserInitiated", stoppedReason: "enough" });
  clock.advanceBy(60_000);
  const [stopped] = (await ecs("DescribeTasks", { cluster: "demo", tasks: [arn] })).tasks ?? [];
  expect(stopped).toMatchObject({ lastStatus: "STOPPED", stopCode: "UserInitiated" });
  expect((await ecs("ListTasks", { cluster: "demo", desiredStatus: "STOPPED" })).taskArns).toEqual([arn]);
});

test("a list gives at most 100 at once, and is not asked for more", async () => {
  await createApi();
  for (const maxResults of [0, 101]) {
    const refusal = { name: "InvalidParameterException", message: "maxResults must be between 1 and 100." };
    await expect(ecs("ListClusters", { maxResults })).rejects.toMatchObject(refusal);
    await expect(ecs("ListServices", { cluster: "demo", maxResults })).rejects.toMatchObject(refusal);
    await expect(ecs("ListTasks", { cluster: "demo", maxResults })).rejects.toMatchObject(refusal);
    await expect(ecs("ListTaskDefinitions", { maxResults })).rejects.toMatchObject(refusal);
    await expect(ecs("ListTaskDefinitions", { maxResults, sort: "DESC" })).rejects.toMatchObject(refusal);
    await expect(ecs("ListTaskDefinitionFamilies", { maxResults })).rejects.toMatchObject(refusal);
    await expect(ecs("ListServiceDeployments", { cluster: "demo", service: "api", maxResults })).rejects.toMatchObject(refusal);
  }
  expect((await ecs("ListServices", { cluster: "demo", maxResults: 100 })).serviceArns).toHaveLength(1);
});

test("requests that ECS refuses are refused in its words", async () => {
  await createApi();
  const create = (more: object) =>
    ecs("CreateService", {
      cluster: "demo",
      serviceName: "other",
      taskDefinition: "api",
      launchType: "FARGATE",
      networkConfiguration: network,
      ...more,
    });
  await expect(create({ cluster: "none" })).rejects.toMatchObject({ name: "ClusterNotFoundException", message: "Cluster not found." });
  await expect(create({ taskDefinition: "nothing" })).rejects.toThrow("Unable to describe task definition.");
  await expect(create({ networkConfiguration: undefined })).rejects.toThrow("Network Configuration must be provided");
  await expect(create({ networkConfiguration: { awsvpcConfiguration: { subnets: ["nowhere"] } } })).rejects.toThrow(
    "Error retrieving subnet information for [nowhere]: The subnet ID 'nowhere' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
  );
  await expect(create({ loadBalancers: [{ targetGroupArn: lonely, containerName: "app", containerPort: 8000 }] })).rejects.toThrow(
    `The target group with targetGroupArn ${lonely} does not have an associated load balancer.`,
  );
  await expect(create({ loadBalancers: [{ targetGroupArn: withBalancer, containerName: "app", containerPort: 1 }] })).rejects.toThrow(
    "The container app did not have a container port 1 defined.",
  );
  await expect(create({ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } })).rejects.toThrow(
    "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
  );
  await expect(register("app:1", { memory: "3000", cpu: "512" })).rejects.toThrow("No Fargate configuration exists for given values");
  expect((await ecs("DescribeServices", { cluster: "demo", services: ["ghost"] })).failures).toEqual([
    { arn: "arn:aws:ecs:eu-west-1:000000000000:service/demo/ghost", reason: "MISSING" },
  ]);
});

const rule = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener-rule/app/lb/1/2/3";
const alternate = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/other/3";

/** A blue/green service that stands, with these hooks for the deployments to come, and one of them begun. */
async function blueGreen(lifecycleHooks: object[]): Promise<{ arn: string; before: string | undefined }> {
  const roleArn = await world.createRole("ecs", "ecs.amazonaws.com");
  await createApi({
    loadBalancers: [
      {
        targetGroupArn: withBalancer,
        containerName: "app",
        containerPort: 8000,
        advancedConfiguration: {
          alternateTargetGroupArn: alternate,
          productionListenerRule: rule,
          roleArn,
        },
      },
    ],
    deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 },
  });
  clock.advanceBy(300_000);
  const before = (await describeApi())?.deployments?.[0]?.id;
  await ecs("UpdateService", {
    cluster: "demo",
    service: "api",
    forceNewDeployment: true,
    deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0, lifecycleHooks: lifecycleHooks as never },
  });
  const { serviceDeployments } = await ecs("ListServiceDeployments", { cluster: "demo", service: "api" });
  return { arn: serviceDeployments?.[0]?.serviceDeploymentArn ?? "", before };
}

const describeDeployment = async (arn: string) =>
  (await ecs("DescribeServiceDeployments", { serviceDeploymentArns: [arn] })).serviceDeployments?.[0];

test.each([
  ["CONTINUE", "SUCCESSFUL", [0, 100]],
  ["ROLLBACK", "ROLLBACK_SUCCESSFUL", [100, 0]],
] as const)("a deployment waits at a PAUSE until ContinueServiceDeployment says %s", async (action, status, shares) => {
  const { arn } = await blueGreen([{ targetType: "PAUSE", lifecycleStages: ["POST_SCALE_UP"] }]);
  clock.advanceBy(3_600_000);
  const waiting = await describeDeployment(arn);
  expect(waiting).toMatchObject({ status: "IN_PROGRESS", lifecycleStage: "POST_SCALE_UP" });
  expect(waiting?.lifecycleHookDetails).toMatchObject([{ targetType: "PAUSE", status: "AWAITING_ACTION" }]);
  expect(world.weights).toEqual([100, 0]);
  const hookId = waiting?.lifecycleHookDetails?.[0]?.hookId ?? "";
  await expect(ecs("ContinueServiceDeployment", { serviceDeploymentArn: arn, hookId: "another", action })).rejects.toThrow(
    "does not await",
  );
  await ecs("ContinueServiceDeployment", { serviceDeploymentArn: arn, hookId, action });
  clock.advanceBy(600_000);
  expect((await describeDeployment(arn))?.status).toBe(status);
  expect(world.weights).toEqual(shares);
});

test("StopServiceDeployment takes a shifting deployment back, and refuses one that is over", async () => {
  const { arn, before } = await blueGreen([{ targetType: "PAUSE", lifecycleStages: ["POST_PRODUCTION_TRAFFIC_SHIFT"] }]);
  clock.advanceBy(600_000);
  expect(world.weights).toEqual([0, 100]);
  await ecs("StopServiceDeployment", { serviceDeploymentArn: arn, stopType: "ROLLBACK" });
  expect((await describeDeployment(arn))?.status).toBe("ROLLBACK_REQUESTED");
  clock.advanceBy(0);
  expect(world.weights).toEqual([100, 0]);
  clock.advanceBy(600_000);
  expect((await describeDeployment(arn))?.status).toBe("ROLLBACK_SUCCESSFUL");
  expect((await describeApi())?.deployments?.map(({ id }) => id)).toEqual([before]);
  await expect(ecs("StopServiceDeployment", { serviceDeploymentArn: arn })).rejects.toThrow("ROLLBACK_SUCCESSFUL");
});

test.each([
  ["SUCCEEDED", "SUCCESSFUL"],
  ["FAILED", "ROLLBACK_SUCCESSFUL"],
])("a hook that is a command says %s, and the deployment ends %s", async (hookStatus, status) => {
  const program = `
    let text = "";
    process.stdin.on("data", (chunk) => (text += chunk));
    process.stdin.on("end", () => {
      const { lifecycleStage } = JSON.parse(text);
      console.log("checking");
      console.log(JSON.stringify({ hookStatus: lifecycleStage === "POST_SCALE_UP" ? "${hookStatus}" : "FAILED" }));
    });`;
  world.hookStandIn = { command: [process.execPath, "-e", program], folder: "/" };
  const answered = new Promise<void>((resolve) => (world.hookAnswered = resolve));
  const { arn } = await blueGreen([
    {
      hookTargetArn: "arn:aws:lambda:eu-west-1:000000000000:function:check",
      roleArn: "arn:aws:iam::000000000000:role/ecs",
      lifecycleStages: ["POST_SCALE_UP"],
    },
  ]);
  clock.advanceBy(120_000);
  await answered;
  clock.advanceBy(600_000);
  expect((await describeDeployment(arn))?.status).toBe(status);
});

test("a hook's command that fails, says nothing sensible or does not exist fails the hook", async () => {
  await expect(runHookCommand([process.execPath, "-e", "console.error('no database'); process.exit(3)"], "/", {}, 10_000)).rejects.toThrow(
    "exit code 3: no database",
  );
  await expect(runHookCommand(["/no/such/program"], "/", {}, 10_000)).rejects.toThrow("ENOENT");
  await expect(runHookCommand([process.execPath, "-e", "setInterval(() => {}, 1000)"], "/", {}, 200)).rejects.toThrow("SIGKILL");
  expect(await runHookCommand([process.execPath, "-e", "console.log('a'); console.log('b')"], "/", {}, 10_000)).toBe("b");
});
