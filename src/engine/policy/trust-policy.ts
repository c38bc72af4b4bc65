/**
 * Whether a role's trust policy lets an AWS service assume the role. The role's other policies, which say
 * what may be done with it, play no part.
 * Source: IAM User Guide, "Using service-linked roles" and "How to use trust policies with IAM roles"; Amazon ECS
 * Developer Guide, "Amazon ECS task IAM role".
 */
import { type Access, statementsAllow, statementsOf } from "./resource-policy.ts";

/** A service that wants to assume a role. */
export interface Assumption {
  /** `ecs-tasks.amazonaws.com` */
  readonly service: string;
  /** `aws:SourceAccount` and `aws:SourceArn`, against the confused deputy. */
  readonly context: Readonly<Record<string, string>>;
}

/**
 * ECS on its way to start a task. AWS does not publish the value of `aws:SourceArn`, only that a condition on it can name no
 * single cluster and has to end in `*`; so the value is that pattern itself, which no narrower pattern matches.
 */
export function taskAssumption(partition: string, region: string, account: string): Assumption {
  const sourceArn = `arn:${partition}:ecs:${region}:${account}:*`;
  return { service: "ecs-tasks.amazonaws.com", context: { "aws:SourceAccount": account, "aws:SourceArn": sourceArn } };
}

/** ECS on its way to change a service's load balancers. */
export function infrastructureAssumption(partition: string, region: string, account: string): Assumption {
  return { ...taskAssumption(partition, region, account), service: "ecs.amazonaws.com" };
}

/** `trustPolicy`: the document as JSON text. */
export function mayAssume(trustPolicy: string, assumption: Assumption): boolean {
  return statementsAllow(statementsOf(trustPolicy), accessOf(assumption));
}

/** What keeps a service from assuming a role: nothing names it, a condition does not hold, or a statement denies it. */
export type Distrust = "principal" | "condition" | "denied";

/** Why the service may not assume the role; undefined when it may. A denial comes last: what nothing allows needs none. */
export function distrust(trustPolicy: string, assumption: Assumption): Distrust | undefined {
  const access = accessOf(assumption);
  const statements = statementsOf(trustPolicy);
  if (statementsAllow(statements, access)) return undefined;
  const allowing = statements.filter(({ Effect }) => Effect === "Allow");
  if (statementsAllow(allowing, access)) return "denied";
  const unconditional = allowing.map(({ Condition: _condition, ...statement }) => statement);
  return statementsAllow(unconditional, access) ? "condition" : "principal";
}

function accessOf({ service, context }: Assumption): Access {
  return { service, action: "sts:AssumeRole", context };
}
