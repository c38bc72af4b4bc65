/**
 * `ecs:runTask` and `ecs:runTask.sync`. The second waits for its tasks: one that ends otherwise than with exit code 0 of
 * its essential containers fails with `States.TaskFailed` and the task as cause; when the result is not wanted any more
 * (a timeout, StopExecution), the tasks are stopped.
 */
import type { RunTaskRequest, Task } from "@aws-sdk/client-ecs";
import type { JsonObject } from "../../../../kit/json.ts";
import { errorCode } from "../../error-code.ts";
import { capitalised, lowered, withKeys } from "../../sdk-integration.ts";
import { type Integration, IntegrationFailure, type Work } from "./integration.ts";

export const runTask: Integration = async (parameters, work) => shown(await start(parameters, work));

export const runTaskSync: Integration = async (parameters, work) => {
  const { tasks = [], failures = [] } = await start(parameters, work);
  const [failure] = failures;
  if (failure !== undefined) throw new IntegrationFailure("AmazonECS.Unknown", failure.reason ?? "RunTask failed");
  if (tasks.length === 0) throw new IntegrationFailure("States.TaskFailed", "ECS does not know the task any more");
  const arns = tasks.map(({ taskArn = "" }) => taskArn);
  const cluster = tasks[0]?.clusterArn;
  work.submitted(shown({ tasks, failures }));
  try {
    await Promise.all(arns.map((arn) => work.taskEnd(arn)));
  } catch (aborted) {
    for (const task of arns) await stop(cluster, task, work);
    throw aborted;
  }
  const { tasks: ended = [] } = await work.call("ecs", "DescribeTasks", { cluster, tasks: arns }, work);
  if (ended.length < arns.length) throw new IntegrationFailure("States.TaskFailed", "ECS does not know the task any more");
  const essential = await essentialContainers(ended[0], work);
  const failed = ended.find((task) => !hasSucceeded(task, essential));
  if (failed !== undefined) throw new IntegrationFailure("States.TaskFailed", JSON.stringify(shown(failed)));
  return shown(ended[0]);
};

/** The token makes a repeated attempt answer the tasks of the first. */
function start(parameters: JsonObject, { call, region, token }: Work) {
  const asked = withKeys(parameters, lowered) as RunTaskRequest;
  const input = { startedBy: "AWS Step Functions", ...asked, clientToken: token };
  return call("ecs", "RunTask", input, { region });
}

async function stop(cluster: string | undefined, task: string, { call, region }: Work): Promise<void> {
  try {
    await call("ecs", "StopTask", { cluster, task, reason: "The Step Functions execution does not wait for it any more" }, { region });
  } catch (fault) {
    // A task that ECS does not know any more needs no stop.
    if (errorCode(fault) !== "InvalidParameterException") throw fault;
  }
}

async function essentialContainers(task: Task | undefined, { call, region }: Work): Promise<ReadonlySet<string>> {
  const { taskDefinition } = await call("ecs", "DescribeTaskDefinition", { taskDefinition: task?.taskDefinitionArn }, { region });
  const containers = taskDefinition?.containerDefinitions ?? [];
  return new Set(containers.filter(({ essential }) => essential !== false).map(({ name = "" }) => name));
}

function hasSucceeded({ containers = [] }: Task, essential: ReadonlySet<string>): boolean {
  return containers.filter(({ name = "" }) => essential.has(name)).every(({ exitCode }) => exitCode === 0);
}

/** As Step Functions shows ECS's answers: members in Pascal case, dates as milliseconds. */
function shown(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(withKeys(value, capitalised), function (this: Record<string, unknown>, key, item: unknown) {
      const raw = this[key];
      return raw instanceof Date ? raw.getTime() : item;
    }),
  );
}
