/**
 * The `authenticate-oidc` and `authenticate-cognito` actions: what may be said (API, `AuthenticateOidcActionConfig` and
 * `AuthenticateCognitoActionConfig`), how it is answered back, and what the data plane is told of it.
 */
import {
  type Action,
  type AuthenticateCognitoActionConfig,
  type AuthenticateOidcActionConfig,
  InvalidLoadBalancerActionException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { UserAuthentication } from "../../../engine/balancing/user-authentication.ts";
import { isEndpointUrl } from "./endpoint-url.ts";
import { validationError } from "./faults.ts";

/** Of an action that is accepted: a new secret, or word that the rule's present one goes on. */
export type GivenSecret = NewSecret | "existing";

export interface NewSecret {
  readonly secret: string;
}

const MOST_EXTRA_PARAMS = 10;
const LONGEST_SESSION = 604_800;
const USER_POOL_ARN = /^arn:aws[\w-]*:cognito-idp:([a-z0-9-]+):\d{12}:userpool\/([\w-]+)$/;
/** What HTTP takes as the name of a cookie (RFC 6265, 4.1.1). */
const COOKIE_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

/** `hasSecret`: whether the rule that is changed has a client secret already. */
export function acceptOidc(
  config: AuthenticateOidcActionConfig | undefined,
  hasSecret: boolean,
): { readonly config: AuthenticateOidcActionConfig; readonly given: GivenSecret } {
  if (config === undefined) throw validationError("An authenticate-oidc action needs an AuthenticateOidcConfig");
  const { ClientSecret, UseExistingClientSecret, ...rest } = config;
  for (const name of ["Issuer", "AuthorizationEndpoint", "TokenEndpoint", "UserInfoEndpoint"] as const) {
    if (!isEndpointUrl(rest[name] ?? "")) throw validationError(`The ${name} '${rest[name] ?? ""}' must be a full URL with HTTPS`);
  }
  if ((rest.ClientId ?? "") === "") throw validationError("A client ID must be specified");
  return { config: { ...rest, ...acceptShared(rest) }, given: acceptSecret(ClientSecret, UseExistingClientSecret === true, hasSecret) };
}

export function acceptCognito(config: AuthenticateCognitoActionConfig | undefined): AuthenticateCognitoActionConfig {
  if (config === undefined) throw validationError("An authenticate-cognito action needs an AuthenticateCognitoConfig");
  const { UserPoolArn = "", UserPoolClientId = "", UserPoolDomain = "" } = config;
  if (!USER_POOL_ARN.test(UserPoolArn)) throw validationError(`'${UserPoolArn}' is not a valid user pool ARN`);
  if (UserPoolClientId === "") throw validationError("A user pool client ID must be specified");
  if (!URL.canParse(`https://${UserPoolDomain}`) || /[/?#@]/.test(UserPoolDomain))
    throw validationError(`'${UserPoolDomain}' is not a valid user pool domain`);
  return { ...config, ...acceptShared(config) };
}

type Shared = Pick<
  AuthenticateOidcActionConfig,
  "SessionCookieName" | "Scope" | "SessionTimeout" | "AuthenticationRequestExtraParams" | "OnUnauthenticatedRequest"
>;

/** What both have in common, with its defaults, which AWS answers back too. */
function acceptShared({
  SessionCookieName = "AWSELBAuthSessionCookie",
  Scope = "openid",
  SessionTimeout = LONGEST_SESSION,
  AuthenticationRequestExtraParams = {},
  OnUnauthenticatedRequest = "authenticate",
}: Shared): Shared {
  if (!COOKIE_NAME.test(SessionCookieName)) throw validationError(`'${SessionCookieName}' is not a valid session cookie name`);
  if (Scope === "") throw validationError("The scope must not be empty");
  if (!Number.isInteger(SessionTimeout) || SessionTimeout < 1 || SessionTimeout > LONGEST_SESSION)
    throw validationError(`The session timeout '${SessionTimeout}' must be between 1 and ${LONGEST_SESSION} seconds`);
  const count = Object.keys(AuthenticationRequestExtraParams).length;
  if (count > MOST_EXTRA_PARAMS)
    throw validationError(`An authentication request can have at most ${MOST_EXTRA_PARAMS} extra parameters, not ${count}`);
  return {
    SessionCookieName,
    Scope,
    SessionTimeout,
    ...(count === 0 ? {} : { AuthenticationRequestExtraParams }),
    OnUnauthenticatedRequest,
  };
}

function acceptSecret(secret: string | undefined, useExisting: boolean, hasSecret: boolean): GivenSecret {
  if (secret !== undefined && useExisting)
    throw invalidAction("You cannot both specify a client secret and set UseExistingClientSecret to true");
  if (secret !== undefined && secret !== "") return { secret };
  if (useExisting && hasSecret) return "existing";
  throw invalidAction(
    useExisting
      ? "UseExistingClientSecret cannot be true where there is no client secret yet: you must specify a client secret"
      : "You must specify a client secret, or set UseExistingClientSecret to true when modifying a rule that has one",
  );
}

function invalidAction(message: string): InvalidLoadBalancerActionException {
  return new InvalidLoadBalancerActionException({ message, $metadata: {} });
}

/** What the actions of a rule ask of a user; undefined when they ask for none. */
export function userAuthentication(actions: readonly Action[], sealedClientSecret: string | undefined): UserAuthentication | undefined {
  const action = actions.find(authenticatesUsers);
  const { AuthenticateOidcConfig: oidc, AuthenticateCognitoConfig: cognito } = action ?? {};
  if (oidc !== undefined) {
    return {
      issuer: oidc.Issuer ?? "",
      authorizationEndpoint: oidc.AuthorizationEndpoint ?? "",
      tokenEndpoint: oidc.TokenEndpoint ?? "",
      userInfoEndpoint: oidc.UserInfoEndpoint ?? "",
      clientId: oidc.ClientId ?? "",
      ...(sealedClientSecret === undefined ? {} : { sealedClientSecret }),
      ...shared(oidc),
    };
  }
  if (cognito === undefined) return undefined;
  return { ...cognitoEndpoints(cognito), clientId: cognito.UserPoolClientId ?? "", ...shared(cognito) };
}

export function authenticatesUsers({ Type }: Action): boolean {
  return Type === "authenticate-oidc" || Type === "authenticate-cognito";
}

/** A domain without a dot is the prefix of one of Cognito's own (Cognito, "User pool endpoints and managed login reference"). */
function cognitoEndpoints({
  UserPoolArn = "",
  UserPoolDomain = "",
}: AuthenticateCognitoActionConfig): Pick<UserAuthentication, "issuer" | "authorizationEndpoint" | "tokenEndpoint" | "userInfoEndpoint"> {
  const [, region = "", pool = ""] = USER_POOL_ARN.exec(UserPoolArn) ?? [];
  const host = UserPoolDomain.includes(".") ? UserPoolDomain : `${UserPoolDomain}.auth.${region}.amazoncognito.com`;
  return {
    issuer: `https://cognito-idp.${region}.amazonaws.com/${pool}`,
    authorizationEndpoint: `https://${host}/oauth2/authorize`,
    tokenEndpoint: `https://${host}/oauth2/token`,
    userInfoEndpoint: `https://${host}/oauth2/userInfo`,
  };
}

function shared({
  SessionCookieName = "",
  Scope = "",
  SessionTimeout = 0,
  AuthenticationRequestExtraParams = {},
  OnUnauthenticatedRequest = "authenticate",
}: Shared): Pick<UserAuthentication, "scope" | "sessionCookieName" | "sessionTimeoutSeconds" | "extraParams" | "onUnauthenticatedRequest"> {
  return {
    scope: Scope,
    sessionCookieName: SessionCookieName,
    sessionTimeoutSeconds: SessionTimeout,
    extraParams: AuthenticationRequestExtraParams,
    onUnauthenticatedRequest: OnUnauthenticatedRequest,
  };
}
