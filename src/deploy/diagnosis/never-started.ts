/** Tasks that ended before their program ran: image, secrets, log group, command. */
import { type CauseKind, countLine, deployCommand, manifestOf, type Rule } from "./cause.ts";
import type { StoppedTask } from "./evidence.ts";

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
    return found("log-group-missing", 100, "the task's log group is not there", "the log group was deleted; deploy again to make it anew");
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

function reasonOf({ stoppedReason, containers }: StoppedTask): string {
  return containers.find(({ reason = "" }) => /Error/.test(reason))?.reason ?? stoppedReason;
}
