/** A simulation for people: what happened, and its curves as rows of blocks over one axis of time. */
import type { Simulation, SimulationOptions } from "../simulator/simulation.ts";
import { PATIENCE_SECONDS } from "../simulator/task-backlog.ts";
import type { Output } from "./output.ts";
import { durationText, moneyText } from "./quantity-text.ts";

export interface SimulationReport extends Simulation {
  readonly service: string;
  readonly env: string;
  readonly hours: number;
  /** US dollars for its tasks. */
  readonly costPerHour: number;
  /** Why nothing scales it, or what it scales by that is not known; empty when all is known. */
  readonly unknown: readonly string[];
}

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const SHOWN_ACTIVITIES = 12;
const SHOWN_VIOLATIONS = 10;
const LABEL = 10;

export function tellSimulation(report: SimulationReport, options: SimulationOptions, output: Output): void {
  const { paint } = output;
  const { timeline } = report;
  const queued = timeline.some(({ waiting }) => waiting !== undefined);
  output.line(paint.strong(`${report.service} on ${report.env}: ${durationText(report.hours * 3600)}, seed ${report.seed}`));
  const share = report.requests === 0 ? 0 : (report.failed / report.requests) * 100;
  const failed = `${count(report.failed)} failed (${share.toFixed(share < 0.1 ? 3 : 1)} %)`;
  const left = timeline.at(-1)?.waiting ?? 0;
  output.line(
    queued
      ? `  messages  ${count(report.requests)}, ${left === 0 ? paint.good("none waits at the end") : paint.bad(`${count(left)} wait at the end`)}`
      : `  requests  ${count(report.requests)}, ${report.failed === 0 ? paint.good("none failed") : paint.bad(failed)}`,
  );
  output.line(
    `  tasks     ${report.tasks.min === report.tasks.max ? report.tasks.min : `${report.tasks.min} to ${report.tasks.max}`} healthy`,
  );
  output.line(`  cost      ${moneyText(report.costPerHour)} an hour, ${moneyText(report.costPerHour * 730)} a month, for its tasks`);
  const deployed = deploymentsText(report.deployments);
  if (deployed !== undefined) output.line(`  deployed  ${report.deployments.failed > 0 ? paint.bad(deployed) : deployed}`);
  if (report.crashes + report.reclaims > 0) output.line(`  faults    ${report.crashes} crashes, ${report.reclaims} Spot reclaims`);
  if (report.throttled > 0)
    output.line(`  throttled ${count(report.throttled)} calls of ECS's refused by rate limits, and made again later`);
  if (report.refused > 0) output.line(`  refused   ${count(report.refused)} launches, for a role that ECS could not assume`);
  if (report.replaced > 0)
    output.line(`  ill       ${count(report.replaced)} ${report.replaced === 1 ? "task" : "tasks"} replaced because health checks failed`);
  const overloaded = timeline.filter((minute) => minute.overloaded !== undefined);
  if (overloaded.length > 0) {
    const first = durationText((overloaded[0]?.minute ?? 0) * 60);
    const minutes = `${overloaded.length} ${overloaded.length === 1 ? "minute" : "minutes"}`;
    output.line(
      `  ${paint.bad("overload")}  health checks of overloaded tasks failed during ${minutes}, first after ${first}; ECS replaces such tasks`,
    );
  }
  for (const reason of report.unknown) output.line(`  ${paint.bad("unknown")}   ${reason}`);
  output.line();
  const width = Math.max(24, Math.min(96, output.columns - 34));
  const row = (label: string, values: readonly number[], unit: string): void => {
    const highest = values.reduce((a, b) => Math.max(a, b), 0);
    const lowest = values.reduce((a, b) => Math.min(a, b), highest);
    const range = lowest === highest ? `always ${short(highest)}` : `${short(lowest)} to ${short(highest)}`;
    const one = unit === " tasks" && highest === 1 && lowest === 1;
    output.line(`  ${label.padEnd(LABEL)}${paint.link(curve(values, width))}  ${range}${one ? unit.slice(0, -1) : unit}`);
  };
  const series = (value: (minute: (typeof timeline)[number]) => number): number[] => timeline.map(value);
  row(
    "incoming",
    series(({ rps }) => rps),
    " a second",
  );
  row(
    "healthy",
    series(({ tasks }) => tasks),
    " tasks",
  );
  row(
    "CPU",
    series(({ utilization }) => utilization),
    " %",
  );
  if (queued) {
    row(
      "waiting",
      series(({ waiting = 0 }) => waiting),
      " messages",
    );
  } else {
    row(
      "latency",
      series(({ latencyMs }) => latencyMs),
      " ms",
    );
  }
  if (timeline.some(({ backlog }) => backlog !== undefined))
    row(
      "queued",
      series(({ backlog = 0 }) => backlog),
      " requests in tasks",
    );
  if (report.failed > 0)
    row(
      "failed",
      series((minute) => minute.failed),
      " a minute",
    );
  output.line(`  ${" ".repeat(LABEL)}${paint.faint(axis(report.hours, Math.min(width, timeline.length)))}`);
  output.line();
  for (const { atSeconds, from, to, cause } of report.activities.slice(0, SHOWN_ACTIVITIES)) {
    output.line(`  ${paint.faint(`after ${durationText(atSeconds)}`.padEnd(18))} ${from} → ${to} tasks by ${cause}`);
  }
  const more = report.activities.length - SHOWN_ACTIVITIES;
  if (more > 0) output.line(paint.faint(`  … and ${more} more ${more === 1 ? "change" : "changes"} of the desired count`));
  if (report.activities.length === 0) output.line(paint.faint("  the desired count never changed"));
  for (const { time, rule } of report.violations.slice(0, SHOWN_VIOLATIONS)) {
    output.line(paint.bad(`  broken after ${durationText((time - options.startTime) / 1000)}: ${rule}`));
  }
  if (report.violations.length > SHOWN_VIOLATIONS)
    output.line(paint.bad(`  … and ${report.violations.length - SHOWN_VIOLATIONS} times more`));
  for (const line of assumptions(options, queued)) output.note(paint.faint(line));
}

