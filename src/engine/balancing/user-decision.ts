/**
 * What becomes of a request that meets a rule which authenticates users: let through, its session renewed first, sent to the
 * identity provider, or refused. Sealing, cookies' bytes and the provider are others' business.
 */
import type { AuthFailure } from "./auth-failure.ts";
import type { UserAuthentication, UserSession } from "./user-authentication.ts";

export type UserDecision =
  /** Without a session where the rule lets everybody in. */
  | { readonly type: "admit"; readonly session?: UserSession }
  | { readonly type: "refresh"; readonly session: UserSession }
  | { readonly type: "authorize" }
  | { readonly type: "deny" }
  | { readonly type: "fail"; readonly failure: AuthFailure };

export interface AskedRequest {
  /** What the session cookie holds; `unreadable` where it is not of this platform's making. */
  readonly session: UserSession | "absent" | "unreadable";
  readonly loadBalancerArn: string;
  /** As the client's Host header has it; empty where there is none. */
  readonly host: string;
}

/** `now`: ms since the epoch, wall time. */
export function decideUser(
  { session, loadBalancerArn, host }: AskedRequest,
  authentication: UserAuthentication,
  now: number,
): UserDecision {
  if (session === "unreadable" && authentication.onUnauthenticatedRequest !== "allow")
    return { type: "fail", failure: "AuthInvalidCookie" };
  if (typeof session === "string" || !counts(session, authentication, loadBalancerArn, now)) return decideStranger(authentication, host);
  const { accessTokenUntil = Number.POSITIVE_INFINITY, refreshToken } = session;
  return { type: now >= accessTokenUntil && refreshToken !== undefined ? "refresh" : "admit", session };
}

/** The same for a user without a session, or whose session could not be renewed. */
export function decideStranger({ onUnauthenticatedRequest }: UserAuthentication, host: string): UserDecision {
  if (onUnauthenticatedRequest === "allow") return { type: "admit" };
  if (onUnauthenticatedRequest === "deny") return { type: "deny" };
  // Nowhere to come back to.
  return host === "" ? { type: "fail", failure: "AuthMissingHostHeader" } : { type: "authorize" };
}

/** A session counts for the load balancer, issuer and client it was made for, until it times out. */
function counts(
  session: UserSession,
  { issuer, clientId, sessionTimeoutSeconds }: UserAuthentication,
  loadBalancerArn: string,
  now: number,
): boolean {
  const isOwn = session.loadBalancerArn === loadBalancerArn && session.issuer === issuer && session.clientId === clientId;
  return isOwn && now < session.startedAt + sessionTimeoutSeconds * 1000;
}
