import { describe, expect, it } from "vitest";
import type { Json } from "../../kit/json.ts";
import { type ActOutcome, beginExecution, letTimePass, outstandingActs, report, stopExecution, wakeAt } from "./advance-execution.ts";
import type { StateMachineDefinition } from "./definition.ts";
import type { ExecutionSurroundings } from "./execution-draft.ts";
import type { Act, ExecutionState, ExecutionStep, HistoryEvent } from "./execution-state.ts";
import { readDefinition } from "./read-definition.ts";

const START = Date.UTC(2026, 0, 1);
const task = "arn:aws:states:::ecs:runTask.sync";

/** An execution on a clock that the test turns. */
class Run {
  execution: ExecutionState;
  now = 0;
  readonly acts: Act[] = [];
  readonly history: HistoryEvent[] = [];
  readonly #definition: StateMachineDefinition;
  #tokens = 0;

  constructor(definition: unknown, input: Json = {}) {
    const reading = readDefinition(JSON.stringify(definition), () => true);
    if ("problems" in reading) throw new Error(JSON.stringify(reading.problems));
    this.#definition = reading.definition;
    this.execution = this.#take(beginExecution(input, this.#surroundings()));
  }

  after(seconds: number): this {
    this.now += seconds * 1000;
    this.#take(letTimePass(this.execution, this.#surroundings()));
    return this;
  }

  succeeds(output: Json, token = this.running[0]): this {
    return this.#report({ type: "succeeded", token: token ?? "", output });
  }

  fails(error: string, cause = "", token = this.running[0]): this {
    return this.#report({ type: "failed", token: token ?? "", error, cause });
  }

  stop(error: string): this {
    this.#take(stopExecution(this.execution, { error }, this.#surroundings()));
    return this;
  }

  get running(): string[] {
    return outstandingActs(this.execution).map(({ token }) => token);
  }

  get started(): Json[] {
    return this.acts.flatMap((act) => (act.kind === "start" ? [act.parameters] : []));
  }

  get types(): string[] {
    return this.history.map(({ type }) => type);
  }

  #report(outcome: ActOutcome): this {
    this.#take(report(this.execution, outcome, this.#surroundings()));
    return this;
  }

  #take({ execution, acts, history }: ExecutionStep): ExecutionState {
    this.acts.push(...acts);
    this.history.push(...history);
    // What is kept is JSON, as on disk.
    this.execution = JSON.parse(JSON.stringify(execution)) as ExecutionState;
    return this.execution;
  }

  #surroundings(): ExecutionSurroundings {
    return {
      definition: this.#definition,
      executionArn: "arn:aws:states:eu-west-1:000000000000:execution:m:e",
      executionName: "e",
      stateMachineArn: "arn:aws:states:eu-west-1:000000000000:stateMachine:m",
      stateMachineName: "m",
      roleArn: "arn:aws:iam::000000000000:role/r",
      now: this.now,
      wallNow: START + this.now,
      uuid: () => `token-${++this.#tokens}`,
      random: () => 0.5,
      limit: (ms) => ms,
    };
  }
}

const single = (state: Record<string, unknown>) => ({ StartAt: "S", States: { S: { End: true, ...state } } });
const pass = (parameters: Json, input: Json = {}): Json | undefined =>
  new Run(single({ Type: "Pass", Parameters: parameters }), input).execution.output;

