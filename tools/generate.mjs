// Writes every generated file anew, or with --check says which of them is stale. One entry a generator; each exports `files(): Map<path, text>`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./installed.mjs";

// In this order: the pages are made from modules that read the local types.
const generators = [
  "./generators/operation-schemas.mjs",
  "./generators/constraints.mjs",
  "./generators/local-types.mjs",
  "./generators/manifest-pages.mjs",
];

const check = process.argv.includes("--check");
const stale = [];
for (const generator of generators) {
  for (const [path, text] of await (await import(generator)).files()) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    if (check) stale.push(path);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      console.log(`wrote ${path}`);
    }
  }
}
if (stale.length > 0) {
  console.error(`stale, run "npm run generate":\n  ${stale.join("\n  ")}`);
  process.exit(1);
}
