import { ClientException } from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { iamProvider } from "../iam/provider.ts";
import { sqsProvider } from "../sqs/provider.ts";
import { schedulerProvider } from "./provider.ts";
import { ScheduleRunner } from "./schedule-runner.ts";

const START = Date.UTC(2026, 2, 28, 12);
const cluster = "arn:aws:ecs:eu-west-1:000000000000:cluster/c";
const role = "arn:aws:iam::000000000000:role/schedules";

let store: LibsqlStore;
let clock: VirtualClock;
let call: Call;
let gateway: Gateway;
let runner: ScheduleRunner;
let failures: string[];
let given: string[];
const runs: { at: string; input: OperationInput<"ecs", "RunTask"> }[] = [];

/** The platform as it is after a start, on the store there is. */
async function start(): Promise<void> {
  const ids = new RandomIds();
  gateway = strictGateway(ids);
  ({ call } = gateway);
  runner = new ScheduleRunner({ store, clock, ids, account: "000000000000", call, report: (message) => given.push(message) });
  gateway.mount("iam", iamProvider({ store, clock, ids }));
  gateway.mount("sqs", sqsProvider({ store, clock, ids, endpoint: () => "http://127.0.0.1:4566" }));
  gateway.mount("scheduler", schedulerProvider({ store, clock, call, runner }));
  gateway.mount("ecs", {
    service: "ecs",
    operations: {
      RunTask: (input) => {
        runs.push({ at: new Date(clock.now()).toISOString(), input });
        const reason = failures.shift();
        if (reason === undefined) return { tasks: [{}] };
        if (reason.startsWith("RESOURCE:")) return { tasks: [], failures: [{ reason }] };
        throw new ClientException({ message: reason, $metadata: {} });
      },
    },
  });
  await gateway.warm("ecs");
  runner.start();
}

beforeEach(async () => {
  store = new LibsqlStore(":memory:");
  clock = new VirtualClock(START);
  [failures, given] = [[], []];
  runs.length = 0;
  await start();
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "scheduler.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  await call("iam", "CreateRole", { RoleName: "schedules", AssumeRolePolicyDocument: JSON.stringify(trust) }, { region: "eu-west-1" });
});

afterEach(() => {
  runner.close();
  store.close();
});

const ask = <Operation extends OperationName<"scheduler">>(operation: Operation, input: OperationInput<"scheduler", Operation>) =>
  call("scheduler", operation, input, { region: "eu-west-1" }) as Promise<OperationOutput<"scheduler", Operation>>;

const schedule = (Name: string, ScheduleExpression: string, more: Partial<OperationInput<"scheduler", "CreateSchedule">> = {}) => ({
  Name,
  ScheduleExpression,
  FlexibleTimeWindow: { Mode: "OFF" as const },
  Target: { Arn: cluster, RoleArn: role, EcsParameters: { TaskDefinitionArn: "etl" } },
  ...more,
});

async function advanceTo(instant: number): Promise<void> {
  for (let due = clock.nextDue(); due !== undefined && due <= instant; due = clock.nextDue()) {
    clock.step();
    await runner.settled();
  }
  clock.advanceTo(instant);
}

