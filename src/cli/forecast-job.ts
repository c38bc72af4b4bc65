/** Forecasts runs of jobs. JSON is `{job, env, expectedSeconds, worstSeconds, dominatedBy, peakTasks, lowestHealthy, phases, costPerRun, …}`. */
import type { ResolvedEnvironment, ResolvedJob } from "../manifest/resolved.ts";
import { taskHourPrice } from "../pricing/fargate-rates.ts";
import { forecastRun, type JobForecast } from "../simulator/job/job-forecast.ts";
import type { RunDuration } from "../simulator/job/job-model.ts";
import type { Conditions } from "../simulator/service-model.ts";
import { durationRange } from "./duration-text.ts";
import { assumedDuration } from "./job-duration.ts";
import { jobModel } from "./job-model.ts";
import type { Output } from "./output.ts";
import { durationText, moneyText } from "./quantity-text.ts";

export interface JobForecastReport extends JobForecast {
  readonly job: string;
  readonly env: string;
  readonly concurrency: "allow" | "forbid";
  /** US dollars for the tasks of a run that goes as expected. */
  readonly costPerRun: number;
  readonly assumptions: { readonly duration: RunDuration; readonly expected: Conditions; readonly worst: Conditions };
}

/** Four weeks from a Monday. */
const CALENDAR_FROM = Date.UTC(2026, 0, 5);

export function forecastJob(
  job: ResolvedJob,
  environment: ResolvedEnvironment,
  durationGiven: string | undefined,
  conditions: { readonly expected: Conditions; readonly worst: Conditions },
): JobForecastReport {
  const model = jobModel(job, environment);
  const duration = durationGiven === undefined ? assumedDuration(model) : durationRange("duration", durationGiven);
  const seen = forecastRun(model, { duration, ...conditions, from: CALENDAR_FROM });
  const billed = seen.phases
    .filter(({ phase }) => phase !== "provisioning")
    .reduce((sum, each) => sum + each.toSeconds - each.fromSeconds, 0);
  const cost = (Math.max(60, billed) / 3600) * taskHourPrice(job.task.service.resources) * seen.peakTasks;
  return {
    job: job.name,
    env: job.env,
    ...seen,
    concurrency: job.job.concurrency,
    costPerRun: Number(cost.toFixed(6)),
    assumptions: { duration, ...conditions },
  };
}

export function tellJobForecast(seen: JobForecastReport, output: Output): void {
  const { paint } = output;
  output.line(paint.strong(`${seen.job} on ${seen.env}: its next run`));
  const worst = `at worst ${durationText(seen.worstSeconds)}`;
  output.line(
    `  expected  ${durationText(seen.expectedSeconds)}, ${seen.hasTimeout ? worst : `${worst}; one that hangs never ends, as it has no timeout`}`,
  );
  output.line(`  longest   ${seen.dominatedBy}`);
  output.line(`  tasks     ${seen.peakTasks} a run`);
  output.line(`  cost      ${moneyText(seen.costPerRun)} a run`);
  const crowded = crowding(seen);
  if (crowded !== undefined) output.line(`  calendar  ${paint.warn(crowded)}`);
  output.line();
  for (const { phase, fromSeconds, toSeconds } of seen.phases) {
    output.line(`  ${phase.padEnd(22)} ${durationText(toSeconds - fromSeconds)}`);
  }
  const { duration, expected, worst: slow } = seen.assumptions;
  const seconds = (ms: number): string => String(ms / 1000);
  const length =
    duration.leastMs === duration.mostMs
      ? durationText(duration.leastMs / 1000)
      : `${durationText(duration.leastMs / 1000)} to ${durationText(duration.mostMs / 1000)}`;
  output.note(
    paint.faint(
      `assumes: the program takes ${length} (--duration), network interface ${seconds(expected.provisionMs)} s (at worst ${seconds(slow.provisionMs)}), image ${seconds(expected.pullMs)} s (${seconds(slow.pullMs)}); ` +
        "at worst every attempt but the last fails as late as it can; Fargate prices of us-east-1",
    ),
  );
}

/** What its schedules and its length have to say to each other, when they meet. */
function crowding({ closestSeconds, expectedSeconds, worstSeconds, concurrency }: JobForecastReport): string | undefined {
  if (closestSeconds === undefined || closestSeconds >= worstSeconds) return undefined;
  if (closestSeconds === 0) {
    const may =
      concurrency === "forbid"
        ? "both may run although concurrency is forbid; give the schedules different minutes"
        : "they run side by side";
    return `two occurrences come due in the same moment: ${may}`;
  }
  const gap = `two occurrences are ${durationText(closestSeconds)} apart at the closest`;
  if (closestSeconds < expectedSeconds)
    return `${gap}, less than a run takes: ${concurrency === "forbid" ? "runs are left out" : "runs overlap"}`;
  return `${gap}, less than a run takes at worst: ${concurrency === "forbid" ? "then runs are left out" : "then runs overlap"}`;
}
