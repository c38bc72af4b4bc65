/**
 * Brings a stack into a state that a change set can start from. Whatever an earlier operation left is waited for,
 * finished or cleared away; what fsd must not decide fails with what to do.
 */
import { failure } from "../../model/failures.ts";
import { deleteStack, findStack, readiness, type StackTools, type StackView, statusCommand, untilAtRest } from "./stack.ts";
import { unprotectStack } from "./termination-protection.ts";

export interface Wanted {
  readonly name: string;
  readonly subject: string;
  /** Others may make it at the same time and mean the same, as the environment's: then their operation is waited for. */
  readonly shared?: boolean | undefined;
  /** In a protected environment, where one whose creation failed is protected, too. */
  readonly protect?: boolean | undefined;
}

/** The stack when it can be updated, undefined when it must be created. Fails as FSD7004 or FSD7005. */
export async function makeReady(
  { name, subject, shared = false, protect = false }: Wanted,
  tools: StackTools,
): Promise<StackView | undefined> {
  const { aws, tell } = tools;
  const note = (text: string): void => tell({ type: "note", subject, text });
  let rolledBack = false;
  for (;;) {
    const stack = await findStack(aws, name);
    if (stack === undefined) return undefined;
    const { status } = stack;
    switch (readiness(status)) {
      case "absent":
      case "empty":
        return undefined;
      case "ready":
        return stack;
      case "busy":
        if (!shared) throw anotherDeployment(stack);
        note(`${name} is ${status} by another deployment; waiting until it has ended`);
        await untilAtRest(name, tools);
        break;
      case "settling":
        note(`${name} is ${status}; waiting until it has ended`);
        await untilAtRest(name, tools);
        break;
      case "dead":
        note(`${name} is ${status} from an earlier attempt; it is deleted and created anew`);
        // What failed while it was deleted was protected by someone who wants it kept.
        if (protect && status !== "DELETE_FAILED") await unprotectStack(stack, aws);
        await deleteStack(stack, tools);
        break;
      case "unfinished":
      case "half-rolled-back":
        if (rolledBack) throw await stuck(stack, tools);
        rolledBack = true;
        note(`${name} is ${status}; it is rolled back to its last good state first`);
        await (status === "UPDATE_FAILED"
          ? aws.cloudFormation.rollbackStack({ StackName: name })
          : aws.cloudFormation.continueUpdateRollback({ StackName: name }));
        await untilAtRest(name, tools);
        break;
      case "stuck":
        throw await stuck(stack, tools);
    }
  }
}

/** The failure FSD7004: somebody else deploys this stack at this moment. */
export function anotherDeployment({ name, status, tags }: Pick<StackView, "name" | "status" | "tags">): Error {
  return failure("FSD7004", `the stack ${name} is ${status}: another deployment runs`, {
    hint: `wait until it has ended, then deploy again; ${statusCommand(tags)} shows how far it is`,
  });
}

/** Names the resources that cannot be brought back, newest reason first, and the command that goes on without them. */
async function stuck({ name, id, status, reason }: StackView, { aws }: StackTools): Promise<Error> {
  const { StackResources = [] } = await aws.cloudFormation.describeStackResources({ StackName: id });
  const failed = StackResources.filter(({ ResourceStatus = "" }) => ResourceStatus === "UPDATE_FAILED");
  const why = failed
    .map(({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason ?? "no reason given"}`)
    .join("; ");
  const names = failed.map(({ LogicalResourceId }) => LogicalResourceId).join(" ");
  return failure("FSD7005", `the stack ${name} is ${status}: ${why || (reason ?? "an earlier operation failed half way")}`, {
    hint:
      status === "UPDATE_ROLLBACK_FAILED"
        ? `mend what the reason names and deploy again, or go on without: aws cloudformation continue-update-rollback --stack-name ${name}${names === "" ? "" : ` --resources-to-skip ${names}`}${aws.cliFlags}`
        : `aws cloudformation describe-stack-events --stack-name ${name}${aws.cliFlags} says what failed; bring the stack to rest, then deploy again`,
  });
}
