import { describe, expect, it } from "vitest";
import { authenticating, NOW, sessionOf } from "./login-situation.testing.ts";
import { acceptsIdToken, exceedsIdentitySize, oidcData, userClaims } from "./user-identity.ts";

const authentication = authenticating();

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
