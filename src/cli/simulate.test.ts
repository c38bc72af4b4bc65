import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import { rehearse } from "./rehearsal.testing.ts";

const manifest = new URL("../../examples/items-node/fsd.yml", import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

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

test("rate limits that refuse calls are a fault like any other: they are counted, and nothing is lost", async () => {
  const { code, stdout, stderr } = await simulate("--fault", "crash=2,throttle=4", "--output", "json");
  expect(code, stderr).toBe(0);
  const seen = JSON.parse(stdout) as { throttled: number; violations: unknown[] };
  expect(seen.throttled).toBeGreaterThan(0);
  expect(seen.violations).toEqual([]);
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
  ["--rps", "Infinity", "--rps must be at most 1000000000, not 'Infinity'"],
  ["--rps", "5..1e300", "--rps must be at most 1000000000"],
  ["--fault", "flood=1", "--fault does not know 'flood'"],
  ["--fault", "crahs=1", "did you mean crash?"],
  ["--fault", "slow=2", "--fault slow takes a number from 0 to 1"],
  ["--fault", "crash", "--fault crash takes a number"],
  ["--fault", "crash=1,spot=1/h,crash=2", "--fault gives crash twice"],
  ["--fault", "crash=1=2", "--fault crash takes a number from 0 to 60, a task and hour, not '1=2'"],
  ["--fault", "slow=0.1/h", "--fault slow takes a number from 0 to 1, a share of starts, not '0.1/h'"],
  ["--hours", "0", "--hours must be a number of at least 0.1"],
  ["--hours", "100000", "--hours must be at most 2160"],
  ["--seed", "lucky", "--seed must be a whole number, not 'lucky'"],
  ["--seed", "1.5", "--seed must be a whole number"],
  ["--deployments", "-1", "--deployments must be a whole number"],
  ["--deployments", "121", "--deployments must be at most one a minute, 120 here, not '121'"],
  ["--cpu-ms", "0", "--cpu-ms must be a number of at least 0.01, not '0'"],
  ["--latency-ms", "1e300", "--latency-ms must be at most 3600000"],
  ["--metric", "cpu +", "--metric is no metric math"],
  ["--metric", "depth / 2", "--metric does not know 'depth'"],
  ["--load", "nowhere.csv", "cannot read nowhere.csv"],
  ["--load", ".", ". is not a file"],
  ["--load", "/dev/zero", "/dev/zero is not a file"],
  ["--html", "nowhere/page.html", "nowhere/page.html cannot be written: there is no folder"],
  ["--html", ".", ". is a folder"],
  ["--html", "", "--html needs the name of a file"],
  ["--html", "bad.csv", "bad.csv exists and is no page"],
  ["--load", "bad.csv", "bad.csv:3: '60,much' is not two numbers"],
])("%s %s is refused", async (option, value, words) => {
  writeFileSync(join(folder, "bad.csv"), "seconds,rps\n0,5\n60,much\n");
  const { code, stdout, stderr } = await simulate(option, value);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(words);
  expect(stderr).not.toContain("fsd has a bug");
  expect(readFileSync(join(folder, "bad.csv"), "utf8")).toBe("seconds,rps\n0,5\n60,much\n");
});

test("a load from a file beside one by name is refused, as one of them would be left out", async () => {
  writeFileSync(join(folder, "load.csv"), "0,5\n");
  const { code, stderr } = await simulate("--load", "load.csv", "--rps", "9");
  expect([code, stderr]).toEqual([2, expect.stringContaining("--load and --rps both say what comes in")]);
});

test("a page is written over by the next, and where the disk refuses it that is said, not called a bug", async () => {
  expect((await simulate("--html", "page.html")).code).toBe(0);
  const first = readFileSync(join(folder, "page.html"), "utf8");
  expect((await simulate("--html", "page.html", "--seed", "2")).code).toBe(0);
  expect(readFileSync(join(folder, "page.html"), "utf8")).not.toBe(first);
  const refused = await simulate("--html", "/proc/page.html");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("/proc/page.html cannot be written (ENOENT)")]);
  expect(refused.stdout).toContain("requests");
});

test("the cost of an hour is of the time that was simulated, also when that is no whole number of minutes", async () => {
  const cost = async (hours: string): Promise<number> =>
    JSON.parse((await simulate("--rps", "1", "--hours", hours, "--output", "json")).stdout).costPerHour;
  expect(await cost("0.125")).toBeCloseTo(await cost("1"), 4);
});

test("people see how deployments ended", async () => {
  const { stdout } = await simulate("--deployments", "2");
  expect(stdout).toContain("  deployed  2: 2 completed\n");
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
