/**
 * What the data plane counts, as plain numbers that requests add to and a flush takes away, so that a request costs
 * a few additions, however many come.
 */
import { type AuthTraffic, authTraffic, resetAuthTraffic } from "./auth-traffic.ts";

/** Counts of one load balancer, or of one target group behind it. Index of `statusCodes`: 2 for 2XX … 5 for 5XX. */
export interface GroupTraffic {
  requests: number;
  readonly targetStatus: number[];
  /** Milliseconds from the request to the head of the response, of some of the requests. */
  readonly responseTimes: number[];
  /** Of how many requests one is timed; doubles when many come. */
  timedEvery: number;
  connectionErrors: number;
}

/** The codes of 5XX that have a metric of their own. */
const COUNTED_CODES: readonly number[] = [500, 502, 503, 504];

export interface LoadBalancerTraffic extends GroupTraffic {
  /** Responses the load balancer made itself. */
  readonly ownStatus: number[];
  /** HTTPCode_ELB_500/502/503/504_Count, by code. */
  readonly ownCodes: Map<number, number>;
  readonly authentication: AuthTraffic;
  fixedResponses: number;
  redirects: number;
  newConnections: number;
  /** Connections of clients and to targets that are open now; not taken away by a flush. */
  activeConnections: number;
  rejectedConnections: number;
  processedBytes: number;
}

/** Enough for any percentile that is asked for; more would only cost. */
const MOST_RESPONSE_TIMES = 256;

export function groupTraffic(): GroupTraffic {
  return {
    requests: 0,
    targetStatus: [0, 0, 0, 0, 0, 0],
    responseTimes: [],
    timedEvery: 1,
    connectionErrors: 0,
  };
}

export function loadBalancerTraffic(): LoadBalancerTraffic {
  return {
    ...groupTraffic(),
    ownStatus: [0, 0, 0, 0, 0, 0],
    ownCodes: new Map(),
    authentication: authTraffic(),
    fixedResponses: 0,
    redirects: 0,
    newConnections: 0,
    activeConnections: 0,
    rejectedConnections: 0,
    processedBytes: 0,
  };
}

export function countTargetResponse(traffic: GroupTraffic, statusCode: number, elapsedMs: number): void {
  const family = Math.floor(statusCode / 100);
  traffic.targetStatus[family] = (traffic.targetStatus[family] ?? 0) + 1;
  const times = traffic.responseTimes;
  if (traffic.requests % traffic.timedEvery !== 0) return;
  if (times.length === MOST_RESPONSE_TIMES) {
    // Every second one goes, and from now on only every second one is taken: what is kept stays evenly spread.
    for (let index = 0; index < MOST_RESPONSE_TIMES / 2; index++) times[index] = times[2 * index] as number;
    times.length = MOST_RESPONSE_TIMES / 2;
    traffic.timedEvery *= 2;
  }
  times.push(elapsedMs);
}

export function countOwnResponse(traffic: LoadBalancerTraffic, statusCode: number): void {
  const family = Math.floor(statusCode / 100);
  traffic.ownStatus[family] = (traffic.ownStatus[family] ?? 0) + 1;
  if (COUNTED_CODES.includes(statusCode)) traffic.ownCodes.set(statusCode, (traffic.ownCodes.get(statusCode) ?? 0) + 1);
}

/** Everything but the gauges back to nothing. */
export function resetTraffic(traffic: GroupTraffic | LoadBalancerTraffic): void {
  traffic.requests = 0;
  traffic.targetStatus.fill(0);
  traffic.responseTimes.length = 0;
  traffic.timedEvery = 1;
  traffic.connectionErrors = 0;
  if (!("ownStatus" in traffic)) return;
  traffic.ownStatus.fill(0);
  traffic.ownCodes.clear();
  resetAuthTraffic(traffic.authentication);
  traffic.fixedResponses = 0;
  traffic.redirects = 0;
  traffic.newConnections = 0;
  traffic.rejectedConnections = 0;
  traffic.processedBytes = 0;
}
