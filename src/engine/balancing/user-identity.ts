/**
 * What an identity provider says of a user, and what of it reaches the target: the ID token's claims that must hold (OpenID
 * Connect Core, 3.1.3.7, without the signature: the token comes from the token endpoint itself), the user's claims, and the
 * parts of `x-amzn-oidc-data` (ALB, "User claims encoding and signature verification").
 */
import type { UserAuthentication, UserClaims, UserSession } from "./user-authentication.ts";

/** Claims and access token together (ALB, "Authentication flow"). */
const LARGEST_IDENTITY_BYTES = 11 * 1024;
/** How long the signature over the claims holds; AWS does not publish its own. */
const CLAIMS_LAST_SECONDS = 120;

/** Whether the ID token is of this issuer, for this client, and not over. `now`: ms since the epoch. */
export function acceptsIdToken(
  payload: Readonly<Record<string, unknown>>,
  { issuer, clientId }: Pick<UserAuthentication, "issuer" | "clientId">,
  now: number,
): boolean {
  const { iss, aud, exp, sub } = payload;
  const audience = Array.isArray(aud) ? aud : [aud];
  return iss === issuer && audience.includes(clientId) && typeof exp === "number" && exp > now / 1000 && isPlain(sub);
}

/** The claims of a user info response; undefined where it is no object with a subject that a header can hold. */
export function userClaims(response: unknown): UserClaims | undefined {
  if (typeof response !== "object" || response === null || Array.isArray(response)) return undefined;
  const { sub } = response as { readonly sub?: unknown };
  return isPlain(sub) ? { ...response, sub } : undefined;
}

/** Whether a token can stand in a header. */
export function isToken(token: unknown): token is string {
  return typeof token === "string" && /^[\x21-\x7e]+$/.test(token);
}

export function exceedsIdentitySize(claims: UserClaims, accessToken: string): boolean {
  return new TextEncoder().encode(JSON.stringify(claims)).length + accessToken.length > LARGEST_IDENTITY_BYTES;
}

/** Header and payload of `x-amzn-oidc-data`. */
export function oidcData(
  { claims, issuer, clientId, loadBalancerArn }: Pick<UserSession, "claims" | "issuer" | "clientId" | "loadBalancerArn">,
  kid: string,
  now: number,
): { readonly header: object; readonly payload: object } {
  const exp = Math.floor(now / 1000) + CLAIMS_LAST_SECONDS;
  return {
    header: { typ: "JWT", kid, alg: "ES256", iss: issuer, client: clientId, signer: loadBalancerArn, exp },
    payload: { ...claims, exp, iss: issuer },
  };
}

/** A subject has at most 255 ASCII characters (OpenID Connect Core, 2). */
function isPlain(sub: unknown): sub is string {
  return typeof sub === "string" && /^[\x20-\x7e]{1,255}$/.test(sub);
}
