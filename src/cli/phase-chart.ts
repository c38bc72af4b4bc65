/** A rollout's phases as bars on one axis of time. */
import type { Phase } from "../simulator/forecast.ts";
import type { Painter } from "./painter.ts";
import { durationText } from "./quantity-text.ts";

const WIDEST_BAR = 60;
/** Below this a bar says little: then it takes the room of the tasks. */
const NARROWEST_BAR = 12;

/** One line a phase: its name, its bar, how long it lasts and, where there is room, which tasks there are. */
export function phaseChart(phases: readonly Phase[], columns: number, paint: Painter): string[] {
  const end = phases.at(-1)?.toSeconds ?? 0;
  if (end === 0) return [];
  const rows = merged(phases).map((phase) => ({
    ...phase,
    duration: durationText(phase.toSeconds - phase.fromSeconds),
    tasks: `${phase.oldTasks} old + ${phase.newTasks} new, ${phase.healthy} healthy`,
  }));
  const widest = (text: (row: (typeof rows)[number]) => string): number => Math.max(...rows.map((row) => text(row).length));
  const label = widest(({ phase }) => phase);
  const duration = widest((row) => row.duration);
  const rest = columns - (2 + label + 2 + 2 + duration);
  const beside = rest - (2 + widest(({ tasks }) => tasks));
  const withTasks = beside >= NARROWEST_BAR;
  const width = Math.max(NARROWEST_BAR, Math.min(WIDEST_BAR, withTasks ? beside : rest));
  return rows.map((row) => {
    const from = Math.min(width - 1, Math.floor((row.fromSeconds / end) * width));
    const to = Math.max(from + 1, Math.round((row.toSeconds / end) * width));
    const bar = `${" ".repeat(from)}${"█".repeat(to - from)}${" ".repeat(Math.max(0, width - to))}`;
    const line = `  ${row.phase.padEnd(label)}  ${paint.link(bar)}  `;
    return withTasks ? `${line}${row.duration.padEnd(duration)}  ${paint.faint(row.tasks)}` : line + row.duration;
  });
}

/** Neighbours of the same kind as one. */
function merged(phases: readonly Phase[]): Phase[] {
  const result: Phase[] = [];
  for (const phase of phases) {
    const last = result.at(-1);
    if (last?.phase === phase.phase) result[result.length - 1] = { ...last, toSeconds: phase.toSeconds };
    else result.push(phase);
  }
  return result;
}
