/** The words for a deployment that waits for a person. */
import type { Pause } from "../deploy/service/service-deployment.ts";

/** `paused at POST_SCALE_UP since 12:00:03 UTC; at 13:00:03 UTC it is rolled back`, and the commands that go on and back. */
export function pauseLines({ stage, since, until, onTimeout }: Omit<Pause, "hookId">, service: string, env: string): string[] {
  const then = onTimeout === "CONTINUE" ? "goes on by itself" : "is rolled back";
  const end = until === null ? "after 24 hours it is rolled back" : `at ${moment(until, since)} it ${then}`;
  return [
    `paused at ${stage} since ${moment(since, since)}; ${end}`,
    `go on: fsd promote ${service} --env ${env}`,
    `back: fsd abort ${service} --env ${env}`,
  ];
}

/** The same in one line. */
export function pauseText(pause: Omit<Pause, "hookId">, service: string, env: string): string {
  return pauseLines(pause, service, env).join(" · ");
}

/** The time of day in UTC, with its date when that is another day. */
function moment(time: string, beside: string): string {
  const day = time.slice(0, 10);
  return `${day === beside.slice(0, 10) ? "" : `${day} `}${time.slice(11, 19)} UTC`;
}
