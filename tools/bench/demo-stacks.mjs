// The demo's environment and service stacks, until two tasks are healthy, against what cannot be less: the template's
// own delays at that time scale (one health-check interval, when the first probe comes before the program listens) and
// the program's own start measured alone.
import { spawn, spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { root } from "../installed.mjs";
import { freePort, fsd, line, median, startPlatform } from "./measure.mjs";

export const name = "demo-stacks";
const speed = 10;
// As examples/items-node/fsd.yml has it.
const intervalSeconds = 5;

export async function run() {
  const alone = median([await startAlone(), await startAlone(), await startAlone()]);
  const platform = await startPlatform(speed);
  try {
    const example = join(platform.folder, "items-node");
    cpSync(join(root, "examples", "items-node"), example, { recursive: true });
    const env = { ...process.env, FSD_STATE_DIR: platform.stateDir };
    await recorded(env);
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [fsd, "deploy", "-f", join(example, "fsd.yml"), "--env", "local", "--yes"],
      { env, encoding: "utf8" },
    );
    const took = performance.now() - start;
    if (status !== 0) throw new Error(`deploy ended with ${status}\n${stdout}\n${stderr}`);
    const least = (intervalSeconds * 1000) / speed + alone;
    return [
      line(
        "environment and service stacks of the demo, with two healthy tasks",
        `one health-check interval at speed ${speed} + the program's own start (${Math.round(alone)} ms)`,
        `${Math.round(took)} ms, ${(took / least).toFixed(2)}×`,
        "at most 1.5×",
        took <= 1.5 * least,
      ),
    ];
  } finally {
    await platform.end();
  }
}

/** Milliseconds from the spawn of the example's program, on its own, to its listening. */
async function startAlone() {
  const port = await freePort();
  const start = performance.now();
  const child = spawn(process.execPath, [join(root, "examples", "items-node", "server.mjs")], {
    env: { ...process.env, PORT: String(port) },
    stdio: "ignore",
  });
  try {
    for (;;) {
      if (await listens(port)) return performance.now() - start;
      if (child.exitCode !== null) throw new Error(`the example's program ended with ${child.exitCode} on its own`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    child.kill("SIGKILL");
  }
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).once("error", () => resolve(false));
  });
}

async function recorded(env) {
  while (spawnSync(process.execPath, [fsd, "local", "status"], { env, stdio: "ignore" }).status !== 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
