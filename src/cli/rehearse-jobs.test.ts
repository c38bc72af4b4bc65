/** `fsd forecast` and `fsd simulate` of a job, as a program and as a person asks for them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import { rehearse } from "./rehearsal.testing.ts";

const etl = new URL("../../examples/dashboard/etl.yml", import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** A job in a file of its own; `lines` are those of its `job`, `after` come below. */
function job(lines: string, after = ""): string {
  const file = join(folder, "job.yml");
  writeFileSync(
    file,
    `apiVersion: fsd/v1\nkind: Job\nmetadata: {name: report}\njob:\n  image: nginx\n${lines.replace(/^/gm, "  ")}\n${after}`,
  );
  return file;
}

const simulate = (file: string, ...argv: string[]) => rehearse(["simulate", "-f", file, "--env", "prod", ...argv], { cwd: folder });
const forecast = (file: string, ...argv: string[]) => rehearse(["forecast", "-f", file, "--env", "prod", ...argv], { cwd: folder });

describe("a simulated job", () => {
  test("is the same to the byte with the same seed, and tells every run", async () => {
    const json = (seed: string) =>
      simulate(etl, "--duration", "5m..40m", "--fault", "fail=0.2,crash=0.2", "--seed", seed, "--output", "json");
    const first = await json("7");
    expect(first.code, first.stderr).toBe(0);
    expect(await json("7")).toEqual(first);
    expect((await json("8")).stdout).not.toBe(first.stdout);
    const report = JSON.parse(first.stdout);
    expect(report).toMatchObject({ job: "dashboard-etl", env: "prod", seed: 7, violations: [], requests: 0, activities: [] });
    // From Monday on: one in the night, four an hour from eight to five.
    expect(report.runs).toBe(1 + 9 * 4);
    expect(report.timeline).toHaveLength(report.runs);
    expect(report.succeeded + report.failed + report.skipped).toBe(report.runs);
    expect(report.costPerHour).toBeGreaterThan(0);
  });

  test("follows its schedule's time zone over the change of the clock", async () => {
    const file = job('schedule: {cron: "30 2 * * ? *", timezone: Europe/Berlin}');
    const { stdout } = await simulate(file, "--from", "2026-03-27T23:00Z", "--hours", "72", "--output", "json");
    expect(JSON.parse(stdout).timeline.map(({ at }: { at: string }) => at)).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
  });

  test("pays for the size of each schedule, and starts as many tasks as it counts", async () => {
    const one = 'schedules: [{name: nightly, cron: "0 2 * * ? *", cpu: 4096, memory: 8192}]\n';
    const single = JSON.parse((await simulate(job(one), "--output", "json")).stdout);
    expect(single.taskHours).toMatchObject([{ cpu: 4096, memory: 8192 }]);
    const triple = JSON.parse((await simulate(job(`${one}count: 3`), "--output", "json")).stdout);
    expect([triple.tasks.max, triple.costPerHour / single.costPerHour]).toEqual([3, expect.closeTo(3, 1)]);
  });

  test("with schedules that meet in one minute breaks its promise not to overlap, and ends with 1", async () => {
    const file = job('concurrency: forbid\nschedules: [{name: a, cron: "0 2 * * ? *"}, {name: b, rate: 1 hour}]');
    const { code, stdout } = await simulate(file, "--hours", "6");
    expect(code).toBe(1);
    expect(stdout).toContain(
      "broken after 2 h: run-2 and run-3 have tasks with desired status RUNNING at once although concurrency is forbid",
    );
  });

  test("is put on Spot by a patch of its template, and then Spot takes it back", async () => {
    const patch = (logical: string) => `overrides:
  - {path: /Resources/${logical}/Properties/Target/EcsParameters/LaunchType, value: null}
  - path: /Resources/${logical}/Properties/Target/EcsParameters/CapacityProviderStrategy
    value: [{CapacityProvider: FARGATE_SPOT, Weight: 1}]
`;
    const lines = "schedules: [{name: hourly, rate: 1 hour}]";
    const spot = await simulate(job(lines, patch("ScheduleHourly")), "--hours", "240", "--fault", "spot=1/h", "--output", "json");
    expect(spot.code, spot.stderr).toBe(0);
    expect(JSON.parse(spot.stdout).reclaims).toBeGreaterThan(10);
    const none = await simulate(job(lines), "--fault", "spot=1/h");
    expect(none.stdout).toContain("a job runs on FARGATE: there is nothing that Spot could take back");
  });

  test("is drawn for people, with what is assumed, and kept as a page", async () => {
    const { code, stdout, stderr } = await simulate(etl, "--duration", "20m", "--fault", "fail=0.3", "--html", "page.html");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/runs +37: \d+ succeeded(, \d+ failed)?, \d+ left out/);
    expect(stdout).toMatch(/running +[▁▂▃▄▅▆▇█]+ +up to 1 task at once/);
    expect(stdout).toContain("left out: another run was going on");
    expect(stderr).toContain("assumes: a run takes 20 min (--duration)");
    const page = readFileSync(join(folder, "page.html"), "utf8");
    expect(page).toContain("<polyline");
    expect(page).toContain("left out: another run was going on");
    expect(page).not.toMatch(/src=|href=/);
  });
});

