/**
 * What the load balancer makes of a target that did not answer (ALB, "Troubleshoot": 502 when it refuses, cuts or garbles, 504
 * when it cannot be reached within ten seconds or stays silent for the idle timeout).
 */
import { errorPage, type GeneratedResponse } from "./generated-response.ts";
import { wasUnreached, wasUnsendable } from "./repeatable.ts";
import { countOwnResponse, type GroupTraffic, type LoadBalancerTraffic } from "./traffic.ts";

/** Of a target that has taken the request and says nothing. */
export const SILENT = "UND_ERR_HEADERS_TIMEOUT";

/** Counts the failure and answers what the client sees of it. */
export function failedTarget(
  { code = "" }: { readonly code?: string },
  traffic: LoadBalancerTraffic,
  groupTraffic: GroupTraffic,
): GeneratedResponse {
  if (wasUnreached(code)) {
    traffic.connectionErrors++;
    groupTraffic.connectionErrors++;
  }
  const statusCode = statusOf(code);
  countOwnResponse(traffic, statusCode);
  return errorPage(statusCode);
}

function statusOf(code: string): number {
  if (code === SILENT || (wasUnreached(code) && code !== "ECONNREFUSED")) return 504;
  return wasUnsendable(code) ? 400 : 502;
}
