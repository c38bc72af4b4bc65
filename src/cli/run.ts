/** `fsd run`: a deployed job, now. */
import { ExitCode } from "../model/exit-code.ts";
import { connectionOptions } from "./operate.ts";
import type { Verb } from "./verb.ts";

export const runVerb: Verb = {
  name: "run",
  summary: "run a deployed job now",
  description:
    "Needs no file: what is deployed is run. A job with timeout, retries or concurrency: forbid is started through its machine, so that its rules hold. With --wait the log is followed, and the exit code is that of the task, whatever it is (1 when the task was not started, was stopped, or took longer than its timeout, and when the run was left out because another is going on). Ctrl-C ends the watching, not the run.",
  arguments: [{ name: "job", summary: "the job", required: true }],
  options: [
    { flags: "--command <words>", summary: "instead of the job's command: words with quotes as in a shell, or a JSON list" },
    { flags: "--set <KEY=VALUE>", summary: "an environment variable of this run (repeatable)", repeats: true },
    { flags: "--count <tasks>", summary: "tasks to start (else as the manifest says)" },
    { flags: "--wait", summary: "follow the log to the end; the task's exit code is the command's" },
    ...connectionOptions,
  ],
  examples: [
    { command: "fsd run etl --wait", summary: "run it on this machine and see how it ends" },
    { command: "fsd run etl --env prod --set MODE=full", summary: "start it with another variable" },
    { command: "fsd run etl --command 'python3 -m app.etl --full' --wait", summary: "with another command" },
  ],
  exitCodes: [ExitCode.interrupted],
  jsonLines: true,
  load: async () => (await import("./aws-verbs.ts")).handlers.run,
};
