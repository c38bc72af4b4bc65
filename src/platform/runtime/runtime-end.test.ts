import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeWith } from "../../../test/support/requirement.ts";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { built } from "./runtime-world.testing.ts";

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** What the machine shows of mounts, links and firewall. */
function machine(): object {
  const run = (command: string, ...args: string[]): string => {
    try {
      return execFileSync(command, args, {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        env: { PATH: `/usr/sbin:/sbin:${process.env.PATH}` },
      });
    } catch {
      return "not here";
    }
  };
  return {
    mounts: readFileSync("/proc/self/mountinfo", "utf8"),
    links: run("ip", "-o", "link").replace(/state \w+/g, ""),
    addresses: run("ip", "-o", "-4", "addr"),
    routes: run("ip", "route"),
    firewall: run("iptables-save").replace(/^#.*$|\[\d+:\d+\]/gm, ""),
  };
}

/** Pids of processes that name the folder in their command line or stand in it. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      if (/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) return false;
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder) || readlinkSync(`/proc/${pid}/cwd`).includes(folder);
    } catch {
      return false;
    }
  });
}

/** The folders of control groups that the platform noted for its next start. */
function controlGroupsOf(stateDir: string): string[] {
  return readFileSync(join(stateDir, "control-groups"), "utf8")
    .split("\n")
    .filter((folder) => folder !== "" && existsSync(folder));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describeWith("namespaces", "a platform that runs tasks", () => {
  let folder: string;
  let stateDir: string;
  let platform: ChildProcess | undefined;

  beforeEach(() => {
    folder = temporaryFolder();
    chmodSync(folder, 0o755);
    stateDir = join(folder, "state");
    mkdirSync(stateDir);
  });
  afterEach(() => {
    platform?.kill("SIGKILL");
  });

  async function start(asNobody: boolean, namespaces = "yes"): Promise<Record<string, unknown>> {
    const programs = [await built("platform-like.testing", folder), stateDir, await built("namespace-host", folder), namespaces];
    if (asNobody) chownSync(stateDir, NOBODY, NOBODY);
    const command = asNobody
      ? ["setpriv", "--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups", process.execPath, ...programs]
      : [process.execPath, ...programs];
    platform = spawn(command[0] as string, command.slice(1), { stdio: ["pipe", "pipe", "inherit"], env: { PATH: process.env.PATH } });
    const [line] = await new Promise<[string]>((resolve) =>
      createInterface({ input: (platform as ChildProcess).stdout! }).once("line", (text) => resolve([text])),
    );
    const found = JSON.parse(line);
    expect(found).not.toHaveProperty("error");
    return found;
  }

  async function ended(): Promise<void> {
    if (platform?.exitCode === null && platform.signalCode === null) await new Promise((resolve) => platform?.once("exit", resolve));
  }

  const users = isRoot
    ? ([
        ["as root", false],
        ["as an ordinary user", true],
      ] as const)
    : ([["as an ordinary user", false]] as const);
  for (const [who, asNobody] of users) {
    it(`leaves nothing behind when it is killed, ${who}, and the machine looks the same before, during and after`, async () => {
      const before = machine();
      const found = await start(asNobody);
      expect(found).toMatchObject({
        answers: ["hello", "hello"],
        class: { network: asNobody || !isRoot ? "user-namespace" : "namespace" },
      });
      expect(machine()).toEqual(before);
      expect(processesOf(folder).length).toBeGreaterThan(4);
      platform?.kill("SIGKILL");
      await ended();
      await until(() => processesOf(folder).length === 0);
      expect(machine()).toEqual(before);
      // What its groups left is removed by the next start.
      const again = await start(asNobody);
      expect(again).toMatchObject({ answers: ["hello", "hello"] });
      platform?.stdin?.write("close\n");
      await ended();
    });

    it(`leaves nothing behind when it is closed, ${who}`, async () => {
      const before = machine();
      await start(asNobody);
      platform?.stdin?.write("close\n");
      await ended();
      expect(platform?.exitCode).toBe(0);
      expect(processesOf(folder)).toEqual([]);
      expect(machine()).toEqual(before);
      expect(readdirSync(join(stateDir, "tasks"))).toEqual([]);
      expect(controlGroupsOf(stateDir)).toEqual([]);
    });
  }

  it("takes process groups with it when it is killed where there are no namespaces", async () => {
    const found = await start(false, "no");
    expect(found).toMatchObject({ answers: ["hello", "hello"], class: { network: "port" } });
    platform?.kill("SIGKILL");
    await ended();
    // A daemon in a session of its own is out of reach here; the test ends it itself.
    const session = (pid: string): string | undefined => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[3];
    const [daemon] = await new Promise<string[]>((resolve) => {
      const look = (): void => {
        const left = processesOf(folder);
        if (new Set(left.map(session)).size === 1) resolve(left);
        else setTimeout(look, 5);
      };
      look();
    });
    expect(readFileSync(`/proc/${session(daemon!)}/cmdline`, "utf8")).toMatch(/^sh\0-c\0sleep 300;/);
    process.kill(-Number(session(daemon!)), "SIGKILL");
  });
});
