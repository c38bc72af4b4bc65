import type { RequestListener } from "node:http";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../../test/support/balanced-world.ts";
import { Browser } from "../../../../test/support/browser.ts";
import { LoginWorld, telling } from "../../../../test/support/login-world.ts";
import { sealOfKey } from "../../persistence/seal.ts";

let login: LoginWorld;
beforeEach(async () => {
  login = await LoginWorld.start();
});
afterEach(() => login.end());

describe("the way back from the identity provider", () => {
  /** The address the provider sends the browser back to, not yet opened. */
  async function comingBack(url: string): Promise<string> {
    let returned = "";
    login.provider.answers.set("/auth", (incoming, response) => {
      const asked = new URL(incoming.url ?? "", login.provider.url).searchParams;
      returned = `${asked.get("redirect_uri")}?code=abc&state=${encodeURIComponent(asked.get("state") ?? "")}`;
      response.end();
    });
    await login.browser.open(`${url}/x`);
    return returned;
  }

  it.each<[string, number, string, (address: string, url: string) => string]>([
    ["without its state", 401, "ELBAuthFailure", (_, url) => `${url}/oauth2/idpresponse?code=abc`],
    ["with a state of a stranger", 401, "ELBAuthFailure", (_, url) => `${url}/oauth2/idpresponse?code=abc&state=QUJD`],
    ["without a code", 401, "ELBAuthFailure", (address) => address.replace("code=abc&", "")],
    ["with the provider's error", 561, "ELBAuthFailure", (address) => address.replace("code=abc", "error=access_denied")],
    ["with a code that the provider does not know", 561, "ELBAuthFailure", (address) => address],
  ])("%s is answered %i and counted as %s", async (_, status, metric, change) => {
    const { url } = await login.guarded();
    const address = change(await comingBack(url), url);
    expect((await login.browser.visit(address)).status).toBe(status);
    expect(login.counted()).toEqual({ [metric]: 1 });
    expect(login.world.metrics.filter(({ name }) => name === "HTTPCode_ELB_561_Count")).toEqual([]);
  });

  it("is refused to another browser than the one that went", async () => {
    const { url } = await login.guarded();
    const address = await comingBack(url);
    const other = new Browser();
    expect((await other.visit(address)).status).toBe(401);
    await other.visit(url);
    expect((await other.visit(address)).status).toBe(401);
    await other.close();
    expect(login.counted()).toEqual({ ELBAuthFailure: 2 });
  });

  it("is closed after fifteen minutes", async () => {
    const { url } = await login.guarded();
    const address = await comingBack(url);
    login.pass(15 * 60);
    expect((await login.browser.visit(address)).status).toBe(401);
    expect(login.provider.count("POST /token")).toBe(0);
  });

  it("is open to all that a browser began at once", async () => {
    const { url } = await login.guarded();
    const addresses = [await comingBack(url), await comingBack(url)];
    // The codes are made up: that they are exchanged at all shows that the nonce held.
    for (const address of addresses) expect((await login.browser.visit(address)).status).toBe(561);
  });

  it("cannot be told to a client that names no host", async () => {
    const { url } = await login.guarded();
    const head = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), rejectUnauthorized: false });
      socket.setEncoding("utf8").once("data", resolve).once("error", reject);
      socket.write("GET / HTTP/1.0\r\n\r\n");
    });
    expect(head).toMatch(/^HTTP\/1.1 401 /);
    expect(login.counted()).toEqual({ ELBAuthError: 1 });
  });

  it("is answered 500, and reported, where this platform can no longer read its secret", async () => {
    const { url } = await login.guarded();
    await login.world.loadBalancing.close();
    const other = new BalancedWorld({ store: login.world.store, seal: sealOfKey(Buffer.alloc(32, 8)) });
    await other.loadBalancing.start();
    expect((await login.browser.logIn(url, "ada")).status).toBe(500);
    expect(other.defects).toEqual([expect.any(Error)]);
    await other.loadBalancing.close();
  });

  it("is an address like any other where no rule authenticates", async () => {
    const group = await login.world.targetGroup("open");
    const { url } = await login.world.listener(await login.world.loadBalancer("open"), group);
    const target = await login.world.serve(telling);
    login.world.register(group, target);
    await login.world.reaches(target, "healthy");
    expect((await login.browser.visit(`${url}/oauth2/idpresponse?code=1`)).status).toBe(200);
  });

  const JSON_OF =
    (body: object): RequestListener =>
    (_, response) =>
      response.end(JSON.stringify(body));
  const cut: RequestListener = (incoming) => incoming.socket.destroy();
  it.each<[string, number, Record<string, number>, string, RequestListener]>([
    ["cannot be reached for tokens", 500, { ELBAuthError: 1 }, "/token", cut],
    ["fails when it is asked for tokens", 561, { ELBAuthError: 1 }, "/token", (_, response) => response.writeHead(503).end()],
    ["answers no tokens", 561, { ELBAuthFailure: 1 }, "/token", (_, response) => response.end("<html>")],
    ["answers a token that is none", 561, { ELBAuthFailure: 1 }, "/token", JSON_OF({ access_token: "a\r\nb", id_token: "x" })],
    ["answers without an ID token", 401, { ELBAuthFailure: 1 }, "/token", JSON_OF({ access_token: "a" })],
    ["answers an ID token that is none", 401, { ELBAuthFailure: 1 }, "/token", JSON_OF({ access_token: "a", id_token: "a.b.c" })],
    ["cannot be reached for claims", 500, { ELBAuthError: 1 }, "/me", cut],
    ["fails when it is asked for claims", 561, { ELBAuthError: 1 }, "/me", (_, response) => response.writeHead(403).end()],
    ["answers no claims", 561, { ELBAuthFailure: 1 }, "/me", JSON_OF([])],
    ["answers claims of another user", 561, { ELBAuthFailure: 1 }, "/me", JSON_OF({ sub: "eve" })],
    ["answers claims of a user no header can name", 561, { ELBAuthFailure: 1 }, "/me", JSON_OF({ sub: "a\r\nx-root: 1" })],
    ["answers more than 11 KB of claims", 500, { ELBAuthUserClaimsSizeExceeded: 1 }, "/me", JSON_OF({ sub: "ada", x: "x".repeat(11_264) })],
    ["answers claims without an end", 500, { ELBAuthUserClaimsSizeExceeded: 1 }, "/me", JSON_OF({ sub: "ada", x: "x".repeat(1_000_000) })],
  ])("where the provider %s is answered %i", async (_, status, counts, path, broken) => {
    login.provider.answers.set(path, broken);
    const { url } = await login.guarded();
    expect((await login.browser.logIn(url, "ada")).status).toBe(status);
    expect(login.counted()).toEqual(counts);
    expect((await login.browser.visit(url)).status).toBe(302);
  });
});
