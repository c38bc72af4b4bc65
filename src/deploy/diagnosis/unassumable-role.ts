/** A role of the tasks that ECS cannot assume: which, what its trust policy says, and what it has to say. */
import { type Distrust, distrust, taskAssumption } from "../../engine/policy/trust-policy.ts";
import { unassumableRoleIn } from "../../engine/service/launch-error.ts";
import { isObject, parseJson } from "../../kit/json.ts";
import { parseArn } from "../../model/arn.ts";
import { type Cause, deployCommand, manifestOf, type Rule } from "./cause.ts";
import type { Evidence, RoleSeen } from "./evidence.ts";

/** The statement that ECS needs, as its documentation gives it. */
const needed = { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" };

export const cannotAssumeRole: Rule = (evidence) => {
  const message = evidence.serviceEvents.findLast((event) => unassumableRoleIn(event) !== undefined);
  if (message === undefined) return undefined;
  const roleArn = unassumableRoleIn(message) ?? "";
  const seen = evidence.roles?.find((role) => role.roleArn === roleArn);
  return { ...roleCause(evidence, message, roleArn, seen), weight: 95 };
};

function roleCause(evidence: Evidence, message: string, roleArn: string, seen: RoleSeen | undefined): Cause {
  const roleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  const { cliFlags = "", region = "" } = evidence;
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
        `aws iam create-role --role-name ${roleName} --assume-role-policy-document ${quoted(trusting())}${cliFlags}`,
      );
    case "other":
      return cause(
        `: the role of that name is ${seen.otherArn}`,
        [],
        `write the role's ARN under iam in ${manifestOf(evidence)} exactly as it is, with its path and account`,
        deployCommand(evidence),
      );
    case "role": {
      const { partition = "aws", account = "" } = parseArn(roleArn) ?? {};
      const why = distrust(seen.trustPolicy, taskAssumption(partition, region, account));
      return cause(
        `: ${why === undefined ? "its trust policy allows it now, and did not when ECS tried" : reasons[why]}`,
        [`its trust policy is ${compact(seen.trustPolicy)}`, `ECS needs the statement ${JSON.stringify(needed)}`],
        why === undefined
          ? "deploy again, or wait: ECS tries again after a pause"
          : `${remedies[why]}; ECS tries again after a pause by itself`,
        why === undefined
          ? deployCommand(evidence)
          : `aws iam update-assume-role-policy --role-name ${roleName} --policy-document ${quoted(why === "principal" ? trusting(seen.trustPolicy) : trusting())}${cliFlags}`,
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

const reasons: Readonly<Record<Distrust, string>> = {
  principal: "no statement of its trust policy lets ecs-tasks.amazonaws.com do sts:AssumeRole",
  condition: "a condition of its trust policy does not hold for this account and region",
  denied: "a statement of its trust policy denies it",
};

const remedies: Readonly<Record<Distrust, string>> = {
  principal: "add the statement to the role's trust policy",
  condition: "mend the condition, or put the statement in the place of the policy, as the command does",
  denied: "take the denial out, or put the statement in the place of the policy, as the command does",
};

/** A trust policy with the statement that ECS needs, beside those of `former`. */
function trusting(former?: string): string {
  const policy = parseJson(former ?? "");
  const { Statement = [] } = isObject(policy) ? policy : {};
  const others = Array.isArray(Statement) ? Statement : [Statement];
  return JSON.stringify({ Version: "2012-10-17", Statement: [...others, needed] });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function compact(document: string): string {
  const policy = parseJson(document);
  return policy === undefined ? document : JSON.stringify(policy);
}
