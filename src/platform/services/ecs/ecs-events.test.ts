import { beforeEach, expect, test } from "vitest";
import { Controller } from "../../../controller/controller.ts";
import type { RuntimeEvent, TargetEvent } from "../../../controller/ports.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { SeededRandom } from "../../../simulator/random.ts";
import { type ContainerBehaviour, SimulatedRuntime, wellBehaved } from "../../../simulator/simulated-runtime.ts";
import { SimulatedTargetGroups } from "../../../simulator/simulated-target-groups.ts";
import type { Call, OperationInput, OperationName } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import type { EmittedEvent } from "../eventbridge/event-bus.ts";
import { EcsEvents } from "./ecs-events.ts";
import { EcsState } from "./ecs-state.ts";
import { ecsProvider } from "./provider.ts";
import { StoreKeeper } from "./store-keeper.ts";
import { StoredTaskPlans } from "./task-plans.ts";

const context = { account: "000000000000", region: "eu-west-1", requestId: "r" };
const network = { awsvpcConfiguration: { subnets: ["subnet-a"], securityGroups: ["sg-1"] } };
const cluster = "arn:aws:ecs:eu-west-1:000000000000:cluster/demo";
const service = "arn:aws:ecs:eu-west-1:000000000000:service/demo/api";

let clock: VirtualClock;
let controller: Controller;
let told: EmittedEvent[];
let behaviour: ContainerBehaviour;
let provisioning: { afterMs: number; failure?: string };
let ecs: <Operation extends OperationName<"ecs">>(operation: Operation, input: OperationInput<"ecs", Operation>) => Promise<unknown>;

/** The other services, as far as ECS asks them. */
const call = (async (_service: string, operation: string, input: { SubnetIds?: string[] }) =>
  operation === "DescribeSubnets"
    ? { Subnets: (input.SubnetIds ?? []).map((SubnetId) => ({ SubnetId, AvailabilityZone: "eu-west-1a" })) }
    : { SecurityGroups: [] }) as unknown as Call;

beforeEach(async () => {
  const store = new LibsqlStore(":memory:");
  clock = new VirtualClock(Date.UTC(2026, 0, 1));
  told = [];
  behaviour = wellBehaved;
  provisioning = { afterMs: 5_000 };
  const ids = new SeededRandom(7);
  const state = new EcsState(store);
  const put = (_region: string, event: EmittedEvent): string => String(told.push(event));
  const keeper = new StoreKeeper(store, new EcsEvents({ state, bus: { hasRules: true, put }, clock }));
  const receive = (event: RuntimeEvent | TargetEvent): void => controller.receive(event);
  const runtime = new SimulatedRuntime({
    clock,
    behaviour: () => behaviour,
    provisioning: () => provisioning,
    deprovisionMs: 1_000,
    emit: receive,
    onAnswering: () => undefined,
  });
  const targetGroups = new SimulatedTargetGroups({
    clock,
    behaviour: () => ({ intervalMs: 10_000, healthyThreshold: 2, unhealthyThreshold: 2, drainMs: 10_000 }),
    emit: receive,
  });
  controller = new Controller({
    keeper,
    plans: new StoredTaskPlans(state),
    runtime,
    targetGroups,
    registries: { register: () => undefined, setHealth: () => undefined, deregister: () => undefined },
    images: { digest: () => "sha256:abc" },
    clock,
    wallClock: clock,
    ids,
    settings: { limit: (ms) => ms, countCrashBeforeHealthy: true },
    wallMs: (ms) => ms,
  });
  controller.start();
  const provider = ecsProvider({ state, keeper, controller, clock, ids, call, expectTasks: () => undefined });
  ecs = async (operation, input) => {
    const handler = provider.operations[operation] as ((input: unknown, where: unknown) => unknown) | undefined;
    if (handler === undefined) throw new Error(`no ${operation}`);
    return await handler(input, context);
  };
  await ecs("CreateCluster", { clusterName: "demo", capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
  await register("app:1");
});

async function register(image: string): Promise<void> {
  await ecs("RegisterTaskDefinition", {
    family: "api",
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "app", image }],
  });
}

async function create(more: object = {}): Promise<void> {
  await ecs("CreateService", {
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

/** What is told of the service. */
const notices = () => told.filter(({ detailType }) => detailType !== "ECS Task State Change");
const names = () => notices().map(({ detail }) => detail.eventName);

test("a service that is made tells of its deployment, its tasks' way and its steady state, in order", async () => {
  await create();
  clock.advanceBy(120_000);
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

  const tasks = told.filter(({ detailType }) => detailType === "ECS Task State Change");
  const steps = [...new Set(tasks.map(({ detail }) => detail.lastStatus))];
  expect(steps).toEqual(["PROVISIONING", "PENDING", "RUNNING"]);
  const versions = tasks.map(({ detail }) => Number(detail.version));
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(tasks.at(-1)?.detail).toMatchObject({ startedBy: id, group: "service:api", connectivity: "CONNECTED" });
});

test("another desired count is told", async () => {
  await create();
  clock.advanceBy(120_000);
  told = [];
  await ecs("UpdateService", { cluster: "demo", service: "api", desiredCount: 3 });
  clock.advanceBy(120_000);
  expect(names()).toEqual(["SERVICE_DESIRED_COUNT_UPDATED", "SERVICE_STEADY_STATE"]);
  expect(notices()[0]?.detail).toMatchObject({ desiredCount: 3 });
});

test("a deployment whose tasks fail tells of its failure, of the way back and of the arrival there", async () => {
  await create();
  clock.advanceBy(120_000);
  const first = notices()[0]?.detail.deploymentId;
  told = [];
  behaviour = { ...wellBehaved, pullFailure: "CannotPullContainerError: no such image" };
  await register("app:2");
  await ecs("UpdateService", { cluster: "demo", service: "api", taskDefinition: "api" });
  clock.advanceBy(30 * 60_000);
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
  provisioning = {
    afterMs: 1_000,
    failure: "Capacity is unavailable at this time. Please try again later or in a different availability zone",
  };
  await create({ launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] });
  clock.advanceBy(5_000);
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

test("a Spot task that is reclaimed tells so while it still runs", async () => {
  await create({ launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] });
  clock.advanceBy(120_000);
  const running = told.find(({ detail }) => detail.lastStatus === "RUNNING");
  told = [];
  controller.interruptSpot(String(running?.detail.taskArn));
  clock.advanceBy(0);
  const warning = told.find(({ detail }) => detail.stopCode === "SpotInterruption");
  expect(warning?.detail).toMatchObject({
    taskArn: running?.detail.taskArn,
    desiredStatus: "STOPPED",
    stoppedReason: "Your Spot Task was interrupted.",
  });
});
