/**
 * The way back from the identity provider: what the load balancer holds of a request to `/oauth2/idpresponse` before it
 * exchanges the code. The state ties the answer to the request that began the login, the nonce cookie to the browser.
 */
import type { AuthFailure } from "./auth-failure.ts";

/** What the `state` parameter holds, sealed. */
export interface LoginState {
  readonly ruleArn: string;
  /** Where the user wanted to go. */
  readonly url: string;
  readonly nonce: string;
  /** When the user was sent away, ms since the epoch. */
  readonly startedAt: number;
}

/** How long a login may take (ALB, "Client login timeout"). */
export const LOGIN_TIMEOUT_MS = 15 * 60 * 1000;

export type CallbackVerdict = { readonly code: string; readonly state: LoginState } | { readonly failure: AuthFailure };

/** `openState` answers undefined for what this platform did not seal. */
export function judgeCallback(
  query: string,
  nonceCookie: string | undefined,
  openState: (sealed: string) => LoginState | undefined,
  now: number,
): CallbackVerdict {
  const parameters = new URLSearchParams(query);
  const sealed = parameters.get("state") ?? "";
  if (sealed === "") return { failure: "AuthMissingStateParam" };
  const state = openState(sealed);
  if (state === undefined) return { failure: "AuthInvalidStateParam" };
  if (nonceCookie === undefined) return { failure: "AuthMissingAWSALBAuthNonce" };
  if (nonceCookie !== state.nonce) return { failure: "AuthInvalidAWSALBAuthNonce" };
  if (now >= state.startedAt + LOGIN_TIMEOUT_MS) return { failure: "ClientLoginTimeout" };
  if (parameters.has("error")) return { failure: "IdpErrorResponse" };
  const code = parameters.get("code") ?? "";
  return code === "" ? { failure: "AuthMissingCodeParam" } : { code, state };
}
