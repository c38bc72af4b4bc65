import { describe, expect, test } from "vitest";
import type { StateMachineDefinition } from "../../engine/state-machine/definition.ts";
import { usually } from "../forecast.ts";
import { noJobFaults } from "./job-faults.ts";
import type { JobModel, JobSchedule } from "./job-model.ts";
import { type JobSimulationOptions, simulateJob } from "./job-simulation.ts";

const MINUTE = 60_000;
const options: JobSimulationOptions = {
  seed: 1,
  hours: 24,
  startTime: Date.UTC(2026, 0, 5),
  duration: { leastMs: 10 * MINUTE, mostMs: 10 * MINUTE },
  faults: noJobFaults,
  conditions: usually,
};
const schedule = (expression: string, over: Partial<JobSchedule> = {}): JobSchedule => ({
  name: "nightly",
  expression,
  timezone: "UTC",
  state: "ENABLED",
  retryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3_600 },
  input: { Overrides: {} },
  ...over,
});
const plain: JobModel = {
  name: "etl",
  cpu: 1024,
  memory: 2048,
  stopTimeoutMs: 30_000,
  schedules: [schedule("rate(1 hour)")],
  run: { count: 1, strategy: [] },
  promise: { retries: 0, concurrency: "allow" },
};
/** The machine that synthesis writes: the look, unless overlap is allowed, then the run. */
const managed = (promise: Partial<JobModel["promise"]>, over: Partial<JobModel> = {}): JobModel => {
  const { retries = 0, timeoutMs, concurrency = "allow" } = promise;
  const again =
    retries === 0 ? {} : { Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 30, BackoffRate: 2, MaxAttempts: retries }] };
  const Run = {
    Type: "Task" as const,
    Resource: "arn:aws:states:::ecs:runTask.sync",
    Parameters: { Count: 1, "Overrides.$": "$.Overrides" },
    ...(timeoutMs === undefined ? {} : { TimeoutSeconds: timeoutMs / 1000 }),
    End: true,
  };
  const looked: StateMachineDefinition = {
    StartAt: "ListRunning",
    States: {
      ListRunning: { Type: "Task", Resource: "arn:aws:states:::aws-sdk:ecs:listTasks", ResultPath: "$.Running", Next: "IsRunning" },
      IsRunning: { Type: "Choice", Choices: [{ Variable: "$.Running.TaskArns[0]", IsPresent: true, Next: "LeaveIt" }], Default: "Run" },
      LeaveIt: { Type: "Succeed" },
      Run,
    },
  };
  const machine: StateMachineDefinition =
    concurrency === "allow"
      ? { StartAt: "Run", States: { Run: { ...Run, ...again } } }
      : { StartAt: "Attempt", States: { Attempt: { Type: "Parallel", Branches: [looked], ...again, End: true } } };
  return { ...plain, machine, promise: { retries, concurrency, ...(timeoutMs === undefined ? {} : { timeoutMs }) }, ...over };
};