describe("a task", () => {
  it("gets its parameters, and its result is selected and put where ResultPath says", () => {
    const run = new Run(
      single({
        Type: "Task",
        Resource: task,
        Parameters: { Cluster: "c", "Overrides.$": "$.Overrides", "Run.$": "$$.Execution.Name" },
        ResultSelector: { "arn.$": "$.TaskArn" },
        ResultPath: "$.done.task",
        OutputPath: "$.done",
      }),
      { Overrides: { Cpu: "512" } },
    );
    expect(run.started).toEqual([{ Cluster: "c", Overrides: { Cpu: "512" }, Run: "e" }]);
    run.succeeds({ TaskArn: "t", Containers: [] });
    expect(run.execution).toMatchObject({ status: "SUCCEEDED", output: { task: { arn: "t" } } });
    expect(run.types).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
  });

  it("is retried after 30 s, then 60 s, and then its failure is the execution's", () => {
    const run = new Run(
      single({
        Type: "Task",
        Resource: task,
        Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 30, BackoffRate: 2, MaxAttempts: 2 }],
      }),
    );
    run.fails("States.TaskFailed", "exit 1");
    expect(run.running).toEqual([]);
    expect(wakeAt(run.execution)).toEqual({ engine: 30_000 });
    expect(run.after(29).running).toEqual([]);
    expect(run.after(1).running).toEqual(["token-2"]);
    run.fails("States.TaskFailed", "exit 1");
    expect(run.after(59).running).toEqual([]);
    expect(run.after(1).running).toEqual(["token-3"]);
    run.fails("States.TaskFailed", "exit 3");
    expect(run.execution).toMatchObject({ status: "FAILED", error: "States.TaskFailed", cause: "exit 3" });
  });

  it.each([
    [{ MaxDelaySeconds: 40 }, 40_000],
    [{ JitterStrategy: "FULL" }, 30_000],
    [{ BackoffRate: 1 }, 30_000],
  ])("waits no longer than its retrier says: %j", (more, expected) => {
    const Retry = [{ ErrorEquals: ["Other"] }, { ErrorEquals: ["States.TaskFailed"], IntervalSeconds: 30, ...more }];
    const run = new Run(single({ Type: "Task", Resource: task, Retry })).fails("X").after(60).fails("X");
    expect((wakeAt(run.execution).engine ?? 0) - run.now).toBe(expected);
  });

  it("that takes too long is stopped, and its timeout can be caught", () => {
    const run = new Run({
      StartAt: "S",
      States: {
        S: {
          Type: "Task",
          Resource: task,
          TimeoutSeconds: 60,
          Catch: [{ ErrorEquals: ["States.Timeout"], ResultPath: "$.why", Next: "Late" }],
          End: true,
        },
        Late: { Type: "Pass", End: true },
      },
    });
    run.after(59);
    expect(run.execution.status).toBe("RUNNING");
    run.after(1);
    expect(run.acts.at(-1)).toEqual({ kind: "stop", token: "token-1" });
    expect(run.execution).toMatchObject({ status: "SUCCEEDED", output: { why: { Error: "States.Timeout" } } });
    // What it answers later is of no interest any more.
    const before = run.execution;
    expect(run.succeeds({}, "token-1").execution).toEqual(before);
  });

  it.each([
    ["States.ALL", "Ecs.ClusterNotFoundException", true],
    ["States.ALL", "States.Runtime", false],
    ["States.Runtime", "States.Runtime", true],
    ["States.TaskFailed", "Ecs.ClusterNotFoundException", true],
    ["States.TaskFailed", "States.Timeout", false],
    ["Ecs.Other", "Ecs.ClusterNotFoundException", false],
  ])("caught by %s: %s, %s", (name, error, isCaught) => {
    const run = new Run({
      StartAt: "S",
      States: { S: { Type: "Task", Resource: task, Catch: [{ ErrorEquals: [name], Next: "C" }], End: true }, C: { Type: "Succeed" } },
    });
    expect(run.fails(error, "c").execution.status).toBe(isCaught ? "SUCCEEDED" : "FAILED");
  });

  it("is stopped with its execution", () => {
    const run = new Run(single({ Type: "Task", Resource: task })).stop("Asked");
    expect(run.execution).toMatchObject({ status: "ABORTED", error: "Asked", threads: {} });
    expect(run.acts.at(-1)).toEqual({ kind: "stop", token: "token-1" });
  });
});

