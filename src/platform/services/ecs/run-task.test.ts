import {
  ConflictException,
  CreateCapacityProviderCommand,
  DescribeTasksCommand,
  ECSClient,
  InvalidParameterException,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Controller } from "../../../controller/controller.ts";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { type ContainerBehaviour, SimulatedRuntime, wellBehaved } from "../../../simulator/simulated-runtime.ts";
import { SimulatedTargetGroups } from "../../../simulator/simulated-target-groups.ts";
import { createGateway } from "../../gateway/gateway.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { ec2Provider } from "../ec2/provider.ts";
import { iamProvider } from "../iam/provider.ts";
import { RoleTrust } from "../iam/role-trust.ts";
import { ConnectEndpoints } from "./connect-endpoints.ts";
import { EcsState } from "./ecs-state.ts";
import { trustPolicy } from "./ecs-world.testing.ts";
import { ecsProvider } from "./provider.ts";
import { StoreKeeper } from "./store-keeper.ts";
import { StoredTaskPlans } from "./task-plans.ts";
import { AssumedTaskRoles } from "./task-roles.ts";

const region = "us-east-1";
const store = new LibsqlStore(":memory:");
const clock = new VirtualClock(Date.UTC(2026, 0, 1));
const defects: unknown[] = [];
let client: ECSClient;
let close: () => Promise<void>;
let controller: Controller;
let program: ContainerBehaviour = wellBehaved;
let provisioning: { afterMs: number; failure?: string } = { afterMs: 5_000 };
let keeper: StoreKeeper;
let plans: StoredTaskPlans;
let networkConfiguration: RunTaskCommandInput["networkConfiguration"];