describe("a job on a schedule", () => {
  test("runs each time it comes due, and costs what its tasks ran", () => {
    const seen = simulateJob(plain, options);
    expect(seen).toMatchObject({ violations: [], runs: 24, succeeded: 24, failed: 0, skipped: 0, overlapping: 0, retried: 0 });
    expect(seen.tasks.max).toBe(1);
    // From the pull on: 10 s, 10 min, 5 s.
    expect(seen.taskHours).toEqual([{ cpu: 1024, memory: 2048, onDemand: expect.closeTo((24 * 615) / 3600, 1), spot: 0 }]);
    expect(seen.timeline[0]).toMatchObject({
      run: 1,
      schedule: "nightly",
      atSeconds: 3_600,
      at: "2026-01-05T01:00:00.000Z",
      outcome: "succeeded",
      attempts: 1,
    });
  });

  test("pays for the size that a schedule asks for", () => {
    const large = schedule("rate(1 hour)", { input: { cpu: "4096", memory: "8192" } });
    expect(simulateJob({ ...plain, schedules: [large] }, options).taskHours).toMatchObject([{ cpu: 4096, memory: 8192 }]);
    const sized = schedule("rate(1 hour)", { input: { Overrides: { Cpu: "4096", Memory: "8192" } } });
    expect(simulateJob(managed({ retries: 1 }, { schedules: [sized] }), options).taskHours).toMatchObject([{ cpu: 4096, memory: 8192 }]);
  });

  test("follows its time zone: a local time that daylight saving skips does not occur, one that it repeats occurs once", () => {
    const berlin = { ...plain, schedules: [schedule("cron(30 2 * * ? *)", { timezone: "Europe/Berlin" })] };
    const days = (startTime: number) => simulateJob(berlin, { ...options, hours: 72, startTime }).timeline.map(({ at }) => at.slice(5, 16));
    // The clocks of Berlin go forward on 29 March 2026 and back on 25 October.
    expect(days(Date.UTC(2026, 2, 27, 23))).toEqual(["03-28T01:30", "03-30T00:30"]);
    expect(days(Date.UTC(2026, 9, 23, 22))).toEqual(["10-24T00:30", "10-25T00:30", "10-26T01:30"]);
  });

  test("that is disabled does nothing", () => {
    expect(simulateJob({ ...plain, schedules: [schedule("rate(1 hour)", { state: "DISABLED" })] }, options)).toMatchObject({
      runs: 0,
      violations: [],
    });
  });

  test("may overlap itself where that is allowed", () => {
    const long = { ...options, duration: { leastMs: 90 * MINUTE, mostMs: 90 * MINUTE } };
    const seen = simulateJob(plain, long);
    expect(seen).toMatchObject({ violations: [], runs: 24, succeeded: 24, overlapping: 24, tasks: { max: 2 } });
  });

  test("starts as many tasks as it counts, and succeeds when all of them do", () => {
    const seen = simulateJob({ ...plain, run: { count: 3, strategy: [] } }, { ...options, faults: { ...noJobFaults, fail: 0.3 } });
    expect(seen.violations).toEqual([]);
    expect(seen.tasks.max).toBe(3);
    expect(seen.succeeded + seen.failed).toBe(24);
    expect(seen.failed).toBeGreaterThan(24 * 0.3);
    expect(seen.timeline.find(({ outcome }) => outcome === "failed")?.why).toBe("exit code 1");
  });
});

describe("concurrency: forbid", () => {
  test("leaves out the runs that come due while one is going on", () => {
    const seen = simulateJob(managed({ concurrency: "forbid" }), { ...options, duration: { leastMs: 150 * MINUTE, mostMs: 150 * MINUTE } });
    expect(seen).toMatchObject({ violations: [], runs: 24, succeeded: 8, skipped: 16, overlapping: 0, tasks: { max: 1 } });
    expect(seen.timeline[1]).toMatchObject({ outcome: "skipped", attempts: 0, why: "another run was going on" });
  });

  test("does not hold for two schedules of the same minute, and the checker says so", () => {
    const twice = [schedule("cron(0 * * * ? *)"), schedule("cron(0 * * * ? *)", { name: "other" })];
    const seen = simulateJob(managed({ concurrency: "forbid" }, { schedules: twice }), options);
    expect(seen.violations[0]?.rule).toBe("run-1 and run-2 have tasks with desired status RUNNING at once although concurrency is forbid");
    const apart = [schedule("cron(0 * * * ? *)"), schedule("cron(1 * * * ? *)", { name: "other" })];
    expect(simulateJob(managed({ concurrency: "forbid" }, { schedules: apart }), options)).toMatchObject({
      violations: [],
      succeeded: 25,
      skipped: 23,
    });
  });

  test("holds while attempts fail and are made again: a retry leaves it to the run that began meanwhile", () => {
    const seen = simulateJob(managed({ concurrency: "forbid", retries: 3 }, { schedules: [schedule("rate(1 minute)")] }), {
      ...options,
      hours: 6,
      duration: { leastMs: 20_000, mostMs: 4 * MINUTE },
      faults: { ...noJobFaults, fail: 0.5 },
    });
    expect(seen.violations).toEqual([]);
    expect(seen.tasks.max).toBe(1);
    expect(seen.timeline.some(({ outcome, attempts }) => outcome === "skipped" && attempts > 0)).toBe(true);
  });
});