/** `4: 2 completed, 1 rolled back, 1 failed …`; undefined when there was none. */
export function deploymentsText({ completed, rolledBack, failed, superseded }: SimulationReport["deployments"]): string | undefined {
  const ends = [
    [completed, "completed"],
    [rolledBack, "rolled back"],
    [superseded, "overtaken by the next"],
    [failed, "failed with nothing to go back to: until the next ECS starts no task"],
  ] as const;
  const all = completed + rolledBack + failed + superseded;
  if (all === 0) return undefined;
  return `${all}: ${ends
    .filter(([number]) => number > 0)
    .map(([number, end]) => `${number} ${end}`)
    .join(", ")}`;
}

/** What the numbers rest on, in sentences. */
export function assumptions({ work, conditions, startTime }: SimulationOptions, queued: boolean): string[] {
  const seconds = (ms: number): number => ms / 1000;
  const { provisionMs, pullMs, answersAfterMs } = conditions;
  const day = new Date(startTime).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
  return [
    queued
      ? `assumes: work comes as messages that wait until a task is free; one takes ${work.cpuMs} ms of one vCPU (--cpu-ms)`
      : `assumes: a request takes ${work.cpuMs} ms of one vCPU (--cpu-ms) and ${work.latencyMs} ms when unhurried (--latency-ms); what a task has no CPU for waits in it, up to the load balancer's idle timeout of ${PATIENCE_SECONDS} s; a request fails when its target does not answer, or when it would wait longer. Health checks wait behind the requests, the load balancer's and a container's that asks the program at its own address, and fail after their timeout; a container's check that asks something else passes`,
    `assumes: a new task has its network after ${seconds(provisionMs)} s, its image after ${seconds(pullMs)} s more and answers ${seconds(answersAfterMs)} s later; memory is 40 % used at rest, 60 % at full load`,
    `assumes: tasks at Fargate's prices of us-east-1, Spot at 31 % of them, without load balancer, NAT, logs and data; the first minute is midnight UTC of a ${day}`,
  ];
}

function count(number: number): string {
  return number.toLocaleString("en");
}

function short(number: number): string {
  return number >= 10_000 ? `${Math.round(number / 1000)}k` : String(Number(number.toFixed(number < 100 ? 1 : 0)));
}

/** Hours under the curves: `0 h      6 h      12 h      18 h     24 h`. */
export function axis(hours: number, width: number): string {
  const marks = Math.max(2, Math.min(5, Math.floor(width / 10) + 1));
  const text = (part: number): string => {
    const at = hours * part;
    return hours < 2 ? `${Math.round(at * 60)} min` : `${Number(at.toFixed(1))} h`;
  };
  let line = "";
  for (let mark = 0; mark < marks; mark++) {
    const label = text(mark / (marks - 1));
    const place = Math.min(width - label.length, Math.round((mark / (marks - 1)) * width));
    if (place >= line.length + (mark === 0 ? 0 : 1)) line = line.padEnd(place) + label;
  }
  return line;
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
