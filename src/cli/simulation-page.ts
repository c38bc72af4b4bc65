/** A simulated service as a page: numbers, curves, changes of the desired count, assumptions. */
import type { SimulatedMinute, SimulationOptions } from "../simulator/simulation.ts";
import { durationText, moneyText } from "./quantity-text.ts";
import { rehearsalPage } from "./rehearsal-page.ts";
import { assumptions, deploymentsText, type SimulationReport } from "./simulation-text.ts";

interface MinuteCurve {
  readonly title: string;
  readonly unit: string;
  readonly colour: string;
  readonly value: (minute: SimulatedMinute) => number;
}

export function simulationPage(report: SimulationReport, options: SimulationOptions): string {
  const queued = report.timeline.some(({ waiting }) => waiting !== undefined);
  const curves: MinuteCurve[] = [
    { title: queued ? "Messages coming in" : "Requests coming in", unit: "a second", colour: "var(--blue)", value: ({ rps }) => rps },
    { title: "Healthy tasks", unit: "", colour: "var(--green)", value: ({ tasks }) => tasks },
    { title: "CPU of the running tasks", unit: "%", colour: "var(--amber)", value: ({ utilization }) => utilization },
    queued
      ? { title: "Messages waiting", unit: "", colour: "var(--violet)", value: ({ waiting = 0 }) => waiting }
      : { title: "Latency", unit: "ms", colour: "var(--violet)", value: ({ latencyMs }) => latencyMs },
    ...(queued
      ? []
      : [
          ...(report.timeline.some(({ backlog }) => backlog !== undefined)
            ? [
                {
                  title: "Requests waiting in the tasks",
                  unit: "",
                  colour: "var(--amber)",
                  value: ({ backlog = 0 }: SimulatedMinute) => backlog,
                },
              ]
            : []),
          { title: "Failed requests", unit: "a minute", colour: "var(--red)", value: ({ failed }: SimulatedMinute) => failed },
        ]),
  ];
  const share = report.requests === 0 ? 0 : (report.failed / report.requests) * 100;
  const facts: [string, string][] = [
    [queued ? "messages" : "requests", report.requests.toLocaleString("en")],
    queued
      ? ["waiting at the end", (report.timeline.at(-1)?.waiting ?? 0).toLocaleString("en")]
      : ["failed", `${report.failed.toLocaleString("en")} (${share.toFixed(share < 0.1 ? 3 : 1)} %)`],
    ["healthy tasks", report.tasks.min === report.tasks.max ? String(report.tasks.min) : `${report.tasks.min} to ${report.tasks.max}`],
    ["cost of tasks", `${moneyText(report.costPerHour)} an hour, ${moneyText(report.costPerHour * 730)} a month`],
    ["deployments", deploymentsText(report.deployments) ?? "none"],
    ["replaced for their health", report.replaced.toLocaleString("en")],
    ["crashes, Spot reclaims", `${report.crashes}, ${report.reclaims}`],
    ["calls of ECS's that were throttled", String(report.throttled)],
    ["launches given up for a role", String(report.refused)],
    ["broken rules", String(report.violations.length)],
  ];
  return rehearsalPage({
    title: `${report.service} on ${report.env}`,
    hours: report.hours,
    seed: report.seed,
    facts,
    broken: report.violations.map(({ time, rule }) => `after ${durationText((time - options.startTime) / 1000)}: ${rule}`),
    unknown: report.unknown,
    curves: curves.map(({ value, ...curve }) => ({ ...curve, values: report.timeline.map(value) })),
    table: {
      title: "Changes of the desired count",
      rows: report.activities.map(({ atSeconds, from, to, cause }) => [`after ${durationText(atSeconds)}`, `${from} → ${to} tasks`, cause]),
    },
    assumptions: assumptions(options, queued),
  });
}
