/** CreateStack, UpdateStack, DeleteStack and the operations that turn a stack around. */
import { AlreadyExistsException, type OnFailure } from "@aws-sdk/client-cloudformation";
import { planChanges } from "../../../engine/stack/change-set.ts";
import { type Goal, planStack } from "../../../engine/stack/stack-plan.ts";
import type { Operation, StackRecord } from "../../../engine/stack/stack-state.ts";
import type { Template } from "../../../engine/stack/template.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import type { ChangeSetStore } from "./change-set-store.ts";
import { noStack, refusing, validationError } from "./faults.ts";
import { goalOf } from "./goals.ts";
import type { StackExecutor, StackExecutorDependencies } from "./stack-executor.ts";

const NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;
const UPDATABLE =
  /^(CREATE_COMPLETE|CREATE_FAILED|UPDATE_COMPLETE|UPDATE_FAILED|UPDATE_ROLLBACK_COMPLETE|IMPORT_COMPLETE|IMPORT_ROLLBACK_COMPLETE)$/;

export function stackChanges(
  executor: StackExecutor,
  changeSets: ChangeSetStore,
  dependencies: StackExecutorDependencies,
): Operations<"cloudformation"> {
  const { stacks } = executor;

  return {
    async CreateStack(input, context) {
      const { StackName = "", ClientRequestToken } = input;
      if (input.OnFailure !== undefined && input.DisableRollback !== undefined)
        throw validationError("You can specify either DisableRollback or OnFailure, but not both.");
      refusePolicies({ ...input });
      const { goal, template, failure } = await goalOf(input, undefined, executor, dependencies, context);
      const existing = stacks.find(context.region, StackName);
      if (existing !== undefined) {
        if (ClientRequestToken !== undefined && stacks.details(existing.stackId).createToken === ClientRequestToken)
          return { StackId: existing.stackId };
        throw new AlreadyExistsException({ message: `Stack [${StackName}] already exists`, $metadata: {} });
      }
      const stack = newStack(StackName, dependencies, context);
      check(stack, goal, template, executor);
      const onFailure: OnFailure = input.OnFailure ?? (input.DisableRollback === true ? "DO_NOTHING" : "ROLLBACK");
      stacks.transaction(() => {
        stacks.add(stack, {
          ...detailsOf(input),
          disableRollback: onFailure === "DO_NOTHING",
          terminationProtection: input.EnableTerminationProtection === true,
          ...(input.TimeoutInMinutes === undefined ? {} : { timeoutInMinutes: input.TimeoutInMinutes }),
          ...(ClientRequestToken === undefined ? {} : { createToken: ClientRequestToken }),
        });
        executor.begin(stack, {
          ...{ kind: "create", goal, onFailure, imports: [], skip: [], ...requestToken(ClientRequestToken) },
          ...(failure === undefined ? {} : { failure }),
        });
      });
      return { StackId: stack.stackId, OperationId: dependencies.ids.uuid() };
    },

    async UpdateStack(input, context) {
      const { StackName = "" } = input;
      refusePolicies({ ...input });
      const found = stacks.find(context.region, StackName);
      if (found === undefined) throw validationError(`Stack [${StackName}] does not exist`);
      requireUpdatable(found);
      const { goal, template, failure } = await goalOf(input, found.goal, executor, dependencies, context);
      // While parameters were read another request may have begun an operation.
      const stack = stacks.stack(found.stackId) ?? found;
      requireUpdatable(stack);
      refuseRetryWithRollback(stack, input.DisableRollback === true, "update-stack");
      if (check(stack, goal, template, executor).isEmpty) throw validationError("No updates are to be performed.");
      stacks.transaction(() => {
        changeSets.obsolete(stack.stackId);
        stacks.changeDetails(stack.stackId, { ...detailsOf(input), disableRollback: input.DisableRollback === true });
        executor.begin(stack, {
          ...{ kind: "update", goal, imports: [], skip: [], ...requestToken(input.ClientRequestToken) },
          onFailure: input.DisableRollback === true ? "DO_NOTHING" : "ROLLBACK",
          ...(failure === undefined ? {} : { failure }),
        });
      });
      return { StackId: stack.stackId, OperationId: dependencies.ids.uuid() };
    },

    DeleteStack(input, context) {
      const { StackName = "", RetainResources = [] } = input;
      const stack = stacks.find(context.region, StackName);
      if (stack === undefined || stack.status === "DELETE_COMPLETE" || stack.status === "DELETE_IN_PROGRESS") return {};
      if (stacks.details(stack.stackId).terminationProtection)
        throw validationError(`Stack [${stack.stackName}] cannot be deleted while TerminationProtection is enabled`);
      const force = input.DeletionMode === "FORCE_DELETE_STACK";
      if (RetainResources.length > 0 && stack.status !== "DELETE_FAILED")
        throw validationError(
          `Invalid operation on stack [${stack.stackId}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`,
        );
      refuseUsedExports(stack, executor);
      const failed = stacks.resources(stack.stackId).filter(({ status }) => status === "DELETE_FAILED");
      const skip = force ? failed.map(({ logicalId }) => logicalId) : RetainResources;
      changeSets.forget(stack.stackId);
      if (input.RoleARN !== undefined) stacks.changeDetails(stack.stackId, { roleArn: input.RoleARN });
      if (stack.status === "CREATE_IN_PROGRESS") executor.deleteInstead(stack.stackId, skip);
      else if (stack.operation !== undefined)
        throw validationError(`Stack [${stack.stackName}] cannot be deleted while in status ${stack.status}`);
      else executor.begin(stack, { kind: "delete", onFailure: "DO_NOTHING", imports: [], skip, ...requestToken(input.ClientRequestToken) });
      return {};
    },

    CancelUpdateStack({ StackName = "" }, context) {
      const stack = stacks.find(context.region, StackName);
      if (stack === undefined) throw noStack(StackName);
      if (stack.status !== "UPDATE_IN_PROGRESS") throw validationError("CancelUpdateStack cannot be called from current stack status");
      executor.cancelUpdate(stack.stackId);
      return {};
    },

    ContinueUpdateRollback({ StackName = "", ResourcesToSkip = [], ClientRequestToken }, context) {
      const stack = stacks.find(context.region, StackName);
      if (stack === undefined) throw noStack(StackName);
      if (stack.status !== "UPDATE_ROLLBACK_FAILED")
        throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not continue rollback.`);
      const failed = stacks.resources(stack.stackId).filter(({ status }) => status === "UPDATE_FAILED");
      const wrong = ResourcesToSkip.filter((name) => !failed.some(({ logicalId }) => logicalId === name));
      if (wrong.length > 0)
        throw validationError(
          `The following resource(s) cannot be skipped, because they are not in the UPDATE_FAILED state: [${wrong.join(", ")}]`,
        );
      executor.begin(stack, {
        kind: "rollback",
        onFailure: "ROLLBACK",
        imports: [],
        skip: ResourcesToSkip,
        ...requestToken(ClientRequestToken),
      });
      return {};
    },

    RollbackStack({ StackName = "", ClientRequestToken }, context) {
      const stack = stacks.find(context.region, StackName);
      if (stack === undefined) throw noStack(StackName);
      if (stack.status !== "CREATE_FAILED" && stack.status !== "UPDATE_FAILED")
        throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be rolled back.`);
      executor.begin(stack, { kind: "rollback", onFailure: "ROLLBACK", imports: [], skip: [], ...requestToken(ClientRequestToken) });
      return { StackId: stack.stackId };
    },

    UpdateTerminationProtection({ StackName = "", EnableTerminationProtection }, context) {
      const stack = stacks.find(context.region, StackName);
      if (stack === undefined) throw noStack(StackName);
      // CloudFormation's guide: "any status except DELETE_IN_PROGRESS or DELETE_COMPLETE".
      if (stack.status === "DELETE_IN_PROGRESS" || stack.status === "DELETE_COMPLETE")
        throw validationError(`Stack [${stack.stackName}] is in ${stack.status} state and its TerminationProtection cannot be changed`);
      stacks.changeDetails(stack.stackId, { terminationProtection: EnableTerminationProtection === true });
      return { StackId: stack.stackId };
    },
  };
}

