/** The words for what a deployment tells, shared by the live tree and the plain lines. */
import type { Cause } from "../deploy/diagnosis/cause.ts";
import type { DiagnosisEvent, OutcomeEvent, PlannedEvent, RolloutEvent, TaskEvent } from "../deploy/events.ts";
import type { Painter } from "./painter.ts";
import { scheduleText } from "./schedule-text.ts";

/** Target groups by their names: an ARN is most of a line. */
export function shortened(text: string): string {
  return text
    .replace(/arn:aws[\w-]*:elasticloadbalancing:[^:]*:\d*:targetgroup\/([^/\s)]+)\/[0-9a-f]+/g, "$1")
    .replace(/\(task ([0-9a-f]{8})[0-9a-f]{24}\)/g, "(task $1)");
}

export function rolloutText({ revision, desired, running, pending, failed, rolloutState }: RolloutEvent): string {
  const parts = [`${running} of ${desired} running`];
  if (pending > 0) parts.push(`${pending} pending`);
  if (failed > 0) parts.push(`${failed} failed`);
  return `${revision} ${parts.join(", ")}${rolloutState === "" || rolloutState === "IN_PROGRESS" ? "" : `, ${rolloutState}`}`;
}

export function taskText({ taskId, exitCode, stoppedReason, reason, tellingLine }: TaskEvent): string {
  // A task that never started gives its container's reason as its own.
  const told = reason === undefined || stoppedReason.includes(reason) ? [] : [reason];
  const end = [shortened(stoppedReason), ...told, ...(exitCode === undefined ? [] : [`exit code ${exitCode}`])].join(", ");
  return `task ${taskId.slice(0, 8)} stopped: ${end}${tellingLine === undefined ? "" : ` | ${tellingLine}`}`;
}

export function diagnosisLines({ diagnosis }: Pick<DiagnosisEvent, "diagnosis">, paint: Painter): string[] {
  const [first, ...others] = diagnosis.causes;
  if (first === undefined) return [];
  return [
    ...causeLines(first, paint),
    ...others.map(
      ({ summary, evidence }) =>
        `  ${paint.faint("also")}   ${summary}${evidence[0] === undefined ? "" : paint.faint(` (${evidence[0]})`)}`,
    ),
  ];
}

function causeLines({ summary, evidence, fix, command }: Cause, paint: Painter): string[] {
  return [
    `  ${paint.bad("cause")}  ${paint.strong(summary)}`,
    ...evidence.map((line) => `         ${paint.faint(shortened(line))}`),
    `  ${paint.good("fix")}    ${fix}`,
    `         ${paint.faint("$")} ${command}`,
  ];
}

export function outcomeLines(event: OutcomeEvent, env: string, paint: Painter): string[] {
  if (event.job !== undefined && event.outcome !== "interrupted") return jobOutcomeLines(event, env, paint);
  const { subject, outcome, stack, stackStatus, liveRevision, running = 0, seconds } = event;
  const tasks = `${running} task${running === 1 ? "" : "s"}`;
  switch (outcome) {
    case "live":
      return [
        `${paint.good("✓")} ${paint.strong(subject)} is live on ${env}: ${liveRevision}, ${tasks}, ${seconds} s`,
        ...urlLines(event, paint),
        `  ${paint.faint(`next: fsd status ${subject} --env ${env} · fsd logs ${subject} --env ${env} -f`)}`,
      ];
    case "unchanged":
      return [
        `${paint.good("✓")} ${paint.strong(subject)}: nothing to do, ${liveRevision} is live on ${env} with ${tasks}`,
        ...urlLines(event, paint),
      ];
    case "rolled-back":
      return [
        `${paint.bad("✗")} ${paint.strong(subject)} was rolled back: ${liveRevision} still serves with ${tasks}; the requested revision is not live`,
      ];
    case "failed":
      if (liveRevision !== undefined)
        return [`${paint.bad("✗")} ${paint.strong(subject)} failed: ${liveRevision} serves with ${tasks} (${stack} is ${stackStatus})`];
      return [
        `${paint.bad("✗")} ${paint.strong(subject)} failed: nothing of it serves on ${env} (${stack} is ${stackStatus})`,
        ...(stackStatus === "ROLLBACK_COMPLETE" || stackStatus === "DELETE_COMPLETE"
          ? ["  Deploy a corrected version: what is left of this one is replaced by itself."]
          : []),
      ];
    case "interrupted":
      return [
        `${paint.warn("!")} stopped watching ${paint.strong(subject)}: ${stack} is ${stackStatus}, and the deployment goes on without fsd`,
        `  ${paint.faint(`see how it ends: fsd status ${subject} --env ${env}`)}`,
      ];
  }
}

