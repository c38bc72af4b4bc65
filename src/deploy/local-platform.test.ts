import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPlatform, isAlive, stateDirectory } from "../aws/platform-record.ts";
import { SystemClock } from "../kit/clock.ts";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import {
  eraseState,
  type PlatformFlags,
  type PlatformWorld,
  portOf,
  requirePlatform,
  startPlatform,
  stopPlatform,
} from "./local-platform.ts";

/** A real process with the platform's manners and none of its services: it listens, writes its record, and goes on SIGTERM. */
const program = `
import { createServer } from "node:net";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
const text = { type: "string" };
const { values } = parseArgs({ options: { "state-dir": text, port: text, speed: { ...text, default: "10" }, account: { ...text, default: "000000000000" }, "api-limits": { type: "boolean", default: false } } });
const file = values["state-dir"] + "/platform.json";
if (values.account === "999999999999") { console.error("the state belongs to another account"); process.exit(1); }
createServer().listen(Number(values.port), "127.0.0.1", () => {
  const record = { pid: process.pid, endpoint: "http://127.0.0.1:" + values.port, account: values.account, speed: Number(values.speed), apiLimits: values["api-limits"],
    stateDir: values["state-dir"], version: "1.0.0", runtime: "process", network: "none", memoryLimit: "none" };
  writeFileSync(file + ".part", JSON.stringify(record));
  renameSync(file + ".part", file);
});
process.on("SIGTERM", () => { rmSync(file); process.exit(0); });
`;

