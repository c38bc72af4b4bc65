/** The process around the command: arguments, terminal, signals, exit code. Nothing else reads or writes the process. */
import { join } from "node:path";
import { Cursor } from "./cli/cursor.ts";
import { runProgram } from "./cli/program.ts";
import { verbs } from "./cli/verbs.ts";
import { SystemClock } from "./kit/clock.ts";
import { ExitCode } from "./model/exit-code.ts";

// The AWS SDK warns about Node 20 on stderr at every start; what Node FSD supports is said in package.json.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(ExitCode.interrupted);
    interrupt.abort();
  });
}
// A reader that has seen enough (`fsd logs | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? ExitCode.done : ExitCode.failed));

/** Undefined where nobody can answer. Looking at stdin and loading readline cost milliseconds, so both wait until a verb asks. */
function ask(question: string, proposal = false): Promise<boolean> | undefined {
  return answerTo(`${question} ${proposal ? "[Y/n]" : "[y/N]"} `)?.then((answer) => {
    if (answer?.trim() === "") return proposal;
    return answer !== undefined && /^y(es)?$/i.test(answer.trim());
  });
}

function askFor(question: string, proposal: string): Promise<string | undefined> | undefined {
  return answerTo(`${question} [${proposal}] `)?.then((answer) => (answer?.trim() === "" ? proposal : answer?.trim()));
}

/** What is typed; undefined when the terminal is closed instead. */
function answerTo(prompt: string): Promise<string | undefined> | undefined {
  const { stdin, stderr } = process;
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined;
  return import("node:readline").then(({ createInterface }) => {
    const line = createInterface({ input: stdin, output: stderr });
    return new Promise((resolve) => {
      line.once("close", () => resolve(undefined));
      line.question(prompt, (answer) => {
        resolve(answer);
        line.close();
      });
    });
  });
}

const { stdout, env } = process;
const colour = env.NO_COLOR === undefined && (env.FORCE_COLOR !== undefined || (stdout.isTTY === true && env.TERM !== "dumb"));
void runProgram(verbs, process.argv.slice(2), {
  terminal: {
    stdout,
    cursor: new Cursor(stdout, process),
    // Opening a stream takes milliseconds, and a command that succeeds mostly has no remarks.
    get stderr() {
      return process.stderr;
    },
    colour,
  },
  version: process.env.FSD_VERSION ?? "unbuilt",
  platformProgram: join(__dirname, "..", "bin", "platform.cjs"),
  clock: new SystemClock(),
  env,
  cwd: process.cwd(),
  signal: interrupt.signal,
  ask,
  askFor,
}).then((code) => {
  process.exitCode = code;
});
