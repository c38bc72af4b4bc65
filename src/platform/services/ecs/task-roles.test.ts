/** Roles of tasks and of services, assumed as ECS does: the API, the scheduler and IAM together. */
import { beforeEach, describe, expect, test } from "vitest";
import { context, EcsWorld, network, trustPolicy, withBalancer } from "./ecs-world.testing.ts";

let world: EcsWorld;
const arnOf = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;
const failedToLaunch = (roleArn: string): string =>
  `(service api) failed to launch a task with (error ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.)`;
const messages = async () => ((await world.api())?.events ?? []).map(({ message }) => message);

beforeEach(async () => {
  world = new EcsWorld();
  await world.ask("CreateCluster", { clusterName: "demo" });
});

async function createService(taskDefinition: string, more: object = {}): Promise<void> {
  await world.ask("CreateService", {
    cluster: "demo",
    serviceName: "api",
    taskDefinition,
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: network,
    ...more,
  });
}

describe("a service whose task definition names", () => {
  test.each<[string, object, string]>([
    ["an execution role that does not exist", { executionRoleArn: arnOf("gone"), taskRoleArn: "good" }, arnOf("gone")],
    ["a task role that does not exist", { executionRoleArn: "good", taskRoleArn: arnOf("gone") }, arnOf("gone")],
    ["a role that trusts EC2 only", { taskRoleArn: arnOf("machine") }, arnOf("machine")],
    ["a role at another path", { taskRoleArn: arnOf("team/good") }, arnOf("team/good")],
    ["another account's role", { taskRoleArn: "arn:aws:iam::999999999999:role/good" }, "arn:aws:iam::999999999999:role/good"],
  ])("%s starts no task, says so and tells EventBridge", async (_which, roles, named) => {
    await world.createRole("good");
    await world.createRole("machine", "ec2.amazonaws.com");
    await createService(await world.register("app:1", roles));
    world.clock.advanceBy(60_000);
    expect(await messages()).toContain(failedToLaunch(named));
    expect(await world.tasks()).toEqual([]);
    expect(await world.tasks("STOPPED")).toEqual([]);
    expect((await world.api())?.deployments?.[0]).toMatchObject({ rolloutState: "IN_PROGRESS", failedTasks: expect.any(Number) });
    const notice = world.told.find(({ detail }) => detail.eventName === "SERVICE_TASK_CONFIGURATION_FAILURE");
    expect(notice).toMatchObject({
      source: "aws.ecs",
      detailType: "ECS Service Action",
      resources: ["arn:aws:ecs:eu-west-1:000000000000:service/demo/api"],
      detail: {
        eventType: "ERROR",
        clusterArn: "arn:aws:ecs:eu-west-1:000000000000:cluster/demo",
        reason: expect.stringContaining(`unable to assume the role '${named}'`),
        createdAt: expect.stringMatching(/Z$/),
      },
    });
    expect(Object.keys(notice?.detail ?? {})).toEqual(["eventType", "eventName", "clusterArn", "reason", "createdAt"]);
  });

  test("roles that trust its tasks starts, and so does one without roles", async () => {
    const taskRoleArn = await world.createRole("app");
    await createService(await world.register("app:1", { executionRoleArn: await world.createRole("execution"), taskRoleArn }));
    world.clock.advanceBy(120_000);
    expect((await world.api())?.runningCount).toBe(1);
    await world.ask("UpdateService", { cluster: "demo", service: "api", taskDefinition: await world.register("app:2") });
    world.clock.advanceBy(300_000);
    expect((await world.api())?.deployments).toMatchObject([{ rolloutState: "COMPLETED", taskDefinition: expect.stringMatching(/:2$/) }]);
  });
});

test("a trust policy that is mended lets the next attempt through", async () => {
  const taskRoleArn = await world.createRole("app", "ec2.amazonaws.com");
  await createService(await world.register("app:1", { taskRoleArn }));
  world.clock.advanceBy(60_000);
  expect(await world.tasks()).toEqual([]);
  await world.iam.UpdateAssumeRolePolicy?.({ RoleName: "app", PolicyDocument: trustPolicy("ecs-tasks.amazonaws.com") }, context);
  world.clock.advanceBy(300_000);
  expect((await world.api())?.deployments?.[0]).toMatchObject({ rolloutState: "COMPLETED", failedTasks: 0, runningCount: 1 });
});

test("a role that is deleted leaves running tasks alone, and trips the breaker of the next deployment, which goes back to them", async () => {
  const taskRoleArn = await world.createRole("app");
  await createService(await world.register("app:1", { taskRoleArn }), {
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
  world.clock.advanceBy(120_000);
  await world.iam.DeleteRole?.({ RoleName: "app" }, context);
  world.clock.advanceBy(3_600_000);
  expect((await world.api())?.runningCount).toBe(1);
  expect(await messages()).not.toContain(failedToLaunch(taskRoleArn));
  await world.ask("UpdateService", { cluster: "demo", service: "api", forceNewDeployment: true });
  world.clock.advanceBy(600_000);
  const { deployments = [], runningCount } = (await world.api()) ?? {};
  expect(runningCount).toBe(1);
  expect(deployments).toMatchObject([{ rolloutState: "COMPLETED", runningCount: 1 }]);
  expect((await messages()).some((message = "") => message.endsWith("deployment failed: tasks failed to start."))).toBe(true);
});

describe("a task definition", () => {
  test("takes a role by its short name, and shows its ARN", async () => {
    const arn = await world.register("app:1", { taskRoleArn: "app", executionRoleArn: arnOf("a/b/execution") });
    const { taskDefinition } = await world.ask("DescribeTaskDefinition", { taskDefinition: arn });
    expect(taskDefinition).toMatchObject({ taskRoleArn: arnOf("app"), executionRoleArn: arnOf("a/b/execution") });
  });

  test.each(["arn:aws:iam::000000000000:user/app", "arn:aws:iam::1:role/app", "no name", "arn:aws:s3:::bucket"])(
    "with the role %s is refused",
    async (taskRoleArn) => {
      await expect(world.register("app:1", { taskRoleArn })).rejects.toMatchObject({
        name: "ClientException",
        message: "Role is not valid",
      });
    },
  );
});

test("a service whose infrastructure role does not trust ECS is refused", async () => {
  const blueGreen = (roleArn: string) =>
    createService("api", {
      loadBalancers: [
        {
          targetGroupArn: withBalancer,
          containerName: "app",
          containerPort: 8000,
          advancedConfiguration: {
            alternateTargetGroupArn: withBalancer.replace("/api/", "/other/"),
            productionListenerRule: "arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener-rule/app/lb/1/2/3",
            roleArn,
          },
        },
      ],
      deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 },
    });
  await world.register();
  const forTasks = await world.createRole("tasks");
  await expect(blueGreen(forTasks)).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: `ECS was unable to assume the configured ECS Infrastructure Role '${forTasks}'. Please verify that the role being passed has the proper trust relationship with Amazon ECS.`,
  });
  expect((await world.ask("DescribeServices", { cluster: "demo", services: ["api"] })).services).toEqual([]);
  await blueGreen(await world.createRole("balancers", "ecs.amazonaws.com"));
  expect((await world.api())?.status).toBe("ACTIVE");
});
