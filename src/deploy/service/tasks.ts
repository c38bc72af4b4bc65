/** Tasks of a service and what they wrote, read through ECS and CloudWatch Logs. */
import type { Task } from "@aws-sdk/client-ecs";
import type { Aws } from "../../aws/aws.ts";
import { lastPart } from "../../model/arn.ts";
import type { StoppedTask } from "../diagnosis/evidence.ts";
import { revisionOf } from "./service-view.ts";

const linesKept = 20;

/** All tasks of the service with this desired status, described. */
export async function listTasks(aws: Aws, cluster: string, serviceName: string, desiredStatus: "RUNNING" | "STOPPED"): Promise<Task[]> {
  const arns = await listTaskArns(aws, cluster, serviceName, desiredStatus);
  return describeTasks(aws, cluster, arns);
}

export async function listTaskArns(
  aws: Aws,
  cluster: string,
  serviceName: string,
  desiredStatus: "RUNNING" | "STOPPED",
): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await aws.ecs.listTasks({ cluster, serviceName, desiredStatus, ...(nextToken === undefined ? {} : { nextToken }) });
      arns.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined && nextToken !== "");
  } catch (error) {
    if (!["ServiceNotFoundException", "ClusterNotFoundException", "ServiceNotActiveException"].includes((error as Error).name)) throw error;
  }
  return arns;
}

export async function describeTasks(aws: Aws, cluster: string, arns: readonly string[]): Promise<Task[]> {
  const tasks: Task[] = [];
  // DescribeTasks takes at most a hundred.
  for (let from = 0; from < arns.length; from += 100) {
    const page = await aws.ecs.describeTasks({ cluster, tasks: arns.slice(from, from + 100) });
    tasks.push(...(page.tasks ?? []));
  }
  return tasks;
}

/** `arn:…:task/local/0123…` → `0123…` */
export function taskIdOf(taskArn: string): string {
  return lastPart(taskArn);
}

/** The address of the task's network interface. */
export function privateIpOf(task: Task): string | undefined {
  return (
    task.attachments?.flatMap(({ details = [] }) => details).find(({ name }) => name === "privateIPv4Address")?.value ??
    task.containers?.flatMap(({ networkInterfaces = [] }) => networkInterfaces)[0]?.privateIpv4Address
  );
}

/** Where each container of a task definition logs to. */
export interface LogPlace {
  readonly group: string;
  readonly streamPrefix: string;
}

/** By container name; a container without the awslogs driver has none. */
export async function logPlaces(aws: Aws, taskDefinition: string): Promise<ReadonlyMap<string, LogPlace>> {
  const { taskDefinition: definition } = await aws.ecs.describeTaskDefinition({ taskDefinition });
  const places = new Map<string, LogPlace>();
  for (const { name = "", logConfiguration } of definition?.containerDefinitions ?? []) {
    const group = logConfiguration?.options?.["awslogs-group"];
    const streamPrefix = logConfiguration?.options?.["awslogs-stream-prefix"];
    if (group !== undefined && streamPrefix !== undefined) places.set(name, { group, streamPrefix });
  }
  return places;
}

/** The last lines a container of a task wrote, oldest first. */
export async function lastLines(
  aws: Aws,
  { group, streamPrefix }: LogPlace,
  container: string,
  taskId: string,
  limit: number,
): Promise<string[]> {
  try {
    const { events = [] } = await aws.logs.getLogEvents({
      logGroupName: group,
      logStreamName: `${streamPrefix}/${container}/${taskId}`,
      limit,
      startFromHead: false,
    });
    return events.map(({ message = "" }) => message.trimEnd());
  } catch (error) {
    // It wrote nothing, or its group is gone with the stack.
    if ((error as Error).name === "ResourceNotFoundException") return [];
    throw error;
  }
}

/** A task that ended, with the last words of its containers, as evidence. */
export async function stoppedTask(aws: Aws, task: Task, places: ReadonlyMap<string, LogPlace>): Promise<StoppedTask> {
  const taskId = taskIdOf(task.taskArn ?? "");
  const containers = (task.containers ?? []).map(async ({ name = "", exitCode, reason }) => {
    const place = places.get(name);
    return {
      name,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
      lastLines: place === undefined ? [] : await lastLines(aws, place, name, taskId, linesKept),
    };
  });
  return {
    taskId,
    revision: revisionOf(task.taskDefinitionArn ?? ""),
    stopCode: task.stopCode ?? "",
    stoppedReason: task.stoppedReason ?? "",
    containers: await Promise.all(containers),
  };
}
