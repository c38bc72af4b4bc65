import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../installed.mjs";
import { line, median } from "./measure.mjs";

export const name = "simulated-fleet";

/** The simulator in a process of its own with at most 1 GB of heap; CPU time, so that other processes do not count. */
const hour = `
import { scaledFleet } from "./fleet.mjs";
const begin = process.cpuUsage();
const { steps } = scaledFleet(1000, 10, 1);
const { user, system } = process.cpuUsage(begin);
console.log(JSON.stringify({ seconds: (user + system) / 1e6, megabytes: process.resourceUsage().maxRSS / 1024, steps }));
`;

/**
 * The same 200 replaced tasks in each fleet, twenty-one times, each fleet first in every other turn, so that a slow moment of the machine
 * and the state of the shared heap hit all alike; of the turns' ratios the median counts. All ends within the six simulated hours after
 * which a steady service tells so again: that costs each idle service a word four times a day, and is no cost of a change. Steps are
 * the clock's callbacks: what the engine and its surroundings do, whatever time it takes here.
 */
const idle = `
import { IdleFleet } from "./fleet.mjs";
const sizes = [100, 1000, 5000];
const fleets = sizes.map((services) => new IdleFleet(services, 4));
const steps = sizes.map(() => 0);
const turns = [];
for (const fleet of fleets) fleet.change(10);
for (let turn = 0; turn < 21; turn++) {
  const times = [];
  for (const index of turn % 2 === 0 ? [0, 1, 2] : [2, 1, 0]) {
    const begin = process.cpuUsage();
    steps[index] += fleets[index].change(4);
    const { user, system } = process.cpuUsage(begin);
    times[index] = (user + system) / 1e3;
  }
  turns.push(times);
}
if (fleets[2].age > 6 * 3_600_000) throw new Error("measured for longer than a service is silent");
console.log(JSON.stringify({ steps, turns }));
`;

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "fsd-fleet-"));
  try {
    await build({
      entryPoints: [join(root, "src", "simulator", "fleet.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: join(folder, "fleet.mjs"),
      logLevel: "error",
    });
    const { seconds, megabytes, steps } = simulate(folder, hour);
    const among = simulate(folder, idle);
    const growth = median(among.turns.map(([few, , many]) => many / few));
    const times = among.steps.map((_, index) => `${Math.round(median(among.turns.map((turn) => turn[index])))} ms`);
    const more = among.steps[2] / among.steps[0];
    return [
      line(
        "a simulated hour of 1,000 services × 10 tasks with scaling",
        "60 s and 1 GB",
        `${seconds.toFixed(1)} s of CPU, ${Math.round(megabytes)} MB, ${Math.round(steps / seconds)} events/s`,
        "at most 60 s, 1024 MB",
        seconds <= 60 && megabytes <= 1024,
      ),
      line(
        "the same changes among 5,000 services",
        "among 100",
        `${growth.toFixed(2)}× the CPU time (${times.join(", ")} at 100, 1,000, 5,000), ${more.toFixed(2)}× the steps`,
        "at most 1.2×",
        growth <= 1.2 && more <= 1.2,
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the program prints, run beside the fleet's bundle. */
function simulate(folder, program) {
  writeFileSync(join(folder, "run.mjs"), program);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--max-old-space-size=1024", join(folder, "run.mjs")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the simulated fleet ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}
