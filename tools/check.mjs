// Everything that can be said about the code without running it: types, lint and format, import rules, dead code, freshness of what is generated, tests that documents name.
import { ensurePackages, run } from "./installed.mjs";

ensurePackages();
run("npx", ["tsc", "-p", "."]);
run("npx", ["biome", "check", "--error-on-warnings", "."]);
run("npx", ["depcruise", "--config", ".dependency-cruiser.cjs", "--output-type", "err", "src"]);
run("npx", ["knip"]);
run(process.execPath, ["tools/generate.mjs", "--check"]);
run(process.execPath, ["tools/check-engine-behaviour.mjs"]);
run(process.execPath, ["tools/check-codes.mjs"]);
console.log("check: all good");
