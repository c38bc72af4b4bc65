/** A job's simulation for people: what became of its runs, as numbers, as rows of blocks over one axis of time, and by name. */
import type { RunDuration } from "../simulator/job/job-model.ts";
import type { JobRun } from "../simulator/job/job-run.ts";
import type { JobSimulation, JobSimulationOptions } from "../simulator/job/job-simulation.ts";
import { CALL_MS } from "../simulator/job/simulated-execution.ts";
import type { Output } from "./output.ts";
import { durationText, moneyText } from "./quantity-text.ts";
import { axis, curve } from "./simulation-text.ts";

export interface JobReport extends JobSimulation {
  readonly job: string;
  readonly env: string;
  readonly hours: number;
  /** A job takes none and is not scaled; these are here for programs that read reports of services too. */
  readonly requests: 0;
  readonly activities: readonly never[];
  /** US dollars for its tasks. */
  readonly costPerHour: number;
  /** What was asked for and cannot happen; empty when all can. */
  readonly unknown: readonly string[];
}

const LABEL = 10;
const SHOWN_RUNS = 12;
const SHOWN_GOOD_RUNS = 3;
const SHOWN_VIOLATIONS = 10;

export function tellJob(report: JobReport, options: JobSimulationOptions, output: Output): void {
  const { paint } = output;
  const { timeline, runs, succeeded, failed, skipped, overlapping, retried, crashes, reclaims } = report;
  output.line(paint.strong(`${report.job} on ${report.env}: ${durationText(report.hours * 3600)}, seed ${report.seed}`));
  const parts = [
    paint.good(`${count(succeeded)} succeeded`),
    ...(failed === 0 ? [] : [paint.bad(`${count(failed)} failed`)]),
    ...(skipped === 0 ? [] : [paint.warn(`${count(skipped)} left out`)]),
  ];
  output.line(`  runs      ${count(runs)}: ${parts.join(", ")}`);
  if (retried > 0) output.line(`  retries   ${count(retried)}`);
  if (overlapping > 0) output.line(`  overlap   ${count(overlapping)} runs ran beside another, up to ${report.tasks.max} tasks at once`);
  output.line(`  cost      ${moneyText(report.costPerHour)} an hour, ${moneyText(report.costPerHour * 730)} a month, for its tasks`);
  if (crashes + reclaims > 0) output.line(`  faults    ${crashes} crashes, ${reclaims} Spot reclaims`);
  for (const reason of report.unknown) output.line(`  ${paint.bad("unknown")}   ${reason}`);
  output.line();
  const width = Math.max(24, Math.min(96, output.columns - 34));
  const { running, failing, leftOut } = minutesOf(report);
  const row = (label: string, values: readonly number[], said: string): void => {
    output.line(`  ${label.padEnd(LABEL)}${paint.link(curve(values, width))}  ${said}`);
  };
  const most = (values: readonly number[]): string => `up to ${values.reduce((a, b) => Math.max(a, b), 0)} a minute`;
  row("running", running, `up to ${report.tasks.max} ${report.tasks.max === 1 ? "task" : "tasks"} at once`);
  if (failed > 0) row("failed", failing, most(failing));
  if (skipped > 0) row("left out", leftOut, most(leftOut));
  output.line(`  ${" ".repeat(LABEL)}${paint.faint(axis(report.hours, Math.min(width, running.length)))}`);
  output.line();
  const notable = timeline.filter((run) => run.outcome !== "succeeded" || run.attempts > 1);
  const shown = notable.length > 0 ? notable.slice(0, SHOWN_RUNS) : timeline.slice(0, SHOWN_GOOD_RUNS);
  for (const run of shown) output.line(`  ${runCells(run).join("  ")}`);
  const more = (notable.length > 0 ? notable.length : timeline.length) - shown.length;
  if (more > 0) output.line(paint.faint(`  … and ${count(more)} more${notable.length > 0 ? " that did not go well at once" : ""}`));
  if (timeline.length === 0) output.line(paint.faint("  it never came due"));
  for (const { time, rule } of report.violations.slice(0, SHOWN_VIOLATIONS)) {
    output.line(paint.bad(`  broken after ${durationText((time - options.startTime) / 1000)}: ${rule}`));
  }
  if (report.violations.length > SHOWN_VIOLATIONS) {
    output.line(paint.bad(`  … and ${report.violations.length - SHOWN_VIOLATIONS} times more`));
  }
  for (const line of jobAssumptions(options)) output.note(paint.faint(line));
}

/** When it came due, by which schedule, and what became of it. */
export function runCells({ at, schedule, outcome, attempts, startedSeconds, endedSeconds, why }: JobRun): [string, string, string] {
  const lasted = startedSeconds === undefined ? "" : ` after ${durationText(endedSeconds - startedSeconds)}`;
  const said = outcome === "skipped" ? "left out" : outcome === "succeeded" ? `succeeded${lasted}` : `failed${lasted}`;
  const tries = attempts > 1 ? `, ${attempts} attempts` : "";
  return [`${at.slice(0, 10)} ${at.slice(11, 16)}`, schedule, `${said}${tries}${why === undefined ? "" : `: ${why}`}`];
}

/** By the minute: runs that go on, that fail and that are left out. */
export function minutesOf({ timeline, hours }: Pick<JobReport, "timeline" | "hours">): {
  readonly running: readonly number[];
  readonly failing: readonly number[];
  readonly leftOut: readonly number[];
} {
  const minutes = Math.max(1, Math.round(hours * 60));
  const none = (): number[] => new Array<number>(minutes).fill(0);
  const [running, failing, leftOut] = [none(), none(), none()];
  const add = (to: number[], seconds: number): void => {
    const minute = Math.min(minutes - 1, Math.floor(seconds / 60));
    to[minute] = (to[minute] ?? 0) + 1;
  };
  for (const { outcome, atSeconds, startedSeconds, endedSeconds } of timeline) {
    if (outcome === "failed") add(failing, endedSeconds);
    if (outcome === "skipped") add(leftOut, atSeconds);
    if (startedSeconds === undefined) continue;
    for (let minute = Math.floor(startedSeconds / 60); minute < minutes && minute * 60 < endedSeconds; minute++) add(running, minute * 60);
  }
  return { running, failing, leftOut };
}

/** What the numbers rest on, in sentences. */
export function jobAssumptions({ duration, conditions, startTime }: JobSimulationOptions): string[] {
  const { provisionMs, pullMs } = conditions;
  return [
    `assumes: a run takes ${lengthText(duration)} (--duration), whatever its schedule asks of it; its network is there after ${provisionMs / 1000} s, its image after ${pullMs / 1000} s more`,
    `assumes: a call of an AWS API takes ${CALL_MS} ms, so two runs may slip through the look for running tasks when they begin in the same moment`,
    `assumes: tasks at Fargate's prices of us-east-1, Spot at 31 % of them, without Scheduler, Step Functions, NAT, logs and data; times are UTC, the first ${new Date(startTime).toISOString().slice(0, 16).replace("T", " ")}`,
  ];
}

function lengthText({ leastMs, mostMs }: RunDuration): string {
  const text = (ms: number): string => durationText(ms / 1000);
  return leastMs === mostMs ? text(leastMs) : `${text(leastMs)} to ${text(mostMs)}, each as likely as any other`;
}

function count(number: number): string {
  return number.toLocaleString("en");
}