describe("a choice", () => {
  it.each([
    [{ Variable: "$.TaskArns[0]", IsPresent: true }, { TaskArns: ["t"] }, true],
    [{ Variable: "$.TaskArns[0]", IsPresent: true }, { TaskArns: [] }, false],
    [{ Variable: "$.n", NumericGreaterThanEquals: 3 }, { n: 3 }, true],
    [{ Variable: "$.n", NumericLessThan: 3 }, { n: "1" }, false],
    [{ Variable: "$.a", StringEqualsPath: "$.b" }, { a: "x", b: "x" }, true],
    [{ Variable: "$.a", StringMatches: "log-*.txt" }, { a: "log-7.txt" }, true],
    [{ Variable: "$.a", StringMatches: "log-\\*.txt" }, { a: "log-7.txt" }, false],
    [{ Variable: "$.t", TimestampLessThan: "2026-01-02T00:00:00Z" }, { t: "2026-01-01T23:30:00-01:00" }, false],
    [{ Variable: "$.b", BooleanEquals: false }, { b: false }, true],
    [{ Variable: "$.x", IsNull: true }, { x: null }, true],
    [{ Not: { Variable: "$.x", IsString: true } }, { x: 1 }, true],
    [
      {
        And: [
          { Variable: "$.x", IsNumeric: true },
          {
            Or: [
              { Variable: "$.x", NumericEquals: 1 },
              { Variable: "$.x", NumericEquals: 2 },
            ],
          },
        ],
      },
      { x: 2 },
      true,
    ],
  ])("%j of %j: %s", (rule, input, expected) => {
    const run = new Run(
      {
        StartAt: "C",
        States: {
          C: { Type: "Choice", Choices: [{ ...rule, Next: "Yes" }], Default: "No" },
          Yes: { Type: "Succeed" },
          No: { Type: "Fail" },
        },
      },
      input as Json,
    );
    expect(run.execution.status).toBe(expected ? "SUCCEEDED" : "FAILED");
  });

  it("fails when nothing holds and there is no Default, and when its variable is not there", () => {
    const States = { C: { Type: "Choice", Choices: [{ Variable: "$.a", NumericEquals: 1, Next: "S" }] }, S: { Type: "Succeed" } };
    expect(new Run({ StartAt: "C", States }, { a: 2 }).execution.error).toBe("States.NoChoiceMatched");
    expect(new Run({ StartAt: "C", States }).execution.error).toBe("States.Runtime");
  });
});

describe("waiting", () => {
  it("lasts its seconds, or until its time on the calendar", () => {
    const run = new Run(single({ Type: "Wait", SecondsPath: "$.s" }), { s: 5 });
    expect(run.after(4).execution.status).toBe("RUNNING");
    expect(run.after(1).execution).toMatchObject({ status: "SUCCEEDED", output: { s: 5 } });
    const until = new Run(single({ Type: "Wait", Timestamp: "2026-01-01T00:01:00Z" }));
    expect(wakeAt(until.execution)).toEqual({ calendar: START + 60_000 });
    expect(until.after(59).execution.status).toBe("RUNNING");
    expect(until.after(1).execution.status).toBe("SUCCEEDED");
  });

  it("does not outlast the time of the whole execution", () => {
    const run = new Run({ TimeoutSeconds: 3, ...single({ Type: "Wait", Seconds: 10 }) });
    expect(wakeAt(run.execution)).toEqual({ engine: 3000 });
    expect(run.after(3).execution.status).toBe("TIMED_OUT");
  });
});

describe("branches", () => {
  const branch = (name: string) => ({
    StartAt: name,
    States: { [name]: { Type: "Task", Resource: task, Parameters: { Name: name }, End: true } },
  });

  it("go on side by side, and their outputs come in their order", () => {
    const run = new Run(single({ Type: "Parallel", Branches: [branch("A"), branch("B")], ResultPath: "$.both" }));
    expect(run.started).toEqual([{ Name: "A" }, { Name: "B" }]);
    run.succeeds("b", "token-2").succeeds("a", "token-1");
    expect(run.execution.output).toEqual({ both: ["a", "b"] });
  });

  it("end together when one fails, and are begun anew by a retry", () => {
    const run = new Run(
      single({
        Type: "Parallel",
        Branches: [branch("A"), branch("B")],
        Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 7, MaxAttempts: 1 }],
      }),
    );
    run.fails("X", "y", "token-2");
    expect(run.acts.at(-1)).toEqual({ kind: "stop", token: "token-1" });
    expect(run.running).toEqual([]);
    expect(run.after(7).running).toEqual(["token-3", "token-4"]);
    run.fails("X", "z", "token-3");
    expect(run.execution).toMatchObject({ status: "FAILED", error: "X", cause: "z", threads: {} });
  });

  it("of a Map are one for each item, no more at a time than MaxConcurrency", () => {
    const ItemProcessor = { StartAt: "I", States: { I: { Type: "Task", Resource: task, End: true } } };
    const run = new Run(
      single({
        Type: "Map",
        ItemsPath: "$.items",
        MaxConcurrency: 2,
        ItemSelector: { "n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "of.$": "$.of" },
        ItemProcessor,
      }),
      { of: "all", items: [7, 8, 9] },
    );
    expect(run.started).toEqual([
      { n: 7, i: 0, of: "all" },
      { n: 8, i: 1, of: "all" },
    ]);
    run.succeeds("first", "token-1");
    expect(run.started[2]).toEqual({ n: 9, i: 2, of: "all" });
    run.succeeds("third", "token-3").succeeds("second", "token-2");
    expect(run.execution.output).toEqual(["first", "second", "third"]);
    expect(new Run(single({ Type: "Map", ItemProcessor }), []).execution.output).toEqual([]);
  });
});

