/** A rollout's phases as bars on one axis of time. */
import type { Phase } from "../simulator/forecast.ts";
import type { Painter } from "./painter.ts";
import { durationText } from "./quantity-text.ts";

const LABEL = 26;

/** One line a phase: its name, its bar, how long it lasts and which tasks there are. */
export function phaseChart(phases: readonly Phase[], columns: number, paint: Painter): string[] {
  const end = phases.at(-1)?.toSeconds ?? 0;
  if (end === 0) return [];
  const width = Math.max(20, Math.min(60, columns - LABEL - 44));
  return merged(phases).map(({ phase, fromSeconds, toSeconds, healthy, oldTasks, newTasks }) => {
    const from = Math.min(width - 1, Math.floor((fromSeconds / end) * width));
    const to = Math.max(from + 1, Math.round((toSeconds / end) * width));
    const bar = `${" ".repeat(from)}${"█".repeat(to - from)}${" ".repeat(Math.max(0, width - to))}`;
    const tasks = `${oldTasks} old + ${newTasks} new, ${healthy} healthy`;
    return `  ${phase.padEnd(LABEL)}${paint.link(bar)}  ${durationText(toSeconds - fromSeconds).padEnd(12)} ${paint.faint(tasks)}`;
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
