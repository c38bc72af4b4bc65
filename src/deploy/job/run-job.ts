/**
 * `run` as a function: starts a deployed job now, and, when asked, follows it to its end. It reads only the stack's
 * outputs. A job with a machine is started through it, so that timeout, retries and `concurrency` hold as for every
 * scheduled run; any other through RunTask.
 */
import type { ContainerOverride, Task } from "@aws-sdk/client-ecs";
import type { Aws } from "../../aws/aws.ts";
import type { JobServices } from "../../aws/job-services.ts";
import type { Clock } from "../../kit/clock.ts";
import { pause } from "../../kit/pause.ts";
import { failure } from "../../model/failures.ts";
import { CONTAINER } from "../../synth/names.ts";
import type { Diagnosis } from "../diagnosis/cause.ts";
import { diagnose } from "../diagnosis/diagnosis.ts";
import type { LogLine } from "../logs.ts";
import { Pace, type Rhythm } from "../polling.ts";
import { describeTasks, type LogPlace, logPlaces, stoppedTask, taskIdOf } from "../service/tasks.ts";
import type { DeployedJob } from "./job-stack.ts";
import { exitCodeOf } from "./job-status.ts";
import { TaskLog } from "./task-log.ts";

export interface RunRequest {
  readonly aws: Aws;
  readonly services: JobServices;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly rhythm: Rhythm;
  readonly env: string;
  readonly job: DeployedJob;
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Tasks to start; absent: as many as the manifest says. */
  readonly count: number | undefined;
  /** Whether to follow it to its end. */
  readonly wait: boolean;
}

export type RunEvent =
  /** What was asked for is on its way. Tasks of a machine are told as they start. */
  | {
      readonly type: "started";
      readonly job: string;
      readonly env: string;
      readonly execution: string | null;
      readonly tasks: readonly string[];
    }
  | { readonly type: "task"; readonly task: string; readonly attempt: number }
  | ({ readonly type: "log" } & LogLine)
  | {
      readonly type: "task-ended";
      readonly task: string;
      /** Null when no container was started. */
      readonly exitCode: number | null;
      readonly stopCode: string;
      readonly stoppedReason: string;
    }
  | { readonly type: "diagnosis"; readonly diagnosis: Diagnosis }
  | { readonly type: "outcome"; readonly outcome: RunOutcome; readonly exitCode: number; readonly reason: string };

export type RunOutcome =
  | "started"
  | "succeeded"
  | "failed"
  | "timed-out"
  /** Somebody stopped it. */
  | "aborted"
  /** `concurrency: forbid`: the run before is still going on. */
  | "left"
  /** fsd stopped watching; the run goes on. */
  | "interrupted";

/** Yields what happens; the last event is the outcome, with the exit code that the command is to have. */
export async function* runJob(request: RunRequest): AsyncGenerator<RunEvent> {
  yield* request.job.machine === undefined ? runTasks(request) : runMachine(request, request.job.machine);
}

async function* runTasks(request: RunRequest): AsyncGenerator<RunEvent> {
  const { aws, job, env, count = job.count, wait } = request;
  const { tasks = [], failures = [] } = await aws.ecs.runTask({
    cluster: job.cluster,
    taskDefinition: job.taskDefinition,
    count,
    launchType: "FARGATE",
    group: `job:${job.name}`,
    propagateTags: "TASK_DEFINITION",
    enableECSManagedTags: true,
    startedBy: "fsd run",
    networkConfiguration: { awsvpcConfiguration: job.network },
    overrides: { containerOverrides: overrides(request) },
  });
  if (failures.length > 0) {
    const reasons = failures.map(({ reason = "", detail }) => (detail === undefined ? reason : `${reason} (${detail})`));
    const begun = tasks.length === 0 ? "no task was started" : `${tasks.length} of ${count} tasks were started and go on`;
    throw failure("FSD8006", `ECS cannot run ${job.name}: ${[...new Set(reasons)].join(", ")}; ${begun}`, {
      hint: "try again later, or in other subnets when it is capacity that lacks",
    });
  }
  const arns = tasks.map(({ taskArn = "" }) => taskArn);
  yield { type: "started", job: job.name, env, execution: null, tasks: arns.map(taskIdOf) };
  if (!wait) return yield { type: "outcome", outcome: "started", exitCode: 0, reason: "" };
  const watch = new RunWatch(request);
  watch.add(arns);
  const pace = new Pace(request.rhythm);
  for (;;) {
    const events = await watch.look();
    yield* events;
    if (watch.isOver) return yield watch.outcome();
    if (request.signal.aborted)
      return yield interrupted(`${job.name} goes on: task ${arns.map((arn) => taskIdOf(arn).slice(0, 8)).join(", ")}`);
    await pause(request.clock, pace.next(events.length > 0), request.signal);
  }
}

