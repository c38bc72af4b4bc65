import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SystemClock } from "../kit/clock.ts";
import { runProgram } from "./program.ts";
import { rehearsalVerbs } from "./rehearsal-verbs.ts";

const manifest = new URL("../../examples/items-node/fsd.yml", import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fsd-simulate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function simulate(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const code = await runProgram(rehearsalVerbs, ["simulate", "-f", manifest, "--env", "prod", "--hours", "2", ...argv], {
    terminal: {
      stdout: { write: (text: string) => (stdout += text), columns: 120 },
      stderr: { write: (text: string) => (stderr += text) },
      colour: false,
    },
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
    clock: new SystemClock(),
    version: "0",
    platformProgram: "",
    ask: () => undefined,
  });
  return { code, stdout, stderr };
}

test("the same seed gives the same bytes, another seed others", async () => {
  const json = (seed: string) => simulate("--fault", "crash=1,hang=0.5", "--seed", seed, "--output", "json");
  const first = await json("7");
  expect(first.code, first.stderr).toBe(0);
  expect(await json("7")).toEqual(first);
  expect((await json("8")).stdout).not.toBe(first.stdout);
  expect(JSON.parse(first.stdout)).toMatchObject({ seed: 7, violations: [], service: "items" });
  expect(Object.keys(JSON.parse(first.stdout))).toEqual(
    expect.arrayContaining(["seed", "violations", "tasks", "requests", "failed", "activities", "costPerHour", "timeline"]),
  );
});

test("people see curves and what is assumed, and may keep a page", async () => {
  writeFileSync(join(folder, "load.csv"), "seconds,rps\n0,5\n3600,20\n");
  const { code, stdout, stderr } = await simulate("--load", "load.csv", "--html", "page.html");
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/rps +[▁▂▃▄▅▆▇█]+ +up to/);
  expect(stderr).toContain("assumes:");
  const page = readFileSync(join(folder, "page.html"), "utf8");
  expect(page).toContain("<polyline");
  expect(page).not.toMatch(/src=|href=/);
});

test.each([
  ["--rps", "many"],
  ["--rps", "20..10"],
  ["--fault", "flood=1"],
  ["--hours", "0"],
  ["--load", "nowhere.csv"],
])("%s %s is refused", async (option, value) => {
  expect((await simulate(option, value)).code).toBe(2);
});
