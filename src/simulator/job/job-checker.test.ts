/** The checker sees what it is there for: runs that nobody played are told of as such. */
import { expect, test } from "vitest";
import { SimulatedWorld } from "../simulated-world.ts";
import { JobChecker } from "./job-checker.ts";
import type { JobModel } from "./job-model.ts";
import type { JobRun } from "./job-run.ts";
import { runTask } from "./run-task.ts";

const MINUTE = 60_000;
const model: JobModel = {
  name: "etl",
  cpu: 256,
  memory: 512,
  stopTimeoutMs: 30_000,
  schedules: [{ name: "hourly", expression: "rate(1 hour)", timezone: "UTC", state: "ENABLED", retryPolicy: {}, input: {} }],
  run: { count: 1, strategy: [] },
  promise: { retries: 1, timeoutMs: 10 * MINUTE, concurrency: "forbid" },
};
const run = (over: Partial<JobRun>): JobRun => ({
  run: 1,
  schedule: "hourly",
  atSeconds: 3_600,
  at: "1970-01-01T01:00:00.000Z",
  endedSeconds: 3_700,
  outcome: "failed",
  attempts: 1,
  overlapped: false,
  ...over,
});
const judged = (runs: readonly JobRun[], before: (world: SimulatedWorld) => void = () => undefined): string[] => {
  const world = new SimulatedWorld();
  const checker = new JobChecker(model, world);
  before(world);
  checker.finish(runs, 0, 60 * MINUTE);
  return checker.violations.map(({ rule }) => rule);
};
const started = (world: SimulatedWorld, startedBy: string, exitsAfterMs: number): void => {
  const plan = world.registerTaskDefinition("etl", { behaviour: { exitsAfterMs } });
  runTask(world, { plan, count: 1, strategy: [], overrides: {}, startedBy });
};

test("an occurrence without a run, a run without an occurrence, and two of one are seen", () => {
  expect(judged([run({})])).toEqual([]);
  expect(judged([])).toEqual(["nothing came of hourly at 1970-01-01T01:00:00.000Z"]);
  expect(judged([run({}), run({ run: 2 })])).toEqual(["2 runs of hourly at 1970-01-01T01:00:00.000Z are more than it has occurrences"]);
  expect(judged([run({}), run({ at: "1970-01-01T01:30:00.000Z" })])).toEqual([
    "1 runs of hourly at 1970-01-01T01:30:00.000Z are more than it has occurrences",
  ]);
});

test("outcomes that its tasks do not bear out are seen, and too many attempts", () => {
  expect(judged([run({ outcome: "succeeded" })])).toEqual(["run-1 is said to have succeeded, and no task of it did"]);
  expect(judged([run({ attempts: 3 })])).toEqual(["run-1 was tried 3 times, at most 2"]);
  const done = (world: SimulatedWorld): void => {
    started(world, "run-1", 1_000);
    world.advance(5 * MINUTE);
  };
  expect(judged([run({ outcome: "skipped" })], done)).toEqual(["run-1 is said to have been left out, and a task of it succeeded"]);
  expect(judged([run({ outcome: "succeeded" })], done)).toEqual([]);
});

test("two runs at once and a task that outlives its timeout are seen, once each", () => {
  const crowd = (world: SimulatedWorld): void => {
    started(world, "run-1", 12 * MINUTE);
    started(world, "run-2", MINUTE);
    world.advance(30 * MINUTE);
  };
  expect(judged([run({})], crowd)).toEqual([
    "run-1 and run-2 have tasks with desired status RUNNING at once although concurrency is forbid",
    "a task of run-1 ran 725 s, at most 660",
  ]);
});
