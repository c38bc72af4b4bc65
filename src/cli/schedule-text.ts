/** A schedule's next run, as a person reads it: in the schedule's own time zone. */
import type { ScheduleView } from "../deploy/job/schedules.ts";
import { localTimeOf } from "../kit/local-time.ts";
import type { Painter } from "./painter.ts";

export function scheduleText({ name, expression, timezone, enabled, next }: ScheduleView, paint: Painter): string {
  const when = !enabled ? "disabled" : next === null ? "no run any more" : `next ${localText(Date.parse(next), timezone)} ${timezone}`;
  return `${name} ${when} ${paint.faint(expression)}`;
}

/** `2026-11-30 02:00` */
function localText(instant: number, timezone: string): string {
  const { year, month, day, hour, minute } = localTimeOf(instant, timezone);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}
