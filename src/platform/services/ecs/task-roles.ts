/**
 * The roles of tasks. Before it starts a task ECS assumes the execution role and the task role; that a role does not exist,
 * or does not trust `ecs-tasks.amazonaws.com`, comes out only then. A task definition without roles needs none.
 * Source: Amazon ECS Developer Guide, "Amazon ECS task IAM role"; API reference, RegisterTaskDefinition (`taskRoleArn`,
 * `executionRoleArn`: "the short name or full ARN").
 */
import type { TaskRoles } from "../../../controller/ports.ts";
import { type Assumption, infrastructureAssumption, taskAssumption } from "../../../engine/policy/trust-policy.ts";
import { unassumableRole } from "../../../engine/service/launch-error.ts";
import { parseArn } from "../../../model/arn.ts";
import type { EcsState } from "./ecs-state.ts";
import { clientFault, invalidParameter } from "./faults.ts";

/** Whether a role exists and its trust policy lets the service assume it. */
export type Trusts = (roleArn: string, assumption: Assumption) => boolean;

export interface RolesOfTask {
  readonly executionRoleArn?: string | undefined;
  readonly taskRoleArn?: string | undefined;
}

export class AssumedTaskRoles implements TaskRoles {
  readonly #state: EcsState;
  readonly #trusts: Trusts;

  constructor(state: EcsState, trusts: Trusts) {
    this.#state = state;
    this.#trusts = trusts;
  }

  launchError(taskDefinitionArn: string): string | undefined {
    const definition = this.#state.taskDefinitions.get(taskDefinitionArn);
    return definition === undefined ? undefined : this.refusal(definition, taskDefinitionArn);
  }

  /** Why ECS cannot start a task with these roles in the region and account of `arn`. */
  refusal({ executionRoleArn, taskRoleArn }: RolesOfTask, arn: string): string | undefined {
    const { partition = "aws", region = "", account = "" } = parseArn(arn) ?? {};
    const assumption = taskAssumption(partition, region, account);
    for (const roleArn of [executionRoleArn, taskRoleArn]) {
      if (roleArn !== undefined && !this.#trusts(roleArn, assumption)) return unassumableRole(roleArn);
    }
    return undefined;
  }

  /** The role with which ECS moves a service's traffic is assumed when the service is made or changed. */
  requireInfrastructureRole(roleArn: string, serviceArn: string): void {
    const { partition = "aws", region = "", account = "" } = parseArn(serviceArn) ?? {};
    if (this.#trusts(roleArn, infrastructureAssumption(partition, region, account))) return;
    throw invalidParameter(
      `ECS was unable to assume the configured ECS Infrastructure Role '${roleArn}'. Please verify that the role being passed has the proper trust relationship with Amazon ECS.`,
    );
  }
}

/** A role as a task definition may name it: its ARN, or the name of one of the account's roles at the path `/`. */
export function roleArnOf(role: string | undefined, partition: string, account: string): string | undefined {
  if (role === undefined || role === "") return undefined;
  if (/^arn:[^:]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(role)) return role;
  if (/^[\w+=,.@-]{1,64}$/.test(role)) return `arn:${partition}:iam::${account}:role/${role}`;
  throw clientFault("Role is not valid");
}
