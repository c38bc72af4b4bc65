import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rehearse } from "./rehearsal.testing.ts";

const manifest = new URL("../../examples/items-node/fsd.yml", import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fsd-simulate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const simulate = (...argv: string[]) => rehearse(["simulate", "-f", manifest, "--env", "prod", "--hours", "2", ...argv], { cwd: folder });

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
  expect(stdout).toMatch(/incoming +[▁▂▃▄▅▆▇█]+ +5 to 21 a second/);
  expect(stderr).toContain("assumes:");
  const page = readFileSync(join(folder, "page.html"), "utf8");
  expect(page).toContain("<polyline");
  expect(page).not.toMatch(/src=|href=/);
});

test.each([
  ["--rps", "many", "--rps must be a number or low..high, not 'many'"],
  ["--rps", "20..10", "--rps must be"],
  ["--fault", "flood=1", "--fault does not know 'flood'"],
  ["--fault", "crahs=1", "did you mean crash?"],
  ["--fault", "slow=2", "--fault slow takes a number from 0 to 1"],
  ["--fault", "crash", "--fault crash takes a number"],
  ["--hours", "0", "--hours must be a number of at least 0.1"],
  ["--hours", "100000", "--hours must be at most 2160"],
  ["--seed", "lucky", "--seed must be a whole number, not 'lucky'"],
  ["--seed", "1.5", "--seed must be a whole number"],
  ["--deployments", "-1", "--deployments must be a whole number"],
  ["--metric", "cpu +", "--metric is no metric math"],
  ["--metric", "depth / 2", "--metric does not know 'depth'"],
  ["--load", "nowhere.csv", "cannot read nowhere.csv"],
  ["--load", "bad.csv", "bad.csv:3: '60,much' is not two numbers"],
])("%s %s is refused", async (option, value, words) => {
  writeFileSync(join(folder, "bad.csv"), "seconds,rps\n0,5\n60,much\n");
  const { code, stdout, stderr } = await simulate(option, value);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(words);
});

test.each([
  ["http: /health", 1],
  ["command: [CMD-SHELL, 'curl -f http://localhost:8080/health || exit 1']", 1],
  ["command: [CMD, grpc_health_probe, '-addr=:8080']", 1],
  ["command: [CMD-SHELL, 'test -e /tmp/ready']", 0],
])("a container check with %s waits behind the requests of an overloaded program, if it asks the program", async (check, asks) => {
  const file = join(folder, "checked.yml");
  writeFileSync(
    file,
    `apiVersion: fsd/v1
kind: Service
metadata: {name: api}
service:
  image: nginx
  port: 8080
  healthCheck: {interval: 300, timeout: 120, unhealthyThreshold: 10, gracePeriod: 60, container: {${check}, interval: 10, startPeriod: 0}}
  resources: {cpu: 1024, memory: 2048, desiredCount: 2}
  networking: {loadBalancer: {path: /*}}
`,
  );
  const { code, stdout, stderr } = await rehearse(
    ["simulate", "-f", file, "--env", "local", "--hours", "0.5", "--rps", "600", "--cpu-ms", "10", "--output", "json"],
    { cwd: folder },
  );
  expect(code, stderr).toBe(0);
  expect(Math.min(1, JSON.parse(stdout).replaced)).toBe(asks);
});
