import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  GetExecutionHistoryCommand,
  InvalidDefinition,
  SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
} from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { createGateway, type Gateway } from "../../gateway/gateway.ts";
import type { OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import type { EmittedEvent } from "../eventbridge/event-bus.ts";
import { iamProvider } from "../iam/provider.ts";
import { sqsProvider } from "../sqs/provider.ts";
import { executionEvent } from "./execution-event.ts";
import { ExecutionRunner } from "./execution-runner.ts";
import { sfnProvider } from "./provider.ts";

const region = "eu-west-1";
const role = "arn:aws:iam::000000000000:role/machine";
const START = Date.UTC(2026, 0, 1);

/** Tasks as ECS tells of them; the test says when one ends. */
interface FakeTask {
  readonly taskArn: string;
  readonly token: string;
  exitCode: number | undefined;
  isStopped: boolean;
}

let store: LibsqlStore;
let clock: VirtualClock;
let gateway: Gateway;
let runner: ExecutionRunner;
let tasks: FakeTask[];
let runs: OperationInput<"ecs", "RunTask">[];
let stops: string[];
let counted: string[];
let changes: EmittedEvent[];
let defects: unknown[];
const listeners = new Set<(taskArn: string) => void>();

/** The platform as it is after a start, on the store there is. */
async function start(): Promise<void> {
  const ids = new RandomIds();
  gateway = createGateway({ account: "000000000000", ids, report: (defect) => defects.push(defect) });
  const shared = { store, clock, ids, call: gateway.call };
  listeners.clear();
  runner = new ExecutionRunner({
    ...shared,
    engineClock: clock,
    metrics: { record: (_region, namespace, name) => counted.push(`${namespace} ${name}`) },
    limit: (ms) => ms,
    onTaskStopped: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changed: (execution) => changes.push(executionEvent(execution, clock.now())),
    report: (defect) => defects.push(defect),
  });
  gateway.mount("iam", iamProvider(shared));
  gateway.mount("sqs", sqsProvider({ ...shared, endpoint: () => "http://127.0.0.1:4566" }));
  gateway.mount("sfn", sfnProvider({ ...shared, runner }));
  gateway.mount("ecs", {
    service: "ecs",
    operations: {
      RunTask: (input) => {
        runs.push(input);
        const token = input.clientToken ?? "";
        let task = tasks.find((each) => each.token === token);
        if (task === undefined) {
          task = { taskArn: `arn:aws:ecs:${region}:000000000000:task/c/${tasks.length}`, token, exitCode: undefined, isStopped: false };
          tasks.push(task);
        }
        return { tasks: [shown(task)], failures: [] };
      },
      DescribeTasks: (input) => ({ tasks: tasks.filter(({ taskArn }) => input.tasks?.includes(taskArn)).map(shown) }),
      StopTask: ({ task }) => {
        stops.push(task ?? "");
        return {};
      },
      ListTasks: () => ({ taskArns: tasks.filter(({ isStopped }) => !isStopped).map(({ taskArn }) => taskArn) }),
      DescribeTaskDefinition: () => ({ taskDefinition: { containerDefinitions: [{ name: "app" }, { name: "logs", essential: false }] } }),
    },
  });
  await Promise.all([gateway.warm("ecs"), gateway.warm("sfn"), gateway.warm("sqs")]);
  runner.start();
}

function shown({ taskArn, exitCode, isStopped }: FakeTask) {
  const containers = [
    { name: "app", exitCode },
    { name: "logs", exitCode: isStopped ? 143 : undefined },
  ];
  return {
    taskArn,
    clusterArn: "c",
    taskDefinitionArn: "d",
    lastStatus: isStopped ? "STOPPED" : "RUNNING",
    createdAt: new Date(START),
    containers,
  };
}

async function ends(task: FakeTask | undefined, exitCode: number): Promise<void> {
  if (task === undefined) throw new Error("there is no such task");
  task.exitCode = exitCode;
  task.isStopped = true;
  for (const listener of listeners) listener(task.taskArn);
  await turns();
}

/** Lets everything that is under way come to rest: calls inside the platform take turns of the loop, no time. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const sfn = <Operation extends OperationName<"sfn">>(operation: Operation, input: OperationInput<"sfn", Operation>) =>
  gateway.call("sfn", operation, input, { region }) as Promise<OperationOutput<"sfn", Operation>>;

const run = (more: object = {}) => ({
  StartAt: "Run",
  States: {
    Run: {
      Type: "Task",
      Resource: "arn:aws:states:::ecs:runTask.sync",
      Parameters: { Cluster: "c", TaskDefinition: "d", "Overrides.$": "$.Overrides" },
      End: true,
      ...more,
    },
  },
});

async function machine(definition: object, name = "m"): Promise<string> {
  const { stateMachineArn } = await sfn("CreateStateMachine", { name, definition: JSON.stringify(definition), roleArn: role });
  return stateMachineArn ?? "";
}

async function begin(definition: object, input: object = { Overrides: {} }): Promise<string> {
  const { executionArn } = await sfn("StartExecution", { stateMachineArn: await machine(definition), input: JSON.stringify(input) });
  await turns();
  return executionArn ?? "";
}

const execution = (executionArn: string) => sfn("DescribeExecution", { executionArn });

beforeEach(async () => {
  store = new LibsqlStore(":memory:");
  clock = new VirtualClock(START);
  [tasks, runs, stops, counted, changes, defects] = [[], [], [], [], [], []];
  await start();
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "states.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  await gateway.call("iam", "CreateRole", { RoleName: "machine", AssumeRolePolicyDocument: JSON.stringify(trust) }, { region });
});
afterEach(() => {
  runner.close();
  store.close();
  expect(defects).toEqual([]);
});

describe("a task that is run and waited for", () => {
  it("gives its description when its essential containers end with 0", async () => {
    const arn = await begin(run(), { Overrides: { ContainerOverrides: [{ Name: "app", Command: ["x"] }] } });
    expect(runs).toMatchObject([
      {
        cluster: "c",
        taskDefinition: "d",
        startedBy: "AWS Step Functions",
        overrides: { containerOverrides: [{ name: "app", command: ["x"] }] },
      },
    ]);
    await ends(tasks[0], 0);
    const { status, output } = await execution(arn);
    expect(status).toBe("SUCCEEDED");
    expect(JSON.parse(output ?? "")).toMatchObject({ TaskArn: tasks[0]?.taskArn, LastStatus: "STOPPED", CreatedAt: START });
    expect(counted).toEqual(["AWS/States ExecutionsStarted", "AWS/States ExecutionsSucceeded", "AWS/States ExecutionTime"]);
  });

  it("fails with the task as cause when it ends with another code", async () => {
    const arn = await begin(run());
    await ends(tasks[0], 3);
    const { status, error, cause } = await execution(arn);
    expect([status, error]).toEqual(["FAILED", "States.TaskFailed"]);
    expect(JSON.parse(cause ?? "").Containers[0]).toEqual({ Name: "app", ExitCode: 3 });
  });

  it("is stopped when it takes too long, and tried again", async () => {
    const arn = await begin(run({ TimeoutSeconds: 60, Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 30, MaxAttempts: 1 }] }));
    clock.advanceBy(60_000);
    await turns();
    expect(stops).toEqual([tasks[0]?.taskArn]);
    clock.advanceBy(30_000);
    await turns();
    expect(tasks).toHaveLength(2);
    await ends(tasks[1], 0);
    expect((await execution(arn)).status).toBe("SUCCEEDED");
  });

  it("is stopped with its execution", async () => {
    const arn = await begin(run());
    await sfn("StopExecution", { executionArn: arn, error: "Asked", cause: "by hand" });
    await turns();
    expect(stops).toEqual([tasks[0]?.taskArn]);
    expect(await execution(arn)).toMatchObject({ status: "ABORTED", error: "Asked", cause: "by hand" });
    expect(counted).toContain("AWS/States ExecutionsAborted");
    expect(changes).toMatchObject([
      { source: "aws.states", resources: [arn], detail: { status: "RUNNING", stopDate: null, error: null } },
      {
        detailType: "Step Functions Execution Status Change",
        detail: { status: "ABORTED", error: "Asked", cause: "by hand", output: null },
      },
    ]);
  });

  it("is found again after a restart of the platform, and started once", async () => {
    const arn = await begin(run());
    runner.close();
    await start();
    await turns();
    expect(runs.map(({ clientToken }) => clientToken)).toEqual([runs[0]?.clientToken, runs[0]?.clientToken]);
    expect(tasks).toHaveLength(1);
    await ends(tasks[0], 0);
    expect((await execution(arn)).status).toBe("SUCCEEDED");
    const { events = [] } = await sfn("GetExecutionHistory", { executionArn: arn });
    expect(events.map(({ type }) => type).filter((type) => type === "TaskSubmitted")).toHaveLength(1);
  });
});

it("a run leaves it when the run before is still going on", async () => {
  const definition = {
    StartAt: "List",
    States: {
      List: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:ecs:listTasks",
        Parameters: { Cluster: "c", Family: "f" },
        ResultPath: "$.Running",
        Next: "Choose",
      },
      Choose: { Type: "Choice", Choices: [{ Variable: "$.Running.TaskArns[0]", IsPresent: true, Next: "Leave" }], Default: "Run" },
      Leave: { Type: "Succeed" },
      ...run().States,
    },
  };
  const first = await begin(definition);
  const second = await begin(definition);
  expect((await execution(second)).status).toBe("SUCCEEDED");
  expect((await execution(first)).status).toBe("RUNNING");
  expect(tasks).toHaveLength(1);
  await ends(tasks[0], 0);
  await begin(definition);
  expect(tasks).toHaveLength(2);
});

it("sends messages, starts other machines, and names what a service refuses", async () => {
  const { QueueUrl } = await gateway.call("sqs", "CreateQueue", { QueueName: "q" }, { region });
  const inner = await machine({ StartAt: "S", States: { S: { Type: "Succeed" } } }, "inner");
  const arn = await begin(
    {
      StartAt: "Send",
      States: {
        Send: {
          Type: "Task",
          Resource: "arn:aws:states:::sqs:sendMessage",
          Parameters: { QueueUrl, MessageBody: { "n.$": "$.n" } },
          ResultPath: null,
          Next: "Start",
        },
        Start: {
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution",
          Parameters: { StateMachineArn: inner, Input: { a: 1 } },
          ResultPath: "$.started",
          Next: "Missing",
        },
        Missing: {
          Type: "Task",
          Resource: "arn:aws:states:::aws-sdk:sqs:sendMessage",
          Parameters: { QueueUrl: "http://127.0.0.1:4566/000000000000/none", MessageBody: "x" },
          Catch: [{ ErrorEquals: ["Sqs.QueueDoesNotExistException"], ResultPath: "$.error", Next: "End" }],
          End: true,
        },
        End: { Type: "Pass", End: true },
      },
    },
    { n: 7 },
  );
  const { Messages } = await gateway.call("sqs", "ReceiveMessage", { QueueUrl }, { region });
  expect(Messages?.map(({ Body }) => Body)).toEqual(['{"n":7}']);
  const { status, output } = await execution(arn);
  expect(status).toBe("SUCCEEDED");
  const { started } = JSON.parse(output ?? "") as { started: { ExecutionArn: string } };
  expect((await execution(started.ExecutionArn)).input).toBe('{"a":1}');
});

it("lists executions newest first, page by page, and by status", async () => {
  const stateMachineArn = await machine({ StartAt: "W", States: { W: { Type: "Wait", Seconds: 5, End: true } } });
  for (const name of ["a", "b", "c"]) {
    await sfn("StartExecution", { stateMachineArn, name });
    clock.advanceBy(2_000);
    await turns();
  }
  const list = (more: object) => sfn("ListExecutions", { stateMachineArn, ...more });
  const page = await list({ maxResults: 2 });
  expect(page.executions?.map(({ name }) => name)).toEqual(["c", "b"]);
  expect((await list({ maxResults: 2, nextToken: page.nextToken })).executions?.map(({ name }) => name)).toEqual(["a"]);
  expect((await list({ statusFilter: "SUCCEEDED" })).executions?.map(({ name }) => name)).toEqual(["a"]);
});

it("what is deleted takes its executions with it", async () => {
  const arn = await begin(run());
  await sfn("DeleteStateMachine", { stateMachineArn: arn.replace(":execution:", ":stateMachine:").replace(/:[^:]+$/, "") });
  await turns();
  expect(stops).toEqual([tasks[0]?.taskArn]);
  await expect(execution(arn)).rejects.toThrow("Execution Does Not Exist");
});

it("answers the SDK over the wire, with its own errors", async () => {
  const { endpoint, close } = await gateway.listen(0);
  const client = new SFNClient({ endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" }, maxAttempts: 1 });
  const definition = JSON.stringify({ StartAt: "S", States: { S: { Type: "Pass", Result: { done: true }, End: true } } });
  try {
    const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name: "wire", definition, roleArn: role }));
    const { executionArn, startDate } = await client.send(new StartExecutionCommand({ stateMachineArn, name: "one", input: '{"a":"ä"}' }));
    expect(startDate).toEqual(new Date(START));
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: "SUCCEEDED",
      output: '{"done":true}',
      input: '{"a":"ä"}',
    });
    const first = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 2 }));
    const rest = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken: first.nextToken }));
    expect([...(first.events ?? []), ...(rest.events ?? [])].map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, "ExecutionStarted"],
      [2, 0, "PassStateEntered"],
      [3, 2, "PassStateExited"],
      [4, 3, "ExecutionSucceeded"],
    ]);
    await expect(client.send(new StartExecutionCommand({ stateMachineArn, name: "one", input: "{}" }))).rejects.toThrow(
      ExecutionAlreadyExists,
    );
    await expect(client.send(new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}2` }))).rejects.toThrow(
      StateMachineDoesNotExist,
    );
    const broken = new CreateStateMachineCommand({
      name: "broken",
      definition: '{"StartAt":"X","States":{"S":{"Type":"Succeed"}}}',
      roleArn: role,
    });
    await expect(client.send(broken)).rejects.toThrow(InvalidDefinition);
    const stranger = new CreateStateMachineCommand({ name: "other", definition, roleArn: `${role}2` });
    await expect(client.send(stranger)).rejects.toThrow("is authorized to assume the provided role");
  } finally {
    client.destroy();
    await close();
  }
});
