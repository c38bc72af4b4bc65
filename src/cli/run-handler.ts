/** What `fsd run` does and shows: the program's lines on stdout, everything about the run on stderr. */
import { connectJobServices } from "../aws/job-services.ts";
import { deployedJob } from "../deploy/job/job-stack.ts";
import { type RunEvent, runJob } from "../deploy/job/run-job.ts";
import { rhythmOf } from "../deploy/polling.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { commandWords } from "./command-words.ts";
import { connect } from "./connect.ts";
import { diagnosisLines } from "./deploy-text.ts";
import type { Output } from "./output.ts";
import type { Handler } from "./verb.ts";

export const runHandler: Handler = async (context) => {
  const { given, output, clock, signal } = context;
  const command = given.text("command");
  const request = {
    command: command === undefined ? undefined : commandWords(command),
    environment: variables(given.list("set")),
    count: countOf(given.text("count")),
    wait: given.flag("wait"),
  };
  const { aws, env, local, connection } = connect(context);
  const services = connectJobServices(connection);
  try {
    const [stack] = await serviceStacks(aws, env, [given.argument("job") ?? ""]);
    if (stack === undefined) return ExitCode.usage;
    const events = runJob({ aws, services, clock, signal, rhythm: rhythmOf({ local }), env, job: deployedJob(stack), ...request });
    let exitCode: number = ExitCode.failed;
    for await (const event of events) {
      if (output.format === "json") output.jsonLine(event);
      else show(event, env, output);
      if (event.type === "outcome") exitCode = event.exitCode;
    }
    return exitCode;
  } finally {
    aws.close();
    services.close();
  }
};

function show(event: RunEvent, env: string, output: Output): void {
  const { paint } = output;
  switch (event.type) {
    case "started": {
      const what = event.execution === null ? `task ${event.tasks.map(short).join(", ")}` : `execution ${event.execution} of its machine`;
      output.note(`started ${event.job} on ${env}: ${what}`);
      output.note(paint.faint(`fsd logs ${event.job} --env ${env} -f · fsd status ${event.job} --env ${env}`));
      return;
    }
    case "task":
      output.note(paint.faint(event.attempt === 1 ? `task ${short(event.task)}` : `task ${short(event.task)}, attempt ${event.attempt}`));
      return;
    case "log":
      output.line(event.message);
      return;
    case "task-ended": {
      const { task, exitCode, stoppedReason } = event;
      const end = exitCode === null ? stoppedReason : `exit code ${exitCode}`;
      output.note(
        exitCode === 0 ? paint.faint(`task ${short(task)} ended: ${end}`) : `${paint.bad("✗")} task ${short(task)} ended: ${end}`,
      );
      return;
    }
    case "diagnosis":
      for (const line of diagnosisLines(event, paint)) output.note(line);
      return;
    case "outcome":
      showOutcome(event, output);
      return;
  }
}

function showOutcome({ outcome, reason }: Extract<RunEvent, { type: "outcome" }>, output: Output): void {
  const { paint } = output;
  const told = reason === "" ? "" : `: ${reason}`;
  const lines = {
    started: "",
    succeeded: `${paint.good("✓")} succeeded`,
    failed: `${paint.bad("✗")} failed${told}`,
    "timed-out": `${paint.bad("✗")} timed out${told}`,
    aborted: `${paint.bad("✗")} stopped${told}`,
    left: `${paint.warn("!")} not run${told}`,
    interrupted: `${paint.warn("!")} stopped watching; ${reason}`,
  };
  if (lines[outcome] !== "") output.note(lines[outcome]);
}

function short(taskId: string): string {
  return taskId.slice(0, 8);
}

function variables(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) throw failure("FSD5001", `--set takes KEY=VALUE, not "${pair}"`);
      return [name, value];
    }),
  );
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 10) throw failure("FSD5001", `--count takes 1 to 10 tasks, not "${text}"`);
  return count;
}
