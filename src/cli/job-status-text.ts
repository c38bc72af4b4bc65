/** What `fsd status` shows of a job. */
import type { JobStatus } from "../deploy/job/job-status.ts";
import { approvalText, stackText } from "./approval-text.ts";
import type { Output } from "./output.ts";
import type { Painter } from "./painter.ts";
import { scheduleText } from "./schedule-text.ts";

export function showJob(status: JobStatus, apart: boolean, output: Output): void {
  const { paint } = output;
  const { job, env, state, liveRevision, image, stack, approval, machine, schedules, tasks, executions } = status;
  const row = (name: string, text: string): void => output.line(`  ${paint.faint(name.padEnd(8))} ${text}`);
  if (apart) output.line();
  output.line(`${jobMarks(paint)[state]} ${paint.strong(job)} on ${env}: job, ${state}`);
  if (liveRevision !== null) row("live", liveRevision);
  if (image !== null) row("image", image);
  row("stack", stackText(stack));
  if (approval !== null) row("approved", approvalText(approval));
  for (const schedule of schedules) row("schedule", scheduleText(schedule, paint));
  if (machine !== null) row("machine", machine.slice(machine.lastIndexOf(":") + 1));
  for (const { name, status: end, startedAt } of executions.slice(0, 5)) row("run", `${time(startedAt)} ${end} ${paint.faint(name)}`);
  for (const { id, revision, lastStatus, startedAt, exitCode, stoppedReason } of tasks.slice(0, 10)) {
    const end =
      lastStatus !== "STOPPED" ? lastStatus : exitCode === null ? `never started: ${stoppedReason ?? ""}` : `exit code ${exitCode}`;
    row(
      "task",
      `${startedAt === null ? "" : `${time(startedAt)} `}${id.slice(0, 8)} ${revision} ${exitCode === 0 || lastStatus !== "STOPPED" ? end : paint.bad(end)}`,
    );
  }
  if (state === "missing") output.line(`  The stack is ${stack.status} and holds no job: deploy again, or fsd delete ${job} --env ${env}`);
}

function time(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

export function jobMarks(paint: Painter): Readonly<Record<JobStatus["state"], string>> {
  return { ready: paint.good("●"), running: paint.good("◐"), deploying: paint.warn("◐"), missing: paint.bad("○") };
}
