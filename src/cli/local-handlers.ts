/** What the `fsd local …` verbs do. */
import { findPlatform, type PlatformRecord, stateDirectory } from "../aws/platform-record.ts";
import {
  eraseState,
  keepsState,
  type PlatformFlags,
  platformLog,
  portOf,
  requirePlatform,
  startPlatform,
  stopPlatform,
} from "../deploy/local-platform.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { confirm } from "./confirm.ts";
import type { Handler, VerbContext } from "./verb.ts";

export const localUp: Handler = async (context) => {
  const { output } = context;
  const flags = platformFlags(context);
  const { record, started, otherPort } = await startPlatform(flags, { ...context, program: context.platformProgram });
  if (output.format === "json") output.json(summary(record));
  else {
    if (otherPort) output.note(`Port 4566 is taken, so the local platform listens on ${portOf(record)}.`);
    output.line(`${output.paint.good("✓")} local platform ${started ? "started" : "is running"} at ${output.paint.link(record.endpoint)}`);
    describe(record, context);
  }
  return ExitCode.done;
};

export const localDown: Handler = async ({ given, output, env, cwd, clock }) => {
  const stateDir = stateDirectory(given.text("stateDir"), env, cwd);
  const stopped = await stopPlatform(stateDir, clock);
  if (output.format === "json") output.json({ stopped: stopped !== undefined, stateDir });
  else if (stopped === undefined) output.line("The local platform was not running.");
  else output.line(`${output.paint.good("✓")} local platform stopped, its tasks with it; its state is kept in ${stateDir}`);
  return ExitCode.done;
};

export const localStatus: Handler = async (context) => {
  const { given, output, env, cwd } = context;
  const record = requirePlatform(stateDirectory(given.text("stateDir"), env, cwd));
  if (output.format === "json") output.json(summary(record));
  else {
    output.line(`${output.paint.good("●")} local platform at ${output.paint.link(record.endpoint)}`);
    describe(record, context);
  }
  return ExitCode.done;
};

export const localReset: Handler = async (context) => {
  const { given, output, env, cwd, clock } = context;
  const stateDir = stateDirectory(given.text("stateDir"), env, cwd);
  const running = findPlatform(stateDir) !== undefined;
  if (keepsState(stateDir))
    await confirm(context, `Erase everything the local platform kept in ${stateDir}${running ? ", and stop its tasks" : ""}?`);
  if (running) await stopPlatform(stateDir, clock);
  const erased = await eraseState(stateDir);
  if (output.format === "json") output.json({ erased, stateDir });
  else output.line(erased ? `${output.paint.good("✓")} erased ${stateDir}` : `There was nothing to erase in ${stateDir}.`);
  return ExitCode.done;
};

/** The flags of `local up`, checked. */
function platformFlags({ given, env, cwd }: VerbContext): PlatformFlags {
  const port = number(
    given.text("port"),
    "--port",
    (value) => Number.isInteger(value) && value >= 1 && value <= 65_535,
    "a number from 1 to 65535",
  );
  const speed = number(given.text("speed"), "--speed", (value) => value >= 1 && value <= 1000, "a number from 1 to 1000");
  const account = given.text("account");
  if (account !== undefined && !/^\d{12}$/.test(account)) throw failure("FSD5001", `--account takes twelve digits, not "${account}"`);
  return {
    stateDir: stateDirectory(given.text("stateDir"), env, cwd),
    port,
    speed,
    account,
    ...(given.flag("apiLimits") ? { apiLimits: true } : {}),
  };
}

function number(text: string | undefined, flag: string, valid: (value: number) => boolean, wanted: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !valid(value)) throw failure("FSD5001", `${flag} takes ${wanted}, not "${text}"`);
  return value;
}

/** The stable part of what a platform says about itself. */
function summary(record: PlatformRecord): object {
  const { endpoint, pid, account, speed, apiLimits, stateDir, runtime, network, memoryLimit, refused = [], version } = record;
  const log = platformLog(stateDir);
  return { endpoint, pid, account, speed, apiLimits, stateDir, runtime, network, memoryLimit, refused, version, log };
}

function describe(
  { pid, account, speed, apiLimits, stateDir, runtime, network, memoryLimit, refused = [] }: PlatformRecord,
  { output }: VerbContext,
): void {
  const rows = {
    account,
    speed: speed === 1 ? "1, as on AWS" : `${speed} times AWS's`,
    "API limits": apiLimits ? "as on AWS" : "none",
    runtime,
    network,
    "memory limit": memoryLimit,
    state: stateDir,
    process: `${pid}, log in ${platformLog(stateDir)}`,
  };
  for (const [name, value] of Object.entries(rows)) output.line(`  ${output.paint.faint(name.padEnd(12))} ${value}`);
  for (const reason of refused) output.line(`  ${output.paint.faint("not allowed ")} ${reason}`);
}
