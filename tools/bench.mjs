// `npm run bench`: speed as ratios within one run, so that the machine cancels out. Each line says what is measured against what and the bound it should keep; a broken bound ends with 1.
// `npm run bench -- validate` runs the benches whose name contains the word; `--output json` prints one JSON array.
import { ensureBuild, ensurePackages } from "./installed.mjs";

ensurePackages();
ensureBuild();
const asJson = process.argv.includes("json");
const words = process.argv.slice(2).filter((word) => !word.startsWith("-") && word !== "json");
const benches = [
  "./bench/command-start.mjs",
  "./bench/many-services.mjs",
  "./bench/cdk-synth.mjs",
  "./bench/bad-input.mjs",
  "./bench/platform-start.mjs",
  "./bench/describe-services.mjs",
  "./bench/demo-stacks.mjs",
  "./bench/simulated-fleet.mjs",
];

const lines = [];
for (const file of benches) {
  const { name, run } = await import(file);
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  for (const line of await run()) {
    lines.push(line);
    if (!asJson) console.log(render(line));
  }
}
if (asJson) console.log(JSON.stringify(lines, null, 2));
process.exit(lines.some(({ kept }) => kept === false) ? 1 : 0);

function render({ what, against, measured, bound, kept, skipped }) {
  if (skipped !== undefined) return `skipped  ${what} against ${against}: ${skipped}`;
  return `${kept ? "ok      " : "OVER    "} ${what} against ${against}: ${measured} (${bound})`;
}
