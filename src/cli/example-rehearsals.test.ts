/** `fsd forecast` and `fsd simulate` of every service of the example systems, as a program and as a person asks for them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadManifests } from "../manifest/load.ts";
import { rehearse } from "./rehearsal.testing.ts";

const examples = join(import.meta.dirname, "../../examples");
const files = (system: string): string[] =>
  readdirSync(join(examples, system))
    .filter((file) => file.endsWith(".yml"))
    .map((file) => join(examples, system, file));

const services = (
  [
    ["company", "prod"],
    ["donations", "prod"],
    ["dashboard", "prod"],
    ["items-fastapi", "local"],
    ["items-node", "local"],
    ["health-backend", "production"],
  ] as const
).flatMap(([system, env]) =>
  loadManifests(
    files(system).map((file) => ({ file, bytes: readFileSync(file) })),
    { environment: env, values: { VERSION: "1" }, variables: { REGISTRY: "registry" } },
  ).services.map(({ name }) => ({ system, env, name })),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fsd-rehearsals-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function fsd(verb: string, { system, env, name }: (typeof services)[number], columns: number, ...more: string[]) {
  const argv = [verb, "--service", name, ...files(system).flatMap((file) => ["-f", file]), "--env", env, "--set", "VERSION=1", ...more];
  const { code, stdout, stderr } = await rehearse(argv, { cwd: folder, columns, env: { REGISTRY: "registry", NO_COLOR: "1" } });
  expect(code, stderr + stdout).toBe(0);
  return { stdout, stderr };
}

test("there are services of all systems", () => {
  expect(services.map(({ name }) => name).length).toBeGreaterThanOrEqual(8);
  expect(new Set(services.map(({ system }) => system)).size).toBe(6);
});

describe.each(services)("$name of $system", (service) => {
  test("is forecast within sensible bounds", async () => {
    const { stdout } = await fsd("forecast", service, 80, "--output", "json");
    const { expectedSeconds, worstSeconds, dominatedBy, peakTasks, lowestHealthy, phases, stuck } = JSON.parse(stdout);
    expect(stuck).toBeUndefined();
    expect(expectedSeconds).toBeGreaterThan(20);
    expect(worstSeconds).toBeGreaterThanOrEqual(expectedSeconds);
    expect(worstSeconds).toBeLessThan(36 * 3_600);
    expect(dominatedBy).not.toBe("nothing");
    expect(peakTasks).toBeGreaterThanOrEqual(lowestHealthy);
    expect(phases.at(-1).toSeconds).toBeCloseTo(expectedSeconds, 0);
  });

  test("is simulated without breaking a rule, and a light load fails nothing", async () => {
    const { stdout } = await fsd("simulate", service, 80, "--hours", "2", "--rps", "2", "--output", "json");
    const seen = JSON.parse(stdout);
    expect(seen.violations).toEqual([]);
    expect(seen.failed).toBe(0);
    expect(seen.requests).toBeGreaterThan(0);
    expect(seen.timeline).toHaveLength(120);
    expect(seen.tasks.min).toBeLessThanOrEqual(seen.tasks.max);
    expect(seen.costPerHour).toBeGreaterThan(0);
  });

  test.each([60, 80])("fits a terminal of %i columns, without colours", async (columns) => {
    for (const [verb, ...more] of [["forecast"], ["simulate", "--hours", "2", "--rps", "2"]] as const) {
      const { stdout } = await fsd(verb, service, columns, ...more);
      expect(stdout).not.toContain("\u001b");
      expect(stdout.split("\n").filter((line) => [...line].length > columns)).toEqual([]);
    }
  });

  test("is kept as a page that needs nothing else", async () => {
    await fsd("simulate", service, 80, "--hours", "2", "--rps", "2", "--html", "page.html");
    const page = readFileSync(join(folder, "page.html"), "utf8");
    expect(page).toContain("<polyline");
    expect(page).not.toMatch(/src=|href=|url\(|@import/);
  });
});
