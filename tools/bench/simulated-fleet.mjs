import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../installed.mjs";
import { line } from "./measure.mjs";

export const name = "simulated-fleet";

/**
 * The simulator in a process of its own with at most 1 GB of heap; CPU time, so that other processes do not count. Of
 * several turns the best counts: every few simulated hours all idle services tell their steady state, which is no cost
 * of a change.
 */
const program = `
import { IdleFleet, scaledFleet } from "./fleet.mjs";
const cpu = (act) => { const begin = process.cpuUsage(); act(); const { user, system } = process.cpuUsage(begin); return (user + system) / 1e6; };
let hour;
const seconds = cpu(() => { hour = scaledFleet(1000, 10, 1); });
const megabytes = process.resourceUsage().maxRSS / 1024;
const fleets = [100, 1000, 5000].map((services) => new IdleFleet(services, 4));
const times = fleets.map(() => []);
for (const fleet of fleets) fleet.change(60);
for (let turn = 0; turn < 10; turn++) fleets.forEach((fleet, index) => { globalThis.gc(); times[index].push(cpu(() => fleet.change(40))); });
const best = times.map((each) => Math.min(...each));
console.log(JSON.stringify({ seconds, megabytes, steps: hour.steps, best }));
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
    writeFileSync(join(folder, "run.mjs"), program);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", "--max-old-space-size=1024", join(folder, "run.mjs")], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`the simulated fleet ended with ${status}: ${stderr}`);
    const { seconds, megabytes, steps, best } = JSON.parse(stdout);
    const growth = best[2] / best[0];
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
        `${growth.toFixed(2)}× (${best.map((each) => `${Math.round(each * 1000)} ms`).join(", ")} at 100, 1,000, 5,000)`,
        "at most 1.2×",
        growth <= 1.2,
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