describe("timeouts and retries", () => {
  test("a run that hangs is stopped at its timeout and tried again after 30, 60 … seconds", () => {
    const seen = simulateJob(managed({ timeoutMs: 20 * MINUTE, retries: 2 }, { schedules: [schedule("at(2026-01-05T02:00:00)")] }), {
      ...options,
      faults: { ...noJobFaults, hang: 1 },
    });
    expect(seen).toMatchObject({ violations: [], runs: 1, failed: 1, retried: 2 });
    const [run] = seen.timeline;
    expect(run).toMatchObject({ attempts: 3, why: "it took longer than its timeout" });
    expect((run?.endedSeconds ?? 0) - (run?.atSeconds ?? 0)).toBeCloseTo(3 * 20 * 60 + 30 + 60, -1);
  });

  test("most of what fails by chance succeeds when it is tried again", () => {
    const faults = { ...noJobFaults, fail: 0.4 };
    const once = simulateJob(managed({ timeoutMs: 3_600_000 }), { ...options, hours: 240, faults });
    const thrice = simulateJob(managed({ timeoutMs: 3_600_000, retries: 2 }), { ...options, hours: 240, faults });
    expect([once.violations, thrice.violations]).toEqual([[], []]);
    expect(once.failed).toBeGreaterThan(70);
    expect(thrice.failed).toBeLessThan(once.failed / 3);
    expect(thrice.retried).toBeGreaterThan(60);
  });

  test("without a timeout a run that hangs never ends, and where overlap is forbidden no other comes about", () => {
    const seen = simulateJob(managed({ concurrency: "forbid" }), { ...options, faults: { ...noJobFaults, hang: 1 } });
    expect(seen).toMatchObject({ violations: [], runs: 24, failed: 1, skipped: 23 });
    expect(seen.timeline[0]?.why).toBe("it hangs: without a timeout nothing ends it");
  });
});

