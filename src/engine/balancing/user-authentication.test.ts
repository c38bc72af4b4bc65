import { describe, expect, it } from "vitest";
import { authenticating } from "./login-situation.testing.ts";
import { authorizationUrl } from "./user-authentication.ts";

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
});
