/** Change sets: what would happen, kept under a name until it is executed, deleted, or overtaken by another execution. */
import {
  AlreadyExistsException,
  type Change,
  ChangeSetNotFoundException,
  type ChangeSetType,
  InvalidChangeSetStatusException,
  type ResourceChangeDetail,
} from "@aws-sdk/client-cloudformation";
import { type PlannedChange, planChanges } from "../../../engine/stack/change-set.ts";
import { planStack, type StackPlan } from "../../../engine/stack/stack-plan.ts";
import type { StackRecord } from "../../../engine/stack/stack-state.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import type { ChangeSetRecord, ChangeSetStore } from "./change-set-store.ts";
import { noStack, refusing, validationError } from "./faults.ts";
import { goalOf } from "./goals.ts";
import { detailsOf, newStack, refuseRetryWithRollback, requestToken, requireUpdatable } from "./stack-changes.ts";
import type { StackExecutor, StackExecutorDependencies } from "./stack-executor.ts";
import { parametersOf, tagsOf } from "./stack-shapes.ts";

const NO_CHANGE = "The submitted information didn't contain changes. Submit different information to create a change set.";
const NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;

export function changeSets(
  executor: StackExecutor,
  records: ChangeSetStore,
  dependencies: StackExecutorDependencies,
): Operations<"cloudformation"> {
  const { stacks } = executor;

  return {
    async CreateChangeSet(input, context) {
      const { StackName = "", ChangeSetName = "", ChangeSetType = "UPDATE" } = input;
      if (!NAME.test(ChangeSetName))
        throw validationError(
          `1 validation error detected: Value '${ChangeSetName}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
        );
      if (ChangeSetType === "IMPORT")
        throw validationError("ChangeSetType IMPORT is not supported by the local platform; use ImportExistingResources");
      const before = stackFor(StackName, ChangeSetName, ChangeSetType, context);
      const { goal, template, failure } = await goalOf(input, before?.goal, executor, dependencies, context);
      const stack = stackFor(StackName, ChangeSetName, ChangeSetType, context) ?? newStack(StackName, dependencies, context);
      if (records.ofStack(stack.stackId).some(({ name }) => name === ChangeSetName)) throw taken(ChangeSetName);
      const { plan, changes, isEmpty } = refusing(() => {
        const planned = planStack(goal, stack, executor.types, template);
        const exported = (name: string) => stacks.exported(stack.region, name)?.value;
        return { plan: planned, ...planChanges(planned, stacks.state(stack), executor.types, exported) };
      });
      const imports = input.ImportExistingResources === true ? await existing(changes, plan, stack, context) : new Map<string, string>();
      const record: ChangeSetRecord = {
        changeSetId: formatArn(
          "cloudformation",
          context.region,
          dependencies.account,
          `changeSet/${ChangeSetName}/${dependencies.ids.uuid()}`,
        ),
        name: ChangeSetName,
        stackId: stack.stackId,
        stackName: stack.stackName,
        type: ChangeSetType,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...outcomeOf(failure ?? (isEmpty ? NO_CHANGE : undefined)),
        createdAt: dependencies.clock.now(),
        goal,
        changes: (failure === undefined ? changes : []).map((change): PlannedChange => {
          const physicalId = imports.get(change.logicalId);
          return physicalId === undefined ? change : { ...change, action: "Import", physicalId };
        }),
        ...(input.OnStackFailure === undefined ? {} : { onStackFailure: input.OnStackFailure }),
        importExisting: input.ImportExistingResources === true,
        ...detailsOf(input),
      };
      // While other services were asked, another request may have made the stack or the change set.
      const meanwhile = stackFor(StackName, ChangeSetName, ChangeSetType, context);
      if (meanwhile !== undefined && meanwhile.stackId !== stack.stackId) throw taken(ChangeSetName);
      if (records.ofStack(stack.stackId).some(({ name }) => name === ChangeSetName)) throw taken(ChangeSetName);
      stacks.transaction(() => {
        if (stacks.stack(stack.stackId) === undefined) {
          stacks.add(stack, {});
          stacks.changeDetails(stack.stackId, detailsOf(input));
        }
        records.put(record);
      });
      return { Id: record.changeSetId, StackId: stack.stackId };
    },

    DescribeChangeSet({ ChangeSetName = "", StackName, IncludePropertyValues, NextToken }, context) {
      const record = find(ChangeSetName, StackName, context);
      const { goal, changes } = record;
      const start = Number(NextToken ?? 0);
      const page = changes.slice(start, start + CHANGES_PER_PAGE);
      const more = start + CHANGES_PER_PAGE < changes.length;
      return {
        ...summary(record),
        ChangeSetName: record.name,
        Parameters: parametersOf(goal),
        CreationTime: new Date(record.createdAt),
        NotificationARNs: [...(record.notificationArns ?? [])],
        RollbackConfiguration: {},
        Capabilities: goal.capabilities.map((capability) => capability as "CAPABILITY_IAM"),
        Tags: tagsOf(goal.tags),
        Changes: page.map((change) => wireChange(change, IncludePropertyValues === true)),
        ...(record.onStackFailure === undefined ? {} : { OnStackFailure: record.onStackFailure }),
        ...(more ? { NextToken: String(start + CHANGES_PER_PAGE) } : {}),
      };
    },

    ListChangeSets({ StackName = "" }, context) {
      const stack = stacks.find(context.region, StackName);
      if (stack === undefined) throw validationError(`Stack [${StackName}] does not exist`);
      return {
        Summaries: records.ofStack(stack.stackId).map((record) => ({ ...summary(record), CreationTime: new Date(record.createdAt) })),
      };
    },

    DeleteChangeSet({ ChangeSetName = "", StackName }, context) {
      const record = lookUp(ChangeSetName, StackName, context);
      if (record === undefined) return {};
      if (record.executionStatus === "EXECUTE_IN_PROGRESS")
        throw new InvalidChangeSetStatusException({
          message: `ChangeSet [${record.changeSetId}] cannot be deleted in its current status`,
          $metadata: {},
        });
      records.delete(record.changeSetId);
      return {};
    },

    ExecuteChangeSet({ ChangeSetName = "", StackName, DisableRollback, ClientRequestToken }, context) {
      const record = find(ChangeSetName, StackName, context);
      const stack = stacks.stack(record.stackId);
      if (stack === undefined) throw noStack(record.stackId);
      if (record.executionStatus !== "AVAILABLE")
        throw new InvalidChangeSetStatusException({
          message: `ChangeSet [${record.changeSetId}] cannot be executed in its current status of [${record.status}]`,
          $metadata: {},
        });
      if (DisableRollback !== undefined && record.onStackFailure !== undefined)
        throw validationError("You can specify either DisableRollback or OnStackFailure, but not both.");
      const isCreate = stack.status === "REVIEW_IN_PROGRESS";
      if (!isCreate) requireUpdatable(stack);
      const onFailure = record.onStackFailure ?? (DisableRollback === true ? "DO_NOTHING" : "ROLLBACK");
      refuseRetryWithRollback(stack, onFailure === "DO_NOTHING", "execute-change-set");
      stacks.transaction(() => {
        records.forget(stack.stackId);
        records.put({ ...record, executionStatus: "EXECUTE_COMPLETE" });
        stacks.changeDetails(stack.stackId, { ...executionDetails(record), disableRollback: onFailure === "DO_NOTHING" });
        refusing(() =>
          executor.begin(stack, {
            ...{ kind: isCreate ? "create" : "update", goal: record.goal, onFailure, skip: [], ...requestToken(ClientRequestToken) },
            imports: record.changes.filter(({ action }) => action === "Import").map(({ logicalId }) => logicalId),
          }),
        );
      });
      return {};
    },
  };

  /** The stack a change set is for; undefined when it is to be made. */
  function stackFor(stackName: string, changeSetName: string, type: ChangeSetType, { region }: RequestContext): StackRecord | undefined {
    const stack = stacks.find(region, stackName);
    if (type === "CREATE") {
      if (stack !== undefined && stack.status !== "REVIEW_IN_PROGRESS")
        throw validationError(`Stack [${stackName}] already exists and cannot be created again with the changeSet [${changeSetName}].`);
      return stack;
    }
    if (stack === undefined || stack.status === "DELETE_COMPLETE") throw validationError(`Stack [${stackName}] does not exist`);
    requireUpdatable(stack);
    return stack;
  }

  function lookUp(changeSet: string, stackName: string | undefined, { region }: RequestContext): ChangeSetRecord | undefined {
    if (changeSet.startsWith("arn:")) return records.get(changeSet);
    if (stackName === undefined) throw validationError("StackName must be specified if ChangeSetName is not specified as an ARN.");
    const stack = stacks.find(region, stackName);
    if (stack === undefined) throw validationError(`Stack [${stackName}] does not exist`);
    return records.ofStack(stack.stackId).find(({ name }) => name === changeSet);
  }

  function find(changeSet: string, stackName: string | undefined, context: RequestContext): ChangeSetRecord {
    const record = lookUp(changeSet, stackName, context);
    if (record === undefined) throw new ChangeSetNotFoundException({ message: `ChangeSet [${changeSet}] does not exist`, $metadata: {} });
    return record;
  }

  /** Physical ids of resources to be added that exist already under their literal names, owned by no stack. */
  async function existing(
    changes: readonly PlannedChange[],
    plan: StackPlan,
    stack: StackRecord,
    { region }: RequestContext,
  ): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const { action, logicalId, type, properties = {} } of changes) {
      // CloudFormation takes in only what it would not delete with the stack.
      if (action !== "Add" || plan.resources[logicalId]?.deletionPolicy === "Delete") continue;
      const state = await executor.resourceType(type)?.find?.({ properties, region, account: stack.account, call: dependencies.call });
      if (state !== undefined && stacks.owner(region, type, state.physicalId) === undefined) found.set(logicalId, state.physicalId);
    }
    return found;
  }
}

const CHANGES_PER_PAGE = 200;

function outcomeOf(failure: string | undefined): Pick<ChangeSetRecord, "status" | "statusReason" | "executionStatus"> {
  if (failure === undefined) return { status: "CREATE_COMPLETE", executionStatus: "AVAILABLE" };
  return { status: "FAILED", statusReason: failure, executionStatus: "UNAVAILABLE" };
}

function executionDetails({ changeSetId, notificationArns, roleArn }: ChangeSetRecord) {
  return { changeSetId, ...(notificationArns === undefined ? {} : { notificationArns }), ...(roleArn === undefined ? {} : { roleArn }) };
}

function summary(record: ChangeSetRecord) {
  return {
    StackId: record.stackId,
    StackName: record.stackName,
    ChangeSetId: record.changeSetId,
    ChangeSetName: record.name,
    ExecutionStatus: record.executionStatus,
    Status: record.status,
    ...(record.statusReason === undefined ? {} : { StatusReason: record.statusReason }),
    ...(record.description === undefined ? {} : { Description: record.description }),
    IncludeNestedStacks: false,
    ImportExistingResources: record.importExisting,
  };
}

function wireChange(change: PlannedChange, withValues: boolean): Change {
  return {
    Type: "Resource",
    ResourceChange: {
      ...(change.policyAction === undefined ? {} : { PolicyAction: change.policyAction }),
      Action: change.action,
      LogicalResourceId: change.logicalId,
      ...(change.physicalId === undefined ? {} : { PhysicalResourceId: change.physicalId }),
      ResourceType: change.type,
      ...(change.replacement === undefined ? {} : { Replacement: change.replacement }),
      Scope: [...change.scope],
      Details: change.details.map(
        (detail): ResourceChangeDetail => ({
          Target: {
            Attribute: detail.attribute,
            RequiresRecreation: detail.requiresRecreation,
            ...(detail.name === undefined ? {} : { Name: detail.name, Path: `/Properties/${detail.name}` }),
          },
          Evaluation: detail.evaluation,
          ChangeSource: detail.source,
          ...(detail.causingEntity === undefined ? {} : { CausingEntity: detail.causingEntity }),
        }),
      ),
      ...(withValues && change.properties !== undefined ? { AfterContext: JSON.stringify({ Properties: change.properties }) } : {}),
    },
  };
}

function taken(name: string): AlreadyExistsException {
  return new AlreadyExistsException({ message: `ChangeSet ${name} already exists`, $metadata: {} });
}
