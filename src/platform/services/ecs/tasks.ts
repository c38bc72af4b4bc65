/** Tasks: run, stop, describe, list. */
import type { RunTaskRequest, Task } from "@aws-sdk/client-ecs";
import { ConflictException } from "@aws-sdk/client-ecs";
import type { Controller } from "../../../controller/controller.ts";
import { nextProvider } from "../../../engine/service/capacity-split.ts";
import { stopReason } from "../../../engine/service/stop-reason.ts";
import { newTask, type TaskState } from "../../../engine/service/task-state.ts";
import type { Ids } from "../../../kit/ids.ts";
import { canonical } from "../../../kit/json.ts";
import type { Call, Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { capacityOf } from "./capacity.ts";
import { describeTask } from "./describe-task.ts";
import type { EcsState } from "./ecs-state.ts";
import { badToken, clientFault, invalidParameter, pageSize } from "./faults.ts";
import { requireNetwork } from "./network.ts";
import type { References } from "./references.ts";
import { checkRun, requireOverrides } from "./run-rules.ts";
import type { StoreKeeper } from "./store-keeper.ts";
import { tagRecord } from "./tags.ts";
import { planOf } from "./task-plans.ts";
import type { AssumedTaskRoles } from "./task-roles.ts";

export interface TaskOperationsDependencies {
  readonly state: EcsState;
  readonly keeper: StoreKeeper;
  readonly references: References;
  readonly controller: Controller;
  readonly roles: AssumedTaskRoles;
  readonly ids: Ids;
  readonly call: Call;
}

export function taskOperations({ state, keeper, references, controller, roles, ids, call }: TaskOperationsDependencies): Operations<"ecs"> {
  const run = async (input: RunTaskRequest, context: RequestContext): Promise<TaskState[]> => {
    const cluster = references.cluster(input.cluster, context);
    const definition = references.usableTaskDefinition(input.taskDefinition, context);
    const count = input.count ?? 1;
    checkRun(input);
    const capacity = capacityOf(input, cluster);
    const overrides = requireOverrides(input.overrides, definition);
    const network = await requireNetwork(input.networkConfiguration, call, context.region);
    const plan = planOf(definition);
    const refusal = roles.refusal({ ...definition, ...overrides }, definition.taskDefinitionArn);
    if (refusal !== undefined) throw clientFault(refusal);
    const now = controller.now();
    const providers = new Map<string, number>();
    const tags = {
      ...(input.propagateTags === "TASK_DEFINITION" ? state.tags.get(definition.taskDefinitionArn) : {}),
      ...tagRecord(input.tags),
    };
    const tasks: TaskState[] = [];
    for (let index = 0; index < count; index++) {
      const provider = nextProvider(capacity.strategy, providers);
      if (provider !== undefined) providers.set(provider, (providers.get(provider) ?? 0) + 1);
      const subnet = network.subnets[index % network.subnets.length];
      if (subnet === undefined) throw invalidParameter("subnets can not be empty.");
      const taskId = ids.hex(32);
      const task = newTask(
        {
          taskArn: references.taskArn(taskId, cluster, context),
          taskId,
          clusterArn: cluster.clusterArn,
          group: input.group ?? `family:${definition.family}`,
          ...(input.startedBy === undefined ? {} : { startedBy: input.startedBy }),
          ...(overrides === undefined ? {} : { overrides }),
          enableExecuteCommand: input.enableExecuteCommand ?? false,
          ...(provider === undefined ? {} : { capacityProviderName: provider }),
          platformVersion: input.platformVersion === undefined || input.platformVersion === "LATEST" ? "1.4.0" : input.platformVersion,
          subnetId: subnet.subnetId,
          availabilityZone: subnet.availabilityZone,
          securityGroups: network.securityGroups,
          assignPublicIp: network.assignPublicIp,
          targets: [],
          registries: [],
        },
        plan,
        now,
      );
      if (Object.keys(tags).length > 0) state.tags.put(task.taskArn, tags);
      tasks.push(task);
    }
    return tasks;
  };

  const remembered = (input: RunTaskRequest, { region }: RequestContext): readonly string[] | undefined => {
    if (input.clientToken === undefined) return undefined;
    const known = state.runs.get(`${region}/${input.clientToken}`);
    if (known === undefined) return undefined;
    if (known.request !== canonical(input)) {
      throw new ConflictException({
        message: "The request with the specified client token has parameters that differ from those of the original request.",
        $metadata: {},
        resourceIds: [...known.taskArns],
      });
    }
    return known.taskArns;
  };

  return {
    RunTask: async (input, context) => {
      const known = remembered(input, context);
      if (known !== undefined) {
        const tasks = known.map((arn) => keeper.task(arn)).filter((task) => task !== undefined);
        return { tasks: tasks.map((task) => describeTask(task, state)), failures: [] };
      }
      const tasks = await run(input, context);
      // Together or not at all: a token that came through without its tasks would start nothing, tasks without it twice as many.
      keeper.commit(() => {
        if (input.clientToken !== undefined) {
          const taskArns = tasks.map((task) => task.taskArn);
          state.runs.put(`${context.region}/${input.clientToken}`, { request: canonical(input), taskArns });
        }
        for (const task of tasks) controller.addTask(task);
      });
      return { tasks: tasks.map((task) => describeTask(task, state, ["TAGS"])), failures: [] };
    },

    StopTask: (input, context) => {
      const cluster = references.cluster(input.cluster, context);
      const task = references.task(input.task ?? "", cluster, context);
      if (task === undefined) throw invalidParameter("The referenced task was not found.");
      if (task.desiredStatus === "RUNNING") controller.stopTask(task.taskArn, input.reason ?? stopReason.stoppedByUser);
      return { task: describeTask(keeper.task(task.taskArn) ?? task, state) };
    },

    DescribeTasks: (input, context) => {
      const names = input.tasks ?? [];
      if (names.length === 0) throw invalidParameter("Tasks cannot be empty.");
      if (names.length > 100) throw invalidParameter("Tasks can have at most 100 items.");
      const cluster = references.cluster(input.cluster, context);
      const tasks: Task[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const name of names) {
        const task = references.task(name, cluster, context);
        if (task === undefined) failures.push({ arn: references.taskArn(name, cluster, context), reason: "MISSING" });
        else tasks.push(describeTask(task, state, input.include ?? []));
      }
      return { tasks, failures };
    },

    ListTasks: (input, context) => {
      const cluster = references.cluster(input.cluster, context);
      const service = input.serviceName === undefined ? undefined : references.service(input.serviceName, cluster.clusterArn, context);
      const desiredStatus = input.desiredStatus ?? "RUNNING";
      const tasks = keeper
        .tasks(`${cluster.clusterArn.replace(":cluster/", ":task/")}/`)
        .filter(
          (task) =>
            task.desiredStatus === desiredStatus &&
            (service === undefined || task.serviceArn === service.serviceArn) &&
            (input.startedBy === undefined || task.startedBy === input.startedBy) &&
            (input.launchType === undefined || input.launchType === "FARGATE") &&
            (input.family === undefined || task.taskDefinitionArn.split("/").at(-1)?.split(":")[0] === input.family),
        );
      const { items, nextToken } = pageOf(tasks, (task) => task.taskArn, pageSize(input.maxResults), input.nextToken, badToken);
      return { taskArns: items.map((task) => task.taskArn), nextToken };
    },
  };
}
