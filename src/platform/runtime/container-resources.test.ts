import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { TaskResources } from "./container-resources.ts";
import { descendants } from "./process-tree.ts";

describe("a container whose memory is only sampled", () => {
  let stateDir: string;
  beforeEach(() => {
    stateDir = temporaryFolder();
  });

  it("is killed when all its processes together exceed the limit, and measured before that", async () => {
    const resources = new TaskResources(stateDir, false);
    expect(resources.kind).toBe("sampled");
    // A shell whose child grows: the sum counts.
    const child = spawn(
      "sh",
      ["-c", `${process.execPath} -e 'const held = []; setInterval(() => held.push(Buffer.alloc(4e6, 1)), 10)'; true`],
      { detached: true },
    );
    const pid = child.pid as number;
    const container = resources.open({
      taskId: "t",
      container: "app",
      taskMemory: 512,
      containerMemory: 150,
      pids: () => descendants(pid),
      kill: () => process.kill(-pid, "SIGKILL"),
    });
    container.admit(pid);
    await expect.poll(() => container.use().memoryBytes, { timeout: 10_000 }).toBeGreaterThan(20e6);
    await new Promise((resolve) => child.once("exit", resolve));
    expect(container.outOfMemory()).toBe(true);
    container.close();
    expect(container.use().cpuMs).toBeGreaterThan(0);
    expect(container.use().memoryBytes).toBe(0);
  });
});

describe("a container with control groups", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "fsd-resources-"));
  const resources = new TaskResources(stateDir);
  afterAll(async () => {
    await resources.remove("t");
    await resources.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  for (const [how, entersItself] of [
    ["comes in by itself where it can", true],
    ["is taken in where it did not", false],
  ] as const) {
    it.skipIf(resources.kind === "sampled")(`${how}, before its program runs`, async () => {
      const container = resources.open({ taskId: "t", container: `app-${entersItself}`, taskMemory: 512, pids: () => [], kill: () => {} });
      const entrances = entersItself ? container.entrances : [];
      const script = 'for entrance in "$@"; do echo 0 >"$entrance"; done; echo here; read -r end';
      const child = spawn("sh", ["-c", script, "sh", ...entrances], { stdio: ["pipe", "pipe", "inherit"] });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      const groups = (): string => readFileSync(`/proc/${child.pid}/cgroup`, "utf8");
      if (entrances.length > 0) expect(groups()).toContain(`/t/app-${entersItself}`);
      container.admit(child.pid as number);
      expect(groups()).toContain(`/t/app-${entersItself}`);
      child.stdin.end();
      await new Promise((resolve) => child.once("exit", resolve));
      container.close();
    });
  }
});
