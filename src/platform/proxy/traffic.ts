/**
 * What the data plane counts, as plain numbers that requests add to and a flush takes away, so that a request costs
 * a few additions and CloudWatch gets one value a minute.
 */

/** Counts of one load balancer, or of one target group behind it. Index of `statusCodes`: 2 for 2XX … 5 for 5XX. */
export interface GroupTraffic {
  requests: number;
  readonly targetStatus: number[];
  /** Milliseconds from the request to the head of the response. */
  readonly responseTime: ResponseTimes;
  connectionErrors: number;
}

export interface LoadBalancerTraffic extends GroupTraffic {
  /** Responses the load balancer made itself. */
  readonly ownStatus: number[];
  /** HTTPCode_ELB_500/502/503/504_Count, by code. */
  readonly ownCodes: Map<number, number>;
  fixedResponses: number;
  redirects: number;
  newConnections: number;
  /** Connections of clients and to targets that are open now; not taken away by a flush. */
  activeConnections: number;
  rejectedConnections: number;
  processedBytes: number;
}

/** The distribution of a minute's response times, in a bounded number of places. */
export interface ResponseTimes {
  count: number;
  sumMs: number;
  minMs: number;
  maxMs: number;
}

export function groupTraffic(): GroupTraffic {
  return {
    requests: 0,
    targetStatus: [0, 0, 0, 0, 0, 0],
    responseTime: { count: 0, sumMs: 0, minMs: Infinity, maxMs: 0 },
    connectionErrors: 0,
  };
}

export function loadBalancerTraffic(): LoadBalancerTraffic {
  return {
    ...groupTraffic(),
    ownStatus: [0, 0, 0, 0, 0, 0],
    ownCodes: new Map(),
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
  const times = traffic.responseTime;
  times.count++;
  times.sumMs += elapsedMs;
  if (elapsedMs < times.minMs) times.minMs = elapsedMs;
  if (elapsedMs > times.maxMs) times.maxMs = elapsedMs;
}

export function countOwnResponse(traffic: LoadBalancerTraffic, statusCode: number): void {
  const family = Math.floor(statusCode / 100);
  traffic.ownStatus[family] = (traffic.ownStatus[family] ?? 0) + 1;
  if (family === 5) traffic.ownCodes.set(statusCode, (traffic.ownCodes.get(statusCode) ?? 0) + 1);
}

/** Everything but the gauges back to nothing. */
export function resetTraffic(traffic: GroupTraffic | LoadBalancerTraffic): void {
  traffic.requests = 0;
  traffic.targetStatus.fill(0);
  Object.assign(traffic.responseTime, { count: 0, sumMs: 0, minMs: Infinity, maxMs: 0 });
  traffic.connectionErrors = 0;
  if (!("ownStatus" in traffic)) return;
  traffic.ownStatus.fill(0);
  traffic.ownCodes.clear();
  traffic.fixedResponses = 0;
  traffic.redirects = 0;
  traffic.newConnections = 0;
  traffic.rejectedConnections = 0;
  traffic.processedBytes = 0;
}
