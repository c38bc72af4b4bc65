// `npm run demo`: from a fresh clone to a running, load-balanced service, with nothing but Node. Installs and builds what is missing, then uses the command as a person would.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureBuild, ensurePackages, root } from "./installed.mjs";

ensurePackages();
ensureBuild();
const fsd = (...args) => spawnSync(process.execPath, [join(root, "bin", "fsd"), ...args], { cwd: root, stdio: "inherit" }).status ?? 1;

console.log("\n$ fsd deploy -f examples/items-node/fsd.yml --env local --yes\n");
const status = fsd("deploy", "-f", "examples/items-node/fsd.yml", "--env", "local", "--yes");
if (status !== 0) process.exit(status);
console.log(`
Look further:
  bin/fsd status items               what runs, which revision is live
  bin/fsd logs items -f              its logs, as they come
  bin/fsd deploy -f examples/items-node/fsd.yml --env local   after a change: a rolling update
  bin/fsd local down                 stop the platform (keeps its state); "local reset" erases it`);
