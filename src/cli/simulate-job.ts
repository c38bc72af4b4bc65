/** Simulates a job. JSON is `{seed, violations, tasks, runs, succeeded, failed, skipped, overlapping, costPerHour, timeline, …}`, `failed` being runs. */
import type { ResolvedEnvironment, ResolvedJob } from "../manifest/resolved.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { SPOT_SHARE, taskHourPrice } from "../pricing/fargate-rates.ts";
import { usually } from "../simulator/forecast.ts";
import { type JobFaults, noJobFaults } from "../simulator/job/job-faults.ts";
import type { JobModel } from "../simulator/job/job-model.ts";
import { type JobSimulationOptions, jobSimulation } from "../simulator/job/job-simulation.ts";
import { durationRange } from "./duration-text.ts";
import { endSimulation } from "./end-simulation.ts";
import { type FaultKind, faultRates } from "./fault-option.ts";
import { assumedDuration } from "./job-duration.ts";
import { jobModel } from "./job-model.ts";
import { jobPage } from "./job-page.ts";
import { type JobReport, tellJob } from "./job-simulation-text.ts";
import { playSimulation } from "./play-simulation.ts";
import type { SimulatedSpan } from "./simulated-span.ts";
import type { VerbContext } from "./verb.ts";

const FAULTS: Readonly<Record<keyof JobFaults, FaultKind>> = {
  crash: { unit: "a task and hour", example: "crash=0.2", most: 60 },
  spot: { unit: "a Spot task and hour", example: "spot=0.5/h", most: 60 },
  fail: { unit: "a share of tasks, exit code 1", example: "fail=0.05", most: 1 },
  hang: { unit: "a share of tasks", example: "hang=0.01", most: 1 },
  slow: { unit: "a share of starts", example: "slow=0.1", most: 1 },
  drought: { unit: "a share of hours without Spot", example: "drought=0.1", most: 1 },
  refuse: { unit: "a share of Scheduler's calls", example: "refuse=0.1", most: 1 },
};

export async function simulateJobRuns(
  context: VerbContext,
  job: ResolvedJob,
  environment: ResolvedEnvironment,
  span: SimulatedSpan,
): Promise<ExitCode> {
  const { given } = context;
  const model = jobModel(job, environment);
  if (!model.schedules.some(({ state }) => state === "ENABLED")) {
    throw failure("FSD5002", `${job.name} has no schedule that is enabled on ${environment.name}: nothing would start it`, {
      hint: `fsd forecast --service ${job.name} --env ${environment.name} says how long a run takes`,
    });
  }
  const wanted = given.text("duration");
  const options: JobSimulationOptions = {
    ...span,
    duration: wanted === undefined ? assumedDuration(model) : durationRange("duration", wanted),
    faults: faultRates(given.text("fault"), FAULTS, noJobFaults),
    conditions: usually,
  };
  const played = await playSimulation(jobSimulation(model, options), options.hours, context);
  if (played === undefined) return ExitCode.interrupted;
  const { taskHours, ...seen } = played;
  const { resources } = job.task.service;
  const cost = taskHours.reduce(
    (sum, { cpu, memory, onDemand, spot }) => sum + (onDemand + spot * SPOT_SHARE) * taskHourPrice({ ...resources, cpu, memory }),
    0,
  );
  const report: JobReport = {
    job: job.name,
    env: job.env,
    hours: options.hours,
    ...seen,
    requests: 0,
    activities: [],
    taskHours,
    costPerHour: Number((cost / options.hours).toFixed(6)),
    unknown: unknowns(model, options),
  };
  return endSimulation(report, context, {
    page: (whole) => jobPage(whole, options),
    tell: (whole, output) => tellJob(whole, options, output),
  });
}

/** What was asked for and cannot happen. */
function unknowns(model: JobModel, { faults }: JobSimulationOptions): string[] {
  const onSpot = JSON.stringify([model.run, model.machine ?? {}]).includes("FARGATE_SPOT");
  return (faults.spot > 0 || faults.drought > 0) && !onSpot ? ["a job runs on FARGATE: there is nothing that Spot could take back"] : [];
}
