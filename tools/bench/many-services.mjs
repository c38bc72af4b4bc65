// A thousand services in one process: each the committed 60-line manifest with a name, a path and a listener priority of
// its own (without a priority two of a thousand would get the same by their hashes, which is an error).
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../installed.mjs";
import { fsd, line, median, used } from "./measure.mjs";

export const name = "many-services";
const counts = [250, 500, 1_000];

export function run() {
  const folder = mkdtempSync(join(tmpdir(), "fsd-many-"));
  try {
    for (const count of counts) writeServices(join(folder, String(count)), count);
    const floor = median([1, 2, 3].map(() => render(join(root, "tools", "bench", "service.yml"), 1).cpuMs));
    // Interleaved, so that a slow moment hits all sizes; the best of each, because a busy machine only ever adds.
    const runs = counts.map(() => []);
    for (let turn = 0; turn < 3; turn++)
      for (const [index, count] of counts.entries()) runs[index].push(render(join(folder, String(count)), count));
    const best = runs.map((each) => Math.min(...each.map(({ cpuMs }) => cpuMs)));
    const megabytes = Math.max(...(runs.at(-1) ?? []).map((each) => each.megabytes));
    const perService = best.map((ms, index) => (ms - floor) / counts[index]);
    const growth = perService.at(-1) / perService[0];
    return [
      line(
        "1,000 services of the 60-line manifest read, checked and rendered by one fsd render",
        "4 s and 400 MB",
        `${(best.at(-1) / 1000).toFixed(1)} s of CPU, ${Math.round(megabytes)} MB at its peak`,
        "at most 4 s, 400 MB",
        best.at(-1) <= 4_000 && megabytes <= 400,
      ),
      line(
        "time a service among 1,000, without the start of the command",
        "among 250",
        `${growth.toFixed(2)}× (${best.map((ms) => `${Math.round(ms)} ms`).join(", ")} for ${counts.join(", ")} services)`,
        "at most 1.2×: it grows in a straight line",
        growth <= 1.2,
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeServices(folder, count) {
  mkdirSync(folder);
  const manifest = readFileSync(join(root, "tools", "bench", "service.yml"), "utf8");
  for (let index = 0; index < count; index++) {
    const id = `category-${String(index).padStart(4, "0")}`;
    const text = manifest
      .replaceAll("category-service", id)
      .replace("path: /category/*", `path: /${id}/*\n      priority: ${1_000 + index}`);
    writeFileSync(join(folder, `${id}.yml`), text);
  }
}

function render(place, count) {
  const measured = used(process.execPath, [fsd, "render", "-f", place, "--env", "prod"]);
  if (measured.status !== 0) throw new Error(`fsd render ended with ${measured.status}: ${measured.stderr.slice(0, 2_000)}`);
  const templates = count === 1 ? 1 : measured.stdout.match(/^# stack /gm)?.length;
  if (templates !== count) throw new Error(`${templates} templates for ${count} services`);
  return measured;
}
