/** Programs that run and are stopped because a health check fails. */
import { consequence, countLine, deployCommand, type Finding, logsCommand, manifestOf, quote, type Rule, shortId } from "./cause.ts";
import type { Evidence } from "./evidence.ts";
import { isLoopback, type Listening, listening, placeText, unreachable } from "./last-words.ts";
import { unreachableFix, unreachableText } from "./unreachable-server.ts";

export const failsHealthChecks: Rule = (evidence) => {
  const failed = evidence.stoppedTasks.filter(({ stoppedReason }) => stoppedReason.includes("failed ELB health checks"));
  const target = evidence.targets.find(({ state }) => state === "unhealthy");
  if (failed.length === 0 && target === undefined) return undefined;
  // A target is unhealthy for a moment only before it drains; ECS's events keep what the load balancer said.
  const event = evidence.serviceEvents.findLast((message) => message.includes("is unhealthy in (target-group"));
  const description = target?.description ?? /due to \(reason (.+)\)/.exec(event ?? "")?.[1] ?? "";
  const { port = target?.port, healthPath = "/" } = evidence.asked;
  const where = `GET ${healthPath} on port ${port ?? "?"}`;
  const container = failed.flatMap(({ containers }) => containers).find(({ lastLines }) => lastLines.length > 0);
  const lines = container?.lastLines ?? [];
  // Where programs end by themselves nothing can answer: then that end is the cause.
  const ended = evidence.stoppedTasks.some(({ stopCode }) => stopCode === "EssentialContainerExited" || stopCode === "TaskFailedToStart");
  const unanswered = ended ? consequence : 80;
  const cause = (finding: Pick<Finding, "kind" | "summary" | "fix"> & { weight?: number; command?: string }): Finding => ({
    weight: failed.length === 0 ? unanswered : 80,
    evidence: [
      ...(target === undefined && event !== undefined ? [event] : []),
      ...(target === undefined
        ? []
        : [`target ${target.ip}:${target.port} ${target.state}: ${target.reason} ${target.description}`.trim()]),
      ...(failed[0] === undefined ? [] : [`task ${shortId(failed[0])}: ${failed[0].stoppedReason}`]),
      ...countLine(evidence, ({ stoppedReason }) => stoppedReason.includes("failed ELB health checks")),
      ...(container === undefined ? [] : quote(container)),
    ],
    command: logsCommand(evidence),
    ...finding,
  });
  const [, codes] = /codes: \[([\d, ]+)\]/.exec(description) ?? [];
  if (codes !== undefined) return cause(wrongStatus(codes, where, lines, evidence));
  if (/timed out/i.test(description)) {
    return cause({
      kind: "health-check-timeout",
      summary: `the health check gets no answer in time (${where})`,
      fix: "the program accepts connections but answers too slowly: make the check cheaper, or raise healthCheck.timeout or gracePeriod",
      command: deployCommand(evidence, "--override service.healthCheck.timeout=<seconds>"),
    });
  }
  const places = listening(lines);
  if (places === undefined || port === undefined) {
    return cause({
      kind: "not-listening",
      weight: unanswered,
      summary: `nothing healthy answers the load balancer's health check (${where})`,
      fix: `the program must listen on 0.0.0.0:${port ?? "its port"} within healthCheck.gracePeriod and answer ${healthPath}`,
    });
  }
  const finding = misplaced(places, port, where, evidence);
  return cause({ weight: finding.kind === "not-listening" ? unanswered : 85, ...finding });
};

