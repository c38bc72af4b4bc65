import { expect, test } from "vitest";
import { atWorst, usually } from "../forecast.ts";
import { forecastRun } from "./job-forecast.ts";
import type { JobModel } from "./job-model.ts";

const MINUTE = 60_000;
const model = (expressions: readonly string[], over: Partial<JobModel> = {}): JobModel => ({
  name: "etl",
  cpu: 256,
  memory: 512,
  stopTimeoutMs: 30_000,
  schedules: expressions.map((expression, index) => ({
    name: `s${index}`,
    expression,
    timezone: "Europe/Berlin",
    state: "ENABLED",
    retryPolicy: {},
    input: { Overrides: {} },
  })),
  run: { count: 1, strategy: [] },
  promise: { retries: 0, concurrency: "allow" },
  ...over,
});
const retried = (retries: number, timeoutSeconds: number): Partial<JobModel> => ({
  machine: {
    StartAt: "Run",
    States: {
      Run: {
        Type: "Task",
        Resource: "arn:aws:states:::ecs:runTask.sync",
        TimeoutSeconds: timeoutSeconds,
        Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 30, BackoffRate: 2, MaxAttempts: retries }],
        End: true,
      },
    },
  },
  promise: { retries, timeoutMs: timeoutSeconds * 1000, concurrency: "allow" },
});
const options = { duration: { leastMs: 4 * MINUTE, mostMs: 6 * MINUTE }, expected: usually, worst: atWorst, from: Date.UTC(2026, 0, 5) };

test("a run is its network, its image, its program and its end", () => {
  const seen = forecastRun(model(["rate(1 hour)"]), options);
  // 12 s, 10 s, 5 min, 5 s.
  expect(seen).toMatchObject({ expectedSeconds: 327, dominatedBy: "running", peakTasks: 1, lowestHealthy: 0, hasTimeout: false });
  expect(seen.phases.map(({ phase, fromSeconds, toSeconds }) => [phase, toSeconds - fromSeconds])).toEqual([
    ["provisioning", 12],
    ["image pull and start", 10],
    ["running", 300],
    ["stopping", 5],
  ]);
  // 20 s, 60 s, 6 min, 5 s.
  expect(seen.worstSeconds).toBe(445);
});

test("at worst every attempt but the last runs into the timeout, with the waits between them", () => {
  const seen = forecastRun(model(["rate(1 hour)"], retried(2, 900)), options);
  // Twice 15 min, waits of 30 s and 60 s, then the slow run of 6 min.
  expect(seen.worstSeconds).toBeCloseTo(2 * 900 + 30 + 60 + 445, -1);
  expect(seen.hasTimeout).toBe(true);
});

test("several tasks of a run are one beside the other", () => {
  expect(forecastRun(model(["rate(1 hour)"], { run: { count: 4, strategy: [] } }), options)).toMatchObject({
    expectedSeconds: 327,
    peakTasks: 4,
  });
});

test("how close its occurrences come is read from the calendar, over all its schedules", () => {
  expect(forecastRun(model(["rate(1 hour)"]), options).closestSeconds).toBe(3_600);
  expect(forecastRun(model(["cron(0 2 * * ? *)", "cron(45 1 ? * MON *)"]), options).closestSeconds).toBe(900);
  expect(forecastRun(model(["cron(0 2 * * ? *)", "cron(0 2 ? * MON *)"]), options).closestSeconds).toBe(0);
  expect(forecastRun(model(["at(2026-01-06T00:00:00)"]), options).closestSeconds).toBeUndefined();
});
