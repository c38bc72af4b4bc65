/** A simulation for people: what happened, and its curves as rows of blocks. */
import type { Simulation, SimulationOptions } from "../simulator/simulation.ts";
import type { Output } from "./output.ts";
import { durationText, moneyText } from "./quantity-text.ts";

export interface SimulationReport extends Simulation {
  readonly service: string;
  readonly env: string;
  readonly hours: number;
  /** US dollars. */
  readonly costPerHour: number;
}

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const SHOWN_ACTIVITIES = 8;

export function tellSimulation(report: SimulationReport, options: SimulationOptions, output: Output): void {
  const { paint } = output;
  output.line(paint.strong(`${report.service} on ${report.env}: ${durationText(report.hours * 3600)}, seed ${report.seed}`));
  const share = report.requests === 0 ? 0 : (report.failed / report.requests) * 100;
  const failed = `${report.failed} failed (${share.toFixed(share < 0.1 ? 3 : 1)} %)`;
  output.line(`  requests  ${report.requests}, ${report.failed === 0 ? paint.good("none failed") : paint.bad(failed)}`);
  output.line(`  tasks     ${report.tasks.min} to ${report.tasks.max} healthy`);
  output.line(`  cost      ${moneyText(report.costPerHour)} an hour, ${moneyText(report.costPerHour * 730)} a month`);
  if (report.crashes + report.reclaims > 0) output.line(`  faults    ${report.crashes} crashes, ${report.reclaims} Spot reclaims`);
  output.line();
  const width = Math.max(24, Math.min(96, output.columns - 34));
  const { timeline } = report;
  const row = (label: string, values: readonly number[], unit: string): void => {
    const highest = values.reduce((a, b) => Math.max(a, b), 0);
    output.line(`  ${label.padEnd(10)}${paint.link(curve(values, width))}  up to ${Number(highest.toFixed(1))}${unit}`);
  };
  row(
    "rps",
    timeline.map(({ rps }) => rps),
    "",
  );
  row(
    "tasks",
    timeline.map(({ tasks }) => tasks),
    "",
  );
  row(
    "cpu",
    timeline.map(({ utilization }) => utilization),
    " %",
  );
  row(
    "latency",
    timeline.map(({ latencyMs }) => latencyMs),
    " ms",
  );
  if (report.failed > 0)
    row(
      "failed",
      timeline.map((minute) => minute.failed),
      " a minute",
    );
  output.line();
  for (const { atSeconds, from, to, cause } of report.activities.slice(0, SHOWN_ACTIVITIES)) {
    output.line(`  ${paint.faint(durationText(atSeconds).padEnd(12))} ${from} → ${to} tasks, ${cause}`);
  }
  if (report.activities.length > SHOWN_ACTIVITIES)
    output.line(paint.faint(`  … ${report.activities.length - SHOWN_ACTIVITIES} more changes`));
  for (const { time, rule } of report.violations) {
    output.line(paint.bad(`  broken after ${durationText((time - options.startTime) / 1000)}: ${rule}`));
  }
  output.note(
    paint.faint(
      `assumes: a request takes ${options.requestCpuMs} ms of one vCPU and ${options.requestLatencyMs} ms, memory 40 % at rest and 60 % at full load, ` +
        "a new task 22 s until it runs and 5 s until it answers, Spot at 31 % of the on-demand price of us-east-1; the simulation begins on a Monday at midnight UTC",
    ),
  );
}

/** The values in `width` columns; each column shows its highest. */
export function curve(values: readonly number[], width: number): string {
  const highest = values.reduce((a, b) => Math.max(a, b), 0);
  const columns = Math.min(width, values.length);
  let text = "";
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column / columns) * values.length);
    const to = Math.max(from + 1, Math.floor(((column + 1) / columns) * values.length));
    const top = values.slice(from, to).reduce((a, b) => Math.max(a, b), 0);
    text += highest === 0 ? BLOCKS[0] : BLOCKS[Math.min(BLOCKS.length - 1, Math.floor((top / highest) * (BLOCKS.length - 1)))];
  }
  return text;
}
