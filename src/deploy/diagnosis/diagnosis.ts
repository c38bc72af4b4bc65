/**
 * From evidence to cause: why a deployment failed, the likeliest cause first, each with what speaks for it and what to
 * do. Pure, so that every case is a test. Each rule looks for one kind of failure; what the program itself said (its
 * exit code and last words) weighs more than what ECS concluded from it, and the stack's failed resource counts only
 * when nothing closer to the cause was seen.
 */
import { type Cause, consequence, type Diagnosis, deployCommand, eventsCommand, type Rule } from "./cause.ts";
import type { Evidence } from "./evidence.ts";
import { failsContainerCheck, failsHealthChecks } from "./health-checks.ts";
import { neverStarted } from "./never-started.ts";
import { exits } from "./program-exits.ts";
import { cannotAssumeRole } from "./unassumable-role.ts";

export function diagnose(evidence: Evidence): Diagnosis {
  const findings = rules.flatMap((rule) => {
    const finding = rule(evidence);
    return finding === undefined ? [] : [finding];
  });
  findings.sort((a, b) => b.weight - a.weight);
  // That the service failed as a resource only repeats what is known once a task has told why.
  const telling = findings.filter(({ weight }) => weight > consequence);
  const causes = (telling.length > 0 ? telling : findings).map(({ weight: _weight, ...cause }) => cause);
  return { causes: causes.length > 0 ? causes : [unknown(evidence)] };
}

const noCapacity: Rule = (evidence) => {
  const message = evidence.serviceEvents.findLast((event) => event.includes("unable to place a task"));
  if (message === undefined) return undefined;
  return {
    kind: "no-capacity",
    weight: 70,
    summary: "ECS cannot place a task",
    evidence: [message],
    fix: "try again later, another size, or FARGATE instead of FARGATE_SPOT",
    command: deployCommand(evidence),
  };
};

/** ECS ends a deployment at once when one of its alarms goes off, whatever its tasks do. */
const alarmRang: Rule = ({ serviceEvents, failedResources, asked, cliFlags = "" }) => {
  const event = serviceEvents.findLast((message) => message.includes("alarm detected"));
  const failed = failedResources.find(({ reason }) => reason.includes("Deployment Alarm was triggered"));
  if (event === undefined && failed === undefined) return undefined;
  const { alarms = [] } = asked;
  return {
    kind: "alarm-rang",
    weight: 90,
    summary: `an alarm that guards the deployment went off (${alarms.join(", ")})`,
    evidence: [event ?? `${failed?.logicalId} ${failed?.status}: ${failed?.reason}`],
    fix: "the alarm's reason says what it measured; one that rings while new tasks start needs more periods",
    command: `aws cloudwatch describe-alarms --alarm-names ${alarms.join(" ")}${cliFlags}`,
  };
};

const failedResource: Rule = (evidence) => {
  // What was cancelled only followed from what failed.
  const failed = evidence.failedResources.find(({ reason }) => reason !== "" && !/cancelled/i.test(reason));
  if (failed === undefined) return undefined;
  const denied = /not authorized|AccessDenied/i.test(failed.reason);
  return {
    kind: denied ? "not-allowed" : "resource-failed",
    weight: failed.resourceType === "AWS::ECS::Service" ? consequence : 60,
    summary: denied
      ? `not allowed to make ${failed.logicalId} (${failed.resourceType})`
      : `${failed.logicalId} (${failed.resourceType}) failed`,
    evidence: [`${failed.logicalId} ${failed.status}: ${failed.reason}`],
    fix: denied ? "give the deploying role the action that the reason names" : "the reason names what CloudFormation could not do",
    command: eventsCommand(evidence),
  };
};

const rules: readonly Rule[] = [
  neverStarted,
  exits,
  failsHealthChecks,
  failsContainerCheck,
  cannotAssumeRole,
  alarmRang,
  noCapacity,
  failedResource,
];

function unknown(evidence: Evidence): Cause {
  return {
    kind: "unknown",
    summary: "no cause was seen: no task of the new revision ended and no resource gave a reason",
    evidence: evidence.serviceEvents.slice(-3),
    fix: "look at the stack's events",
    command: eventsCommand(evidence),
  };
}