describe("a forecast job", () => {
  test("says how long a run takes, what it costs, and what its calendar has to say to that", async () => {
    const { code, stdout, stderr } = await forecast(etl, "--duration", "20m");
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("expected  20 min 27 s, at worst 51 min 55 s");
    expect(stdout).toMatch(/cost +\$0\.00\d+ a run/);
    expect(stdout).toContain("two occurrences are 15 min apart at the closest, less than a run takes: runs are left out");
    const report = JSON.parse((await forecast(etl, "--output", "json")).stdout);
    expect(report).toMatchObject({ job: "dashboard-etl", dominatedBy: "running", peakTasks: 1, lowestHealthy: 0, closestSeconds: 900 });
    expect(report.phases.at(-1).toSeconds).toBe(report.expectedSeconds);
  });

  test("without a timeout says that one that hangs never ends", async () => {
    const { stdout } = await forecast(job("schedule: {rate: 1 hour}"));
    expect(stdout).toContain("one that hangs never ends, as it has no timeout");
  });

  test("needs no schedule", async () => {
    expect((await forecast(job('command: ["true"]'))).stdout).toContain("expected  10 min 27 s");
  });
});

test.each([
  [["simulate", "--rps", "3"], "--rps is for services, and report is a job"],
  [["simulate", "--duration", "soon"], "--duration must be a duration or shortest..longest, not 'soon'"],
  [["simulate", "--duration", "20m..10m"], "--duration must be a duration"],
  [["simulate", "--fault", "flap=1"], "--fault does not know 'flap'"],
  [["simulate", "--fault", "hang=2"], "--fault hang takes a number from 0 to 1"],
  [["simulate", "--from", "2026-02-30"], "--from must be a day"],
  [["simulate", "--from", "yesterday"], "--from must be a day"],
  [["forecast", "--duration", "-1m"], "--duration must be a duration"],
  [["simulate", "--service", "reprot"], "did you mean report?"],
])("%j is refused", async (argv, words) => {
  const file = job("schedule: {rate: 1 hour}");
  const [verb = "", ...more] = argv;
  const { code, stdout, stderr } = await rehearse([verb, "-f", file, "--env", "prod", ...more], { cwd: folder });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(words);
});

test("a job that nothing starts is not simulated, and options of jobs are not taken for services", async () => {
  const idle = await simulate(job('command: ["true"]'));
  expect([idle.code, idle.stderr]).toEqual([2, expect.stringContaining("report has no schedule that is enabled on prod")]);
  const items = new URL("../../examples/items-node/fsd.yml", import.meta.url).pathname;
  for (const verb of ["simulate", "forecast"]) {
    const service = await rehearse([verb, "-f", items, "--env", "prod", "--duration", "5m"], { cwd: folder });
    expect([service.code, service.stderr]).toEqual([2, expect.stringContaining("--duration is for jobs, and items is a service")]);
  }
});
