import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeWith } from "../../../test/support/requirement.ts";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { NamespaceHolder } from "./namespace-holder.ts";
import { descendants, processStat } from "./process-tree.ts";
import { built } from "./runtime-world.testing.ts";

const isRoot = process.getuid?.() === 0;

describeWith("namespaces", "the tasks' private network", () => {
  let folder: string;
  let holder: NamespaceHolder;
  let helper: number;
  let lost: string[];

  beforeEach(async () => {
    folder = temporaryFolder();
    lost = [];
    holder = new NamespaceHolder({
      hostProgram: await built("namespace-host", folder),
      mountPoint: join(folder, "namespace"),
      privileged: isRoot,
      onLost: (reason) => lost.push(reason),
    });
    helper = await holder.pid();
  });
  afterEach(async () => {
    await holder.close();
  });

  /** Namespaces made in advance: each is kept by an `ip` that waits for commands. */
  const waiting = (): number[] => descendants(helper).filter((pid) => pid !== helper && commandOf(pid) === "ip\0-batch\0-\0");
  const isGone = (pid: number): boolean => [undefined, "Z"].includes(processStat(pid)?.state);
  const address = (number: number): string[] => [`address add 10.9.0.${number}/24 dev eth0`, "route add default via 10.9.0.1"];
  const inside = (descriptor: number, ...command: string[]): string =>
    execFileSync(
      "nsenter",
      ["-t", String(helper), ...(isRoot ? [] : ["-U", "--preserve-credentials"]), `--net=/proc/${helper}/fd/${descriptor}`, ...command],
      { encoding: "utf8" },
    );

  it("has namespaces ready when tasks are expected, gives them out one by one, and makes new ones afterwards", async () => {
    await holder.expectTasks();
    await expect.poll(() => waiting().length).toBe(2);
    const ready = waiting();
    const first = await holder.attach(address(4));
    expect(ready.filter(isGone)).toHaveLength(1);
    const second = await holder.attach(address(5));
    expect(ready.every(isGone)).toBe(true);
    expect(second).not.toBe(first);
    for (const [descriptor, own] of [
      [first, "10.9.0.4/24"],
      [second, "10.9.0.5/24"],
    ] as const) {
      expect(inside(descriptor, "ip", "-o", "-4", "address", "show", "dev", "eth0")).toContain(own);
      expect(inside(descriptor, "ip", "-o", "link", "show", "up")).toMatch(/lo:.*eth0@/s);
    }
    await expect.poll(() => waiting().length, { timeout: 10_000 }).toBe(2);
  });

  it("makes a task's namespace when none is ready, and when those made in advance have come to grief", async () => {
    const unexpected = await holder.attach(address(4));
    expect(inside(unexpected, "ip", "-o", "-4", "address")).toContain("10.9.0.4/24");
    await holder.expectTasks();
    await expect.poll(() => waiting().length).toBe(2);
    for (const pid of waiting()) process.kill(pid, "SIGKILL");
    const attached = await holder.attach(address(5));
    expect(inside(attached, "ip", "-o", "-4", "address")).toContain("10.9.0.5/24");
  });

  it("tells what ip says when a task's interface cannot be configured, and goes on", async () => {
    await holder.expectTasks();
    await expect.poll(() => waiting().length).toBe(2);
    await expect(holder.attach(["address add 10.9.0.400/24 dev eth0"])).rejects.toThrow(/network namespace: .*10\.9\.0\.400/);
    await holder.detach(await holder.attach(address(4)));
  });

  it("leaves no namespace made in advance when it is closed", async () => {
    await holder.expectTasks();
    await expect.poll(() => waiting().length).toBe(2);
    const ready = waiting();
    await holder.close();
    // The kernel ends them with the helper, a moment after it.
    await expect.poll(() => ready.filter((pid) => !isGone(pid))).toEqual([]);
    expect(lost).toEqual([]);
  });

  it("leaves none when its helper is killed either, and says that it is lost", async () => {
    await holder.expectTasks();
    await expect.poll(() => waiting().length).toBe(2);
    const ready = waiting();
    process.kill(helper, "SIGKILL");
    await expect.poll(() => ready.filter((pid) => !isGone(pid))).toEqual([]);
    await expect.poll(() => lost).toHaveLength(1);
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
