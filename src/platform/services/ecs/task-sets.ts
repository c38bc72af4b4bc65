/**
 * Task sets: what a third party deploys its service by. Each operation changes the one task set it names and no other; what a
 * change means for tasks the scheduler works out.
 */
import { type CreateTaskSetRequest, type Scale, type TaskSet, TaskSetNotFoundException } from "@aws-sdk/client-ecs";
import type { Controller } from "../../../controller/controller.ts";
import { createTaskSet, drainTaskSet, promoteTaskSet, scaleTaskSet } from "../../../engine/service/change-task-sets.ts";
import type { ServiceState } from "../../../engine/service/service-state.ts";
import type { TaskSetState } from "../../../engine/service/task-set-state.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { capacityOf } from "./capacity.ts";
import { describeTaskSet } from "./describe-task-set.ts";
import type { EcsState } from "./ecs-state.ts";
import { invalidParameter, serviceNotActive } from "./faults.ts";
import type { References } from "./references.ts";
import type { ServiceRevisions } from "./service-revisions.ts";
import type { StoreKeeper } from "./store-keeper.ts";
import { tagRecord } from "./tags.ts";
import { newRevision } from "./wanted-revision.ts";

export interface TaskSetOperationsDependencies {
  readonly state: EcsState;
  readonly keeper: StoreKeeper;
  readonly references: References;
  readonly revisions: ServiceRevisions;
  readonly controller: Controller;
  readonly ids: Ids;
}

/** Of one service, those that drain included. */
const MOST_TASK_SETS = 5;
const CLIENT_TOKEN = /^[!-~]{1,36}$/;

export function taskSetOperations(dependencies: TaskSetOperationsDependencies): Operations<"ecs"> {
  const { state, keeper, references, revisions, controller, ids } = dependencies;
  const describe = (id: string, service: ServiceState, include: readonly string[] = ["TAGS"]): TaskSet | undefined => {
    const taskSet = service.taskSets?.find(({ deployment }) => deployment.id === id);
    return taskSet === undefined ? undefined : describeTaskSet(taskSet, service, controller.liveTasks(service.serviceArn), state, include);
  };

  const externalService = (name: string | undefined, cluster: string | undefined, context: RequestContext): ServiceState => {
    const service = references.service(name, cluster, context);
    if (service.status !== "ACTIVE") throw serviceNotActive();
    if (service.taskSets === undefined) {
      throw invalidParameter("Amazon ECS only supports task set management on services configured to use external deployment controllers.");
    }
    return service;
  };

  /** Changes one task set and answers it as it then is. */
  const change = (service: ServiceState, id: string): { taskSet: TaskSet | undefined } => {
    controller.putService(service);
    return { taskSet: describe(id, service) };
  };

  return {
    CreateTaskSet: async (input, context) => {
      const asked = externalService(input.service, input.cluster, context);
      const cluster = references.cluster(asked.clusterArn, context);
      requireToken(input.clientToken);
      const known = ofToken(asked, input.clientToken);
      if (known !== undefined) return { taskSet: describe(known.deployment.id, asked) };
      requireRoom(asked);
      const scale = scaleOf(input.scale ?? { value: 0 });
      requireOneTargetGroup(input);
      const definition = references.usableTaskDefinition(input.taskDefinition, context);
      const capacity = capacityOf(input, cluster);
      const tags = tagRecord(input.tags);
      const { revision, record } = await revisions.make(
        newRevision(input, definition, capacity),
        definition,
        { ...asked, capacityProviderStrategy: capacity.strategy, strategy: "ROLLING" },
        cluster,
        context,
      );
      // The service may have moved on while other services were asked.
      const service = externalService(asked.serviceArn, asked.clusterArn, context);
      const meanwhile = ofToken(service, input.clientToken);
      if (meanwhile !== undefined) return { taskSet: describe(meanwhile.deployment.id, service) };
      requireRoom(service);
      const id = `ecs-svc/${ids.digits(19)}`;
      const taskSetArn = `${service.serviceArn.replace(":service/", ":task-set/")}/${id}`;
      const { externalId, clientToken } = input;
      const named = { ...(externalId === undefined ? {} : { externalId }), ...(clientToken === undefined ? {} : { clientToken }) };
      const created = createTaskSet(service, { id, taskSetArn, scale, ...named }, revision, controller.now());
      keeper.commit(() => {
        state.revisions.put(record.serviceRevisionArn, record);
        state.tags.put(taskSetArn, tags);
        controller.putService(created, revision);
      });
      return { taskSet: describe(id, created) };
    },

    UpdateTaskSet: (input, context) => {
      const service = externalService(input.service, input.cluster, context);
      const { deployment } = standing(service, input.taskSet);
      return change(scaleTaskSet(service, deployment.id, scaleOf(input.scale), controller.now()), deployment.id);
    },

    UpdateServicePrimaryTaskSet: (input, context) => {
      const service = externalService(input.service, input.cluster, context);
      const { deployment } = standing(service, input.primaryTaskSet);
      return change(promoteTaskSet(service, deployment.id, controller.now()), deployment.id);
    },

    DeleteTaskSet: (input, context) => {
      const service = externalService(input.service, input.cluster, context);
      const taskSet = requireTaskSet(service, input.taskSet);
      const { id } = taskSet.deployment;
      if (taskSet.status === "DRAINING") return { taskSet: describe(id, service) };
      if (input.force !== true) {
        if (taskSet.status === "PRIMARY") throw invalidParameter("Primary TaskSet cannot be deleted");
        if (taskSet.scale > 0)
          throw invalidParameter("The TaskSet cannot be deleted while it is scaled above 0. Scale it to 0, or use force.");
      }
      return change(drainTaskSet(service, id, controller.now()), id);
    },

    DescribeTaskSets: (input, context) => {
      const service = externalService(input.service, input.cluster, context);
      const names = input.taskSets ?? [];
      const asked = names.length === 0 ? (service.taskSets ?? []).map(({ taskSetArn }) => taskSetArn) : names;
      const taskSets: TaskSet[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const arn of asked) {
        const found = find(service, arn);
        const shown = found === undefined ? undefined : describe(found.deployment.id, service, input.include ?? []);
        if (shown === undefined) failures.push({ arn, reason: "MISSING" });
        else taskSets.push(shown);
      }
      return { taskSets, failures };
    },
  };
}

