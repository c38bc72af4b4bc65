/** The process around the command: arguments, terminal, signals, exit code. Nothing else reads or writes the process. */
import { join } from "node:path";
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
function ask(question: string): Promise<boolean> | undefined {
  const { stdin, stderr } = process;
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined;
  return import("node:readline").then(({ createInterface }) => {
    const prompt = createInterface({ input: stdin, output: stderr });
    return new Promise((resolve) => {
      prompt.once("close", () => resolve(false));
      prompt.question(`${question} [y/N] `, (answer) => {
        resolve(/^y(es)?$/i.test(answer.trim()));
        prompt.close();
      });
    });
  });
}

const { stdout, env } = process;
const colour = env.NO_COLOR === undefined && (env.FORCE_COLOR !== undefined || (stdout.isTTY === true && env.TERM !== "dumb"));
void runProgram(verbs, process.argv.slice(2), {
  terminal: {
    stdout,
    // Opening a stream takes milliseconds, and a command that succeeds mostly has no remarks.
    get stderr() {
      return process.stderr;
    },
    colour,
  },
  version: process.env.FSD_VERSION ?? "unbuilt",
  platformProgram: join(__dirname, "platform.mjs"),
  clock: new SystemClock(),
  env,
  cwd: process.cwd(),
  signal: interrupt.signal,
  ask,
}).then((code) => {
  process.exitCode = code;
});
