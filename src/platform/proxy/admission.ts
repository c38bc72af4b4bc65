/** What became of a request before its rule's action: refused, or let through with what the target and the client are told. */
import type { GeneratedResponse } from "./generated-response.ts";

export interface Admission {
  /** The load balancer's own answer in place of the rule's action. */
  readonly refused?: GeneratedResponse;
  /** Flat, for the target. */
  readonly targetHeaders: readonly string[];
  /** `Set-Cookie` values, whoever answers. */
  readonly cookies: readonly string[];
}

/** Of a request of which nothing is asked. */
export const unasked: Admission = { targetHeaders: [], cookies: [] };
