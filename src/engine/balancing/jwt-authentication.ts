/**
 * What a rule with a `jwt-validation` action asks of the JSON Web Token in a request's `Authorization: Bearer …` (ALB,
 * "Verify JWTs"): the issuer, an expiry that is not over, `nbf` and `iat` that are not still to come, and further claims. The
 * signature is another's business. AWS does not say whether of a list's values all must be in the claim or one; here all.
 */

export interface JwtAuthentication {
  readonly issuer: string;
  /** Where the keys are, RS256 only. */
  readonly jwksEndpoint: string;
  readonly claims: readonly ExpectedClaim[];
}

export interface ExpectedClaim {
  readonly name: string;
  readonly format: "single-string" | "space-separated-values" | "string-array";
  readonly values: readonly string[];
}

/** The token of `Bearer eyJ…`; undefined where there is none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization ?? "")?.[1];
}

/** Whether the payload of a token whose signature is good is what the rule asks for. `now`: ms since the epoch. */
export function acceptsClaims(payload: Readonly<Record<string, unknown>>, { issuer, claims }: JwtAuthentication, now: number): boolean {
  const seconds = now / 1000;
  const { iss, exp, nbf, iat } = payload;
  if (iss !== issuer || typeof exp !== "number" || exp <= seconds) return false;
  if (nbf !== undefined && !(typeof nbf === "number" && nbf <= seconds)) return false;
  if (iat !== undefined && !(typeof iat === "number" && iat <= seconds)) return false;
  return claims.every((claim) => holds(payload[claim.name], claim));
}

function holds(given: unknown, { format, values }: ExpectedClaim): boolean {
  switch (format) {
    case "single-string":
      return typeof given === "string" && values[0] === given;
    case "space-separated-values":
      return typeof given === "string" && hasAll(given.split(" "), values);
    case "string-array":
      return Array.isArray(given) && hasAll(given, values);
  }
}

function hasAll(given: readonly unknown[], values: readonly string[]): boolean {
  return values.every((value) => given.includes(value));
}
