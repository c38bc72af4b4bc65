import type { RequestListener } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decoded, LoginWorld } from "../../../../test/support/login-world.ts";

const COOKIE = "AWSELBAuthSessionCookie";
let login: LoginWorld;
beforeEach(async () => {
  login = await LoginWorld.start();
});
afterEach(() => login.end());

describe("a session", () => {
  it("is kept in cookies of 4 KB that tell nothing, and takes back what is left of a longer one", async () => {
    login.provider.claims = {
      email: "ada@example.com",
      groups: Array.from({ length: 60 }, (_, index) => `group-of-people-${index}-${"x".repeat(80)}`),
    };
    const { url } = await login.guarded();
    await login.browser.logIn(url, "ada");
    const shards = () => login.browser.cookiesOf(url).filter(({ name }) => name.startsWith(`${COOKIE}-`));
    expect(shards().map(({ name }) => name)).toEqual([`${COOKIE}-0`, `${COOKIE}-1`, `${COOKIE}-2`]);
    for (const { name, value, attributes } of shards()) {
      expect(name.length + value.length).toBeLessThanOrEqual(4096);
      expect(attributes).toMatch(/Path=\/; Secure; HttpOnly$/);
      expect(Buffer.from(value, "base64").toString("latin1")).not.toMatch(/ada|example|group/);
    }
    expect((await login.browser.visit(url)).status).toBe(200);

    login.provider.answers.set("/me", (_, response) => response.end(JSON.stringify({ sub: "ada" })));
    login.pass(700_000);
    await login.browser.logIn(url, "ada");
    expect(shards().map(({ name }) => name)).toEqual([`${COOKIE}-0`]);
    expect((await login.browser.visit(url)).status).toBe(200);
  });

  it("is renewed with the refresh token when the access token is over, once for all that ask at the time", async () => {
    const { url } = await login.guarded();
    await login.browser.logIn(url, "ada");
    const first = JSON.parse((await login.browser.visit(url)).text) as Record<string, string>;
    login.provider.claims = { email: "ada@elsewhere.example" };
    login.pass(601);
    const answers = await Promise.all(Array.from({ length: 5 }, () => login.browser.visit(url)));
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      const { accessToken, data } = JSON.parse(text) as Record<string, string>;
      expect(accessToken).not.toBe(first.accessToken);
      expect(decoded(data!.split(".")[1])).toMatchObject({ email: "ada@elsewhere.example" });
    }
    expect(login.provider.count("POST /token")).toBe(2);
    expect(login.counted()).toEqual({ ELBAuthSuccess: 1, ELBAuthRefreshTokenSuccess: 1 });
    // The provider has replaced the refresh token: the renewed cookie has the new one.
    login.pass(601);
    expect((await login.browser.visit(url)).status).toBe(200);
    expect(login.provider.count("POST /token")).toBe(3);
  });

  it("is renewed each time the access token is over, however soon, by a provider that leaves the refresh token as it is", async () => {
    login.provider.accessTokenSeconds = 30;
    login.provider.replacesRefreshTokens = false;
    const { url } = await login.guarded();
    await login.browser.logIn(url, "ada");
    const seen = new Set<string>();
    for (let renewals = 1; renewals <= 3; renewals++) {
      login.pass(30);
      const { accessToken } = JSON.parse((await login.browser.visit(url)).text) as Record<string, string>;
      seen.add(accessToken!);
      expect(login.provider.count("POST /token")).toBe(1 + renewals);
    }
    expect(seen.size).toBe(3);
  });

  it("lasts until its timeout, whatever the provider would renew", async () => {
    const { url } = await login.guarded({ SessionTimeout: 1_000 });
    await login.browser.logIn(url, "ada");
    login.pass(601);
    expect((await login.browser.visit(url)).status).toBe(200);
    login.pass(399);
    expect((await login.browser.visit(url)).status).toBe(302);
  });

  it("lasts until its timeout without a refresh token, though the access token is over", async () => {
    const { url } = await login.guarded({ SessionTimeout: 5_000 });
    const answer: RequestListener = async (_, response) => {
      const { SignJWT } = await import("jose");
      const claims = { iss: login.provider.issuer, aud: "shop", sub: "ada", exp: Math.floor(login.wallClock.now() / 1000) + 60 };
      const id_token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.alloc(32));
      response.end(JSON.stringify({ access_token: "t", token_type: "Bearer", expires_in: 60, id_token }));
    };
    login.provider.answers.set("/token", answer);
    login.provider.answers.set("/me", (_, response) => response.end('{"sub":"ada"}'));
    await login.browser.logIn(url, "ada");
    login.pass(4_000);
    expect((await login.browser.visit(url)).status).toBe(200);
    login.pass(1_000);
    expect((await login.browser.visit(url)).status).toBe(302);
  });

  it("ends where the provider refuses to renew it", async () => {
    const { url } = await login.guarded();
    await login.browser.logIn(url, "ada");
    login.provider.answers.set("/token", (_, response) => response.writeHead(400).end('{"error":"invalid_grant"}'));
    login.pass(601);
    expect((await login.browser.visit(url)).status).toBe(302);
  });

  it("ends where the application takes the cookie back", async () => {
    const { url } = await login.guarded();
    await login.browser.logIn(url, "ada");
    login.browser.forget(url, `${COOKIE}-0`);
    expect((await login.browser.visit(url)).status).toBe(302);
  });

  it("that was changed is refused, and taken back", async () => {
    const { url } = await login.guarded();
    await login.browser.logIn(url, "ada");
    const [{ value = "" } = {}] = login.browser.cookiesOf(url).filter(({ name }) => name === `${COOKIE}-0`);
    login.browser.setCookie(url, `${COOKIE}-0`, `${value.slice(0, 40)}${value[40] === "A" ? "B" : "A"}${value.slice(41)}`);
    expect((await login.browser.visit(url)).status).toBe(401);
    expect(login.counted()).toMatchObject({ ELBAuthFailure: 1 });
    expect((await login.browser.visit(url)).status).toBe(302);
  });

  it("that was changed does not count where everybody is let in", async () => {
    const { url } = await login.guarded({ OnUnauthenticatedRequest: "allow" });
    login.browser.setCookie(url, `${COOKIE}-0`, "A".repeat(400));
    const { status, text } = await login.browser.visit(`${url}/x`);
    expect([status, JSON.parse(text)]).toEqual([200, { method: "GET", url: "/x" }]);
  });

  it("made for one client does not count for another", async () => {
    const { arn, url } = await login.guarded();
    await login.browser.logIn(url, "ada");
    const { Listeners } = await login.world.ask("DescribeListeners", { ListenerArns: [arn] });
    const [first, last] = Listeners![0]!.DefaultActions!;
    const AuthenticateOidcConfig = { ...first!.AuthenticateOidcConfig!, ClientId: "desk", UseExistingClientSecret: true };
    await login.world.ask("ModifyListener", { ListenerArn: arn, DefaultActions: [{ ...first!, AuthenticateOidcConfig }, last!] });
    const { status, headers } = await login.browser.visit(url);
    expect([status, new URL(String(headers.location)).searchParams.get("client_id")]).toEqual([302, "desk"]);
  });
});
