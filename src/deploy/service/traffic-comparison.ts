/**
 * Old against new while a deployment is paused: requests, errors and latency of the two target groups, and whether the new
 * one does worse by more than chance.
 *
 * Example: the old group answered 10,000 requests, 10 of them with 5xx (0.1 %), the new one 500, 5 with 5xx (1 %). Were both
 * alike, the new one would differ that far once in millions of times: it does worse.
 */

/** What CloudWatch knows of a target group. */
export interface GroupTraffic {
  readonly requests: number;
  /** Answers of its targets with 500 to 599. */
  readonly errors: number;
  /** Of answers, the sum of their times and their number. */
  readonly responseSeconds: number;
  readonly responses: number;
  /** The worst minute's 99th percentile; absent without answers. */
  readonly p99Seconds?: number;
}

export interface RevisionTraffic {
  readonly requests: number;
  readonly errors: number;
  /** Percent of the requests; null when there were none. */
  readonly errorRate: number | null;
  /** On average; null when there were no answers. */
  readonly latencyMs: number | null;
  readonly p99Ms: number | null;
}

/** `no-traffic`: the new revision was not asked; `too-little`: not enough to tell; `worse`: `findings` says how. */
export type TrafficVerdict = "no-traffic" | "too-little" | "no-worse" | "worse";

export interface TrafficComparison {
  /** ISO 8601: what came since then is counted. */
  readonly since: string;
  readonly old: RevisionTraffic;
  readonly new: RevisionTraffic;
  readonly verdict: TrafficVerdict;
  readonly findings: readonly string[];
}

/** Fewer requests than this to either say too little to call the new revision no worse. */
const ENOUGH = 100;
/** Standard deviations: by chance alone once in a thousand times. */
const BEYOND_CHANCE = 3.09;
/** Slower by a quarter and by so many milliseconds at least. */
const SLOWER = 1.25;
const LEAST_SLOWER_MS = 10;

export function compareTraffic(since: string, before: GroupTraffic, after: GroupTraffic): TrafficComparison {
  const old = shown(before);
  const fresh = shown(after);
  const findings = [...errorFinding(before, after), ...latencyFinding(before, after)];
  const enough = before.requests >= ENOUGH && after.requests >= ENOUGH;
  const verdict = after.requests === 0 ? "no-traffic" : findings.length > 0 ? "worse" : enough ? "no-worse" : "too-little";
  return { since, old, new: fresh, verdict, findings };
}

function shown({ requests, errors, responseSeconds, responses, p99Seconds }: GroupTraffic): RevisionTraffic {
  return {
    requests,
    errors,
    errorRate: requests === 0 ? null : round((errors / requests) * 100, 2),
    latencyMs: responses === 0 ? null : round((responseSeconds / responses) * 1000, 1),
    p99Ms: p99Seconds === undefined ? null : round(p99Seconds * 1000, 1),
  };
}

/** A test of two proportions: how far the two shares lie apart, in standard deviations of a common one. */
function errorFinding(before: GroupTraffic, after: GroupTraffic): string[] {
  if (before.requests === 0 || after.requests === 0) return [];
  const common = (before.errors + after.errors) / (before.requests + after.requests);
  const deviation = Math.sqrt(common * (1 - common) * (1 / before.requests + 1 / after.requests));
  const apart = after.errors / after.requests - before.errors / before.requests;
  return deviation > 0 && apart / deviation > BEYOND_CHANCE ? ["the new revision answers more of its requests with 5xx"] : [];
}

function latencyFinding(before: GroupTraffic, after: GroupTraffic): string[] {
  if (before.responses < ENOUGH || after.responses < ENOUGH) return [];
  const [old, fresh] = [before, after].map(({ responseSeconds, responses }) => (responseSeconds / responses) * 1000) as [number, number];
  return fresh > old * SLOWER && fresh - old > LEAST_SLOWER_MS ? ["the new revision is slower"] : [];
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
