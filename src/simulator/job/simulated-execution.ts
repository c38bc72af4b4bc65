/**
 * One execution of a job's machine in virtual time: `engine/state-machine` decides each step, and what it asks for is done
 * here as the local platform does it: ListTasks, RunTask, and RunTask with the wait for its tasks' end.
 */

import type { TaskState } from "../../engine/service/task-state.ts";
import { type ActOutcome, beginExecution, letTimePass, report, wakeAt } from "../../engine/state-machine/advance-execution.ts";
import type { StateMachineDefinition } from "../../engine/state-machine/definition.ts";
import type { ExecutionSurroundings } from "../../engine/state-machine/execution-draft.ts";
import type { Act, ExecutionState, ExecutionStep } from "../../engine/state-machine/execution-state.ts";
import type { Cancel } from "../../kit/clock.ts";
import type { Json } from "../../kit/json.ts";
import type { SimulatedWorld } from "../simulated-world.ts";

/** How long a call of an AWS API takes: between the look for running tasks and the start of one lies twice this. */
export const CALL_MS = 100;

export interface ExecutionOptions {
  readonly world: SimulatedWorld;
  readonly definition: StateMachineDefinition;
  readonly input: Json;
  readonly name: string;
  readonly listTasks: () => readonly TaskState[];
  /** RunTask with the machine's parameters. */
  readonly runTask: (parameters: Json) => readonly TaskState[];
  readonly ended: (state: ExecutionState) => void;
}

const STOPPED_BY_MACHINE = "The Step Functions execution does not wait for it any more";

export class SimulatedExecution {
  readonly #options: ExecutionOptions;
  readonly #surroundings: Omit<ExecutionSurroundings, "now" | "wallNow">;
  #state: ExecutionState;
  /** The tasks that an act waits for, by its token; empty while its call is under way. */
  readonly #acts = new Map<string, readonly string[]>();
  readonly #stopped = new Map<string, TaskState>();
  #cancelWake: Cancel = () => undefined;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    const { world, definition, input, name } = options;
    const machine = "arn:aws:states:us-east-1:000000000000";
    this.#surroundings = {
      definition,
      executionArn: `${machine}:execution:sim:${name}`,
      executionName: name,
      stateMachineArn: `${machine}:stateMachine:sim`,
      stateMachineName: "sim",
      roleArn: "arn:aws:iam::000000000000:role/sim",
      uuid: () => world.random.uuid(),
      random: () => world.random.next(),
      limit: (configuredMs) => configuredMs,
    };
    const step = beginExecution(input, this.#now());
    this.#state = step.execution;
    this.#take(step);
  }

  /** A task has stopped; only those that this execution waits for concern it. */
  taskStopped(task: TaskState): void {
    for (const [token, taskArns] of this.#acts) {
      if (!taskArns.includes(task.taskArn)) continue;
      this.#stopped.set(task.taskArn, task);
      const tasks = taskArns.map((taskArn) => this.#stopped.get(taskArn));
      if (!tasks.every((each) => each !== undefined)) return;
      this.#acts.delete(token);
      const failed = tasks.find((each) => !hasSucceeded(each));
      this.#report(
        failed === undefined
          ? { type: "succeeded", token, output: shown(tasks) }
          : { type: "failed", token, error: "States.TaskFailed", cause: JSON.stringify(shown([failed])) },
      );
      return;
    }
  }

  #take(step: ExecutionStep): void {
    this.#state = step.execution;
    for (const act of step.acts) this.#perform(act);
    this.#cancelWake();
    if (this.#state.status !== "RUNNING") {
      this.#options.ended(this.#state);
      return;
    }
    const { engine, calendar } = wakeAt(this.#state);
    const due = Math.min(engine ?? Number.POSITIVE_INFINITY, calendar ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(due)) {
      this.#cancelWake = this.#options.world.clock.at(due, () => this.#take(letTimePass(this.#state, this.#now())));
    }
  }

  #report(outcome: ActOutcome): void {
    if (this.#state.status === "RUNNING") this.#take(report(this.#state, outcome, this.#now()));
  }

  #perform(act: Act): void {
    const { world } = this.#options;
    if (act.kind === "stop") {
      const tasks = this.#acts.get(act.token) ?? [];
      this.#acts.delete(act.token);
      for (const taskArn of tasks) world.controller.stopTask(taskArn, STOPPED_BY_MACHINE);
      return;
    }
    const { token, resource, parameters } = act;
    this.#acts.set(token, []);
    world.clock.at(world.clock.now() + CALL_MS, () => {
      if (this.#acts.has(token)) this.#call(token, resource.replace(/^arn:[^:]*:states:::/, ""), parameters);
    });
  }

  #call(token: string, resource: string, parameters: Json): void {
    switch (resource) {
      case "ecs:runTask.sync": {
        const tasks = this.#options.runTask(parameters);
        this.#acts.set(
          token,
          tasks.map(({ taskArn }) => taskArn),
        );
        this.#report({ type: "submitted", token, output: shown(tasks) });
        return;
      }
      case "ecs:runTask":
        this.#acts.delete(token);
        this.#report({ type: "succeeded", token, output: shown(this.#options.runTask(parameters)) });
        return;
      case "aws-sdk:ecs:listTasks":
        this.#acts.delete(token);
        this.#report({ type: "succeeded", token, output: { TaskArns: this.#options.listTasks().map(({ taskArn }) => taskArn) } });
        return;
      default:
        this.#acts.delete(token);
        this.#report({ type: "failed", token, error: "States.Runtime", cause: `the simulator has no integration ${resource}` });
    }
  }

  #now(): ExecutionSurroundings {
    const now = this.#options.world.clock.now();
    return { ...this.#surroundings, now, wallNow: now };
  }
}

/** Every container ended with exit code 0; one that never ran has none. */
export function hasSucceeded({ containers }: TaskState): boolean {
  return containers.every(({ exitCode }) => exitCode === 0);
}

/** As much of ECS's answer as a machine looks at. */
function shown(tasks: readonly TaskState[]): Json {
  const Tasks = tasks.map(({ taskArn, lastStatus, stopCode = null, stoppedReason = null, containers }) => ({
    TaskArn: taskArn,
    LastStatus: lastStatus,
    StopCode: stopCode,
    StoppedReason: stoppedReason,
    Containers: containers.map(({ name, exitCode = null }) => ({ Name: name, ExitCode: exitCode })),
  }));
  return { Tasks, Failures: [] };
}
