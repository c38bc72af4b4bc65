/**
 * The load balancer as a client of an identity provider: code or refresh token for tokens (RFC 6749, the client by
 * `client_secret_basic`), access token for the user's claims. What comes back is checked before anybody relies on it.
 */
import type { AuthFailure } from "../../engine/balancing/auth-failure.ts";
import type { UserAuthentication, UserClaims } from "../../engine/balancing/user-authentication.ts";
import { acceptsIdToken, exceedsIdentitySize, isToken, userClaims } from "../../engine/balancing/user-identity.ts";
import { parseJsonObject } from "../../kit/json.ts";
import { askEndpoint, type EndpointAnswer } from "./identity-endpoint.ts";

export type Grant =
  | { readonly type: "authorization_code"; readonly code: string; readonly redirectUri: string }
  | { readonly type: "refresh_token"; readonly refreshToken: string };

/** What the provider vouches for. */
export interface Identity {
  readonly claims: UserClaims;
  readonly accessToken: string;
  readonly expiresInSeconds?: number;
  readonly refreshToken?: string;
}

interface Tokens extends Omit<Identity, "claims"> {
  /** The subject of the ID token; a refresh need not bring one. */
  readonly subject: string | undefined;
}

/** A failure of authentication, thrown within this file's own steps and told to the caller as an outcome. */
class Refusal extends Error {
  readonly failure: AuthFailure;

  constructor(failure: AuthFailure) {
    super(failure);
    this.failure = failure;
  }
}

/** `now`: ms since the epoch. Defects are thrown; whatever the provider does is an outcome. */
export async function identify(
  authentication: UserAuthentication,
  clientSecret: string | undefined,
  grant: Grant,
  now: number,
): Promise<{ readonly identity: Identity } | { readonly failure: AuthFailure }> {
  try {
    const { subject, ...tokens } = await exchange(authentication, clientSecret, grant, now);
    const claims = await userInfo(authentication.userInfoEndpoint, tokens.accessToken);
    // OpenID Connect Core, 5.3.2: another subject than the ID token's is not to be used.
    if (subject !== undefined && claims.sub !== subject) throw new Refusal("AuthInvalidUserinfoResponse");
    if (exceedsIdentitySize(claims, tokens.accessToken)) throw new Refusal("AuthUserinfoResponseSizeExceeded");
    return { identity: { ...tokens, claims } };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { failure: thrown.failure };
    throw thrown;
  }
}

async function exchange(authentication: UserAuthentication, clientSecret: string | undefined, grant: Grant, now: number): Promise<Tokens> {
  const { tokenEndpoint, clientId } = authentication;
  const form = new URLSearchParams(
    grant.type === "authorization_code"
      ? { grant_type: grant.type, code: grant.code, redirect_uri: grant.redirectUri }
      : { grant_type: grant.type, refresh_token: grant.refreshToken },
  );
  if (clientSecret === undefined) form.set("client_id", clientId);
  const answer = await ask("AuthTokenEpRequestTimeout", tokenEndpoint, {
    method: "POST",
    headers: {
      ...(clientSecret === undefined ? {} : { authorization: basic(clientId, clientSecret) }),
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    },
    body: form.toString(),
  });
  const said = parseJsonObject(answer.body);
  if (!isSuccess(answer)) throw new Refusal(said?.error === "invalid_grant" ? "AuthInvalidGrantError" : "AuthTokenEpRequestFailed");
  if (said === undefined || !isToken(said.access_token)) throw new Refusal("AuthInvalidTokenResponse");
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, id_token: idToken } = said;
  return {
    accessToken,
    subject: grant.type === "refresh_token" && idToken === undefined ? undefined : await subjectOf(idToken, authentication, now),
    ...(typeof expiresIn === "number" && expiresIn >= 0 ? { expiresInSeconds: expiresIn } : {}),
    // A provider that does not hand out a new one means the old one to be used again.
    ...(isToken(refreshToken) ? { refreshToken } : grant.type === "refresh_token" ? { refreshToken: grant.refreshToken } : {}),
  };
}

async function subjectOf(idToken: unknown, authentication: UserAuthentication, now: number): Promise<string> {
  const { decodeJwt, errors } = await import("jose");
  try {
    const payload = decodeJwt(typeof idToken === "string" ? idToken : "");
    if (acceptsIdToken(payload, authentication, now)) return payload.sub ?? "";
  } catch (thrown) {
    if (!(thrown instanceof errors.JOSEError)) throw thrown;
  }
  throw new Refusal("AuthInvalidIdToken");
}

async function userInfo(endpoint: string, accessToken: string): Promise<UserClaims> {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
  const answer = await ask("AuthUserinfoEpRequestTimeout", endpoint, { method: "GET", headers });
  if (!isSuccess(answer)) throw new Refusal("AuthUserinfoEpRequestFailed");
  if (answer.isCutOff) throw new Refusal("AuthUserinfoResponseSizeExceeded");
  const claims = userClaims(parseJsonObject(answer.body));
  if (claims === undefined) throw new Refusal("AuthInvalidUserinfoResponse");
  return claims;
}

async function ask(unreachable: AuthFailure, endpoint: string, request: Parameters<typeof askEndpoint>[1]): Promise<EndpointAnswer> {
  const answer = await askEndpoint(endpoint, request);
  if (answer === undefined) throw new Refusal(unreachable);
  return answer;
}

/** RFC 6749, 2.3.1: both are form-encoded before they are joined. */
function basic(clientId: string, clientSecret: string): string {
  const [id, secret] = [clientId, clientSecret].map((part) => new URLSearchParams({ "": part }).toString().slice(1));
  return `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
}

function isSuccess({ status }: EndpointAnswer): boolean {
  return status >= 200 && status < 300;
}
