/** Tasks that ended before their program ran: network, permissions, image, secrets, log group, command. */
// ECS's words as in the Developer Guide, "Resolve Amazon ECS task errors" and "Amazon ECS stopped tasks error messages".
import { type Cause, type CauseKind, countLine, deployCommand, type Finding, leftOut, manifestOf, type Rule } from "./cause.ts";
import type { Evidence, StoppedTask } from "./evidence.ts";

export const neverStarted: Rule = (evidence) => {
  const task = evidence.stoppedTasks.find(({ stopCode }) => stopCode === "TaskFailedToStart");
  if (task === undefined) return undefined;
  const reason = reasonOf(task);
  const { asked } = evidence;
  const found = (kind: CauseKind, weight: number, summary: string, fix: string, ...flags: string[]) => ({
    kind,
    weight,
    summary,
    evidence: [reason, ...countLine(evidence, ({ stopCode }) => stopCode === "TaskFailedToStart")],
    fix,
    command: deployCommand(evidence, ...flags),
  });
  const outside = unreached(reason) ?? forbidden(reason, evidence);
  if (outside !== undefined) {
    const { kind, summary, fix, command = deployCommand(evidence) } = outside;
    return { ...found(kind, 100, summary, fix), command };
  }
  const [, line, wrong = ""] = /failed to extract .*: line (\d+): (.+)$/.exec(reason) ?? [];
  if (asked.packed === true && line !== undefined) {
    const source = /^COPY (\S+): not found/.exec(wrong)?.[1];
    const ignored = source === undefined ? undefined : leftOut(evidence, source);
    return found(
      "dockerfile-wrong",
      100,
      `no image can be made of the Dockerfile: line ${line}: ${wrong}`,
      ignored === undefined
        ? `correct line ${line}${source === undefined ? "" : `: ${source} must lie in build.context`}`
        : `${ignored} is left out of the image by .dockerignore: take it back in there with a line !${ignored}`,
    );
  }
  if (/CannotPullContainer|ImageNotFound/.test(reason)) {
    if (/descriptor matching platform|exec format error/.test(reason)) {
      return found(
        "image-not-found",
        100,
        "the image is not built for the service's processor architecture",
        "build the image for it, or set resources.architecture to the image's (x86_64 or arm64)",
      );
    }
    return found(
      "image-not-found",
      100,
      `the image cannot be pulled${asked.image === undefined ? "" : `: ${asked.image}`}`,
      "check that the image was pushed under exactly this name, and that it is built for the service's architecture",
      "--image <image that exists>",
    );
  }
  if (/ResourceInitializationError/.test(reason) && /secret|registry auth|ssm|parameter/i.test(reason)) {
    const [, secret] = /retrieve secret (?:from \w+ )?(arn:\S+?|\/?[\w./+=@-]+):? /.exec(reason) ?? [];
    return found(
      "secret-unreadable",
      100,
      `a secret of the service cannot be read${secret === undefined ? "" : `: ${secret}`}`,
      "check that the secret or parameter exists under this name and that the execution role may read it",
    );
  }
  if (/ResourceInitializationError/.test(reason) && /log/i.test(reason)) {
    const { logGroup } = asked;
    const summary = `the task's log group is not there${logGroup === undefined ? "" : `: ${logGroup}`}`;
    const fix = "someone deleted it, which CloudFormation does not see; create it again, then deploy";
    const created = `aws logs create-log-group --log-group-name ${logGroup}${evidence.cliFlags ?? ""}`;
    return { ...found("log-group-missing", 100, summary, fix), ...(logGroup === undefined ? {} : { command: created }) };
  }
  if (/no command specified/i.test(reason)) {
    return found(
      "no-command",
      100,
      "neither the Dockerfile nor the manifest says what to run",
      `add CMD to the Dockerfile, or service.command to ${manifestOf(evidence)}${asked.packed === true ? " (on local the CMD of a base image is not known)" : ""}`,
    );
  }
  if (/executable file not found|no such file or directory/.test(reason)) {
    const [, program] = /exec: "([^"]+)"/.exec(reason) ?? [];
    return found(
      "command-not-found",
      95,
      `the container's command is not there${program === undefined ? "" : `: ${program}`}`,
      asked.packed === true
        ? "check the spelling of command, ENTRYPOINT and CMD; what they name must come with the build context or be installed on this machine, because RUN is not executed on local"
        : "check command, ENTRYPOINT and CMD, and that the program is in the image",
    );
  }
  if (/permission denied/i.test(reason)) {
    return found(
      "cannot-start",
      95,
      "the container's command may not be executed",
      "make the file executable (chmod +x) before it is copied into the image",
    );
  }
  return found("cannot-start", 90, "the container cannot be started", "the reason names what is missing");
};

type Outside = Pick<Finding, "kind" | "summary" | "fix"> & Partial<Pick<Cause, "command">>;

/** What a task needs before its program runs is asked of AWS over the task's own network. */
function unreached(reason: string): Outside | undefined {
  if (!/CannotPullContainer|ResourceInitializationError/.test(reason)) return undefined;
  if (!/i\/o timeout|deadline exceeded|Client\.Timeout|no such host|connection (refused|issue)|network (is )?unreachable/i.test(reason))
    return undefined;
  const [, host] = /https?:\/\/([\w.-]+)|lookup ([\w.-]+)/.exec(reason)?.filter((part) => part !== undefined) ?? [];
  return {
    kind: "network-unreachable",
    summary: `the task's network does not lead to ${host ?? "what it needs before its program runs"}`,
    fix: "the subnets of its tasks need a way out: a NAT gateway or the endpoints of these services (environment.vpc.nat), with a security group that lets 443 through",
  };
}

/** The execution role pulls the image and writes the log; what fsd makes may, what the manifest names is someone's own. */
function forbidden(reason: string, evidence: Evidence): Outside | undefined {
  const [, action] = /not authorized to perform: ((?:ecr|logs):\w+)/.exec(reason) ?? [];
  if (action === undefined) return undefined;
  const [, role] = /assumed-role\/([^/\s]+)\//.exec(reason) ?? [];
  return {
    kind: "not-allowed",
    summary: `the execution role${role === undefined ? "" : ` ${role}`} may not do ${action}`,
    fix: `give it the permission, or leave out iam.executionRoleArn in ${manifestOf(evidence)}: then fsd makes the role, with what the image and the log take`,
    ...(role === undefined ? {} : { command: `aws iam list-role-policies --role-name ${role}${evidence.cliFlags ?? ""}` }),
  };
}

function reasonOf({ stoppedReason, containers }: StoppedTask): string {
  return containers.find(({ reason = "" }) => /Error/.test(reason))?.reason ?? stoppedReason;
}
