/** A user's login as tests of its decisions begin with it: made at `NOW`, at one load balancer, by one provider. */
import type { UserAuthentication, UserSession } from "./user-authentication.ts";

export const NOW = 1_700_000_000_000;

export const authenticating = (more: Partial<UserAuthentication> = {}): UserAuthentication => ({
  issuer: "https://login.example",
  authorizationEndpoint: "https://login.example/auth",
  tokenEndpoint: "https://login.example/token",
  userInfoEndpoint: "https://login.example/me",
  clientId: "shop",
  scope: "openid",
  sessionCookieName: "session",
  sessionTimeoutSeconds: 3600,
  extraParams: {},
  onUnauthenticatedRequest: "authenticate",
  ...more,
});

export const sessionOf = (more: Partial<UserSession> = {}): UserSession => ({
  loadBalancerArn: "arn:one",
  issuer: "https://login.example",
  clientId: "shop",
  claims: { sub: "ada" },
  accessToken: "token",
  startedAt: NOW,
  ...more,
});