describe("a schedule", () => {
  it("runs its task at the hour of its time zone, also over a change of clocks", async () => {
    const Target = {
      Arn: cluster,
      RoleArn: role,
      EcsParameters: {
        TaskDefinitionArn: "etl:3",
        LaunchType: "FARGATE" as const,
        NetworkConfiguration: { awsvpcConfiguration: { Subnets: ["subnet-1"], AssignPublicIp: "DISABLED" as const } },
      },
      Input: '{"containerOverrides":[{"name":"etl","command":["run","<aws.scheduler.scheduled-time>"]}]}',
    };
    await ask("CreateSchedule", schedule("nightly", "cron(0 3 * * ? *)", { ScheduleExpressionTimezone: "Europe/Berlin", Target }));
    await advanceTo(Date.UTC(2026, 2, 30, 12));
    expect(runs.map(({ at }) => at)).toEqual(["2026-03-29T01:00:00.000Z", "2026-03-30T01:00:00.000Z"]);
    expect(runs[0]?.input).toMatchObject({
      cluster,
      taskDefinition: "etl:3",
      launchType: "FARGATE",
      count: 1,
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"], assignPublicIp: "DISABLED" } },
      overrides: { containerOverrides: [{ name: "etl", command: ["run", "2026-03-29T01:00:00Z"] }] },
    });
  });

  it("keeps to its start, its end and its state", async () => {
    const window = { StartDate: new Date(START + 60_000), EndDate: new Date(START + 170_000) };
    await ask("CreateSchedule", schedule("within", "rate(1 minute)", window));
    await ask("CreateSchedule", schedule("off", "rate(1 minute)", { State: "DISABLED" }));
    await advanceTo(START + 600_000);
    expect(runs.map(({ at }) => at)).toEqual(["2026-03-28T12:01:00.000Z", "2026-03-28T12:02:00.000Z"]);
    await ask("UpdateSchedule", schedule("off", "rate(5 minutes)"));
    runs.length = 0;
    await advanceTo(START + 1_000_000);
    expect(runs).toHaveLength(1);
  });

  it("that happens once is gone afterwards when it asked for that", async () => {
    await ask("CreateSchedule", schedule("once", "at(2026-03-28T13:00:00)", { ActionAfterCompletion: "DELETE" }));
    await ask("CreateSchedule", schedule("stays", "at(2026-03-28T13:00:00)"));
    await advanceTo(START + 2 * 3_600_000);
    expect(runs).toHaveLength(2);
    await expect(ask("GetSchedule", { Name: "once" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(ask("GetSchedule", { Name: "stays" })).resolves.toMatchObject({ State: "ENABLED" });
  });

  it("tries again with growing waits, under one id, until its retries are used up", async () => {
    failures = ["Capacity is unavailable", "Capacity is unavailable", "Capacity is unavailable"];
    const Target = { Arn: cluster, RoleArn: role, EcsParameters: { TaskDefinitionArn: "etl" }, RetryPolicy: { MaximumRetryAttempts: 2 } };
    await ask("CreateSchedule", schedule("failing", "at(2026-03-28T13:00:00)", { Target }));
    await advanceTo(START + 2 * 3_600_000);
    expect(runs.map(({ at }) => at.slice(14, 19))).toEqual(["00:00", "00:01", "00:03"]);
    expect(new Set(runs.map(({ input }) => input.clientToken)).size).toBe(1);
    expect(given).toEqual(["schedule eu-west-1/default/failing gave up after 3 attempts: Capacity is unavailable"]);
  });

  it("starts the next run while the one before is still going on", async () => {
    await ask("CreateSchedule", schedule("overlapping", "rate(1 minute)"));
    // No task here ever ends, and nobody but RunTask is asked.
    await advanceTo(START + 180_000);
    expect(runs.map(({ at }) => at.slice(11, 19))).toEqual(["12:01:00", "12:02:00", "12:03:00"]);
    expect(new Set(runs.map(({ input }) => input.clientToken)).size).toBe(3);
  });

  it("has done its part when ECS answers a run with failures", async () => {
    failures = ["RESOURCE:FARGATE"];
    await ask("CreateSchedule", schedule("delivered", "at(2026-03-28T13:00:00)"));
    await advanceTo(START + 2 * 3_600_000);
    expect([runs.length, given]).toEqual([1, []]);
  });

  it("starts a state machine once, under the occurrence's own name", async () => {
    const starts: OperationInput<"sfn", "StartExecution">[] = [];
    gateway.mount("sfn", {
      service: "sfn",
      operations: {
        StartExecution: (input) => {
          starts.push(input);
          if (starts.length === 1) throw new ClientException({ message: "lost on the way", $metadata: {} });
          return { executionArn: "e", startDate: new Date(0) };
        },
      },
    });
    await gateway.warm("sfn");
    const stateMachineArn = "arn:aws:states:eu-west-1:000000000000:stateMachine:m";
    const Target = { Arn: stateMachineArn, RoleArn: role, Input: '{"Overrides":{}}' };
    await ask("CreateSchedule", schedule("machine", "at(2026-03-28T13:00:00)", { Target }));
    await advanceTo(START + 2 * 3_600_000);
    expect(starts).toHaveLength(2);
    expect(starts[0]).toMatchObject({ stateMachineArn, input: '{"Overrides":{}}' });
    expect(starts[1]?.name).toBe(starts[0]?.name);
  });

  it("leaves what was not delivered in its dead-letter queue", async () => {
    failures = ["Capacity is unavailable"];
    await call("sqs", "CreateQueue", { QueueName: "dead" }, { region: "eu-west-1" });
    const DeadLetterConfig = { Arn: "arn:aws:sqs:eu-west-1:000000000000:dead" };
    const Target = {
      Arn: cluster,
      RoleArn: role,
      EcsParameters: { TaskDefinitionArn: "etl" },
      RetryPolicy: { MaximumRetryAttempts: 0 },
      DeadLetterConfig,
    };
    await ask("CreateSchedule", schedule("lost", "at(2026-03-28T13:00:00)", { Target }));
    await advanceTo(START + 2 * 3_600_000);
    const { Messages } = await call("sqs", "ReceiveMessage", { QueueUrl: "dead", MessageAttributeNames: ["All"] }, { region: "eu-west-1" });
    expect(Messages).toMatchObject([{ Body: "{}", MessageAttributes: { ERROR_MESSAGE: { StringValue: "Capacity is unavailable" } } }]);
  });

  it("goes on after a restart, with what was being delivered and without what was missed", async () => {
    failures = ["Capacity is unavailable"];
    await ask("CreateSchedule", schedule("hourly", "rate(1 hour)"));
    await advanceTo(START + 3_600_000);
    runner.close();
    clock.advanceTo(START + 3.5 * 3_600_000);
    await start();
    await advanceTo(START + 3.6 * 3_600_000);
    expect(runs).toHaveLength(2);
    expect(runs[1]?.input.clientToken).toBe(runs[0]?.input.clientToken);
    await advanceTo(START + 4 * 3_600_000);
    expect(runs).toHaveLength(3);
  });

  it("may call any operation of the platform", async () => {
    const Target = {
      Arn: "arn:aws:scheduler:::aws-sdk:ecs:runTask",
      RoleArn: role,
      Input: JSON.stringify({ Cluster: "c", TaskDefinition: "t", Overrides: { ContainerOverrides: [{ Name: "a", Command: ["X"] }] } }),
    };
    await ask("CreateSchedule", schedule("universal", "at(2026-03-28T12:30:00)", { Target }));
    await advanceTo(START + 3_600_000);
    expect(runs[0]?.input).toEqual({
      cluster: "c",
      taskDefinition: "t",
      overrides: { containerOverrides: [{ name: "a", command: ["X"] }] },
    });
  });

  it("is refused for what Scheduler refuses", async () => {
    for (const [input, message] of [
      [schedule("x", "cron(0 3 * * * *)"), "Invalid Schedule Expression cron(0 3 * * * *)."],
      [schedule("x", "rate(0 minutes)"), "Invalid Schedule Expression rate(0 minutes)."],
      [
        schedule("x", "rate(1 hour)", { ScheduleExpressionTimezone: "Mars/Olympus" }),
        "Provided timezone is not valid. Verify the value and try again.",
      ],
      [
        schedule("x", "rate(1 hour)", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }),
        "MaximumWindowInMinutes must be provided for the FLEXIBLE mode.",
      ],
      [schedule("x", "rate(1 hour)", { EndDate: new Date(START - 1) }), "The EndDate you specify must be in the future."],
      [schedule("x", "rate(1 hour)", { Target: { Arn: cluster, RoleArn: role, Input: "{" } }), "Input is not a valid JSON."],
      [
        schedule("x", "rate(1 hour)", { Target: { Arn: cluster, RoleArn: `${role}s` } }),
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
      ],
    ] as const) {
      await expect(ask("CreateSchedule", input)).rejects.toMatchObject({ name: "ValidationException", message });
    }
    await ask("CreateSchedule", schedule("x", "rate(1 hour)", { ClientToken: "t" }));
    await ask("CreateSchedule", schedule("x", "rate(1 hour)", { ClientToken: "t" }));
    await expect(ask("CreateSchedule", schedule("x", "rate(1 hour)"))).rejects.toMatchObject({ name: "ConflictException" });
    await expect(ask("CreateSchedule", schedule("y", "rate(1 hour)", { GroupName: "none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

describe("the ranges of a schedule:", () => {
  const target = { Arn: cluster, RoleArn: role };
  const window = (MaximumWindowInMinutes: number) => ({ FlexibleTimeWindow: { Mode: "FLEXIBLE" as const, MaximumWindowInMinutes } });
  const tasks = (TaskCount: number) => ({ Target: { ...target, EcsParameters: { TaskDefinitionArn: "etl", TaskCount } } });
  const ecs = { TaskDefinitionArn: "etl" };
  const retries = (MaximumRetryAttempts: number) => ({ Target: { ...target, EcsParameters: ecs, RetryPolicy: { MaximumRetryAttempts } } });
  const age = (MaximumEventAgeInSeconds: number) => ({
    Target: { ...target, EcsParameters: ecs, RetryPolicy: { MaximumEventAgeInSeconds } },
  });
  it.each([
    ["a flexible window of 1–1440 minutes", window, 1, 1440],
    ["1–10 tasks", tasks, 1, 10],
    ["0–185 retries", retries, 0, 185],
    ["an age of 60–86400 seconds", age, 60, 86_400],
  ])("%s", async (_what, given, least, most) => {
    for (const within of [least, most]) await ask("CreateSchedule", schedule(`of-${within}`, "rate(1 hour)", given(within)));
    for (const [beyond, bound] of [
      [least - 1, `greater than or equal to ${least}`],
      [most + 1, `less than or equal to ${most}`],
    ] as const) {
      await expect(ask("CreateSchedule", schedule("x", "rate(1 hour)", given(beyond)))).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining(`Value '${beyond}' at`),
      });
      await expect(ask("CreateSchedule", schedule("x", "rate(1 hour)", given(beyond)))).rejects.toThrow(bound);
    }
    expect((await ask("ListSchedules", {})).Schedules?.map(({ Name }) => Name)).not.toContain("x");
  });

  it("an occurrence comes at the beginning of its window", async () => {
    await ask("CreateSchedule", schedule("x", "at(2026-03-28T13:00:00)", window(1440)));
    await advanceTo(START + 48 * 3_600_000);
    expect(runs.map(({ at }) => at)).toEqual(["2026-03-28T13:00:00.000Z"]);
  });

  it("a day of 185 retries, no window and one task, where nothing is said", async () => {
    await ask("CreateSchedule", schedule("x", "rate(1 hour)"));
    expect(await ask("GetSchedule", { Name: "x" })).toMatchObject({
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 } },
    });
    await advanceTo(START + 3_600_000);
    expect(runs.map(({ input }) => input.count)).toEqual([1]);
  });
});

describe("a group", () => {
  it("has tags, and goes with its schedules", async () => {
    const { ScheduleGroupArn: ResourceArn } = await ask("CreateScheduleGroup", { Name: "jobs", Tags: [{ Key: "a", Value: "1" }] });
    await ask("TagResource", { ResourceArn, Tags: [{ Key: "b", Value: "2" }] });
    await ask("UntagResource", { ResourceArn, TagKeys: ["a"] });
    expect((await ask("ListTagsForResource", { ResourceArn })).Tags).toEqual([{ Key: "b", Value: "2" }]);
    await ask("CreateSchedule", schedule("in", "rate(1 minute)", { GroupName: "jobs" }));
    await ask("CreateSchedule", schedule("out", "rate(1 hour)"));
    expect((await ask("ListSchedules", { GroupName: "jobs" })).Schedules?.map(({ Name }) => Name)).toEqual(["in"]);
    await ask("DeleteScheduleGroup", { Name: "jobs" });
    expect((await ask("ListSchedules", {})).Schedules?.map(({ Name }) => Name)).toEqual(["out"]);
    expect((await ask("ListScheduleGroups", {})).ScheduleGroups?.map(({ Name }) => Name)).toEqual(["default"]);
    await advanceTo(START + 600_000);
    expect(runs).toEqual([]);
  });
});
