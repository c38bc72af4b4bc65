/**
 * From evidence to cause: why a deployment failed, the likeliest cause first, each with what speaks for it and what to
 * do. Pure, so that every case is a test. Each rule looks for one kind of failure; what the program itself said (its
 * exit code and last words) weighs more than what ECS concluded from it, and the stack's failed resource counts only
 * when nothing closer to the cause was seen.
 */
import type { Evidence, StoppedContainer, StoppedTask } from "./evidence.ts";

export interface Diagnosis {
  /** Ranked; the first is what to act on. Never empty. */
  readonly causes: readonly Cause[];
}

export interface Cause {
  /** Stable, for programs: `image-not-found`. */
  readonly kind: CauseKind;
  /** One sentence. */
  readonly summary: string;
  /** What was seen, line by line. */
  readonly evidence: readonly string[];
  readonly fix: string;
  /** A command that shows more or repairs it. */
  readonly command: string;
}

export type CauseKind =
  | "image-not-found"
  | "secret-unreadable"
  | "log-group-missing"
  | "out-of-memory"
  | "command-not-found"
  | "port-in-use"
  | "module-missing"
  | "program-exits"
  | "cannot-start"
  | "wrong-health-status"
  | "not-listening"
  | "health-check-timeout"
  | "container-check-fails"
  | "no-capacity"
  | "not-allowed"
  | "resource-failed"
  | "unknown";

interface Finding extends Cause {
  readonly weight: number;
}

/** The weight of what follows from another cause. */
const repetition = 10;

type Rule = (evidence: Evidence) => Finding | undefined;

export function diagnose(evidence: Evidence): Diagnosis {
  const findings = rules.flatMap((rule) => {
    const finding = rule(evidence);
    return finding === undefined ? [] : [finding];
  });
  findings.sort((a, b) => b.weight - a.weight);
  // That the service failed as a resource only repeats what is known once a task has told why.
  const telling = findings.filter(({ weight }) => weight > repetition);
  const causes = (telling.length > 0 ? telling : findings).map(({ weight: _weight, ...cause }) => cause);
  return { causes: causes.length > 0 ? causes : [unknown(evidence)] };
}

const neverStarted: Rule = (evidence) => {
  const task = evidence.stoppedTasks.find(({ stopCode }) => stopCode === "TaskFailedToStart");
  if (task === undefined) return undefined;
  const reason = reasonOf(task);
  const seen = [reason, ...countLine(evidence, ({ stopCode }) => stopCode === "TaskFailedToStart")];
  const command = `fsd deploy --env ${evidence.env} --service ${evidence.service}`;
  if (/CannotPullContainer|ImageNotFound/.test(reason)) {
    return {
      kind: "image-not-found",
      weight: 100,
      summary: `the image cannot be pulled${evidence.asked.image === undefined ? "" : `: ${evidence.asked.image}`}`,
      evidence: seen,
      fix: "check that the image was pushed under exactly this name, and that it is built for the service's architecture",
      command: `${command} --image <image that exists>`,
    };
  }
  if (/ResourceInitializationError/.test(reason) && /secret|registry auth|ssm|parameter/i.test(reason)) {
    return {
      kind: "secret-unreadable",
      weight: 100,
      summary: "a secret of the service cannot be read",
      evidence: seen,
      fix: "check that the secret or parameter exists under this name and that the execution role may read it",
      command,
    };
  }
  if (/ResourceInitializationError/.test(reason) && /log/i.test(reason)) {
    return {
      kind: "log-group-missing",
      weight: 100,
      summary: "the task's log group is not there",
      evidence: seen,
      fix: "the log group was deleted; deploy again to make it anew",
      command,
    };
  }
  if (/executable file not found|no such file or directory/.test(reason)) {
    return {
      kind: "command-not-found",
      weight: 95,
      summary: "the container's command is not there",
      evidence: seen,
      fix:
        evidence.asked.packed === true
          ? "put the program into the build context or install it on this machine: RUN steps of the Dockerfile are not executed on local"
          : "check command, ENTRYPOINT and CMD, and that the program is in the image",
      command,
    };
  }
  return {
    kind: "cannot-start",
    weight: 90,
    summary: "the container cannot be started",
    evidence: seen,
    fix: "the reason names what is missing",
    command,
  };
};

