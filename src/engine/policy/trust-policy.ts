/**
 * Whether a role's trust policy lets an AWS service assume the role. The role's other policies, which say
 * what may be done with it, play no part.
 * Source: IAM User Guide, "Using service-linked roles" and "How to use trust policies with IAM roles"; Amazon ECS
 * Developer Guide, "Amazon ECS task IAM role".
 */
import { isObject, type JsonObject, parseJson } from "../../kit/json.ts";
import { policyAllows } from "./resource-policy.ts";

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
export function mayAssume(trustPolicy: string, { service, context }: Assumption): boolean {
  return policyAllows(trustPolicy, { service, action: "sts:AssumeRole", context });
}

/** What keeps a service from assuming a role: nothing names it, a condition does not hold, or a statement denies it. */
export type Distrust = "principal" | "condition" | "denied";

/** Why the service may not assume the role; undefined when it may. A denial comes last: what nothing allows needs none. */
export function distrust(trustPolicy: string, assumption: Assumption): Distrust | undefined {
  if (mayAssume(trustPolicy, assumption)) return undefined;
  const policy = parseJson(trustPolicy);
  if (!isObject(policy)) return "principal";
  const given = Array.isArray(policy.Statement) ? (policy.Statement as readonly JsonObject[]) : [policy.Statement as JsonObject];
  const allowing = given.filter((statement) => isObject(statement) && statement.Effect === "Allow");
  const withStatements = (Statement: readonly JsonObject[]): boolean => mayAssume(JSON.stringify({ ...policy, Statement }), assumption);
  if (withStatements(allowing)) return "denied";
  const unconditional = allowing.map(({ Condition: _condition, ...statement }) => statement);
  return withStatements(unconditional) ? "condition" : "principal";
}
