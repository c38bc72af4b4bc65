import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECS } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatDiagnostic } from "../../src/manifest/diagnostic.ts";
import { type Loaded, loadManifests } from "../../src/manifest/load.ts";
import { synthesizeEnvironment } from "../../src/synth/environment/synthesize-environment.ts";
import { synthesizeJob } from "../../src/synth/job/synthesize-job.ts";
import { renderYaml } from "../../src/synth/render-yaml.ts";
import { synthesizeService } from "../../src/synth/service/synthesize-service.ts";
import type { Outcome } from "../support/outcome.ts";
import { describeWith } from "../support/requirement.ts";
import { eventually, root, World } from "../support/world.ts";

const examples = join(root, "examples");
const systems = readdirSync(examples);

/** A system's manifests together; without an environment, for every one they name. */
function load(system: string, environment?: string): Loaded {
  const folder = join(examples, system);
  const files = readdirSync(folder).filter((file) => file.endsWith(".yml"));
  const sources = files.map((file) => ({ file: `${system}/${file}`, bytes: readFileSync(join(folder, file)) }));
  return loadManifests(sources, environment === undefined ? {} : { environment });
}

/** What they become in one environment, by stack; the environment's own stack is `environment`. */
function render({ services, jobs, environment }: Loaded): Map<string, string> {
  const stacks = new Map<string, string>();
  if (environment === undefined) return stacks;
  stacks.set("environment", renderYaml(synthesizeEnvironment(environment)));
  for (const service of services) stacks.set(service.name, renderYaml(synthesizeService(service, environment)));
  for (const job of jobs) stacks.set(job.name, renderYaml(synthesizeJob(job, environment)));
  return stacks;
}

const situations = systems.flatMap((system) =>
  [...new Set(["local", ...load(system).resolved.map(({ environment }) => environment.name)])].map((environment) => ({
    system,
    environment,
  })),
);

describe("the example systems", () => {
  it.each(situations)("$system is valid in $environment, without a warning, and renders", ({ system, environment }) => {
    const loaded = load(system, environment);
    expect(loaded.diagnostics.filter(({ severity }) => severity !== "info").map(formatDiagnostic)).toEqual([]);
    expect(render(loaded).size).toBeGreaterThan(1);
  });
});

describe("the company's service without what stands in for its table", () => {
  const world = new World();
  afterAll(() => world.end());

  it("is refused by the table's name before anything is changed, even before a platform is started", async () => {
    const outcome = await world.fsd("deploy", "-f", join(examples, "company", "fsd.yml"), "--env", "local");
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toContain("error FSD1807 local-category-cache (aws_dynamodb_table) is not there on local");
    expect(existsSync(world.stateDir)).toBe(false);
  });
});

describeWith("cfn-lint", "the judge cfn-lint", () => {
  it("finds nothing in any template of the example systems", () => {
    const folder = mkdtempSync(join(tmpdir(), "fsd-examples-"));
    try {
      const files = situations.flatMap(({ system, environment }) =>
        [...render(load(system, environment))].map(([stack, text]) => {
          const file = join(folder, `${system}-${environment}-${stack}.yml`);
          writeFileSync(file, text);
          return file;
        }),
      );
      const overrides = join(root, "test/judges/cfn-lint-overrides.json");
      const lint = spawnSync("cfn-lint", ["--regions", "us-east-1", "--override-spec", overrides, "--", ...files], {
        cwd: folder,
        encoding: "utf8",
      });
      expect(`${lint.stdout}${lint.stderr}`).toBe("");
      expect(lint.status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describeWith("fastapi", "two of the example systems on local", () => {
  const world = new World();
  beforeAll(() => world.up());
  afterAll(() => world.end());

  it("the health backend scores, and the dashboard shows what its ETL computed", async () => {
    const folders = ["health-backend", "dashboard"].map((system) => {
      const folder = join(world.folder, system);
      cpSync(join(examples, system), folder, { recursive: true });
      return folder;
    });
    const manifests = [...folders.map((folder) => `${folder}/fsd.yml`), `${folders[1]}/etl.yml`];
    const outcome = await world.fsd("deploy", ...manifests.flatMap((manifest) => ["-f", manifest]), "--yes");
    expect(outcome).toExitWith(0);

    const backend = (await world.status("health-backend")).url;
    const assessed = await fetch(`${backend}/assessments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ respiration: 26, oxygen: 91, systolic: 88, pulse: 120, temperature: 39.4 }),
    });
    expect(await assessed.json()).toEqual({ score: 13, risk: "high" });

    const dashboard = (await world.status("dashboard-api")).url;
    expect(await (await fetch(`${dashboard}/accounts`)).json()).toEqual({ upto: null, accounts: {} });
    const etl = await world.fsd("run", "dashboard-etl", "--wait", "--command", "/usr/bin/python3 -m app.etl --full");
    expect(etl, etl.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining('"message": "summary written"') });
    expect(await (await fetch(`${dashboard}/accounts/beta`)).json()).toEqual({
      positions: { BARC: { quantity: 300, cost: "615.00" } },
      profit: "140.00",
    });
  });

  it("the health backend rolls as narrowly as in production: never fewer than four serve, never more than six run", async () => {
    const deploy = (...more: string[]): Promise<Outcome> => {
      const four = ["--override", "resources.minCapacity=4", "--override", "resources.desiredCount=4"];
      return world.fsd("deploy", "-f", join(examples, "health-backend", "fsd.yml"), ...four, ...more);
    };
    expect(await deploy()).toExitWith(0);
    await eventually("four serve", async () => (await world.status("health-backend")).healthy === 4);
    const { endpoint } = await world.json<{ endpoint: string }>("local", "status");
    const ecs = new ECS({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const rollout = { isOver: false };
    const counts: number[] = [];
    const watch = (async () => {
      while (!rollout.isOver) {
        const { services } = await ecs.describeServices({ cluster: "fsd-local", services: ["health-backend"] });
        const deployments = services?.[0]?.deployments ?? [];
        counts.push(deployments.reduce((sum, { runningCount = 0, pendingCount = 0 }) => sum + runningCount + pendingCount, 0));
      }
    })();
    const narrow = ["--override", "deployment.minimumHealthyPercent=100", "--override", "deployment.maximumPercent=150"];
    const outcome = await deploy(...narrow, "--set", "APP_VERSION=2");
    rollout.isOver = true;
    await watch;
    ecs.destroy();
    expect(outcome).toExitWith(0);
    expect({ most: Math.max(...counts), least: Math.min(...counts) }).toEqual({ most: 6, least: 4 });
    const { url } = await world.status("health-backend");
    expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: "2", environment: "local" });
  });
});
