import { afterEach, beforeEach, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Call, OperationInput } from "../../gateway/operations.ts";
import { account, strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { LogStore } from "../cloudwatch-logs/log-store.ts";
import { cloudwatchLogsProvider } from "../cloudwatch-logs/provider.ts";
import { snsProvider } from "../sns/provider.ts";
import { TopicPublisher } from "../sns/topic-publisher.ts";
import { sqsProvider } from "../sqs/provider.ts";
import { EventBus } from "./event-bus.ts";
import { eventBridgeProvider } from "./provider.ts";
import { ScheduledRules } from "./scheduled-rules.ts";

const here = { region: "eu-west-1" };
const arn = (service: string, resource: string): string => `arn:aws:${service}:eu-west-1:${account}:${resource}`;
const role = `arn:aws:iam::${account}:role/events`;

let store: LibsqlStore;
let clock: VirtualClock;
let call: Call;
let bus: EventBus;
let publisher: TopicPublisher;
let runs: OperationInput<"ecs", "RunTask">[];
let executions: OperationInput<"sfn", "StartExecution">[];
let answer: "runs" | "fails" | "is refused";

beforeEach(async () => {
  store = new LibsqlStore(":memory:");
  clock = new VirtualClock(Date.UTC(2026, 0, 1));
  [runs, executions, answer] = [[], [], "runs"];
  const ids = new RandomIds();
  const gateway = strictGateway(ids);
  ({ call } = gateway);
  const report = (): void => undefined;
  const shared = { store, clock, ids, account, call };
  const endpoint = (): string => "http://127.0.0.1:4566";
  bus = new EventBus({ ...shared, report });
  publisher = new TopicPublisher({ ...shared, endpoint, report });
  gateway.mount("eventbridge", eventBridgeProvider({ ...shared, bus, scheduled: new ScheduledRules({ store, clock, bus }), report }));
  gateway.mount("sqs", sqsProvider({ ...shared, endpoint }));
  gateway.mount("sns", snsProvider({ ...shared, publisher }));
  gateway.mount("cloudwatch-logs", cloudwatchLogsProvider({ ...shared, logs: new LogStore({ store, clock }) }));
  // Tasks and executions themselves are shown elsewhere: here counts what they are asked.
  gateway.mount("ecs", {
    service: "ecs",
    operations: {
      RunTask: (input) => {
        runs.push(input);
        if (answer === "is refused") throw new AwsFault("ThrottlingException", "Rate exceeded");
        return answer === "fails" ? { failures: [{ reason: "RESOURCE:FARGATE" }] } : { tasks: [{}] };
      },
    },
  });
  gateway.mount("sfn", {
    service: "sfn",
    operations: {
      StartExecution: (input) => {
        executions.push(input);
        return { executionArn: "e", startDate: new Date(clock.now()) };
      },
    },
  });
  for (const service of ["ecs", "sfn", "sqs", "sns", "cloudwatch-logs"] as const) await gateway.warm(service);
  for (const part of [bus, publisher]) part.start();
});
afterEach(() => {
  for (const part of [bus, publisher]) part.close();
  store.close();
});

async function rule(target: object): Promise<void> {
  await call("eventbridge", "PutRule", { Name: "orders", EventPattern: '{"source":["shop"]}' }, here);
  await call("eventbridge", "PutTargets", { Rule: "orders", Targets: [{ Id: "t", Arn: "", ...target }] }, here);
}

async function event(): Promise<void> {
  await call("eventbridge", "PutEvents", { Entries: [{ Source: "shop", DetailType: "Order", Detail: '{"order":7}' }] }, here);
  await settle();
}

async function settle(): Promise<void> {
  for (const part of [bus, publisher]) {
    clock.advanceBy(0);
    await part.settled();
  }
}

const EcsParameters = {
  TaskDefinitionArn: "etl",
  LaunchType: "FARGATE" as const,
  NetworkConfiguration: { awsvpcConfiguration: { Subnets: ["subnet-a"], AssignPublicIp: "DISABLED" as const } },
};

it("an event runs a task, which it overrides only when its input says so", async () => {
  await rule({ Arn: arn("ecs", "cluster/c"), RoleArn: role, EcsParameters });
  await event();
  expect(runs).toMatchObject([
    {
      cluster: arn("ecs", "cluster/c"),
      taskDefinition: "etl",
      count: 1,
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-a"], assignPublicIp: "DISABLED" } },
      startedBy: "events-rule/orders",
    },
  ]);
  expect(runs[0]?.overrides).toBeUndefined();
  const InputTemplate = '{"containerOverrides": [{"name": "etl", "environment": [{"name": "ORDER", "value": "<n>"}]}]}';
  const InputTransformer = { InputPathsMap: { n: "$.detail.order" }, InputTemplate };
  await rule({ Arn: arn("ecs", "cluster/c"), RoleArn: role, EcsParameters, InputTransformer });
  await event();
  expect(runs[1]?.overrides).toEqual({ containerOverrides: [{ name: "etl", environment: [{ name: "ORDER", value: "7" }] }] });
});

it("a task that ECS refuses is tried again with the same token", async () => {
  answer = "is refused";
  await rule({ Arn: arn("ecs", "cluster/c"), RoleArn: role, EcsParameters });
  await event();
  answer = "runs";
  clock.advanceBy(1_000);
  await bus.settled();
  clock.advanceBy(3_600_000);
  await bus.settled();
  expect(runs).toHaveLength(2);
  expect(new Set(runs.map(({ clientToken }) => clientToken)).size).toBe(1);
});

it("a task that ECS answers with failures counts as delivered", async () => {
  answer = "fails";
  await rule({ Arn: arn("ecs", "cluster/c"), RoleArn: role, EcsParameters });
  await event();
  clock.advanceBy(3_600_000);
  await bus.settled();
  expect(runs).toHaveLength(1);
});

it("an event starts an execution with itself as input", async () => {
  await rule({ Arn: arn("states", "stateMachine:etl"), RoleArn: role });
  await event();
  expect(executions).toMatchObject([{ stateMachineArn: arn("states", "stateMachine:etl"), name: expect.any(String) }]);
  expect(JSON.parse(executions[0]?.input ?? "")).toMatchObject({ source: "shop", detail: { order: 7 } });
});

it("an event is logged as a stream of its own", async () => {
  await call("cloudwatch-logs", "CreateLogGroup", { logGroupName: "/aws/events/orders" }, here);
  await rule({ Arn: arn("logs", "log-group:/aws/events/orders") });
  await event();
  const { events = [] } = await call("cloudwatch-logs", "FilterLogEvents", { logGroupName: "/aws/events/orders" }, here);
  expect(events.map(({ message = "" }) => JSON.parse(message))).toMatchObject([{ source: "shop", detail: { order: 7 } }]);
});

it.each([
  ["that lets EventBridge in", true, 1],
  ["with the policy that every topic has", false, 0],
])("an event reaches a topic %s: %s", async (_which, isOpen, messages) => {
  const allow = (service: string, Action: string) =>
    JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { Service: `${service}.amazonaws.com` }, Action, Resource: "*" }] });
  await call("sqs", "CreateQueue", { QueueName: "q", Attributes: { Policy: allow("sns", "sqs:SendMessage") } }, here);
  const Attributes: Record<string, string> = isOpen ? { Policy: allow("events", "sns:Publish") } : {};
  await call("sns", "CreateTopic", { Name: "t", Attributes }, here);
  await call("sns", "Subscribe", { TopicArn: arn("sns", "t"), Protocol: "sqs", Endpoint: arn("sqs", "q") }, here);
  await rule({ Arn: arn("sns", "t") });
  await event();
  const { Messages = [] } = await call("sqs", "ReceiveMessage", { QueueUrl: arn("sqs", "q") }, here);
  expect(Messages).toHaveLength(messages);
});
