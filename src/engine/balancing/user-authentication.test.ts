import { describe, expect, it } from "vitest";
import { judgeCallback, type LoginState } from "./login-callback.ts";
import { authenticating, NOW, sessionOf } from "./login-situation.testing.ts";
import { authorizationUrl } from "./user-authentication.ts";
import { acceptsIdToken, exceedsIdentitySize, oidcData, userClaims } from "./user-identity.ts";

const authentication = authenticating({
  authorizationEndpoint: "https://login.example/auth?tenant=7",
  extraParams: { prompt: "login", state: "forged" },
});

describe("a login", () => {
  it("begins at the authorization endpoint, with its own query and no parameter of the load balancer's replaced", () => {
    const url = new URL(authorizationUrl(authentication, "shop.example:8443", "sealed+/="));
    expect(url.origin + url.pathname).toBe("https://login.example/auth");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: "7",
      prompt: "login",
      client_id: "shop",
      redirect_uri: "https://shop.example:8443/oauth2/idpresponse",
      response_type: "code",
      scope: "openid",
      state: "sealed+/=",
    });
  });

  const state: LoginState = { ruleArn: "arn:rule", url: "https://shop.example/a", nonce: "n".repeat(32), startedAt: NOW };
  const open = (sealed: string) => (sealed === "good" ? state : undefined);
  it.each<[string, string, string | undefined, number, object]>([
    ["with code and state", "code=c&state=good", state.nonce, NOW, { code: "c", state }],
    ["in its last millisecond", "code=c&state=good", state.nonce, NOW + 899_999, { code: "c", state }],
    ["after fifteen minutes", "code=c&state=good", state.nonce, NOW + 900_000, { failure: "ClientLoginTimeout" }],
    ["without a state", "code=c", state.nonce, NOW, { failure: "AuthMissingStateParam" }],
    ["with a strange state", "code=c&state=bad", state.nonce, NOW, { failure: "AuthInvalidStateParam" }],
    ["without a nonce", "code=c&state=good", undefined, NOW, { failure: "AuthMissingAWSALBAuthNonce" }],
    ["with another nonce", "code=c&state=good", "m".repeat(32), NOW, { failure: "AuthInvalidAWSALBAuthNonce" }],
    ["with an error", "error=access_denied&state=good", state.nonce, NOW, { failure: "IdpErrorResponse" }],
    ["with neither", "state=good", state.nonce, NOW, { failure: "AuthMissingCodeParam" }],
  ])("comes back %s", (_, query, nonce, now, verdict) => {
    expect(judgeCallback(query, nonce, open, now)).toEqual(verdict);
  });
});

describe("what the provider says of a user", () => {
  const payload = { iss: authentication.issuer, aud: "shop", exp: NOW / 1000 + 1, sub: "ada" };
  it.each<[string, object, boolean]>([
    ["good", {}, true],
    ["for several, among them this client", { aud: ["desk", "shop"] }, true],
    ["of another issuer", { iss: "https://else.example" }, false],
    ["for another client", { aud: "desk" }, false],
    ["for nobody", { aud: undefined }, false],
    ["that is over", { exp: NOW / 1000 }, false],
    ["that never ends", { exp: undefined }, false],
    ["of no user", { sub: undefined }, false],
  ])("in an ID token %s", (_, more, accepted) => {
    expect(acceptsIdToken({ ...payload, ...more }, authentication, NOW)).toBe(accepted);
  });

  it("counts only as an object with a subject that a header can hold", () => {
    expect(userClaims({ sub: "ada", email: "a@b" })).toEqual({ sub: "ada", email: "a@b" });
    for (const wrong of [undefined, null, "ada", [], {}, { sub: 7 }, { sub: "" }, { sub: "a\nb" }, { sub: "a".repeat(256) }])
      expect(userClaims(wrong)).toBeUndefined();
  });

  it("has 11 KB with the access token, counted in bytes", () => {
    const claims = { sub: "ada", name: "é".repeat(5_000) };
    const bytes = Buffer.byteLength(JSON.stringify(claims));
    expect(exceedsIdentitySize(claims, "t".repeat(11_264 - bytes))).toBe(false);
    expect(exceedsIdentitySize(claims, "t".repeat(11_265 - bytes))).toBe(true);
  });

  it("reaches the target with issuer and end, the load balancer's whatever the claims say", () => {
    const claims = { sub: "ada", iss: "forged", exp: 1 };
    expect(oidcData(sessionOf({ claims }), "key-1", NOW)).toEqual({
      header: {
        typ: "JWT",
        kid: "key-1",
        alg: "ES256",
        iss: "https://login.example",
        client: "shop",
        signer: "arn:one",
        exp: 1_700_000_120,
      },
      payload: { sub: "ada", iss: "https://login.example", exp: 1_700_000_120 },
    });
  });
});