async function* runMachine(request: RunRequest, machine: string): AsyncGenerator<RunEvent> {
  const { services, job, env, wait, count } = request;
  if (count !== undefined && count !== job.count) {
    throw failure("FSD5001", `${job.name} is run by its machine, which starts ${job.count} task${job.count === 1 ? "" : "s"} a run`, {
      hint: "change job.count in the manifest and deploy",
    });
  }
  const containers = overrides(request).map(({ name, command, environment }) => ({
    Name: name,
    ...(command === undefined ? {} : { Command: command }),
    ...(environment === undefined ? {} : { Environment: environment.map(({ name: Name, value: Value }) => ({ Name, Value })) }),
  }));
  const input = JSON.stringify({ Overrides: containers.length === 0 ? {} : { ContainerOverrides: containers } });
  const { executionArn = "" } = await services.sfn.startExecution({ stateMachineArn: machine, input });
  const execution = executionArn.slice(executionArn.lastIndexOf(":") + 1);
  yield { type: "started", job: job.name, env, execution, tasks: [] };
  if (!wait) return yield { type: "outcome", outcome: "started", exitCode: 0, reason: "" };
  const watch = new RunWatch(request);
  const pace = new Pace(request.rhythm);
  for (let attempt = 0; ; ) {
    const { status = "", error = "", cause = "" } = await services.sfn.describeExecution({ executionArn });
    const known = watch.add(await submittedTasks(services, executionArn));
    for (const arn of known) yield { type: "task", task: taskIdOf(arn), attempt: ++attempt };
    const events = await watch.look();
    yield* events;
    if (status !== "RUNNING" && watch.isOver) {
      if (status === "SUCCEEDED") {
        if (watch.isEmpty) {
          const reason = "the run before is still going on, and concurrency is forbid";
          return yield { type: "outcome", outcome: "left", exitCode: 1, reason };
        }
        // A retry that finds another run going on leaves it to that one.
        return yield watch.outcome();
      }
      const outcome = status === "TIMED_OUT" || error === "States.Timeout" ? "timed-out" : status === "ABORTED" ? "aborted" : "failed";
      const told = watch.outcome();
      if (outcome === "failed" && told.type === "outcome" && told.exitCode !== 0) return yield told;
      if (outcome === "failed" && watch.isEmpty) throw failure("FSD8006", `${job.name} was not started: ${error}: ${cause}`);
      const reason = outcome === "timed-out" ? "it took longer than its timeout and was stopped" : `${error} ${cause}`.trim();
      return yield { type: "outcome", outcome, exitCode: 1, reason };
    }
    if (request.signal.aborted) return yield interrupted(`${job.name} goes on: execution ${execution}`);
    await pause(request.clock, pace.next(events.length + known.length > 0), request.signal);
  }
}

function interrupted(reason: string): RunEvent {
  return { type: "outcome", outcome: "interrupted", exitCode: 130, reason };
}

/** The tasks an execution has started, in order. */
async function submittedTasks({ sfn }: JobServices, executionArn: string): Promise<string[]> {
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.getExecutionHistory({ executionArn, maxResults: 1000, ...(nextToken === undefined ? {} : { nextToken }) });
    for (const { type, taskSubmittedEventDetails } of page.events ?? []) {
      if (type !== "TaskSubmitted") continue;
      const { Tasks = [] } = JSON.parse(taskSubmittedEventDetails?.output ?? "{}") as { Tasks?: { TaskArn: string }[] };
      found.push(...Tasks.map(({ TaskArn }) => TaskArn));
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined && nextToken !== "");
  return found;
}

