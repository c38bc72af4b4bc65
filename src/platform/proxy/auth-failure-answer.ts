import { type AuthFailure, authFailures } from "../../engine/balancing/auth-failure.ts";
import type { AuthTraffic } from "./auth-traffic.ts";
import { errorPage, type GeneratedResponse } from "./generated-response.ts";

/** Counts the failure of an authentication and answers what the client sees of it. */
export function failureAnswer(failure: AuthFailure, traffic: AuthTraffic): GeneratedResponse {
  const { statusCode, counts } = authFailures[failure];
  traffic[counts]++;
  return errorPage(statusCode);
}
