/** The `jwt-validation` action: what may be said (API, `JwtValidationActionConfig`), and what the data plane is told of it. */
import type { Action, JwtValidationActionConfig } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { JwtAuthentication } from "../../../engine/balancing/jwt-authentication.ts";
import { isEndpointUrl } from "./endpoint-url.ts";
import { validationError } from "./faults.ts";

const MOST_CLAIMS = 10;
const MOST_VALUES = 10;
const LONGEST = 256;
/** Validated in any case. */
const OWN_CLAIMS: readonly string[] = ["exp", "iss", "nbf", "iat"];
const FORMATS: readonly string[] = ["single-string", "space-separated-values", "string-array"];

export function acceptJwtValidation(config: JwtValidationActionConfig | undefined): JwtValidationActionConfig {
  if (config === undefined) throw validationError("A jwt-validation action needs a JwtValidationConfig");
  const { JwksEndpoint = "", Issuer = "", AdditionalClaims = [] } = config;
  acceptEndpoint(JwksEndpoint);
  if (Issuer === "" || Issuer.length > LONGEST) throw validationError(`The issuer must have 1 to ${LONGEST} characters`);
  if (AdditionalClaims.length > MOST_CLAIMS)
    throw validationError(`A jwt-validation action can have at most ${MOST_CLAIMS} additional claims`);
  for (const { Format = "", Name = "", Values = [] } of AdditionalClaims) {
    if (Name === "") throw validationError("An additional claim needs a name");
    if (OWN_CLAIMS.includes(Name)) throw validationError(`The claim '${Name}' is validated by default and cannot be an additional claim`);
    if (!FORMATS.includes(Format)) throw validationError(`'${Format}' is not a valid format of a claim`);
    if (Values.length === 0 || Values.length > MOST_VALUES)
      throw validationError(`The claim '${Name}' must have 1 to ${MOST_VALUES} values`);
    if (Format === "single-string" && Values.length > 1)
      throw validationError(`The claim '${Name}' of format single-string can have only one value`);
    if (Values.some((value) => value === "" || value.length > LONGEST))
      throw validationError(`A value of the claim '${Name}' must have 1 to ${LONGEST} characters`);
    if (Format === "space-separated-values" && Values.some((value) => value.includes(" "))) {
      throw validationError(`The values of the claim '${Name}' of format space-separated-values cannot include spaces`);
    }
  }
  return config;
}

function acceptEndpoint(endpoint: string): void {
  if (endpoint.length > LONGEST || !isEndpointUrl(endpoint)) {
    throw validationError(`The JWKS endpoint '${endpoint}' must be a full URL with HTTPS of at most ${LONGEST} characters`);
  }
}

/** What the actions of a rule ask of a token; undefined when they ask for none. */
export function jwtAuthentication(actions: readonly Action[]): JwtAuthentication | undefined {
  const config = actions.find(({ Type }) => Type === "jwt-validation")?.JwtValidationConfig;
  if (config === undefined) return undefined;
  return {
    issuer: config.Issuer ?? "",
    jwksEndpoint: config.JwksEndpoint ?? "",
    claims: (config.AdditionalClaims ?? []).map(({ Name = "", Format = "single-string", Values = [] }) => ({
      name: Name,
      format: Format,
      values: Values,
    })),
  };
}