const exits: Rule = (evidence) => {
  const ended = evidence.stoppedTasks.filter(({ stopCode }) => stopCode === "EssentialContainerExited");
  const found = ended.flatMap((task) =>
    task.containers.filter(({ exitCode }) => exitCode !== undefined).map((container) => ({ task, container })),
  );
  // A container that failed says more than one that was stopped along with it.
  const worst = found.find(({ container }) => (container.exitCode ?? 0) !== 0) ?? found[0];
  if (worst === undefined) return undefined;
  const { container } = worst;
  const { exitCode = 0 } = container;
  const words = container.lastLines.join("\n");
  const seen = [
    `container ${container.name} exited with code ${exitCode}${container.reason === undefined ? "" : `: ${container.reason}`}`,
    ...countLine(evidence, ({ stopCode }) => stopCode === "EssentialContainerExited"),
    ...quote(container),
  ];
  const shared = { evidence: seen, command: logsOf(evidence) };
  if (/OutOfMemory/.test(container.reason ?? "")) {
    const memory = evidence.asked.memory;
    return {
      kind: "out-of-memory",
      weight: 100,
      summary: `the container was killed because it used more memory than it may${memory === undefined ? "" : ` (${memory} MiB)`}`,
      fix: memory === undefined ? "raise resources.memory" : `raise resources.memory above ${memory}, or find what uses it`,
      ...shared,
    };
  }
  if (/EADDRINUSE|address already in use/i.test(words)) {
    return {
      kind: "port-in-use",
      weight: 99,
      summary: "the program's port is already taken where it runs",
      fix: "let the program listen on the port in the variable PORT, or run where task networks are possible (fsd local status says which are)",
      ...shared,
    };
  }
  if (exitCode === 127 || exitCode === 126 || /(command )?not found$|executable file not found/im.test(words)) {
    return {
      kind: "command-not-found",
      weight: 98,
      summary: `the container's command cannot be run (exit code ${exitCode})`,
      fix:
        evidence.asked.packed === true
          ? "the program must be in the build context or on this machine: RUN steps of the Dockerfile are not executed on local"
          : "check command, ENTRYPOINT and CMD, and that the program is in the image",
      ...shared,
    };
  }
  if (/Cannot find (module|package)|ModuleNotFoundError|No module named|ImportError/.test(words)) {
    const missing = /(?:Cannot find (?:module|package)|No module named) ['"]?[^'"\s]+['"]?/.exec(words)?.[0];
    return {
      kind: "module-missing",
      weight: 98,
      summary: `the program misses a package and exits with code ${exitCode}${missing === undefined ? "" : `: ${missing}`}`,
      fix:
        evidence.asked.packed === true
          ? "install it in the build context or on this machine: RUN steps of the Dockerfile are not executed on local"
          : "install it in the image",
      ...shared,
    };
  }
  return {
    kind: "program-exits",
    weight: 95,
    summary:
      exitCode === 0
        ? "the program ends by itself (exit code 0); a service must keep running"
        : `the program exits with code ${exitCode}${signalOf(exitCode)}`,
    fix: container.lastLines.length > 0 ? "its last log lines say why" : "it wrote nothing; run its command by hand to see why",
    ...shared,
  };
};

const failsHealthChecks: Rule = (evidence) => {
  const stopped = evidence.stoppedTasks.filter(({ stoppedReason }) => stoppedReason.includes("failed ELB health checks"));
  const bad = evidence.targets.filter(({ state }) => state === "unhealthy");
  if (stopped.length === 0 && bad.length === 0) return undefined;
  const { port, healthPath = "/" } = evidence.asked;
  const target = bad[0];
  const description = target?.description ?? "";
  const where = `GET ${healthPath} on port ${port ?? target?.port ?? "?"}`;
  const container = stopped.flatMap(({ containers }) => containers).find(({ lastLines }) => lastLines.length > 0);
  const seen = [
    ...(target === undefined ? [] : [`target ${target.ip}:${target.port} ${target.state}: ${target.reason} ${description}`.trim()]),
    ...(stopped[0] === undefined ? [] : [`task ${short(stopped[0])}: ${stopped[0].stoppedReason}`]),
    ...countLine(evidence, ({ stoppedReason }) => stoppedReason.includes("failed ELB health checks")),
    ...(container === undefined ? [] : quote(container)),
  ];
  const shared = { evidence: seen, command: logsOf(evidence), weight: 80 };
  const codes = /codes: \[([\d, ]+)\]/.exec(description)?.[1];
  if (codes !== undefined) {
    const missing = codes.includes("404");
    return {
      kind: "wrong-health-status",
      summary: `the health check is answered with ${codes} (${where})`,
      fix: missing
        ? `the program has no ${healthPath}: set healthCheck.path to one it has`
        : "the program answers, but says that it is not well; its log lines say why",
      ...shared,
    };
  }
  if (/timed out/i.test(description)) {
    return {
      kind: "health-check-timeout",
      summary: `the health check gets no answer in time (${where})`,
      fix: "the program accepts connections but answers too slowly: make the check cheaper, or raise healthCheck.timeout or gracePeriod",
      ...shared,
    };
  }
  return {
    kind: "not-listening",
    summary: `nothing healthy answers the load balancer's health check (${where})`,
    fix: `the program must listen on 0.0.0.0:${port ?? "its port"} within healthCheck.gracePeriod and answer ${healthPath}`,
    ...shared,
  };
};