function overrides({ command, environment }: RunRequest): ContainerOverride[] {
  const variables = Object.entries(environment).map(([name, value]) => ({ name, value }));
  if (command === undefined && variables.length === 0) return [];
  return [
    {
      name: CONTAINER,
      ...(command === undefined ? {} : { command: [...command] }),
      ...(variables.length === 0 ? {} : { environment: variables }),
    },
  ];
}

/** The tasks of a run, their lines, and how they end. */
class RunWatch {
  readonly #request: RunRequest;
  readonly #logs = new Map<string, TaskLog[]>();
  readonly #ended = new Map<string, Task>();
  #places: ReadonlyMap<string, LogPlace> | undefined;

  constructor(request: RunRequest) {
    this.#request = request;
  }

  get isEmpty(): boolean {
    return this.#logs.size === 0;
  }

  get isOver(): boolean {
    return this.#ended.size === this.#logs.size;
  }

  /** Answers those that were not known. */
  add(arns: readonly string[]): string[] {
    const fresh = arns.filter((arn) => !this.#logs.has(arn));
    for (const arn of fresh) this.#logs.set(arn, []);
    return fresh;
  }

  async look(): Promise<RunEvent[]> {
    const { aws, job } = this.#request;
    const open = [...this.#logs.keys()].filter((arn) => !this.#ended.has(arn));
    if (open.length === 0) return [];
    this.#places ??= await logPlaces(aws, job.taskDefinition);
    // Described before its lines are read: what a task wrote before it ended is there then.
    const tasks = await describeTasks(aws, job.cluster, open);
    const events: RunEvent[] = [];
    for (const arn of open) {
      const task = tasks.find(({ taskArn }) => taskArn === arn);
      events.push(...(await this.#lines(arn)));
      if (task !== undefined && task.lastStatus !== "STOPPED") continue;
      events.push(...(await this.#end(arn, task ?? { taskArn: arn, stoppedReason: "ECS does not know the task any more" })));
    }
    return events;
  }

  /** What the tasks came to: of those of the last attempt, the first that failed. */
  outcome(): RunEvent {
    const last = [...this.#ended.values()].slice(-this.#request.job.count);
    const bad = last.find((task) => exitCodeOf(task) !== 0);
    if (bad === undefined) return { type: "outcome", outcome: "succeeded", exitCode: 0, reason: "" };
    const exitCode = exitCodeOf(bad);
    const reason = exitCode === undefined ? (bad.stoppedReason ?? "it was not started") : `exit code ${exitCode}`;
    return { type: "outcome", outcome: "failed", exitCode: exitCode ?? 1, reason };
  }

  async #lines(arn: string): Promise<RunEvent[]> {
    const { aws, job } = this.#request;
    let readers = this.#logs.get(arn) ?? [];
    if (readers.length === 0) {
      readers = [...(this.#places ?? [])].map(([container, place]) => new TaskLog(aws, place, container, taskIdOf(arn), job.name));
      this.#logs.set(arn, readers);
    }
    const lines = (await Promise.all(readers.map((reader) => reader.fresh()))).flat();
    return lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map((line) => ({ type: "log", ...line }));
  }

  async #end(arn: string, task: Task): Promise<RunEvent[]> {
    const { aws, clock, signal, rhythm, env, job } = this.#request;
    // CloudWatch Logs shows the last lines a moment after the end.
    await pause(clock, rhythm.shortestMs, signal);
    const late = await this.#lines(arn);
    this.#ended.set(arn, task);
    const exitCode = exitCodeOf(task);
    const { stopCode = "", stoppedReason = "" } = task;
    const ended: RunEvent = { type: "task-ended", task: taskIdOf(arn), exitCode: exitCode ?? null, stopCode, stoppedReason };
    if (exitCode === 0 || stopCode === "UserInitiated") return [...late, ended];
    const stopped = await stoppedTask(aws, task, this.#places ?? new Map());
    const seen = { failedResources: [], targets: [], serviceEvents: [], asked: {} };
    return [...late, ended, { type: "diagnosis", diagnosis: diagnose({ service: job.name, env, stoppedTasks: [stopped], ...seen }) }];
  }
}
