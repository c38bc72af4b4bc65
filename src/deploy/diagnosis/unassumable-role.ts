/** A role of the tasks that ECS cannot assume: which, what its trust policy says, and what it has to say. */
import { statementsOf } from "../../engine/policy/resource-policy.ts";
import { type Assumption, type Distrust, distrust, taskAssumption } from "../../engine/policy/trust-policy.ts";
import { standingUnassumable, unassumableRoleIn } from "../../engine/service/launch-error.ts";
import { isObject, type JsonObject, parseJson } from "../../kit/json.ts";
import { lastPart, parseArn } from "../../model/arn.ts";
import { type Cause, deployCommand, manifestOf, quoted, type Rule } from "./cause.ts";
import type { Evidence, RoleSeen } from "./evidence.ts";

export const cannotAssumeRole: Rule = (evidence) => {
  const message = evidence.serviceEvents.findLast((event) => unassumableRoleIn(event) !== undefined);
  if (message === undefined) return undefined;
  const roleArn = unassumableRoleIn(message) ?? "";
  const seen = evidence.roles?.find((role) => role.roleArn === roleArn);
  return { ...roleCause(evidence, message, roleArn, seen), weight: standsInTheWay(evidence, seen) ? 95 : 50 };
};

/** By what IAM says now; where that is not known, unless ECS has started tasks since. */
function standsInTheWay({ serviceEvents, region = "" }: Evidence, seen: RoleSeen | undefined): boolean {
  if (seen === undefined || seen.found === "unreadable") return standingUnassumable(serviceEvents) !== undefined;
  return seen.found !== "role" || distrust(seen.trustPolicy, assumptionOf(seen.roleArn, region)) !== undefined;
}

function assumptionOf(roleArn: string, region: string): Assumption {
  const { partition = "aws", account = "" } = parseArn(roleArn) ?? {};
  return taskAssumption(partition, region, account);
}

function roleCause(evidence: Evidence, message: string, roleArn: string, seen: RoleSeen | undefined): Cause {
  const roleName = lastPart(roleArn);
  const { cliFlags = "", region = "" } = evidence;
  const assumption = assumptionOf(roleArn, region);
  const cause = (why: string, facts: readonly string[], fix: string, command: string): Cause => ({
    kind: "role-not-assumable",
    summary: `ECS cannot assume the role ${roleArn}${why}`,
    evidence: [message, ...facts],
    fix,
    command,
  });
  switch (seen?.found) {
    case "nothing":
      return cause(
        ": there is no such role",
        [],
        `create it with this trust policy, or name another role under iam in ${manifestOf(evidence)}; without iam.taskRoleArn and iam.executionRoleArn fsd makes the roles`,
        `aws iam create-role --role-name ${roleName}${pathFlag(roleArn)} --assume-role-policy-document ${quoted(withStatement("", trusting(assumption)))}${cliFlags}`,
      );
    case "other":
      return cause(
        `: the role of that name is ${seen.otherArn}`,
        [],
        `write the role's ARN under iam in ${manifestOf(evidence)} exactly as it is, with its path and account`,
        deployCommand(evidence),
      );
    case "role": {
      const { trustPolicy } = seen;
      const policy = `its trust policy is ${compact(trustPolicy)}`;
      const why = distrust(trustPolicy, assumption);
      if (why === undefined) {
        const fix = "deploy again, or wait: ECS tries again after a pause";
        return cause(": its trust policy allows it now, and did not when ECS tried", [policy], fix, deployCommand(evidence));
      }
      const statement = trusting(assumption);
      const mended = why === "denied" ? withoutDenials(trustPolicy, assumption) : withStatement(trustPolicy, statement);
      return cause(
        `: ${reasons[why]}`,
        [policy, ...(why === "denied" ? [] : [`ECS needs the statement ${JSON.stringify(statement)}`])],
        `${remedies[why]}; ECS tries again after a pause by itself`,
        `aws iam update-assume-role-policy --role-name ${roleName} --policy-document ${quoted(mended)}${cliFlags}`,
      );
    }
    default:
      return cause(
        "",
        seen === undefined ? [] : [`the role could not be looked up: ${seen.why}`],
        "check that the role exists and that its trust policy lets ecs-tasks.amazonaws.com do sts:AssumeRole",
        `aws iam get-role --role-name ${roleName}${cliFlags}`,
      );
  }
}

/** A role at a path has it in its ARN: made without, it would be another one. */
function pathFlag(roleArn: string): string {
  const [, path] = /:role(\/.+\/)[^/]+$/.exec(roleArn) ?? [];
  return path === undefined ? "" : ` --path ${path}`;
}

const reasons: Readonly<Record<Distrust, string>> = {
  principal: "no statement of its trust policy lets ecs-tasks.amazonaws.com do sts:AssumeRole",
  condition: "a condition of its trust policy does not hold for this account and region",
  denied: "a statement of its trust policy denies it",
};

const remedies: Readonly<Record<Distrust, string>> = {
  principal: "add the statement to the role's trust policy, as the command does",
  condition: "mend the condition, or add the statement beside the others, as the command does",
  denied: "take the denial out of the role's trust policy, as the command does, or narrow it where it is meant for others as well",
};

/** The statement that ECS needs, with the guard against the confused deputy that its documentation gives. */
function trusting({ service, context }: Assumption): JsonObject {
  const { "aws:SourceAccount": account = "", "aws:SourceArn": source = "" } = context;
  const Condition = { StringEquals: { "aws:SourceAccount": account }, ArnLike: { "aws:SourceArn": source } };
  return { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole", Condition };
}

/** The trust policy with a statement more: whom it trusts already, it goes on to trust. */
function withStatement(trustPolicy: string, statement: JsonObject): string {
  return JSON.stringify({ ...policyOf(trustPolicy), Statement: [...statementsOf(trustPolicy), statement] });
}

/** The trust policy without the statements that deny it; the others stay. */
function withoutDenials(trustPolicy: string, assumption: Assumption): string {
  const denies = (statement: JsonObject): boolean =>
    distrust(JSON.stringify({ Statement: [trusting(assumption), statement] }), assumption) === "denied";
  return JSON.stringify({ ...policyOf(trustPolicy), Statement: statementsOf(trustPolicy).filter((statement) => !denies(statement)) });
}

function policyOf(document: string): JsonObject {
  const policy = parseJson(document);
  return isObject(policy) ? policy : { Version: "2012-10-17" };
}

function compact(document: string): string {
  const policy = parseJson(document);
  return policy === undefined ? document : JSON.stringify(policy);
}
