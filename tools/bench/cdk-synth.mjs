// Side by side with what many teams use instead: `cdk synth` of one load-balanced Fargate service against `fsd render` of one.
// Both as a person calls them. aws-cdk and aws-cdk-lib come from npm, pinned, into the user's cache folder, not into this project.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "../installed.mjs";
import { fsd, line, median, skipped, used } from "./measure.mjs";

export const name = "cdk-synth";
const what = "fsd render of one load-balanced Fargate service";
const packages = { "aws-cdk": "2.1148.1", "aws-cdk-lib": "2.276.0", constructs: "10.8.1" };

const app = `const { App, Stack } = require("aws-cdk-lib");
const { Cluster, ContainerImage } = require("aws-cdk-lib/aws-ecs");
const { ApplicationLoadBalancedFargateService } = require("aws-cdk-lib/aws-ecs-patterns");
const stack = new Stack(new App(), "service");
const service = new ApplicationLoadBalancedFargateService(stack, "Service", {
  cluster: new Cluster(stack, "Cluster"),
  cpu: 1024,
  memoryLimitMiB: 2048,
  desiredCount: 2,
  taskImageOptions: { image: ContainerImage.fromRegistry("category-service:1"), containerPort: 8000 },
});
service.service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 }).scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: 70 });
`;

export function run() {
  const folder = install();
  if (typeof folder !== "string") return [skipped(what, "cdk synth", folder.reason)];
  const manifest = join(root, "tools", "bench", "service.yml");
  const ours = () => used(process.execPath, [fsd, "render", "-f", manifest, "--env", "prod"]);
  const cdk = join(folder, "node_modules", "aws-cdk", "bin", "cdk");
  const theirs = () =>
    used(process.execPath, [cdk, "synth", "--app", "node app.cjs", "--no-notices", "--no-version-reporting"], {
      cwd: folder,
      env: { CI: "1", CDK_DISABLE_CLI_TELEMETRY: "1" },
    });
  const pairs = Array.from({ length: 4 }, () => [succeeded(ours()), succeeded(theirs())]).slice(1);
  const [fsdMs, cdkMs] = [0, 1].map((side) => median(pairs.map((pair) => pair[side].ms)));
  const [fsdMb, cdkMb] = [0, 1].map((side) => Math.round(Math.max(...pairs.map((pair) => pair[side].megabytes))));
  return [
    line(
      what,
      `cdk synth of one (aws-cdk-lib ${packages["aws-cdk-lib"]})`,
      `${Math.round(fsdMs)} ms and ${fsdMb} MB to ${Math.round(cdkMs)} ms and ${cdkMb} MB, ${(cdkMs / fsdMs).toFixed(0)}× faster`,
      "at least 20×",
      cdkMs >= 20 * fsdMs,
    ),
  ];
}

function succeeded(measured) {
  if (measured.status !== 0) throw new Error(`ended with ${measured.status}: ${measured.stderr.slice(0, 2_000)}`);
  return measured;
}

/** The folder with the CDK in it, or why there is none. */
function install() {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "fsd", "bench", `cdk-${packages["aws-cdk-lib"]}`);
  const done = join(folder, "app.cjs");
  if (existsSync(done)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: packages }));
  const { status, error, stderr } = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) return { reason: `npm cannot install it: ${(error?.message ?? stderr).trim().split("\n")[0]}` };
  // Last, so that a cut-off installation is made anew.
  writeFileSync(done, app);
  return folder;
}
