/** How long a run of a job is taken to last when nobody says so. */
import type { JobModel, RunDuration } from "../simulator/job/job-model.ts";

const USUAL_MS = 10 * 60_000;

/** Ten minutes, or half of its timeout where that is less. */
export function assumedDuration({ promise: { timeoutMs } }: JobModel): RunDuration {
  const durationMs = timeoutMs === undefined ? USUAL_MS : Math.min(USUAL_MS, Math.round(timeoutMs / 2));
  return { leastMs: durationMs, mostMs: durationMs };
}
