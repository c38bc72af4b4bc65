// What every bench measures with: whole processes, interleaved so that a slow moment of the machine hits both sides.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../installed.mjs";

export const fsd = join(root, "bin", "fsd");
const peak = join(root, "tools", "bench", "peak.cjs");

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Median wall milliseconds of each command over `runs` interleaved runs, after two that do not count. */
export function race(commands, runs = 15) {
  const times = commands.map(() => []);
  for (let turn = -2; turn < runs; turn++) {
    commands.forEach(([command, ...args], index) => {
      const start = process.hrtime.bigint();
      const { status, stderr } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
      const ms = Number(process.hrtime.bigint() - start) / 1e6;
      if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
      if (turn >= 0) times[index].push(ms);
    });
  }
  return times.map(median);
}

/**
 * Runs a command to its end, whatever its exit code: wall milliseconds, and of its Node processes the CPU milliseconds
 * together and the peak resident MB of the largest.
 */
export function used(command, args, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "fsd-used-"));
  try {
    const start = performance.now();
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      ...options,
      env: { ...process.env, ...options.env, NODE_OPTIONS: `--require ${peak}`, FSD_BENCH_USED: folder },
    });
    const ms = performance.now() - start;
    if (error !== undefined) throw error;
    const processes = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
    if (processes.length === 0) throw new Error(`${command} ${args.join(" ")} left no figures: ${stderr}`);
    const cpuMs = processes.reduce((sum, each) => sum + each.cpuMs, 0);
    return { ms, cpuMs, megabytes: Math.max(...processes.map((each) => each.megabytes)), status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A platform of its own in a new state directory; `spawnedAt` is when its process was started. */
export async function startPlatform(speed = 10) {
  const folder = mkdtempSync(join(tmpdir(), "fsd-bench-"));
  const stateDir = join(folder, "state");
  const port = await freePort();
  const spawnedAt = performance.now();
  const child = spawn(
    process.execPath,
    [join(root, "bin", "platform.cjs"), "--state-dir", stateDir, "--port", String(port), "--speed", String(speed)],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    },
  );
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stateDir,
    folder,
    pid: child.pid,
    spawnedAt,
    async end() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resident memory in MB as the kernel counts it. */
export function residentMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A bench line; `bound` is a text, `kept` whether it held. */
export const line = (what, against, measured, bound, kept) => ({ what, against, measured, bound, kept });
export const skipped = (what, against, reason) => ({ what, against, skipped: reason });