describe("data", () => {
  it.each([
    [{ "x.$": "$.a.b[1]" }, { x: 2 }],
    [{ "x.$": "$.a.b[*]" }, { x: [1, 2] }],
    [{ "x.$": "$.list[?(@.n == 2)].s" }, { x: ["two"] }],
    [{ "x.$": "States.Format('{} of {} \\{}', $.list[0].s, $.a)" }, { x: 'one of {"b":[1,2]} {}' }],
    [{ "x.$": "States.Array(1, 'it\\'s', true, null, $.a.b)" }, { x: [1, "it's", true, null, [1, 2]] }],
    [{ "x.$": "States.ArrayLength(States.ArrayUnique(States.Array(1, 1, 2)))" }, { x: 2 }],
    [{ "x.$": "States.ArrayPartition(States.ArrayRange(1, 5, 2), 2)" }, { x: [[1, 3], [5]] }],
    [{ "x.$": "States.ArrayContains($.a.b, 2)" }, { x: true }],
    [{ "x.$": "States.ArrayGetItem($.list, 1)" }, { x: { n: 2, s: "two" } }],
    [{ "x.$": "States.JsonMerge($.a, $.list[0], false)" }, { x: { b: [1, 2], n: 1, s: "one" } }],
    [{ "x.$": "States.StringToJson(States.JsonToString($.a))" }, { x: { b: [1, 2] } }],
    [{ "x.$": "States.Base64Decode(States.Base64Encode('ä'))" }, { x: "ä" }],
    [{ "x.$": "States.MathAdd(1, -3)" }, { x: -2 }],
    [{ "x.$": "States.MathRandom(1, 9)" }, { x: 5 }],
    [{ "x.$": "States.StringSplit('a,b;c', ',;')" }, { x: ["a", "b", "c"] }],
  ])("%j gives %j", (parameters, expected) => {
    const input = {
      a: { b: [1, 2] },
      list: [
        { n: 1, s: "one" },
        { n: 2, s: "two" },
      ],
    };
    expect(pass(parameters, input)).toEqual(expected);
  });

  it("that is not there fails the execution, whatever would be caught", () => {
    const state = { Type: "Task", Resource: task, Parameters: { "x.$": "$.none" }, Retry: [{ ErrorEquals: ["States.ALL"] }] };
    expect(new Run(single(state)).execution).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
      cause:
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONPath '$.none' specified for the field 'x.$' could not be found in the input '{}'",
    });
  });

  it("cannot be put where something else is, nor be larger than 256 KiB", () => {
    expect(new Run(single({ Type: "Pass", ResultPath: "$.a.b" }), { a: 1 }).execution.error).toBe("States.ResultPathMatchFailure");
    expect(new Run(single({ Type: "Pass" }), "x".repeat(262_145)).execution.error).toBe("States.DataLimitExceeded");
  });

  it("of a catcher that cannot take it ends the execution", () => {
    const States = {
      S: { Type: "Task", Resource: task, Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.a.b", Next: "N" }], End: true },
      N: { Type: "Succeed" },
    };
    expect(new Run({ StartAt: "S", States }, { a: 1 }).fails("X").execution.error).toBe("States.ResultPathMatchFailure");
  });
});

it("a machine that goes round without waiting ends at 25,000 events", () => {
  const run = new Run({ StartAt: "A", States: { A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } } });
  expect(run.execution).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  expect(run.history.at(-1)?.type).toBe("ExecutionFailed");
});
