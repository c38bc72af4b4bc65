import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeWith } from "../../test/support/requirement.ts";
import { brokenLimits } from "../../test/support/template-limits.ts";
import { references } from "../../test/support/template-references.ts";
import { formatDiagnostic } from "../manifest/diagnostic.ts";
import { loadManifests } from "../manifest/load.ts";
import { synthesizeEnvironment } from "./environment/synthesize-environment.ts";
import { synthesizeJob } from "./job/synthesize-job.ts";
import { renderYaml } from "./render-yaml.ts";
import { resourceTypes } from "./resource-types.ts";
import { synthesizeService } from "./service/synthesize-service.ts";
import { synthesizeRepository } from "./synthesize-repository.ts";
import type { Template } from "./template.ts";

/**
 * Each folder of test/golden is a situation: `fsd.yml` (its first line names the environment), and what it becomes.
 * `UPDATE_GOLDEN=1` writes the outcome anew; read the difference before committing it.
 */
const golden = new URL("../../test/golden/", import.meta.url).pathname;
const overrides = new URL("../../test/judges/cfn-lint-overrides.json", import.meta.url).pathname;
const situations = readdirSync(golden);

function render(situation: string): { templates: Map<string, Template>; diagnostics: string } {
  const bytes = readFileSync(join(golden, situation, "fsd.yml"));
  const environment = /^# env: (\w+)/.exec(bytes.toString())?.[1] as string;
  const loaded = loadManifests([{ file: "fsd.yml", bytes }], { environment });
  const templates = new Map<string, Template>();
  if (loaded.services.length + loaded.jobs.length === 0 && loaded.environment !== undefined)
    templates.set("template.yml", synthesizeEnvironment(loaded.environment));
  for (const service of loaded.services) {
    const name = loaded.services.length === 1 ? "template.yml" : `${service.name}.yml`;
    if (loaded.environment !== undefined) templates.set(name, synthesizeService(service, loaded.environment));
  }
  for (const job of loaded.jobs)
    if (loaded.environment !== undefined) templates.set("template.yml", synthesizeJob(job, loaded.environment));
  if (situation.startsWith("repository") && loaded.environment !== undefined) {
    templates.clear();
    templates.set("template.yml", synthesizeRepository("items", loaded.environment));
  }
  return { templates, diagnostics: loaded.diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join("") };
}

describe("golden situations", () => {
  it.each(situations)("%s", (situation) => {
    const { templates, diagnostics } = render(situation);
    const outcome = new Map([...templates].map(([file, template]) => [file, renderYaml(template)]));
    if (diagnostics !== "") outcome.set("diagnostics.txt", diagnostics);
    for (const [file, text] of outcome) {
      const path = join(golden, situation, file);
      if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, text);
      expect(existsSync(path), `${situation}/${file} is new: UPDATE_GOLDEN=1 writes it`).toBe(true);
      expect(text).toBe(readFileSync(path, "utf8"));
    }
    expect(["fsd.yml", ...outcome.keys()].sort()).toEqual(readdirSync(join(golden, situation)).sort());
    expect(diagnostics).not.toMatch(/ error FSD/);
  });

  it("use every resource type that synthesis says it makes, and no other", () => {
    const used = new Set<string>();
    for (const situation of situations) {
      for (const template of render(situation).templates.values()) for (const { Type } of Object.values(template.Resources)) used.add(Type);
    }
    expect([...used].sort()).toEqual([...resourceTypes].sort());
  });

  it.each(situations)("%s refers only to what its template has, and stays within CloudFormation's limits", (situation) => {
    for (const template of render(situation).templates.values()) {
      const known = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]);
      for (const name of references(template)) expect(known).toContain(name);
      expect(brokenLimits(template)).toEqual([]);
      expect(JSON.stringify(template).length).toBeLessThan(51_200);
      const used = new Set(references(template));
      for (const name of Object.keys(template.Parameters ?? {})) expect(used, `parameter ${name} is used`).toContain(name);
    }
  });
});

describeWith("cfn-lint", "the judge cfn-lint", () => {
  it("finds nothing in any golden template", { timeout: 120_000 }, () => {
    const files = situations.flatMap((situation) =>
      readdirSync(join(golden, situation))
        .filter((file) => file.endsWith(".yml") && file !== "fsd.yml")
        .map((file) => join(golden, situation, file)),
    );
    const folder = mkdtempSync(join(tmpdir(), "fsd-golden-"));
    try {
      const { status, stdout, stderr } = spawnSync("cfn-lint", ["--regions", "us-east-1", "--override-spec", overrides, "--", ...files], {
        cwd: folder,
        encoding: "utf8",
      });
      expect(`${stdout}${stderr}`).toBe("");
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
