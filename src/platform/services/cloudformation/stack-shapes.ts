/** Stack records in the shapes the API answers with. */
import type { Parameter, Stack, StackResourceSummary, StackSummary, Tag } from "@aws-sdk/client-cloudformation";
import type { Goal } from "../../../engine/stack/stack-plan.ts";
import type { StackRecord, StackResource } from "../../../engine/stack/stack-state.ts";
import type { StackDetails } from "./stack-store.ts";

/** What the stack is, or is about to be. */
export function goalInForce({ operation, goal }: StackRecord): Goal | undefined {
  return operation?.goal !== undefined && operation.phase === "apply" ? operation.goal : (goal ?? operation?.goal);
}

export function stackShape(stack: StackRecord, details: StackDetails): Stack {
  const goal = goalInForce(stack);
  const outputs = Object.entries(stack.outputs).map(([name, { value, description, exportName }]) => ({
    OutputKey: name,
    OutputValue: value,
    ...(description === undefined ? {} : { Description: description }),
    ...(exportName === undefined ? {} : { ExportName: exportName }),
  }));
  return {
    StackId: stack.stackId,
    StackName: stack.stackName,
    ...(details.changeSetId === undefined ? {} : { ChangeSetId: details.changeSetId }),
    ...(goal?.description === undefined ? {} : { Description: goal.description }),
    ...(goal === undefined ? {} : { Parameters: parametersOf(goal) }),
    CreationTime: new Date(stack.createdAt),
    ...(stack.updatedAt === undefined ? {} : { LastUpdatedTime: new Date(stack.updatedAt) }),
    ...(stack.deletedAt === undefined ? {} : { DeletionTime: new Date(stack.deletedAt) }),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    DisableRollback: details.disableRollback,
    NotificationARNs: [...details.notificationArns],
    ...(details.timeoutInMinutes === undefined ? {} : { TimeoutInMinutes: details.timeoutInMinutes }),
    Capabilities: (goal?.capabilities ?? []).map((capability) => capability as "CAPABILITY_IAM"),
    ...(outputs.length === 0 ? {} : { Outputs: outputs }),
    ...(details.roleArn === undefined ? {} : { RoleARN: details.roleArn }),
    Tags: tagsOf(goal?.tags ?? {}),
    EnableTerminationProtection: details.terminationProtection,
    DriftInformation: { StackDriftStatus: "NOT_CHECKED" },
  };
}

export function stackSummary(stack: StackRecord): StackSummary {
  const goal = goalInForce(stack);
  const description = goal?.description;
  return {
    StackId: stack.stackId,
    StackName: stack.stackName,
    ...(description === undefined ? {} : { TemplateDescription: description }),
    CreationTime: new Date(stack.createdAt),
    ...(stack.updatedAt === undefined ? {} : { LastUpdatedTime: new Date(stack.updatedAt) }),
    ...(stack.deletedAt === undefined ? {} : { DeletionTime: new Date(stack.deletedAt) }),
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    DriftInformation: { StackDriftStatus: "NOT_CHECKED" },
  };
}

export function resourceSummary(resource: StackResource): StackResourceSummary {
  return {
    LogicalResourceId: resource.logicalId,
    ...(resource.current === undefined ? {} : { PhysicalResourceId: resource.current.physicalId }),
    ResourceType: resource.type,
    LastUpdatedTimestamp: new Date(resource.timestamp),
    ResourceStatus: resource.status,
    ...(resource.statusReason === undefined ? {} : { ResourceStatusReason: resource.statusReason }),
    DriftInformation: { StackResourceDriftStatus: "NOT_CHECKED" },
  };
}

/** Parameters as a caller may see them: `NoEcho` ones are masked. */
export function parametersOf(goal: Goal): Parameter[] {
  return Object.entries(goal.parameters).map(([name, { value, resolved }]) => ({
    ParameterKey: name,
    ParameterValue: goal.masked.includes(name) ? "****" : value,
    ...(resolved === undefined ? {} : { ResolvedValue: resolved }),
  }));
}

export function tagsOf(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
