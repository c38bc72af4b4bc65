/** The schedules of a job as EventBridge Scheduler has them, each with when it occurs next. */
import type { JobServices } from "../../aws/job-services.ts";
import { nextOccurrence, type ScheduleTimes } from "../../engine/schedule/occurrence.ts";
import { ScheduleExpressionError } from "../../kit/schedule-expression.ts";

export interface ScheduleView {
  /** As the manifest calls it. */
  readonly name: string;
  /** `cron(…)`, `rate(…)` or `at(…)`. */
  readonly expression: string;
  readonly timezone: string;
  readonly enabled: boolean;
  /** ISO 8601, UTC; null when it is disabled, or over. */
  readonly next: string | null;
}

/** By name. @param now milliseconds since the epoch */
export async function observeSchedules({ scheduler }: JobServices, group: string, now: number): Promise<ScheduleView[]> {
  const found: ScheduleView[] = [];
  let NextToken: string | undefined;
  do {
    const page = await scheduler.listSchedules({ GroupName: group, ...(NextToken === undefined ? {} : { NextToken }) });
    const described = (page.Schedules ?? []).map(({ Name = "" }) => scheduler.getSchedule({ Name, GroupName: group }));
    for (const schedule of await Promise.all(described)) {
      const { Name = "", Description = "", ScheduleExpression = "", ScheduleExpressionTimezone = "UTC", State } = schedule;
      const { StartDate, EndDate, CreationDate } = schedule;
      const times: ScheduleTimes = {
        expression: ScheduleExpression,
        timezone: ScheduleExpressionTimezone,
        state: State === "DISABLED" ? "DISABLED" : "ENABLED",
        ...(StartDate === undefined ? {} : { startDate: StartDate.getTime() }),
        ...(EndDate === undefined ? {} : { endDate: EndDate.getTime() }),
        creationDate: CreationDate?.getTime() ?? now,
      };
      found.push({
        // "<job> in <environment>: <name>", as synthesis describes it; the name itself is CloudFormation's.
        name: Description.includes(": ") ? Description.slice(Description.lastIndexOf(": ") + 2) : Name,
        expression: ScheduleExpression,
        timezone: ScheduleExpressionTimezone,
        enabled: times.state === "ENABLED",
        next: nextRun(times, now),
      });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== "");
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Null when there is no next run, or none that this version of fsd can tell. */
function nextRun(times: ScheduleTimes, now: number): string | null {
  try {
    const next = nextOccurrence(times, now);
    return next === undefined ? null : new Date(next).toISOString();
  } catch (error) {
    if (error instanceof ScheduleExpressionError) return null;
    throw error;
  }
}