/** A job serves nothing: what counts is what its next run takes, and when that is. */
function jobOutcomeLines(event: OutcomeEvent, env: string, paint: Painter): string[] {
  const { subject, outcome, stack, stackStatus, liveRevision, seconds } = event;
  const { schedules = [], machine = false } = event.job ?? {};
  const rows = [
    ...schedules.map((schedule) => `  ${paint.faint("schedule")} ${scheduleText(schedule, paint)}`),
    ...(machine ? [`  ${paint.faint("machine")}  its timeout, retries and concurrency hold for every run, also on demand`] : []),
    `  ${paint.faint(`run it now: fsd run ${subject} --env ${env} --wait`)}`,
  ];
  switch (outcome) {
    case "live":
      return [`${paint.good("✓")} ${paint.strong(subject)} is live on ${env}: ${liveRevision}, ${seconds} s`, ...rows];
    case "unchanged":
      return [`${paint.good("✓")} ${paint.strong(subject)}: nothing to do, ${liveRevision} is live on ${env}`, ...rows];
    case "rolled-back":
      return [
        `${paint.bad("✗")} ${paint.strong(subject)} was rolled back: runs take ${liveRevision} as before; the requested revision is not live`,
      ];
    default:
      return [
        `${paint.bad("✗")} ${paint.strong(subject)} failed: nothing runs it on ${env} (${stack} is ${stackStatus})`,
        ...(stackStatus === "ROLLBACK_COMPLETE" ? ["  Deploy a corrected version: the failed stack is replaced by itself."] : []),
      ];
  }
}

function urlLines({ url, healthUrl, docsUrl }: OutcomeEvent, paint: Painter): string[] {
  return [
    ...(url === undefined ? [] : [`  ${paint.link(url)}`]),
    ...(healthUrl === undefined ? [] : [`  ${paint.faint("health")} ${healthUrl}`]),
    ...(docsUrl === undefined ? [] : [`  ${paint.faint("docs")}   ${docsUrl}`]),
  ];
}

/** What will change of a stack: a line for it, and one for each resource and value that does. Of a new one only the number: all of it is new. */
export function plannedLines({ stack, action, resources, values }: PlannedEvent, paint: Painter): string[] {
  const marks = {
    add: paint.good("+"),
    change: paint.warn("~"),
    remove: paint.bad("-"),
    replace: paint.bad("±"),
    "may-replace": paint.bad("±"),
  };
  const fates: Partial<Record<string, string>> = { replace: ", replaced", "may-replace": ", may be replaced" };
  const head = {
    create: `creates the stack ${stack} with ${resources?.length ?? 0} resources`,
    update: `updates the stack ${stack}${resources === null ? "; what it holds now is not known" : ""}`,
    none: `leaves the template and the values of the stack ${stack} as they are`,
  }[action];
  const changed = action === "create" ? [] : (resources ?? []);
  return [
    head,
    ...changed.map(({ action: what, logicalId, resourceType }) => {
      return `  ${marks[what]} ${logicalId} ${paint.faint(resourceType)}${paint.bad(fates[what] ?? "")}`;
    }),
    ...values.map(({ name, from, to }) => `  ${marks.change} ${name} ${from === null ? "" : `${from} → `}${to}`),
  ];
}