beforeAll(async () => {
  const ids = new RandomIds();
  const gateway = createGateway({ account: "000000000000", ids, report: (defect) => defects.push(defect) });
  const { call } = gateway;
  const emit = (event: Parameters<Controller["receive"]>[0]): void => controller.receive(event);
  const behaviour = () => ({ intervalMs: 10_000, healthyThreshold: 2, unhealthyThreshold: 2, drainMs: 10_000 });
  const state = new EcsState(store);
  keeper = new StoreKeeper(store);
  plans = new StoredTaskPlans(state);
  const trust = new RoleTrust(store);
  const roles = new AssumedTaskRoles(state, (roleArn, assumption) => trust.lets(roleArn, assumption));
  controller = new Controller({
    keeper,
    roles,
    plans,
    runtime: new SimulatedRuntime({
      ...{ clock, emit, deprovisionMs: 1_000 },
      behaviour: () => program,
      provisioning: () => provisioning,
      onAnswering: () => undefined,
    }),
    targetGroups: new SimulatedTargetGroups({ clock, behaviour, emit }),
    registries: { register: () => undefined, setHealth: () => undefined, deregister: () => undefined },
    images: { digest: () => "sha256:abc" },
    ...{ clock, wallClock: clock, ids },
    settings: { limit: (ms) => ms, countCrashBeforeHealthy: true },
    wallMs: (ms) => ms,
  });
  controller.start();
  gateway.mount("iam", iamProvider({ store, clock, ids }));
  gateway.mount("ec2", ec2Provider({ store, clock, ids, call }));
  const endpoints = new ConnectEndpoints({ state, keeper, names: { removeServiceByArn: () => true } });
  gateway.mount("ecs", ecsProvider({ state, keeper, endpoints, controller, roles, clock, ids, call, expectTasks: () => undefined }));
  const listening = await gateway.listen(0);
  close = listening.close;
  client = new ECSClient({
    endpoint: listening.endpoint,
    region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const { Vpc } = await call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" }, { region });
  const { Subnet } = await call("ec2", "CreateSubnet", { VpcId: Vpc?.VpcId, CidrBlock: "10.0.0.0/24" }, { region });
  networkConfiguration = { awsvpcConfiguration: { subnets: [Subnet?.SubnetId ?? ""] } };
  await call("ecs", "CreateCluster", { clusterName: "c", capacityProviders: ["FARGATE", "FARGATE_SPOT"] }, { region });
  const container = { name: "app", image: "app:1", secrets: [secret], environment: ["A", "KEPT"].map((name) => ({ name, value: "1" })) };
  const definition = {
    family: "job",
    requiresCompatibilities: ["FARGATE" as const],
    networkMode: "awsvpc" as const,
    cpu: "256",
    memory: "512",
    executionRoleArn: roleArn("executing"),
  };
  for (const RoleName of ["trusted", "executing"]) {
    await call("iam", "CreateRole", { RoleName, AssumeRolePolicyDocument: trustPolicy("ecs-tasks.amazonaws.com") }, { region });
  }
  await call("ecs", "RegisterTaskDefinition", { ...definition, containerDefinitions: [container] }, { region });
  await call("iam", "CreateRole", { RoleName: "mistrusted", AssumeRolePolicyDocument: trustPolicy("ec2.amazonaws.com") }, { region });
  const taskRoleArn = roleArn("mistrusted");
  const mistrusted = { ...definition, family: "mistrusted", taskRoleArn, containerDefinitions: [container] };
  await call("ecs", "RegisterTaskDefinition", mistrusted, { region });
});
afterAll(async () => {
  client.destroy();
  await close();
  controller.stop();
  store.close();
  expect(defects).toEqual([]);
});

const secret = { name: "KEY", valueFrom: "arn:aws:ssm:us-east-1:000000000000:parameter/key" };
const roleArn = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
const run = (more: Partial<RunTaskCommandInput> = {}) =>
  client.send(new RunTaskCommand({ cluster: "c", taskDefinition: "job", launchType: "FARGATE", networkConfiguration, ...more }));
const environment = (length: number) => ({
  containerOverrides: [{ name: "app", environment: [{ name: "B", value: "x".repeat(length) }] }],
});

it("a capacity provider of an Auto Scaling group cannot be made: there are no container instances", async () => {
  const autoScalingGroupProvider = {
    autoScalingGroupArn: "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:1:autoScalingGroupName/machines",
  };
  await expect(client.send(new CreateCapacityProviderCommand({ name: "machines", autoScalingGroupProvider }))).rejects.toMatchObject({
    name: "NotImplemented",
    message: "The local platform does not implement ecs:CreateCapacityProvider",
  });
});

describe("RunTask", () => {
  it("starts up to ten tasks, and answers an empty list of failures beside them", async () => {
    const { tasks, failures } = await run({ count: 10, startedBy: "x".repeat(128), group: "nightly" });
    expect(tasks).toHaveLength(10);
    expect(failures).toEqual([]);
    expect(tasks?.[0]).toMatchObject({ group: "nightly", startedBy: "x".repeat(128), lastStatus: "PROVISIONING" });
    expect((await run()).tasks?.[0]?.group).toBe("family:job");
  });

  it("finds no capacity only after it has answered: the task is there, and stops as TaskFailedToStart", async () => {
    const failure = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
    provisioning = { afterMs: 1_000, failure };
    const { tasks, failures, $metadata } = await run();
    expect([tasks?.[0]?.lastStatus, failures, $metadata.httpStatusCode]).toEqual(["PROVISIONING", [], 200]);
    clock.advanceBy(10_000);
    provisioning = { afterMs: 5_000 };
    const described = await client.send(new DescribeTasksCommand({ cluster: "c", tasks: [tasks?.[0]?.taskArn ?? ""] }));
    expect(described.tasks).toMatchObject([{ lastStatus: "STOPPED", stopCode: "TaskFailedToStart", stoppedReason: failure }]);
  });

  it.each<[string, Partial<RunTaskCommandInput>, string]>([
    ["more than ten tasks", { count: 11 }, "count must be between 1 and 10."],
    ["no task", { count: 0 }, "count must be between 1 and 10."],
    ["tags of a service", { propagateTags: "SERVICE" }, "PropagateTags: SERVICE is not valid for RunTask."],
    ["a long startedBy", { startedBy: "x".repeat(129) }, "startedBy must not be longer than 128 characters."],
    ["a long client token", { clientToken: "x".repeat(65) }, "clientToken must not be longer than 64 characters."],
    ["overrides above 8192 characters", { overrides: environment(8192) }, "Container Overrides length must be at most 8192"],
    [
      "overrides of a container that is not there",
      { overrides: { containerOverrides: [{ name: "web" }] } },
      "web is not a container in the TaskDefinition",
    ],
    [
      "a size that Fargate does not have",
      { overrides: { cpu: "256", memory: "30720" } },
      "No Fargate configuration exists for given values",
    ],
  ])("refuses %s", async (_situation, input, message) => {
    const refused = run(input);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it("takes overrides up to 8192 characters, and shows them", async () => {
    const room = 8192 - JSON.stringify(environment(0)).length;
    const { tasks } = await run({ overrides: { ...environment(room) } });
    expect(tasks?.[0]?.overrides?.containerOverrides?.[0]).toMatchObject({
      name: "app",
      environment: [{ name: "B", value: "x".repeat(room) }],
    });
    const resized = await run({ overrides: { cpu: "512", memory: "1024", taskRoleArn: roleArn("trusted") } });
    expect(resized.tasks?.[0]).toMatchObject({
      cpu: "512",
      memory: "1024",
      overrides: { taskRoleArn: roleArn("trusted") },
    });
  });

  it("runs what the overrides say: command, environment, size and both roles", async () => {
    const [taskRoleArn, executionRoleArn] = [roleArn("trusted"), roleArn("trusted")];
    const containerOverrides = [{ name: "app", command: ["migrate", "--all"], environment: [{ name: "A", value: "2" }] }];
    const { tasks } = await run({ overrides: { cpu: "512", memory: "1024", taskRoleArn, executionRoleArn, containerOverrides } });
    const task = keeper.task(tasks?.[0]?.taskArn ?? "");
    expect(task === undefined ? undefined : plans.launch(task, undefined)).toMatchObject({
      ...{ cpu: 512, memory: 1024, taskRoleArn, executionRoleArn },
      containers: [{ command: ["migrate", "--all"], environment: { A: "2", KEPT: "1" } }],
    });
  });

  it("is refused when ECS cannot assume a role of the definition's or of the overrides', and starts nothing", async () => {
    const before = (await client.send(new ListTasksCommand({ cluster: "c" }))).taskArns?.length;
    const refusal = (name: string) => ({
      name: "ClientException",
      message: `ECS was unable to assume the role '${roleArn(name)}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    });
    await expect(run({ taskDefinition: "mistrusted" })).rejects.toMatchObject(refusal("mistrusted"));
    await expect(run({ overrides: { executionRoleArn: roleArn("gone") } })).rejects.toMatchObject(refusal("gone"));
    expect((await client.send(new ListTasksCommand({ cluster: "c" }))).taskArns?.length).toBe(before);
    const { tasks } = await run({ taskDefinition: "mistrusted", overrides: { taskRoleArn: roleArn("trusted") } });
    expect(tasks).toHaveLength(1);
  });

  it("fills the base of a strategy anew with every call", async () => {
    const capacityProviderStrategy = [
      { capacityProvider: "FARGATE", base: 2, weight: 0 },
      { capacityProvider: "FARGATE_SPOT", weight: 1 },
    ];
    for (let call = 0; call < 2; call++) {
      const { tasks } = await run({ launchType: undefined, count: 3, capacityProviderStrategy });
      expect(tasks?.map(({ capacityProviderName }) => capacityProviderName)).toEqual(["FARGATE", "FARGATE", "FARGATE_SPOT"]);
    }
  });

  it("merges variables by name, the override's before the definition's, and can change neither image nor secrets", async () => {
    const other = { name: "KEY", valueFrom: "arn:aws:ssm:us-east-1:000000000000:parameter/other" };
    const override = { name: "app", environment: [{ name: "A", value: "2" }], image: "other", secrets: [other], entryPoint: ["sh"] };
    const { tasks } = await run({ overrides: { containerOverrides: [override] } });
    const task = keeper.task(tasks?.[0]?.taskArn ?? "");
    const launched = task === undefined ? undefined : plans.launch(task, undefined);
    expect(launched?.containers).toMatchObject([{ image: "app:1", environment: { A: "2", KEPT: "1" }, secrets: [secret] }]);
    expect(launched?.containers[0]).not.toHaveProperty("entryPoint");
  });

  it.each<[string, Partial<ContainerBehaviour>]>([
    ["does not start", { pullFailure: "CannotPullContainerError: no such image" }],
    ["fails", { exitsAfterMs: 1_000, exitCode: 1 }],
    ["ends well", { exitsAfterMs: 1_000, exitCode: 0 }],
  ])("that %s is neither tried again nor replaced", async (startedBy, behaviour) => {
    program = { ...wellBehaved, ...behaviour };
    await run({ startedBy });
    clock.advanceBy(600_000);
    program = wellBehaved;
    const list = async (desiredStatus: "RUNNING" | "STOPPED") =>
      (await client.send(new ListTasksCommand({ cluster: "c", startedBy, desiredStatus }))).taskArns?.length;
    expect([await list("RUNNING"), await list("STOPPED")]).toEqual([0, 1]);
  });

  it("starts nothing twice under one client token, and refuses it for anything else", async () => {
    const clientToken = "t".repeat(64);
    const first = await run({ count: 2, clientToken });
    const again = await run({ count: 2, clientToken });
    expect(again.tasks?.map(({ taskArn }) => taskArn)).toEqual(first.tasks?.map(({ taskArn }) => taskArn));
    await expect(run({ count: 3, clientToken })).rejects.toThrow(ConflictException);
    expect((await run({ count: 2, clientToken: "t-2" })).tasks?.[0]?.taskArn).not.toBe(first.tasks?.[0]?.taskArn);
  });

  it("that does not know the task definition says so, and DescribeTasks answers with failures what is missing", async () => {
    await expect(run({ taskDefinition: "none" })).rejects.toThrow("Unable to describe task definition.");
    await expect(run({ networkConfiguration: undefined })).rejects.toThrow(InvalidParameterException);
    const missing = "arn:aws:ecs:us-east-1:000000000000:task/c/0123456789abcdef0123456789abcdef";
    const { tasks, failures } = await client.send(new DescribeTasksCommand({ cluster: "c", tasks: [missing] }));
    expect([tasks, failures]).toEqual([[], [{ arn: missing, reason: "MISSING" }]]);
  });
});
