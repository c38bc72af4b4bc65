import { afterEach, beforeEach, expect, it } from "vitest";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Call, OperationInput } from "../../gateway/operations.ts";
import { account } from "../../gateway/strict-gateway.testing.ts";
import { LogStore } from "../cloudwatch-logs/log-store.ts";
import { cloudwatchLogsProvider } from "../cloudwatch-logs/provider.ts";
import { arnOf, here, MessagingWorld } from "../messaging-world.testing.ts";

const role = `arn:aws:iam::${account}:role/events`;

/** Tasks and executions themselves are shown elsewhere: here counts what they are asked. */
class ReceiverWorld extends MessagingWorld {
  readonly runs: OperationInput<"ecs", "RunTask">[] = [];
  readonly executions: OperationInput<"sfn", "StartExecution">[] = [];
  answer: "runs" | "fails" | "is refused" = "runs";

  protected override mount(): [] {
    const { gateway, store, clock } = this;
    gateway.mount("cloudwatch-logs", cloudwatchLogsProvider({ clock, account, logs: new LogStore({ store, clock }) }));
    gateway.mount("ecs", {
      service: "ecs",
      operations: {
        RunTask: (input) => {
          this.runs.push(input);
          if (this.answer === "is refused") throw new AwsFault("ThrottlingException", "Rate exceeded");
          return this.answer === "fails" ? { failures: [{ reason: "RESOURCE:FARGATE" }] } : { tasks: [{}] };
        },
      },
    });
    gateway.mount("sfn", {
      service: "sfn",
      operations: {
        StartExecution: (input) => {
          this.executions.push(input);
          return { executionArn: "e", startDate: new Date(clock.now()) };
        },
      },
    });
    return [];
  }
}

let self: ReceiverWorld;
let call: Call;
beforeEach(async () => {
  self = new ReceiverWorld();
  await self.start();
  ({ call } = self.gateway);
});
afterEach(() => self.end());

async function rule(target: object): Promise<void> {
  await call("eventbridge", "PutRule", { Name: "orders", EventPattern: '{"source":["shop"]}' }, here);
  await call("eventbridge", "PutTargets", { Rule: "orders", Targets: [{ Id: "t", Arn: "", ...target }] }, here);
}

async function event(): Promise<void> {
  await call("eventbridge", "PutEvents", { Entries: [{ Source: "shop", DetailType: "Order", Detail: '{"order":7}' }] }, here);
  await self.deliver();
}

const EcsParameters = {
  TaskDefinitionArn: "etl",
  LaunchType: "FARGATE" as const,
  NetworkConfiguration: { awsvpcConfiguration: { Subnets: ["subnet-a"], AssignPublicIp: "DISABLED" as const } },
};

it("an event runs a task, which it overrides only when its input says so", async () => {
  await rule({ Arn: arnOf("ecs", "cluster/c"), RoleArn: role, EcsParameters });
  await event();
  expect(self.runs).toMatchObject([
    {
      cluster: arnOf("ecs", "cluster/c"),
      taskDefinition: "etl",
      count: 1,
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-a"], assignPublicIp: "DISABLED" } },
      startedBy: "events-rule/orders",
    },
  ]);
  expect(self.runs[0]?.overrides).toBeUndefined();
  const InputTemplate = '{"containerOverrides": [{"name": "etl", "environment": [{"name": "ORDER", "value": "<n>"}]}]}';
  const InputTransformer = { InputPathsMap: { n: "$.detail.order" }, InputTemplate };
  await rule({ Arn: arnOf("ecs", "cluster/c"), RoleArn: role, EcsParameters, InputTransformer });
  await event();
  expect(self.runs[1]?.overrides).toEqual({ containerOverrides: [{ name: "etl", environment: [{ name: "ORDER", value: "7" }] }] });
});

it("an event runs a task while the task of the event before is still going on", async () => {
  await rule({ Arn: arnOf("ecs", "cluster/c"), RoleArn: role, EcsParameters });
  // No task here ever ends, and nobody but RunTask is asked.
  for (let turn = 0; turn < 3; turn++) await event();
  expect(self.runs).toHaveLength(3);
  expect(new Set(self.runs.map(({ clientToken }) => clientToken)).size).toBe(3);
});

it("a task that ECS refuses is tried again with the same token", async () => {
  self.answer = "is refused";
  await rule({ Arn: arnOf("ecs", "cluster/c"), RoleArn: role, EcsParameters });
  await event();
  self.answer = "runs";
  await self.deliver(1_000);
  await self.deliver(3_600_000);
  expect(self.runs).toHaveLength(2);
  expect(new Set(self.runs.map(({ clientToken }) => clientToken)).size).toBe(1);
});

it("a task that ECS answers with failures counts as delivered", async () => {
  self.answer = "fails";
  await rule({ Arn: arnOf("ecs", "cluster/c"), RoleArn: role, EcsParameters });
  await event();
  await self.deliver(3_600_000);
  expect(self.runs).toHaveLength(1);
});

it("an event starts an execution with itself as input", async () => {
  await rule({ Arn: arnOf("states", "stateMachine:etl"), RoleArn: role });
  await event();
  expect(self.executions).toMatchObject([{ stateMachineArn: arnOf("states", "stateMachine:etl"), name: expect.any(String) }]);
  expect(JSON.parse(self.executions[0]?.input ?? "")).toMatchObject({ source: "shop", detail: { order: 7 } });
});

it("an event is logged as a stream of its own", async () => {
  await call("cloudwatch-logs", "CreateLogGroup", { logGroupName: "/aws/events/orders" }, here);
  await rule({ Arn: arnOf("logs", "log-group:/aws/events/orders") });
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
  await call("sns", "Subscribe", { TopicArn: arnOf("sns", "t"), Protocol: "sqs", Endpoint: arnOf("sqs", "q") }, here);
  await rule({ Arn: arnOf("sns", "t") });
  await event();
  const { Messages = [] } = await call("sqs", "ReceiveMessage", { QueueUrl: arnOf("sqs", "q") }, here);
  expect(Messages).toHaveLength(messages);
});