/** A stack that does not exist yet. Throws ValidationError for a name CloudFormation would not take. */
export function newStack(
  stackName: string,
  { clock, ids, account }: StackExecutorDependencies,
  { region }: Pick<RequestContext, "region">,
): StackRecord {
  if (!NAME.test(stackName))
    throw validationError(
      `1 validation error detected: Value '${stackName}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  const stackId = formatArn("cloudformation", region, account, `stack/${stackName}/${ids.uuid()}`);
  return {
    stackId,
    stackName,
    account,
    region,
    status: "REVIEW_IN_PROGRESS",
    createdAt: clock.now(),
    outputs: {},
    imports: [],
    wasComplete: false,
  };
}

export function requireUpdatable(stack: StackRecord): void {
  if (!UPDATABLE.test(stack.status)) throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be updated.`);
}

/** A stack that an operation without rollback left as it failed is updated in the same way, or rolled back first (CloudFormation's guide, "Choose how to handle failures"). */
export function refuseRetryWithRollback(stack: StackRecord, disableRollback: boolean, api: "update-stack" | "execute-change-set"): void {
  if (disableRollback || (stack.status !== "CREATE_FAILED" && stack.status !== "UPDATE_FAILED")) return;
  throw validationError(
    `This stack is currently in a non-terminal [${stack.status}] state. To update the stack from this state, please use the disable-rollback parameter with ${api} API. To rollback to the last known good state, use the rollback-stack API`,
  );
}

export function detailsOf(input: { NotificationARNs?: string[] | undefined; RoleARN?: string | undefined }): {
  notificationArns?: string[];
  roleArn?: string;
} {
  return {
    ...(input.NotificationARNs === undefined ? {} : { notificationArns: input.NotificationARNs }),
    ...(input.RoleARN === undefined ? {} : { roleArn: input.RoleARN }),
  };
}

export function requestToken(clientRequestToken: string | undefined): Pick<Operation, "clientRequestToken"> {
  return clientRequestToken === undefined ? {} : { clientRequestToken };
}

/** What would change; throws ValidationError when the goal cannot be carried out. */
function check(stack: StackRecord, goal: Goal, template: Template, executor: StackExecutor): ReturnType<typeof planChanges> {
  const { stacks, types } = executor;
  return refusing(() =>
    planChanges(planStack(goal, stack, types, template), stacks.state(stack), types, (name) => stacks.exported(stack.region, name)?.value),
  );
}

function refuseUsedExports(stack: StackRecord, { stacks }: StackExecutor): void {
  const names = Object.values(stack.outputs).flatMap(({ exportName }) => (exportName === undefined ? [] : [exportName]));
  for (const name of names) {
    const users = stacks.importers(stack.region, name);
    if (users.length > 0) throw validationError(`Export ${name} cannot be deleted as it is in use by ${users.join(" and ")}`);
  }
}

// A policy that is taken and not enforced would be worse than none.
function refusePolicies(input: Readonly<Record<string, unknown>>): void {
  const policy = Object.keys(input).find((member) => member.startsWith("StackPolicy") && input[member] !== undefined);
  if (policy !== undefined) throw validationError(`${policy} is not supported by the local platform: stack policies are not enforced here`);
}