describe("the local platform's process", () => {
  const clock = new SystemClock();
  let folder: string;
  let stateDir: string;
  let world: PlatformWorld;
  beforeEach(() => {
    folder = temporaryFolder();
    stateDir = join(folder, "state");
    writeFileSync(join(folder, "platform.mjs"), program);
    world = { program: join(folder, "platform.mjs"), version: "1.0.0", env: { PATH: process.env.PATH }, clock };
  });
  afterEach(async () => {
    await stopPlatform(stateDir, clock);
  });
  const up = async (flags: Partial<PlatformFlags> = {}, changed: Partial<PlatformWorld> = {}) =>
    startPlatform({ stateDir, port: await freePort(), ...flags }, { ...world, ...changed });

  it("is started once, found by its state directory, and gone when it was stopped", async () => {
    const { record, started } = await up({ speed: 2, account: "123456789012", apiLimits: true });
    expect(started).toBe(true);
    expect(requirePlatform(stateDir)).toMatchObject({ pid: record.pid, speed: 2, account: "123456789012", apiLimits: true });
    expect(await startPlatform({ stateDir }, world)).toMatchObject({ started: false, record: { pid: record.pid } });
    expect(await stopPlatform(stateDir, clock)).toMatchObject({ pid: record.pid });
    expect(isAlive(record.pid)).toBe(false);
    expect(() => requirePlatform(stateDir)).toThrow(expect.objectContaining({ code: "FSD6001", exitCode: 1 }));
    expect(await stopPlatform(stateDir, clock)).toBeUndefined();
  });

  it("is started by only one of two commands that want it at the same moment", async () => {
    const port = await freePort();
    const both = await Promise.all([startPlatform({ stateDir, port }, world), startPlatform({ stateDir, port }, world)]);
    expect(both.map(({ started }) => started).sort()).toEqual([false, true]);
    expect(new Set(both.map(({ record }) => record.pid)).size).toBe(1);
  });

  it.each([
    ["another speed", { speed: 1 }, {}],
    ["another account", { account: "111111111111" }, {}],
    ["another port", { port: 1 }, {}],
    ["limits it does not have", { apiLimits: true }, {}],
    ["another version", {}, { version: "2.0.0" }],
  ] as const)("that runs refuses %s, as usage", async (_what, flags, changed) => {
    await up();
    await expect(startPlatform({ stateDir, ...flags }, { ...world, ...changed })).rejects.toMatchObject({ code: "FSD6002", exitCode: 2 });
  });

  it("is not taken to run when it was killed, also when its process id belongs to someone else now", async () => {
    const { record } = await up();
    process.kill(record.pid, "SIGKILL");
    while (isAlive(record.pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(existsSync(join(stateDir, "platform.json"))).toBe(true);
    expect(findPlatform(stateDir)).toBeUndefined();
    const stranger = spawn("sleep", ["60"], { stdio: "ignore" });
    try {
      writeFileSync(join(stateDir, "platform.json"), JSON.stringify({ ...record, pid: stranger.pid }));
      expect(findPlatform(stateDir)).toBeUndefined();
    } finally {
      stranger.kill("SIGKILL");
    }
    expect(await up()).toMatchObject({ started: true });
  });

  it("is not taken for that of another state directory, be it a copy, or a process id that came round", async () => {
    const { record } = await up();
    const copy = join(folder, "copy");
    cpSync(stateDir, copy, { recursive: true });
    expect(findPlatform(copy)).toBeUndefined();
    writeFileSync(join(copy, "platform.json"), JSON.stringify({ ...record, stateDir: copy }));
    expect(findPlatform(copy)).toBeUndefined();
    symlinkSync(stateDir, join(folder, "by-another-name"));
    expect(findPlatform(join(folder, "by-another-name"))).toMatchObject({ pid: record.pid });
  });

  it("fails on a port that was asked for and is taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await expect(startPlatform({ stateDir, port }, world)).rejects.toMatchObject({ code: "FSD6004" });
    server.close();
  });

  it("says its last words when it does not start", async () => {
    await expect(up({ account: "999999999999" })).rejects.toMatchObject({
      code: "FSD6003",
      message: expect.stringContaining("the state belongs to another account"),
    });
  });

  it("takes over the lock of a command that died while it started one", async () => {
    await up();
    await stopPlatform(stateDir, clock);
    const dead = spawn("true", { stdio: "ignore" });
    await new Promise((resolve) => dead.once("exit", resolve));
    writeFileSync(join(stateDir, "starting.lock"), `${dead.pid} ${clock.now()}`);
    const { record } = await up();
    expect(portOf(record)).toBeGreaterThan(0);
    expect(existsSync(join(stateDir, "starting.lock"))).toBe(false);
  });

  it("is erased only where it once was", async () => {
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, "thesis.txt"), "precious");
    await expect(eraseState(stateDir)).rejects.toThrow(expect.objectContaining({ code: "FSD5001" }));
    expect(readFileSync(join(stateDir, "thesis.txt"), "utf8")).toBe("precious");
    rmSync(stateDir, { recursive: true });
    expect(await eraseState(stateDir)).toBe(false);
    await up();
    await stopPlatform(stateDir, clock);
    expect(await eraseState(stateDir)).toBe(true);
    expect(existsSync(stateDir)).toBe(false);
  });

  it("is not started in a folder with what is not its own, and leaves no trace there", async () => {
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, "thesis.txt"), "precious");
    await expect(up()).rejects.toMatchObject({ code: "FSD6003", message: expect.stringContaining("holds what is not fsd's") });
    expect(readdirSync(stateDir)).toEqual(["thesis.txt"]);
  });

  it("is neither started nor erased where a file lies", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "precious");
    await expect(up({ stateDir: file })).rejects.toMatchObject({ code: "FSD6003" });
    await expect(up({ stateDir: join(file, "below") })).rejects.toMatchObject({ code: "FSD6003" });
    await expect(eraseState(file)).rejects.toMatchObject({ code: "FSD5001" });
    expect(readFileSync(file, "utf8")).toBe("precious");
  });

  it.skipIf(!existsSync("/proc/self"))("is refused where no folder can be made, rather than tried for ever", async () => {
    await expect(up({ stateDir: "/proc/nowhere/state" })).rejects.toMatchObject({ code: "FSD6003" });
  });

  it("keeps its state where the option says, and an empty one is no folder", () => {
    expect(stateDirectory("there", {}, "/here")).toBe("/here/there");
    expect(stateDirectory(undefined, { FSD_STATE_DIR: "", HOME: "/home/me" }, "/here")).toBe("/home/me/.fsd/local");
    expect(() => stateDirectory("", {}, "/here")).toThrow(expect.objectContaining({ code: "FSD5001" }));
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
