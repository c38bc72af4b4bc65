/** The words for a deployment that waits for a person. */
import type { Pause } from "../deploy/service/service-deployment.ts";
import type { RevisionTraffic, TrafficComparison } from "../deploy/service/traffic-comparison.ts";

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

/**
 * `old: 1,203 requests, 0.2 % 5xx, 12 ms (p99 48 ms) since 12:00:00 UTC`, the same of the new revision, and what that says.
 * @param now whose day it is, ISO 8601
 */
export function trafficLines({ since, old, new: fresh, verdict, findings }: TrafficComparison, now: string): string[] {
  const said = {
    "no-traffic": "the new revision was asked nothing yet",
    "too-little": "too few requests to tell whether the new revision is worse",
    "no-worse": "the new revision is no worse",
    worse: findings.join(", "),
  };
  return [`old: ${revisionTraffic(old)} since ${moment(since, now)}`, `new: ${revisionTraffic(fresh)}`, said[verdict]];
}

function revisionTraffic({ requests, errorRate, latencyMs, p99Ms }: RevisionTraffic): string {
  const times = latencyMs === null ? [] : [`${latencyMs} ms${p99Ms === null ? "" : ` (p99 ${p99Ms} ms)`}`];
  const errors = errorRate === null ? [] : [`${errorRate} % 5xx`];
  return [`${requests.toLocaleString("en")} ${requests === 1 ? "request" : "requests"}`, ...errors, ...times].join(", ");
}

/** The time of day in UTC, with its date when that is another day. */
function moment(time: string, beside: string): string {
  const day = time.slice(0, 10);
  return `${day === beside.slice(0, 10) ? "" : `${day} `}${time.slice(11, 19)} UTC`;
}
