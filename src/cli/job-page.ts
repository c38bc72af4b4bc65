/** A simulated job as a page: numbers, curves, every run that did not go well at once, assumptions. */
import type { JobSimulationOptions } from "../simulator/job/job-simulation.ts";
import { type JobReport, jobAssumptions, minutesOf, runCells } from "./job-simulation-text.ts";
import { durationText, moneyText } from "./quantity-text.ts";
import { rehearsalPage } from "./rehearsal-page.ts";

/** A page with more rows is no help. */
const MOST_ROWS = 500;

export function jobPage(report: JobReport, options: JobSimulationOptions): string {
  const { timeline, runs, succeeded, failed, skipped, overlapping, retried, crashes, reclaims, costPerHour } = report;
  const { running, failing, leftOut } = minutesOf(report);
  const number = (value: number): string => value.toLocaleString("en");
  return rehearsalPage({
    title: `${report.job} on ${report.env}`,
    hours: report.hours,
    seed: report.seed,
    facts: [
      ["runs", number(runs)],
      ["succeeded", number(succeeded)],
      ["failed", number(failed)],
      ["left out", number(skipped)],
      ["overlapping", number(overlapping)],
      ["retries", number(retried)],
      ["cost of tasks", `${moneyText(costPerHour)} an hour, ${moneyText(costPerHour * 730)} a month`],
      ["crashes, Spot reclaims", `${crashes}, ${reclaims}`],
      ["broken rules", String(report.violations.length)],
    ],
    broken: report.violations.map(({ time, rule }) => `after ${durationText((time - options.startTime) / 1000)}: ${rule}`),
    unknown: report.unknown,
    curves: [
      { title: "Runs going on", unit: "at once", colour: "var(--green)", values: running },
      { title: "Failed runs", unit: "a minute", colour: "var(--red)", values: failing },
      { title: "Runs left out", unit: "a minute", colour: "var(--amber)", values: leftOut },
    ],
    table: {
      title: "Runs that did not go well at once",
      rows: timeline
        .filter((run) => run.outcome !== "succeeded" || run.attempts > 1)
        .slice(0, MOST_ROWS)
        .map(runCells),
    },
    assumptions: jobAssumptions(options),
  });
}
