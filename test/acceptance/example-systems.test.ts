import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatDiagnostic } from "../../src/manifest/diagnostic.ts";
import { type Loaded, loadManifests } from "../../src/manifest/load.ts";
import { synthesizeEnvironment } from "../../src/synth/environment/synthesize-environment.ts";
import { synthesizeJob } from "../../src/synth/job/synthesize-job.ts";
import { renderYaml } from "../../src/synth/render-yaml.ts";
import { synthesizeService } from "../../src/synth/service/synthesize-service.ts";
import { describeWith } from "../support/requirement.ts";
import { root, World } from "../support/world.ts";

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

/** Their READMEs say which dependencies `local` lacks; of every other complaint they are free there as well. */
const awaitingLocal = new Set(["company"]);

describe("the example systems", () => {
  it.each(situations)("$system is valid in $environment, without a warning, and renders", ({ system, environment }) => {
    const loaded = load(system, environment);
    const awaited = environment === "local" && awaitingLocal.has(system) ? "FSD1807" : undefined;
    expect(loaded.diagnostics.filter(({ code }) => code !== awaited).map(formatDiagnostic)).toEqual([]);
    expect(render(loaded).size).toBeGreaterThan(1);
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
    const outcome = await world.fsd("deploy", ...folders.flatMap((folder) => ["-f", `${folder}/fsd.yml`]), "--yes");
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ status: 0 });

    const backend = (await world.status("health-backend")).url;
    const assessed = await fetch(`${backend}/assessments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ respiration: 26, oxygen: 91, systolic: 88, pulse: 120, temperature: 39.4 }),
    });
    expect(await assessed.json()).toEqual({ score: 13, risk: "high" });

    const dashboard = (await world.status("dashboard-api")).url;
    expect(await (await fetch(`${dashboard}/accounts`)).json()).toEqual({ upto: null, accounts: {} });
    const { endpoint } = await world.json<{ endpoint: string }>("local", "status");
    const etl = await world.run("/usr/bin/env", ["-C", `${world.folder}/dashboard`, "/usr/bin/python3", "-m", "app.etl", "--full"], {
      AWS_ENDPOINT_URL: endpoint,
      SUMMARY_PARAMETER: "/dashboard/local/summary",
    });
    expect(etl, etl.stderr).toMatchObject({ status: 0 });
    expect(await (await fetch(`${dashboard}/accounts/beta`)).json()).toEqual({
      positions: { BARC: { quantity: 300, cost: "615.00" } },
      profit: "140.00",
    });
  });
});
