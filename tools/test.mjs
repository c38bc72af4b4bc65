// `npm test`: installs and builds what is missing, runs every test, says aloud what was skipped and why, and closes with one line of counts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuild, ensurePackages, root } from "./installed.mjs";

ensurePackages();
ensureBuild();
const folder = mkdtempSync(join(tmpdir(), "fsd-test-"));
const report = join(folder, "report.json");
const { status } = spawnSync(
  "npx",
  ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
  },
);
let counts;
try {
  counts = JSON.parse(readFileSync(report, "utf8"));
} catch (failure) {
  console.error(`vitest wrote no report (${failure.message})`);
  process.exit(status || 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const skipped = counts.testResults.flatMap((file) =>
  file.assertionResults.filter(({ status }) => status === "pending" || status === "skipped").map(({ fullName }) => fullName),
);
for (const name of skipped) console.log(`skipped: ${name}`);
// A file that fails to load has no test of its own to count; it is a failure all the same.
const broken = counts.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
const failed = counts.numFailedTests + broken;
console.log(`${counts.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`);
process.exit(failed > 0 ? 1 : status);