describe("faults", () => {
  const onSpot = { count: 1, strategy: [{ capacityProvider: "FARGATE_SPOT", base: 0, weight: 1 }] };

  test("crashes end runs with the signal's exit code", () => {
    const seen = simulateJob(plain, { ...options, hours: 240, faults: { ...noJobFaults, crash: 1 } });
    expect(seen.violations).toEqual([]);
    expect(seen.failed).toBe(seen.crashes);
    // One an hour, of ten minutes each: 1 − e^(−1/6) of them.
    expect(seen.crashes / seen.runs).toBeGreaterThan(0.1);
    expect(seen.crashes / seen.runs).toBeLessThan(0.22);
    expect(seen.timeline.find(({ outcome }) => outcome === "failed")?.why).toBe("exit code 139");
  });

  test("Spot takes tasks back, also a short one, and has no capacity in a drought", () => {
    const reclaimed = simulateJob({ ...plain, run: onSpot }, { ...options, hours: 240, faults: { ...noJobFaults, spot: 1 } });
    expect(reclaimed.violations).toEqual([]);
    expect(reclaimed.reclaims).toBeGreaterThan(20);
    expect(reclaimed.failed).toBe(reclaimed.reclaims);
    expect(reclaimed.timeline.find(({ outcome }) => outcome === "failed")?.why).toBe("Your Spot Task was interrupted.");
    expect(reclaimed.taskHours).toMatchObject([{ onDemand: 0 }]);
    const dry = simulateJob({ ...plain, run: onSpot }, { ...options, faults: { ...noJobFaults, drought: 1 } });
    expect(dry).toMatchObject({ violations: [], failed: 24 });
    expect(dry.timeline[0]?.why).toContain("Capacity is unavailable at this time");
    expect(simulateJob(plain, { ...options, faults: { ...noJobFaults, spot: 60, drought: 1 } })).toMatchObject({ reclaims: 0, failed: 0 });
  });

  test("refused calls are made again by Scheduler's policy, until it gives them up", () => {
    const some = simulateJob(plain, { ...options, hours: 240, faults: { ...noJobFaults, refuse: 0.5 } });
    expect(some.violations).toEqual([]);
    // All four calls of an occurrence: one sixteenth.
    expect(some.failed).toBeGreaterThan(3);
    expect(some.failed).toBeLessThan(35);
    expect(some.timeline.find(({ outcome }) => outcome === "failed")).toMatchObject({
      attempts: 0,
      why: "Scheduler gave it up after 4 refused calls",
    });
    const late = some.timeline.find(({ startedSeconds = 0, atSeconds }) => startedSeconds > atSeconds);
    expect((late?.startedSeconds ?? 0) - (late?.atSeconds ?? 0)).toBeGreaterThanOrEqual(1);
  });

  test("are the same with the same seed, and others with another", () => {
    const faults = { crash: 0.5, spot: 0.5, fail: 0.1, hang: 0.05, slow: 0.2, drought: 0.1, refuse: 0.1 };
    const play = (seed: number) =>
      JSON.stringify(simulateJob(managed({ timeoutMs: 30 * MINUTE, retries: 2, concurrency: "forbid" }), { ...options, seed, faults }));
    expect(play(3)).toBe(play(3));
    expect(play(4)).not.toBe(play(3));
  });

  test.each(Array.from({ length: 16 }, (_, index) => index + 1))(
    "whatever they are, every occurrence is accounted for (seed %i)",
    (seed) => {
      const share = (shift: number): number => ((seed >> shift) & 1) * 0.2;
      const faults = {
        crash: share(0) * 10,
        spot: share(1) * 10,
        fail: share(2),
        hang: share(3),
        slow: 0.2,
        drought: share(4),
        refuse: share(0),
      };
      const concurrency = seed % 2 === 0 ? "allow" : "forbid";
      const schedules = [schedule("rate(7 minutes)"), schedule("cron(3 * * * ? *)", { name: "hourly", timezone: "Asia/Kolkata" })];
      const seen = simulateJob(managed({ timeoutMs: 15 * MINUTE, retries: seed % 4, concurrency }, { schedules, run: onSpot }), {
        ...options,
        seed,
        hours: 12,
        duration: { leastMs: MINUTE, mostMs: 20 * MINUTE },
        faults,
      });
      // Two schedules that meet in one minute may slip through the look together: that is said, and nothing else is wrong.
      expect(seen.violations.filter(({ rule }) => !rule.includes("at once although concurrency is forbid"))).toEqual([]);
      expect(seen.succeeded + seen.failed + seen.skipped).toBe(seen.runs);
    },
  );
});

test("a program that takes its time to stop runs beside the one that is started next: ListTasks shows it no more", () => {
  const stubborn = managed(
    { concurrency: "forbid", timeoutMs: 20 * MINUTE },
    { stopTimeoutMs: 120_000, schedules: [schedule("rate(20 minutes)")] },
  );
  const hanging = { ...options, hours: 2, faults: { ...noJobFaults, hang: 1 } };
  const polite = simulateJob(stubborn, hanging);
  expect(polite).toMatchObject({ violations: [], overlapping: 0 });
  const seen = simulateJob(stubborn, { ...hanging, conditions: { ...usually, stopsAfterMs: 120_000 } });
  expect(seen.violations).toEqual([]);
  expect(seen.overlapping).toBeGreaterThan(0);
});
