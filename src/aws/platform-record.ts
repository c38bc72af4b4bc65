/**
 * How the tool finds the local platform: by `platform.json` in its state directory, which the platform writes once it
 * listens and removes when it stops. After `kill -9` the file is left over, and its process id may by now be another
 * process's, so a record counts only while its process lives and was started as a platform of this state directory.
 * (Start times would tell too, but they move when the machine's clock is set.)
 */
import { readFileSync, realpathSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { failure } from "../model/failures.ts";

/** What a running platform says about itself. */
export interface PlatformRecord {
  readonly pid: number;
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
  readonly account: string;
  readonly speed: number;
  /** Whether ECS's API and Fargate's launches are limited as on AWS. */
  readonly apiLimits: boolean;
  readonly stateDir: string;
  readonly version: string;
  /** `process` or `docker`. */
  readonly runtime: string;
  /** The class of task network in use. */
  readonly network: string;
  /** How a task's memory limit is kept. */
  readonly memoryLimit: string;
  /** Why better classes of task network were refused, a sentence each; absent for the best one. */
  readonly refused?: readonly string[];
}

/** `--state-dir`, else `FSD_STATE_DIR`, else `~/.fsd/local`. An option that is empty, as an unset variable makes it, would be the current folder. */
export function stateDirectory(option: string | undefined, env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  if (option === "") throw failure("FSD5001", '--state-dir takes a folder, not ""');
  const chosen = option ?? (env.FSD_STATE_DIR === "" ? undefined : env.FSD_STATE_DIR);
  return chosen === undefined ? join(homeOf(env), ".fsd", "local") : resolve(cwd, chosen);
}

function homeOf({ HOME }: Readonly<Record<string, string | undefined>>): string {
  if (HOME !== undefined && HOME !== "") return HOME;
  try {
    return userInfo().homedir;
  } catch {
    return "/"; // A user id without a name, as in some containers: whether it may write there shows when it is used.
  }
}

/** The platform that runs on this state directory, or undefined. */
export function findPlatform(stateDir: string): PlatformRecord | undefined {
  let text: string;
  try {
    text = readFileSync(join(stateDir, "platform.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
  const record = parseRecord(text);
  return record !== undefined && isSameFolder(record.stateDir, stateDir) && isAlive(record.pid) && runsPlatform(record)
    ? record
    : undefined;
}

function parseRecord(text: string): PlatformRecord | undefined {
  try {
    const value = JSON.parse(text) as PlatformRecord;
    return Number.isInteger(value.pid) && typeof value.endpoint === "string" && typeof value.stateDir === "string" ? value : undefined;
  } catch {
    // Cut off by a crash while it was written: no platform is behind it.
    return undefined;
  }
}

/** Whether the process lives and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const stat = readProc(pid, "stat");
  // The command in parentheses may itself hold spaces and parentheses; the state follows the last of them.
  return stat === undefined || !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
}

/** The record of a copied state directory is the original's, whose platform must not be taken for one of the copy. */
function isSameFolder(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false; // The one that was recorded is gone or was moved.
  }
}

/** Where there is no /proc, that the process lives is all that can be known. */
function runsPlatform({ pid, stateDir }: PlatformRecord): boolean {
  const commandLine = readProc(pid, "cmdline");
  return commandLine === undefined || commandLine.split("\0").includes(stateDir);
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}
