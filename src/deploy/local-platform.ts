/**
 * Starts, finds, stops and erases the local platform of a state directory. It knows the platform only as a program
 * with arguments, a record in the state directory and a signal: nothing of `src/platform` is imported here.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { findPlatform, isAlive, type PlatformRecord } from "../aws/platform-record.ts";
import type { Clock } from "../kit/clock.ts";
import { pause } from "../kit/pause.ts";
import { removeEmptyFolders, removeFolder } from "../kit/remove-folder.ts";
import { failure } from "../model/failures.ts";

/** Flags as given; what is absent takes the default or, when a platform runs, whatever that one has. */
export interface PlatformFlags {
  readonly stateDir: string;
  readonly port?: number | undefined;
  readonly speed?: number | undefined;
  readonly account?: string | undefined;
  /** True: asked for; absent is no wish. */
  readonly apiLimits?: boolean | undefined;
}

/** What this module needs of the world. */
export interface PlatformWorld {
  /** The platform's bundle. */
  readonly program: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

export interface StartedPlatform {
  readonly record: PlatformRecord;
  /** False: it was running already. */
  readonly started: boolean;
  /** The default port was taken, so that the platform listens elsewhere. */
  readonly otherPort: boolean;
}

const defaultPort = 4566;
const startLimitMs = 60_000;
/** The longest stop timeout ECS knows is 120 s. */
const stopLimitMs = 150_000;
const marker = "fsd-state";
const logName = "platform.log";
/** Names the platform's control groups, one a line. */
const groupsNote = "control-groups";

/** Starts the platform unless it runs; one that runs must be of this version and agree with every flag given. */
export async function startPlatform(flags: PlatformFlags, world: PlatformWorld): Promise<StartedPlatform> {
  const running = findPlatform(flags.stateDir);
  if (running !== undefined) return { record: agreeing(running, flags, world), started: false, otherPort: false };
  if (!existsSync(world.program)) {
    throw failure("FSD6006", `the local platform is not built: ${world.program} is missing`, { hint: "npm run build" });
  }
  prepareStateDirectory(flags.stateDir);
  const release = await holdStart(flags.stateDir, world);
  try {
    // Another command may have started it while this one waited for its turn.
    const meanwhile = findPlatform(flags.stateDir);
    if (meanwhile !== undefined) return { record: agreeing(meanwhile, flags, world), started: false, otherPort: false };
    const port = await choosePort(flags.port);
    return { record: await spawnPlatform(port, flags, world), started: true, otherPort: flags.port === undefined && port !== defaultPort };
  } finally {
    release();
  }
}

/** The running platform, or the failure that says that there is none. */
export function requirePlatform(stateDir: string): PlatformRecord {
  const record = findPlatform(stateDir);
  if (record === undefined) {
    throw failure("FSD6001", `no local platform is running for the state directory ${stateDir}`, { hint: "fsd local up" });
  }
  return record;
}

/** Stops the platform and waits until its process is gone. Answers undefined when none was running. */
export async function stopPlatform(stateDir: string, clock: Clock): Promise<PlatformRecord | undefined> {
  const record = findPlatform(stateDir);
  if (record === undefined) {
    rmSync(join(stateDir, "platform.json"), { force: true });
    return undefined;
  }
  process.kill(record.pid, "SIGTERM");
  const end = clock.now() + stopLimitMs;
  while (isAlive(record.pid)) {
    if (clock.now() > end) {
      throw failure("FSD6005", `the local platform (process ${record.pid}) did not stop within ${stopLimitMs / 1000} s`, {
        hint: `kill -9 ${record.pid} ends it and its tasks; what was acknowledged is kept`,
      });
    }
    await pause(clock, 20);
  }
  return record;
}

/** Whether there is anything to erase. Refuses a folder that no platform was ever started in. */
export function keepsState(stateDir: string): boolean {
  if (!existsSync(stateDir)) return false;
  if (isForeign(stateDir)) {
    throw failure("FSD5001", `${stateDir} does not look like a state directory of fsd, so nothing was erased`, {
      hint: "delete it yourself when you are sure",
    });
  }
  return readdirSync(stateDir).length > 0;
}

/** Erases everything the platform kept, and answers whether that was anything. Refuses as `keepsState` does. */
export async function eraseState(stateDir: string): Promise<boolean> {
  if (!keepsState(stateDir)) return false;
  // A platform that was killed could not remove the control groups it had noted, which are not in its folder.
  for (const group of readOrEmpty(join(stateDir, groupsNote)).split("\n")) if (group !== "") removeEmptyFolders(group);
  try {
    // The marker goes last: what an interrupted reset leaves can be erased by another.
    for (const name of readdirSync(stateDir)) if (name !== marker) await removeFolder(join(stateDir, name));
    rmSync(join(stateDir, marker));
    rmdirSync(stateDir);
  } catch (error) {
    // A volume that is mounted there stays, and is empty.
    if (existsSync(stateDir) && readdirSync(stateDir).length === 0) return true;
    throw failure("FSD6003", `the state directory ${stateDir} cannot be erased: ${(error as Error).message}`, {
      hint: "mend that, then fsd local reset again",
      cause: error,
    });
  }
  return true;
}

/** Whether something lies there that is not the platform's: a file, or a folder with contents that no platform was started in. */
function isForeign(stateDir: string): boolean {
  if (!statSync(stateDir).isDirectory()) return true;
  return !existsSync(join(stateDir, marker)) && readdirSync(stateDir).length > 0;
}

function agreeing(record: PlatformRecord, flags: PlatformFlags, world: PlatformWorld): PlatformRecord {
  const conflicts = [
    record.version === world.version ? "" : `it is version ${record.version}, this command is ${world.version}`,
    flags.port === undefined || portOf(record) === flags.port ? "" : `it listens on port ${portOf(record)}, not ${flags.port}`,
    flags.speed === undefined || record.speed === flags.speed ? "" : `its speed is ${record.speed}, not ${flags.speed}`,
    flags.apiLimits !== true || record.apiLimits ? "" : "it does not limit API calls",
    flags.account === undefined || record.account === flags.account ? "" : `its account is ${record.account}, not ${flags.account}`,
  ].filter((conflict) => conflict !== "");
  if (conflicts.length > 0) {
    throw failure("FSD6002", `a local platform (process ${record.pid}) already runs on ${record.stateDir}: ${conflicts.join("; ")}`, {
      hint: "fsd local down stops it and keeps its state; then start it anew, or take another --state-dir",
    });
  }
  return record;
}

export function portOf({ endpoint }: PlatformRecord): number {
  return Number(new URL(endpoint).port);
}

function prepareStateDirectory(stateDir: string): void {
  // What `reset` erases must never be more than the platform put there.
  if (existsSync(stateDir) && isForeign(stateDir)) {
    throw failure(
      "FSD6003",
      `the state directory ${stateDir} cannot be used: it holds what is not fsd's, which fsd local reset would erase`,
      {
        hint: "choose an empty or a new folder with --state-dir or FSD_STATE_DIR",
      },
    );
  }
  try {
    makeFolder(stateDir);
    writeFileSync(join(stateDir, marker), "The state of fsd's local platform. `fsd local reset` erases this folder.\n");
  } catch (error) {
    throw failure("FSD6003", `the state directory ${stateDir} cannot be used: ${(error as Error).message}`, {
      hint: "choose another one with --state-dir or FSD_STATE_DIR",
      cause: error,
    });
  }
}

/** Makes a folder and those above it. (Node 20's own recursion never ends below a folder that takes no new ones, such as /proc.) */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another command made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Lets one command at a time start a platform here. The lock of a command that died is taken over. */
async function holdStart(stateDir: string, { clock }: PlatformWorld): Promise<() => void> {
  const lock = join(stateDir, "starting.lock");
  const end = clock.now() + startLimitMs;
  for (;;) {
    try {
      writeFileSync(lock, `${process.pid} ${clock.now()}`, { flag: "wx" });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const [pid = Number.NaN, since = Number.NaN] = readOrEmpty(lock).split(" ").map(Number);
    // Nobody starts for longer than the limit: whoever has that process id by now is someone else.
    if (Number.isInteger(pid) && (!isAlive(pid) || clock.now() - since > 2 * startLimitMs)) rmSync(lock, { force: true });
    else if (clock.now() > end) {
      throw failure("FSD6003", `another command has been starting the local platform for ${startLimitMs / 1000} s`, { hint: `rm ${lock}` });
    } else await pause(clock, 50);
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Released between two looks.
    return "";
  }
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (await isFree(wanted ?? defaultPort)) return wanted ?? defaultPort;
  if (wanted !== undefined) {
    throw failure("FSD6004", `port ${wanted} of 127.0.0.1 is taken`, { hint: "choose another --port, or leave it out to take a free one" });
  }
  return anyFreePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(error);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function spawnPlatform(port: number, flags: PlatformFlags, world: PlatformWorld): Promise<PlatformRecord> {
  const { stateDir } = flags;
  const log = join(stateDir, logName);
  rmSync(join(stateDir, "platform.json"), { force: true });
  const given = [
    ["--state-dir", stateDir],
    ["--port", String(port)],
    ...(flags.speed === undefined ? [] : [["--speed", String(flags.speed)]]),
    ...(flags.account === undefined ? [] : [["--account", flags.account]]),
    ...(flags.apiLimits === true ? [["--api-limits"]] : []),
  ].flat();
  const output = openSync(log, "a");
  const from = readFileSync(log, "utf8").length;
  const child = spawn(process.execPath, [world.program, ...given], {
    detached: true,
    stdio: ["ignore", output, output],
    cwd: stateDir,
    env: { ...world.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  });
  closeSync(output);
  let ended: string | undefined;
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", (code, signal) => {
    ended = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  });
  const end = world.clock.now() + startLimitMs;
  for (;;) {
    const record = findPlatform(stateDir);
    if (record !== undefined && record.pid === child.pid) {
      child.unref();
      return record;
    }
    const said = ended ?? (world.clock.now() > end ? `did not listen within ${startLimitMs / 1000} s` : undefined);
    if (said !== undefined || world.signal?.aborted === true) {
      if (ended === undefined) child.kill("SIGKILL");
      if (said === undefined) throw failure("FSD5130", "interrupted while the local platform started; it was stopped again");
      throw failure("FSD6003", `the local platform ${said}${lastWords(log, from)}`, { hint: `its log is ${log}` });
    }
    await pause(world.clock, 10);
  }
}

function lastWords(log: string, from: number): string {
  const lines = readFileSync(log, "utf8").slice(from).trim().split("\n").slice(-12).join("\n  ");
  return lines === "" ? "" : `:\n  ${lines}`;
}

/** The file the platform's own words go to. */
export function platformLog(stateDir: string): string {
  return join(stateDir, logName);
}