const failsContainerCheck: Rule = (evidence) => {
  const stopped = evidence.stoppedTasks.find(({ stoppedReason }) => stoppedReason.includes("failed container health checks"));
  if (stopped === undefined) return undefined;
  return {
    kind: "container-check-fails",
    weight: 80,
    summary: "the container's own health check fails",
    evidence: [`task ${short(stopped)}: ${stopped.stoppedReason}`, ...stopped.containers.flatMap(quote)],
    fix: "run the check's command in the container by hand; slim images have no curl",
    command: logsOf(evidence),
  };
};

const noCapacity: Rule = (evidence) => {
  const message = evidence.serviceEvents.findLast((event) => event.includes("unable to place a task"));
  if (message === undefined) return undefined;
  return {
    kind: "no-capacity",
    weight: 70,
    summary: "ECS cannot place a task",
    evidence: [message],
    fix: "try again later, another size, or FARGATE instead of FARGATE_SPOT",
    command: `fsd deploy --env ${evidence.env} --service ${evidence.service}`,
  };
};

const failedResource: Rule = (evidence) => {
  // What was cancelled only followed from what failed.
  const failed = evidence.failedResources.find(({ reason }) => reason !== "" && !/cancelled/i.test(reason));
  if (failed === undefined) return undefined;
  const denied = /not authorized|AccessDenied/i.test(failed.reason);
  return {
    kind: denied ? "not-allowed" : "resource-failed",
    weight: failed.resourceType === "AWS::ECS::Service" ? repetition : 60,
    summary: denied
      ? `not allowed to make ${failed.logicalId} (${failed.resourceType})`
      : `${failed.logicalId} (${failed.resourceType}) failed`,
    evidence: [`${failed.logicalId} ${failed.status}: ${failed.reason}`],
    fix: denied ? "give the deploying role the action that the reason names" : "the reason names what CloudFormation could not do",
    command: `aws cloudformation describe-stack-events --stack-name fsd-${evidence.env}-${evidence.service}`,
  };
};

const rules: readonly Rule[] = [neverStarted, exits, failsHealthChecks, failsContainerCheck, noCapacity, failedResource];

function unknown(evidence: Evidence): Cause {
  return {
    kind: "unknown",
    summary: "no cause was seen: no task of the new revision ended and no resource gave a reason",
    evidence: evidence.serviceEvents.slice(-3),
    fix: "look at the stack's events",
    command: `aws cloudformation describe-stack-events --stack-name fsd-${evidence.env}-${evidence.service}`,
  };
}

function reasonOf({ stoppedReason, containers }: StoppedTask): string {
  return containers.find(({ reason = "" }) => /Error/.test(reason))?.reason ?? stoppedReason;
}

/** Identical ends are told once, with their number. */
function countLine({ stoppedTasks }: Evidence, like: (task: StoppedTask) => boolean): string[] {
  const count = stoppedTasks.filter(like).length;
  return count > 1 ? [`${count} tasks ended this way`] : [];
}

const linesShown = 8;
const telltale = /error|fatal|exception|panic|cannot|denied|refused/i;

/** The last lines, led by the last one before them that looks like an error: a stack trace often hides it. */
function quote({ name, lastLines }: StoppedContainer): string[] {
  const tail = lastLines.slice(-linesShown);
  const earlier = lastLines.slice(0, -linesShown).findLast((line) => telltale.test(line));
  const lines =
    earlier === undefined || tail.some((line) => telltale.test(line) && !/^\s+at /.test(line)) ? tail : [earlier, "…", ...tail.slice(2)];
  return lines.map((line) => `${name} | ${line}`);
}

function logsOf({ service, env }: Evidence): string {
  return `fsd logs ${service} --env ${env} --since 15m`;
}

function signalOf(exitCode: number): string {
  if (exitCode === 137) return " (killed, SIGKILL)";
  if (exitCode === 143) return " (ended by SIGTERM)";
  if (exitCode === 139) return " (crashed, SIGSEGV)";
  return "";
}

function short({ taskId }: StoppedTask): string {
  return taskId.slice(0, 8);
}