/** By id or ARN. */
function find({ taskSets = [] }: ServiceState, name: string): TaskSetState | undefined {
  return taskSets.find(({ taskSetArn, deployment }) => taskSetArn === name || deployment.id === name);
}

function requireTaskSet(service: ServiceState, name = ""): TaskSetState {
  const found = find(service, name);
  if (found === undefined) throw new TaskSetNotFoundException({ message: "The specified task set was not found.", $metadata: {} });
  return found;
}

/** One that is not on its way out. */
function standing(service: ServiceState, name: string | undefined): TaskSetState {
  const found = requireTaskSet(service, name);
  if (found.status === "DRAINING") throw invalidParameter(`The TaskSet ${found.deployment.id} is DRAINING.`);
  return found;
}

function ofToken({ taskSets = [] }: ServiceState, clientToken: string | undefined): TaskSetState | undefined {
  return clientToken === undefined ? undefined : taskSets.find((taskSet) => taskSet.clientToken === clientToken);
}

function requireToken(clientToken: string | undefined): void {
  if (clientToken === undefined || CLIENT_TOKEN.test(clientToken)) return;
  throw invalidParameter("clientToken must be up to 36 ASCII characters in the range of 33-126.");
}

function requireRoom({ taskSets = [] }: ServiceState): void {
  if (taskSets.length < MOST_TASK_SETS) return;
  throw invalidParameter(
    `${taskSets.length} deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.`,
  );
}

function scaleOf(scale: Scale | undefined): number {
  const value = scale?.value;
  if (value === undefined || Number.isNaN(value) || value < 0 || value > 100) {
    throw invalidParameter("scale.value must be a number between 0 and 100: a percentage of the service's desiredCount.");
  }
  return value;
}

function requireOneTargetGroup({ loadBalancers = [] }: CreateTaskSetRequest): void {
  if (loadBalancers.length > 1) throw invalidParameter("A task set can have at most one target group.");
  if (loadBalancers.some(({ advancedConfiguration }) => advancedConfiguration !== undefined)) {
    throw invalidParameter(
      "loadBalancers.advancedConfiguration is not supported with an EXTERNAL deployment controller: the third party moves the traffic.",
    );
  }
}
