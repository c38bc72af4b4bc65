/** Task definitions: families of numbered, immutable revisions. */
import type { RegisterTaskDefinitionRequest, TaskDefinition } from "@aws-sdk/client-ecs";
import type { Clock } from "../../../kit/clock.ts";
import { partitionOf } from "../../../model/arn.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { requireContainers } from "./container-definitions.ts";
import type { EcsState, TaskDefinitionRecord } from "./ecs-state.ts";
import { requireFargateSize } from "./fargate-sizes.ts";
import { badToken, clientFault, pageSize } from "./faults.ts";
import type { References } from "./references.ts";
import { tagList, tagRecord } from "./tags.ts";
import { roleArnOf } from "./task-roles.ts";

/** The API's view of a task definition. */
export function describeTaskDefinition(record: TaskDefinitionRecord): TaskDefinition {
  const { registeredAt, deregisteredAt, deleteRequestedAt, ...rest } = record;
  return {
    ...rest,
    registeredAt: new Date(registeredAt),
    ...(deregisteredAt === undefined ? {} : { deregisteredAt: new Date(deregisteredAt) }),
    ...(deleteRequestedAt === undefined ? {} : { deleteRequestedAt: new Date(deleteRequestedAt) }),
  };
}

function checked(
  input: RegisterTaskDefinitionRequest,
  { region, account }: RequestContext,
): Omit<TaskDefinition, "registeredAt" | "deregisteredAt" | "deleteRequestedAt"> {
  const compatible = input.requiresCompatibilities ?? [];
  if (!compatible.includes("FARGATE")) {
    throw clientFault(
      "The local platform runs tasks on Fargate only: requiresCompatibilities must contain FARGATE, with networkMode awsvpc and task-level cpu and memory.",
    );
  }
  if (input.networkMode !== "awsvpc") throw clientFault("Fargate only supports network mode ‘awsvpc’.");
  if ((input.placementConstraints ?? []).length > 0) {
    throw clientFault("Placement constraints are not supported with Fargate.");
  }
  const { cpu, memory } = requireFargateSize(input.cpu, input.memory);
  const storage = input.ephemeralStorage?.sizeInGiB;
  if (storage !== undefined && (storage < 21 || storage > 200)) {
    throw clientFault("EphemeralStorage sizeInGiB must be between 21 and 200.");
  }
  const containerDefinitions = requireContainers(input.containerDefinitions, {
    cpu: Number(cpu),
    memory: Number(memory),
    executionRoleArn: input.executionRoleArn,
  });
  const { tags: _tags, executionRoleArn, taskRoleArn, ...rest } = input;
  const partition = partitionOf(region);
  return {
    ...rest,
    executionRoleArn: roleArnOf(executionRoleArn, partition, account),
    taskRoleArn: roleArnOf(taskRoleArn, partition, account),
    containerDefinitions,
    cpu,
    memory,
    volumes: input.volumes ?? [],
    placementConstraints: [],
    compatibilities: ["EC2", "FARGATE"],
    requiresAttributes: [],
  };
}

export function taskDefinitionOperations(state: EcsState, references: References, clock: Pick<Clock, "now">): Operations<"ecs"> {
  const listed = (region: string, account: string): TaskDefinitionRecord[] =>
    state.taskDefinitions.list(references.taskDefinitionArn("", 0, { region, account }).slice(0, -":0".length));

  return {
    RegisterTaskDefinition: (input, context) => {
      const family = input.family ?? "";
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(family))
        throw clientFault("Invalid family name: up to 255 letters, numbers, hyphens and underscores.");
      const definition = checked(input, context);
      const key = `${context.region}/${family}`;
      const revision = (state.families.get(key) ?? 0) + 1;
      const record: TaskDefinitionRecord = {
        ...definition,
        taskDefinitionArn: references.taskDefinitionArn(family, revision, context),
        family,
        revision,
        status: "ACTIVE",
        registeredAt: clock.now(),
        registeredBy: `arn:aws:iam::${context.account}:root`,
      };
      state.families.put(key, revision);
      state.taskDefinitions.put(record.taskDefinitionArn, record);
      const tags = tagRecord(input.tags);
      if (Object.keys(tags).length > 0) state.tags.put(record.taskDefinitionArn, tags);
      return { taskDefinition: describeTaskDefinition(record), tags: tagList(tags) };
    },

    DescribeTaskDefinition: (input, context) => {
      const record = references.taskDefinition(input.taskDefinition ?? "", context);
      if (record === undefined) throw clientFault("Unable to describe task definition.");
      const tags = input.include?.includes("TAGS") === true ? { tags: tagList(state.tags.get(record.taskDefinitionArn)) } : {};
      return { taskDefinition: describeTaskDefinition(record), ...tags };
    },

    DeregisterTaskDefinition: (input, context) => {
      const name = input.taskDefinition ?? "";
      const record = name.includes(":") ? references.taskDefinition(name, context) : undefined;
      if (record === undefined) throw clientFault("The specified task definition does not exist.");
      const inactive: TaskDefinitionRecord = { ...record, status: "INACTIVE", deregisteredAt: record.deregisteredAt ?? clock.now() };
      state.taskDefinitions.put(record.taskDefinitionArn, inactive);
      return { taskDefinition: describeTaskDefinition(inactive) };
    },

    ListTaskDefinitions: (input, { region, account }) => {
      const status = input.status ?? "ACTIVE";
      const records = listed(region, account)
        .filter((record) => record.status === status && (input.familyPrefix === undefined || record.family === input.familyPrefix))
        .sort((a, b) => (a.family === b.family ? a.revision - b.revision : a.family < b.family ? -1 : 1));
      // Revisions sort as numbers, so the page's key is padded.
      const keyOf = (record: TaskDefinitionRecord): string => `${record.family}:${String(record.revision).padStart(9, "0")}`;
      const descending = input.sort === "DESC";
      if (descending) records.reverse();
      const { items, nextToken } = descending
        ? { items: records.slice(0, pageSize(input.maxResults)), nextToken: undefined }
        : pageOf(records, keyOf, pageSize(input.maxResults), input.nextToken, badToken);
      return { taskDefinitionArns: items.map((record) => record.taskDefinitionArn), nextToken };
    },

    ListTaskDefinitionFamilies: (input, { region, account }) => {
      const status = input.status ?? "ACTIVE";
      const active = new Set(
        listed(region, account)
          .filter((record) => record.status === "ACTIVE")
          .map((record) => record.family),
      );
      const families = [...new Set(listed(region, account).map((record) => record.family))]
        .filter((family) => family.startsWith(input.familyPrefix ?? ""))
        .filter((family) => status === "ALL" || (status === "ACTIVE") === active.has(family))
        .sort();
      const { items, nextToken } = pageOf(families, (family) => family, pageSize(input.maxResults), input.nextToken, badToken);
      return { families: items, nextToken };
    },

    DeleteTaskDefinitions: (input, context) => {
      const taskDefinitions: TaskDefinition[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const name of input.taskDefinitions ?? []) {
        const record = references.taskDefinition(name, context);
        if (record === undefined) failures.push({ arn: name, reason: "MISSING" });
        else if (record.status === "ACTIVE")
          failures.push({
            arn: record.taskDefinitionArn,
            reason: "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
          });
        else {
          const deleted: TaskDefinitionRecord = { ...record, status: "DELETE_IN_PROGRESS", deleteRequestedAt: clock.now() };
          state.taskDefinitions.put(record.taskDefinitionArn, deleted);
          taskDefinitions.push(describeTaskDefinition(deleted));
        }
      }
      return { taskDefinitions, failures };
    },
  };
}
