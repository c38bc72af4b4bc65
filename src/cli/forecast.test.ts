import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import { rehearse } from "./rehearsal.testing.ts";

const manifest = new URL("../../examples/items-node/fsd.yml", import.meta.url).pathname;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const fsd = (...argv: string[]) => rehearse(argv);

test("a forecast names the longest wait, draws it and says what it assumes", async () => {
  const { code, stdout, stderr } = await fsd("forecast", "-f", manifest, "--env", "prod");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("items on prod: the next rollout");
  expect(stdout).toContain("never fewer than 2 healthy");
  expect(stdout).toMatch(/connection draining {2,}█*/);
  expect(stderr).toContain("assumes:");
});

test("for programs it is one object", async () => {
  const { stdout } = await fsd("forecast", "-f", manifest, "--env", "prod", "--output", "json", "--start", "20");
  expect(JSON.parse(stdout)).toMatchObject({
    service: "items",
    env: "prod",
    peakTasks: 4,
    lowestHealthy: 2,
    assumptions: { expected: { answersAfterMs: 20_000 } },
  });
  expect(Object.keys(JSON.parse(stdout))).toEqual(
    expect.arrayContaining(["expectedSeconds", "worstSeconds", "dominatedBy", "peakTasks", "lowestHealthy", "phases"]),
  );
});

const service = (lines: string): string => {
  const file = join(folder, "fsd.yml");
  writeFileSync(
    file,
    `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\nservice:\n  image: nginx\n  port: 80\n  healthCheck: {path: /}\n${lines}`,
  );
  return file;
};
const seen = async (lines: string) => JSON.parse((await fsd("forecast", "-f", service(lines), "--env", "prod", "--output", "json")).stdout);

test("tasks on Spot overlap at the price of Spot", async () => {
  const resources = "  resources: {cpu: 1024, memory: 2048, desiredCount: 4}\n";
  const [onDemand, spot] = [await seen(resources), await seen(`${resources}  spot: true\n`)];
  expect(spot.overlapTaskSeconds).toBe(onDemand.overlapTaskSeconds);
  // 12 s after its beginning the new four are billed, and the old four until the end at 67 s: 220 s of 0.04937 dollars an hour.
  expect(onDemand.overlapCost).toBeCloseTo((220 / 3600) * (0.04048 + 2 * 0.004445), 5);
  expect(spot.overlapCost).toBeCloseTo(onDemand.overlapCost * 0.31, 5);
});

test("ephemeral storage above 20 GB costs", async () => {
  const [usual, large] = [
    await seen("  resources: {cpu: 1024, memory: 2048, desiredCount: 2}\n"),
    await seen("  resources: {cpu: 1024, memory: 2048, desiredCount: 2, ephemeralStorage: 200}\n"),
  ];
  expect(large.overlapCost - usual.overlapCost).toBeCloseTo((110 / 3600) * 180 * 0.000111, 5);
});

test("after the rollout the alarms are watched as long as the manifest says", async () => {
  const lines = "  deployment: {monitor: 30m}\n";
  expect(await seen(lines)).toMatchObject({ monitorSeconds: 1800 });
  expect((await fsd("forecast", "-f", service(lines), "--env", "prod")).stdout).toContain(
    "then      fsd deploy watches the alarms for 30 min more",
  );
  expect((await fsd("forecast", "-f", service(""), "--env", "prod")).stdout).not.toContain("then ");
});

test("tasks that drain while the new ones start are told of", async () => {
  const { stdout } = await fsd("forecast", "-f", service("  deployment: {strategy: all-at-once}\n"), "--env", "prod");
  expect(stdout).toContain(
    "tasks     at most 2 at once, never fewer than 0 healthy\n  billed    at most 4 at once, with those that drain or stop\n",
  );
});

test.each([
  ["--start", "1e300"],
  ["--pull", "3601"],
])("%s %s is more than anybody waits for, and refused", async (option, value) => {
  const { code, stderr } = await fsd("forecast", "-f", manifest, "--env", "prod", option, value);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`${option} must be at most 3600, not '${value}'`)]);
});

test("what is not a number is refused", async () => {
  expect((await fsd("forecast", "-f", manifest, "--env", "prod", "--start", "soon")).code).toBe(2);
});