function wrongStatus(
  codes: string,
  where: string,
  lines: readonly string[],
  evidence: Evidence,
): Pick<Finding, "kind" | "summary" | "fix"> & { command?: string } {
  const { healthPath = "/", formerHealthPath } = evidence.asked;
  const file = manifestOf(evidence);
  const kind = "wrong-health-status";
  const summary = `the health check is answered with ${codes} (${where})`;
  const override = (path: string): string => deployCommand(evidence, `--override service.healthCheck.${path}`);
  if (/^3/.test(codes)) {
    return {
      kind,
      summary,
      fix: `${healthPath} is redirected, and a load balancer does not follow: answer it with 200, set healthCheck.path in ${file} to where it leads, or accept the redirect with healthCheck.matcher`,
      command: override('matcher="200-399"'),
    };
  }
  if (/404/.test(codes) && formerHealthPath !== undefined && formerHealthPath !== healthPath) {
    return {
      kind,
      summary,
      fix: `the program has no ${healthPath}: set healthCheck.path in ${file} to one it has; before it was ${formerHealthPath}`,
      command: override(`path=${formerHealthPath}`),
    };
  }
  if (/404/.test(codes)) {
    return {
      kind,
      summary,
      fix: `the program has no ${healthPath}: set healthCheck.path in ${file} to one it has`,
      command: override("path=<path it has>"),
    };
  }
  if (/40[13]/.test(codes)) {
    return {
      kind,
      summary,
      fix: `${healthPath} wants credentials, which a load balancer has not: leave it open, or set healthCheck.path in ${file} to one that is`,
    };
  }
  if (/400|421/.test(codes)) {
    return {
      kind,
      summary,
      fix: "the program refuses the request: the check's Host header is the task's address, so let the program allow every host on this path",
    };
  }
  const server = unreachable(lines.join("\n"));
  if (server !== undefined) {
    return {
      kind: "dependency-unreachable",
      summary: `${summary}, and the program cannot reach ${unreachableText(server)}`,
      fix: unreachableFix(server, evidence),
    };
  }
  return { kind, summary, fix: "the program answers, but says that it is not well; its log lines say why" };
}

function misplaced(
  { seen, places }: { seen: boolean; places: readonly Listening[] },
  port: number,
  where: string,
  evidence: Evidence,
): Pick<Finding, "kind" | "summary" | "fix"> & { command?: string } {
  const said = seen ? "listened" : "says that it listens";
  const there = places.find((place) => place.port === port);
  if (there?.host !== undefined && isLoopback(there.host)) {
    return {
      kind: "listens-on-loopback",
      summary: `the program ${said} on ${placeText(there)} only, where the load balancer cannot reach it (${where})`,
      fix: `let it listen on 0.0.0.0:${port} (--host 0.0.0.0, HOST=0.0.0.0 or --bind 0.0.0.0:${port}, as its server calls it)`,
    };
  }
  const [other] = places;
  if (there === undefined && other !== undefined) {
    return {
      kind: "listens-on-other-port",
      summary: `the program ${said} on ${places.map(placeText).join(", ")}, and the service's port is ${port} (${where})`,
      fix: `set service.port in ${manifestOf(evidence)} to ${other.port}, or let the program listen on 0.0.0.0:${port}`,
      command: deployCommand(evidence, `--override service.port=${other.port}`),
    };
  }
  return {
    kind: "not-listening",
    summary:
      there === undefined
        ? `the program listened on no port when the health check failed (${where})`
        : `nothing healthy answers the load balancer's health check (${where})`,
    fix:
      there === undefined
        ? `it starts too slowly, or never opens its port: raise healthCheck.gracePeriod in ${manifestOf(evidence)}, or let it listen on 0.0.0.0:${port} sooner`
        : `it must answer on 0.0.0.0:${port} within healthCheck.gracePeriod: raise that when it starts slowly`,
    command: deployCommand(evidence, "--override service.healthCheck.gracePeriod=<seconds>"),
  };
}

export const failsContainerCheck: Rule = (evidence) => {
  const stopped = evidence.stoppedTasks.find(({ stoppedReason }) => stoppedReason.includes("failed container health checks"));
  if (stopped === undefined) return undefined;
  return {
    kind: "container-check-fails",
    weight: 80,
    summary: "the container's own health check fails",
    evidence: [`task ${shortId(stopped)}: ${stopped.stoppedReason}`, ...stopped.containers.flatMap(quote)],
    fix: "run the check's command in the container by hand; slim images have no curl, which healthCheck.container.http does without",
    command: logsCommand(evidence),
  };
};
