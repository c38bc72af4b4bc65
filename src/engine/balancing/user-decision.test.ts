import { describe, expect, it } from "vitest";
import { authenticating, NOW, sessionOf } from "./login-situation.testing.ts";
import type { UserAuthentication, UserSession } from "./user-authentication.ts";
import { type AskedRequest, decideStranger, decideUser } from "./user-decision.ts";

const authentication = (onUnauthenticatedRequest: UserAuthentication["onUnauthenticatedRequest"] = "authenticate"): UserAuthentication =>
  authenticating({ onUnauthenticatedRequest });
const asked = (given: AskedRequest["session"], host = "shop.example"): AskedRequest => ({
  session: given,
  loadBalancerArn: "arn:one",
  host,
});

describe("a session", () => {
  it.each<[string, UserSession, number, string]>([
    ["just made", sessionOf(), NOW, "admit"],
    ["in its last millisecond", sessionOf(), NOW + 3_599_999, "admit"],
    ["at its timeout", sessionOf(), NOW + 3_600_000, "authorize"],
    ["whose access token is over", sessionOf({ accessTokenUntil: NOW + 1000 }), NOW + 1000, "admit"],
    ["that can be renewed", sessionOf({ accessTokenUntil: NOW + 1000, refreshToken: "r" }), NOW + 1000, "refresh"],
    ["that need not be renewed yet", sessionOf({ accessTokenUntil: NOW + 1000, refreshToken: "r" }), NOW + 999, "admit"],
    ["that could be renewed, at its timeout", sessionOf({ accessTokenUntil: NOW, refreshToken: "r" }), NOW + 3_600_000, "authorize"],
    ["of another load balancer", sessionOf({ loadBalancerArn: "arn:two" }), NOW, "authorize"],
    ["of another issuer", sessionOf({ issuer: "https://else.example" }), NOW, "authorize"],
    ["of another client", sessionOf({ clientId: "desk" }), NOW, "authorize"],
  ])("%s", (_, given, now, type) => {
    const decision = decideUser(asked(given), authentication(), now);
    expect(decision).toEqual(type === "authorize" ? { type } : { type, session: given });
  });
});

describe("a user without a session", () => {
  it.each([
    ["authenticate", "absent", { type: "authorize" }],
    ["deny", "absent", { type: "deny" }],
    ["allow", "absent", { type: "admit" }],
    ["authenticate", "unreadable", { type: "fail", failure: "AuthInvalidCookie" }],
    ["deny", "unreadable", { type: "fail", failure: "AuthInvalidCookie" }],
    ["allow", "unreadable", { type: "admit" }],
  ] as const)("where the rule says %s and the cookie is %s", (rule, given, decision) => {
    expect(decideUser(asked(given), authentication(rule), NOW)).toEqual(decision);
  });

  it("has nowhere to come back to when the request names no host", () => {
    expect(decideUser(asked("absent", ""), authentication(), NOW)).toEqual({ type: "fail", failure: "AuthMissingHostHeader" });
    expect(decideUser(asked("absent", ""), authentication("deny"), NOW)).toEqual({ type: "deny" });
  });

  it("is treated alike when it was one that could not be renewed", () => {
    for (const rule of ["authenticate", "deny", "allow"] as const)
      expect(decideStranger(authentication(rule), "shop.example")).toEqual(decideUser(asked("absent"), authentication(rule), NOW));
  });
});
