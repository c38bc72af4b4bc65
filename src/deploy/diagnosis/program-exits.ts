/** Programs that ran and ended by themselves: what they said last is the best evidence there is. */
import { fargateSizes } from "../../manifest/fargate-sizes.ts";
import { countLine, deployCommand, type Finding, leftOut, logsCommand, manifestOf, quote, type Rule } from "./cause.ts";
import type { Evidence } from "./evidence.ts";
import { missingFile, missingModule, missingVariable, tellingLine, unreachable } from "./last-words.ts";
import { unreachableFix, unreachableText } from "./unreachable-server.ts";

export const exits: Rule = (evidence) => {
  const ended = evidence.stoppedTasks.filter(({ stopCode }) => stopCode === "EssentialContainerExited");
  const found = ended.flatMap(({ containers }) => containers.filter(({ exitCode }) => exitCode !== undefined));
  // A container that failed says more than one that was stopped along with it.
  const container = found.find(({ exitCode = 0 }) => exitCode !== 0) ?? found[0];
  if (container === undefined) return undefined;
  const { exitCode = 0, lastLines } = container;
  const words = lastLines.join("\n");
  const { asked } = evidence;
  const packed = asked.packed === true;
  const cause = (finding: Pick<Finding, "kind" | "weight" | "summary" | "fix"> & { command?: string }): Finding => ({
    evidence: [
      `container ${container.name} exited with code ${exitCode}${container.reason === undefined ? "" : `: ${container.reason}`}`,
      ...countLine(evidence, ({ stopCode }) => stopCode === "EssentialContainerExited"),
      ...quote(container),
    ],
    command: logsCommand(evidence),
    ...finding,
  });
  if (/OutOfMemory/.test(container.reason ?? "")) return cause(outOfMemory(evidence));
  if (/EADDRINUSE|address already in use/i.test(words)) {
    return cause({
      kind: "port-in-use",
      weight: 99,
      summary: "the program's port is already taken where it runs",
      fix: "let the program listen on the port in the variable PORT, or run where task networks are possible (fsd local status says which are)",
    });
  }
  if (exitCode === 127 || exitCode === 126 || /(command )?not found$|executable file not found/im.test(words)) {
    return cause({
      kind: "command-not-found",
      weight: 98,
      summary: `the container's command cannot be run (exit code ${exitCode})`,
      fix:
        exitCode === 126
          ? "make the file executable (chmod +x) before it is copied into the image, and check the interpreter in its first line"
          : packed
            ? "the program must be in the build context or on this machine: RUN steps of the Dockerfile are not executed on local"
            : "check command, ENTRYPOINT and CMD, and that the program is in the image",
    });
  }
  const file = missingFile(words);
  if (file !== undefined) {
    const ignored = leftOut(evidence, file);
    return cause({
      kind: "file-missing",
      weight: 98,
      summary: `the program's file ${file} is not in the image (exit code ${exitCode})`,
      fix:
        ignored === undefined
          ? /^\.\.?\//.test(file)
            ? `${requiredBy(words) ?? "the program"} asks for it: check the path there, and that COPY of the Dockerfile takes the file along`
            : "check the path in command, ENTRYPOINT and CMD against WORKDIR and COPY of the Dockerfile"
          : `${ignored} is left out of the image by .dockerignore: take it back in there with a line !${ignored}`,
    });
  }
  if (/Cannot find (module|package)|ModuleNotFoundError|No module named|ImportError/.test(words)) {
    const name = missingModule(words);
    const ignored =
      name === undefined
        ? undefined
        : (leftOut(evidence, `${name.replaceAll(".", "/")}.py`) ?? leftOut(evidence, name.split(".")[0] ?? name));
    return cause({
      kind: "module-missing",
      weight: 98,
      summary: `the program misses ${name === undefined ? "a package" : `the package ${name}`} and exits with code ${exitCode}`,
      fix:
        ignored !== undefined
          ? `${ignored} is left out of the image by .dockerignore: take it back in there with a line !${ignored}`
          : packed
            ? "install it in the build context or on this machine: RUN steps of the Dockerfile are not executed on local"
            : "install it in the image",
    });
  }
  const variable = missingVariable(words);
  if (variable !== undefined) {
    const set = asked.variables?.includes(variable) === true;
    return cause({
      kind: "variable-missing",
      weight: 97,
      summary: `the program wants the environment variable ${variable} and exits with code ${exitCode}`,
      fix: set
        ? `${manifestOf(evidence)} sets ${variable}: check its value`
        : `add ${variable} to service.environment in ${manifestOf(evidence)}, or to service.secrets when it is secret`,
      ...(set ? {} : { command: deployCommand(evidence, `--set ${variable}=<value>`) }),
    });
  }
  const server = exitCode === 0 ? undefined : unreachable(words);
  if (server !== undefined) {
    return cause({
      kind: "dependency-unreachable",
      weight: 96,
      summary: `the program cannot reach ${unreachableText(server)} and exits with code ${exitCode}`,
      fix: unreachableFix(server, evidence),
    });
  }
  const telling = tellingLine(lastLines);
  return cause({
    kind: "program-exits",
    weight: 95,
    summary:
      exitCode === 0
        ? "the program ends by itself (exit code 0); a service must keep running"
        : `the program exits with code ${exitCode}${signalOf(exitCode)}`,
    fix:
      exitCode === 0
        ? `let command start the server itself, in the foreground; what runs once and ends is a Job (kind: Job in ${manifestOf(evidence)})`
        : telling !== undefined
          ? `it says: ${telling.trim()}`
          : lastLines.length > 0
            ? "its last log lines say why"
            : "it wrote nothing; run its command by hand to see why",
  });
};

function outOfMemory(evidence: Evidence): Pick<Finding, "kind" | "weight" | "summary" | "fix"> & { command?: string } {
  const { memory, cpu } = evidence.asked;
  const summary = `the container was killed because it used more memory than it may${memory === undefined ? "" : ` (${memory} MiB)`}`;
  if (memory === undefined) return { kind: "out-of-memory", weight: 100, summary, fix: "raise resources.memory" };
  const more = fargateSizes.get(cpu ?? 0)?.find((size) => size >= 2 * memory);
  return {
    kind: "out-of-memory",
    weight: 100,
    summary,
    fix: `raise resources.memory above ${memory}, or find what uses it`,
    ...(more === undefined ? {} : { command: deployCommand(evidence, `--override service.resources.memory=${more}`) }),
  };
}

/** The program's file that asks for a module, as Node tells it. */
function requiredBy(words: string): string | undefined {
  return /requireStack: \[\s*'([^']+)'|Require stack:\s*\n- (\S+)/
    .exec(words)
    ?.slice(1)
    .find((part) => part !== undefined);
}

function signalOf(exitCode: number): string {
  if (exitCode === 137) return " (killed, SIGKILL)";
  if (exitCode === 143) return " (ended by SIGTERM)";
  if (exitCode === 139) return " (crashed, SIGSEGV)";
  return "";
}
