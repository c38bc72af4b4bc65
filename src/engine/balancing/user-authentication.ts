/**
 * What a rule with an `authenticate-oidc` or `authenticate-cognito` action asks of users, what is kept of one who has logged
 * in, and where the others are sent (ALB, "Authenticate users using an Application Load Balancer").
 */

/** What the data plane knows of the action. Of both kinds it is the same; only where the endpoints come from differs. */
export interface UserAuthentication {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly userInfoEndpoint: string;
  readonly clientId: string;
  /** As the platform keeps it, sealed; absent for a client that has none to show. */
  readonly sealedClientSecret?: string;
  readonly scope: string;
  readonly sessionCookieName: string;
  readonly sessionTimeoutSeconds: number;
  /** Further query parameters of the authorization request. */
  readonly extraParams: Readonly<Record<string, string>>;
  readonly onUnauthenticatedRequest: "authenticate" | "allow" | "deny";
}

/** What the session cookie holds, sealed. Instants in ms since the epoch, wall time. */
export interface UserSession {
  readonly loadBalancerArn: string;
  readonly issuer: string;
  readonly clientId: string;
  /** What the user info endpoint answered. */
  readonly claims: UserClaims;
  readonly accessToken: string;
  /** Absent where the provider did not say how long the access token lasts. */
  readonly accessTokenUntil?: number;
  readonly refreshToken?: string;
  /** When the user logged in; a refresh leaves it. */
  readonly startedAt: number;
}

export type UserClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** Where the identity provider sends people back to, on every listener with a rule that authenticates. */
export const CALLBACK_PATH = "/oauth2/idpresponse";

/** `https://shop.example:8443/oauth2/idpresponse`; `host` as the client's Host header has it. */
export function redirectUri(host: string): string {
  return `https://${host}${CALLBACK_PATH}`;
}

/** Where a user is sent to log in. The action's further parameters do not take the place of the load balancer's own. */
export function authorizationUrl(authentication: UserAuthentication, host: string, state: string): string {
  const url = new URL(authentication.authorizationEndpoint);
  const own = {
    client_id: authentication.clientId,
    redirect_uri: redirectUri(host),
    response_type: "code",
    scope: authentication.scope,
    state,
  };
  for (const [name, value] of Object.entries({ ...authentication.extraParams, ...own })) url.searchParams.set(name, value);
  return url.href;
}
