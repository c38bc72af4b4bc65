import { createPublicKey, verify } from "node:crypto";
import type { RequestListener } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../../test/support/balanced-world.ts";
import { Browser } from "../../../../test/support/browser.ts";
import { IdentityProvider } from "../../../../test/support/identity-provider.ts";
import { SystemClock } from "../../../kit/clock.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { OperationInput } from "../../gateway/operations.ts";
import { sealOfKey } from "../../persistence/seal.ts";
import { CertificateAuthority } from "../../proxy/certificate-authority.ts";

type Action = NonNullable<OperationInput<"elastic-load-balancing-v2", "CreateListener">["DefaultActions"]>[number];

const SECRET = "a secret: with & signs";
const COOKIE = "AWSELBAuthSessionCookie";
let world: BalancedWorld;
let provider: IdentityProvider;
let browser: Browser;
let clock: VirtualClock;
let wallClock: VirtualClock;

beforeEach(async () => {
  clock = new VirtualClock();
  wallClock = new VirtualClock(Date.now());
  world = new BalancedWorld({ clock, wallClock, speed: 1 });
  provider = await IdentityProvider.start();
  browser = new Browser();
});

afterEach(async () => {
  await browser.close();
  provider.close();
  await world.close();
  expect(world.defects).toEqual([]);
});

const told: RequestListener = (incoming, response) => {
  const { "x-amzn-oidc-accesstoken": accessToken, "x-amzn-oidc-identity": identity, "x-amzn-oidc-data": data } = incoming.headers;
  response.end(JSON.stringify({ method: incoming.method, url: incoming.url, accessToken, identity, data }));
};

/** An HTTPS listener whose rule asks who the user is before it forwards to a target that tells what it got. */
async function guarded(more: object = {}, action?: Action) {
  const LoadBalancerArn = await world.loadBalancer();
  const group = await world.targetGroup();
  const AuthenticateOidcConfig = { ...provider.endpoints, ClientId: "shop", ClientSecret: SECRET, Scope: "openid email", ...more };
  const { Listeners } = await world.ask("CreateListener", {
    LoadBalancerArn,
    Port: 443,
    Protocol: "HTTPS",
    Certificates: [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one" }],
    DefaultActions: [
      { Order: 1, ...(action ?? { Type: "authenticate-oidc", AuthenticateOidcConfig }) },
      { Type: "forward", Order: 2, TargetGroupArn: group },
    ],
  });
  const arn = Listeners![0]!.ListenerArn!;
  const target = await world.serve(told);
  world.register(group, target);
  await world.reaches(target, "healthy");
  const url = `https://127.0.0.1:${world.loadBalancing.hostPort(arn)}`;
  provider.register({ clientId: "shop", clientSecret: SECRET, redirectUri: `${url}/oauth2/idpresponse` });
  return { LoadBalancerArn, arn, group, target, url };
}

const decoded = (part: string | undefined) => JSON.parse(Buffer.from(part ?? "", "base64url").toString()) as Record<string, unknown>;
/** The metrics of user authentication so far, by name. */
const counted = (): Record<string, number> => {
  clock.advanceBy(5_000);
  const counts: Record<string, number> = {};
  for (const { name, value } of world.metrics)
    if (name.startsWith("ELBAuth") && name !== "ELBAuthLatency") counts[name] = (counts[name] ?? 0) + value;
  return counts;
};
const seconds = (count: number) => wallClock.advanceBy(count * 1000);

describe("a rule that authenticates users", () => {
  it("sends a browser to the identity provider, and from there to the page it asked for, with who the user is", async () => {
    const { LoadBalancerArn, url } = await guarded({ AuthenticationRequestExtraParams: { display: "page", client_id: "other" } });
    const away = await browser.visit(`${url}/orders?open=1`);
    expect(away.status).toBe(302);
    const location = new URL(String(away.headers.location));
    expect(`${location.origin}${location.pathname}`).toBe(provider.endpoints.AuthorizationEndpoint);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      client_id: "shop",
      redirect_uri: `${url}/oauth2/idpresponse`,
      response_type: "code",
      scope: "openid email",
      display: "page",
      state: expect.stringMatching(/^[\w+/=]{100,}$/),
    });

    const page = await browser.logIn(`${url}/orders?open=1`, "ada");
    expect([page.status, page.url]).toEqual([200, `${url}/orders?open=1`]);
    const { accessToken, identity, data } = JSON.parse(page.text) as Record<string, string>;
    expect(identity).toBe("ada");
    const [header, payload, signature] = data!.split(".");
    expect(decoded(header)).toEqual({
      typ: "JWT",
      alg: "ES256",
      kid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iss: provider.issuer,
      client: "shop",
      signer: LoadBalancerArn,
      exp: Math.floor(wallClock.now() / 1000) + 120,
    });
    expect(decoded(payload)).toMatchObject({ sub: "ada", email: "ada@example.com", email_verified: true, iss: provider.issuer });
    const key = createPublicKey(world.loadBalancing.claimsKey(String(decoded(header).kid))!);
    const bytes = Buffer.from(signature!, "base64url");
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, bytes)).toBe(true);
    // Padded, as a load balancer's are.
    expect([header!.length % 4, payload!.length % 4, signature!.length % 4]).toEqual([0, 0, 0]);

    expect(provider.asked.find(({ path }) => path === "POST /token")?.authorization).toMatch(/^Basic /);
    expect(provider.asked.find(({ path }) => path === "GET /me")?.authorization).toBe(`Bearer ${accessToken}`);
    // Logged in, nobody is asked again.
    expect((await browser.visit(`${url}/again`)).status).toBe(200);
    expect(provider.count("POST /token")).toBe(1);
    expect(counted()).toEqual({ ELBAuthSuccess: 1 });
    expect(world.metrics.filter(({ name }) => name === "ELBAuthLatency")).toHaveLength(1);
  });

  it("keeps the session in cookies of 4 KB that tell nothing, and takes back what is left of a longer one", async () => {
    provider.claims = {
      email: "ada@example.com",
      groups: Array.from({ length: 60 }, (_, index) => `group-of-people-${index}-${"x".repeat(80)}`),
    };
    const { url } = await guarded();
    await browser.logIn(url, "ada");
    const shards = () => browser.cookiesOf(url).filter(({ name }) => name.startsWith(`${COOKIE}-`));
    expect(shards().map(({ name }) => name)).toEqual([`${COOKIE}-0`, `${COOKIE}-1`, `${COOKIE}-2`]);
    for (const { name, value, attributes } of shards()) {
      expect(name.length + value.length).toBeLessThanOrEqual(4096);
      expect(attributes).toMatch(/Path=\/; Secure; HttpOnly$/);
      expect(Buffer.from(value, "base64").toString("latin1")).not.toMatch(/ada|example|group/);
    }
    expect((await browser.visit(url)).status).toBe(200);

    provider.answers.set("/me", (_, response) => response.end(JSON.stringify({ sub: "ada" })));
    seconds(700_000);
    await browser.logIn(url, "ada");
    expect(shards().map(({ name }) => name)).toEqual([`${COOKIE}-0`]);
    expect((await browser.visit(url)).status).toBe(200);
  });

  it("lets nobody else say who the user is", async () => {
    const { url } = await guarded({ OnUnauthenticatedRequest: "allow" });
    const forged = { "X-Amzn-Oidc-Identity": "root", "x-amzn-oidc-data": "a.b.c", "X-AMZN-OIDC-ACCESSTOKEN": "t" };
    expect(JSON.parse((await browser.visit(`${url}/x`, undefined, forged)).text)).toEqual({ method: "GET", url: "/x" });
    const { arn: plain } = await world.listener(
      (await world.ask("DescribeLoadBalancers", {})).LoadBalancers![0]!.LoadBalancerArn!,
      (await world.ask("DescribeTargetGroups", {})).TargetGroups![0]!.TargetGroupArn!,
    );
    const open = `http://127.0.0.1:${world.loadBalancing.hostPort(plain)}/x`;
    expect(JSON.parse((await browser.visit(open, undefined, forged)).text)).toEqual({ method: "GET", url: "/x" });
  });

  it.each([
    ["deny", 401],
    ["allow", 200],
    ["authenticate", 302],
  ])("where it says %s answers %i to who is not logged in", async (OnUnauthenticatedRequest, status) => {
    const { url } = await guarded({ OnUnauthenticatedRequest });
    expect((await browser.visit(`${url}/x`)).status).toBe(status);
    expect((await browser.visit(`${url}/x`, { a: "1" })).status).toBe(status);
  });

  it("asks of a websocket as well, and renews its session", async () => {
    const { url, target } = await guarded();
    target.server.on("upgrade", (incoming, socket) => {
      socket.end(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Who: ${incoming.headers["x-amzn-oidc-identity"]}\r\n\r\n`,
      );
    });
    const upgrade = (cookie: string): Promise<{ status?: number | undefined; headers: NodeJS.Dict<string | string[]> }> =>
      new Promise((resolve, reject) => {
        const headers = { connection: "Upgrade", upgrade: "websocket", cookie };
        secureRequest(url, { rejectUnauthorized: false, headers }, (response) => {
          response.resume();
          resolve({ status: response.statusCode, headers: response.headers });
        })
          .on("upgrade", (response, socket) => {
            socket.destroy();
            resolve({ status: response.statusCode, headers: response.headers });
          })
          .on("error", reject)
          .end();
      });
    expect(await upgrade("")).toMatchObject({ status: 302, headers: { "set-cookie": [expect.stringMatching(/^AWSALBAuthNonce=/)] } });
    await browser.logIn(url, "ada");
    const cookies = browser
      .cookiesOf(url)
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
    expect(await upgrade(cookies)).toMatchObject({ status: 101, headers: { "x-who": "ada" } });
    seconds(601);
    expect(await upgrade(cookies)).toMatchObject({
      status: 101,
      headers: { "x-who": "ada", "set-cookie": [expect.stringMatching(/^AWSELBAuthSessionCookie-0=/)] },
    });
  });
});

describe("a session", () => {
  it("is renewed with the refresh token when the access token is over, once for all that ask at the time", async () => {
    const { url } = await guarded();
    await browser.logIn(url, "ada");
    const first = JSON.parse((await browser.visit(url)).text) as Record<string, string>;
    provider.claims = { email: "ada@elsewhere.example" };
    seconds(601);
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.visit(url)));
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      const { accessToken, data } = JSON.parse(text) as Record<string, string>;
      expect(accessToken).not.toBe(first.accessToken);
      expect(decoded(data!.split(".")[1])).toMatchObject({ email: "ada@elsewhere.example" });
    }
    expect(provider.count("POST /token")).toBe(2);
    expect(counted()).toEqual({ ELBAuthSuccess: 1, ELBAuthRefreshTokenSuccess: 1 });
    // The provider has replaced the refresh token: the renewed cookie has the new one.
    seconds(601);
    expect((await browser.visit(url)).status).toBe(200);
    expect(provider.count("POST /token")).toBe(3);
  });

  it("lasts until its timeout, whatever the provider would renew", async () => {
    const { url } = await guarded({ SessionTimeout: 1_000 });
    await browser.logIn(url, "ada");
    seconds(601);
    expect((await browser.visit(url)).status).toBe(200);
    seconds(399);
    expect((await browser.visit(url)).status).toBe(302);
  });

  it("lasts until its timeout without a refresh token, though the access token is over", async () => {
    const { url } = await guarded({ SessionTimeout: 5_000 });
    const answer: RequestListener = async (_, response) => {
      const { SignJWT } = await import("jose");
      const claims = { iss: provider.issuer, aud: "shop", sub: "ada", exp: Math.floor(wallClock.now() / 1000) + 60 };
      const id_token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.alloc(32));
      response.end(JSON.stringify({ access_token: "t", token_type: "Bearer", expires_in: 60, id_token }));
    };
    provider.answers.set("/token", answer);
    provider.answers.set("/me", (_, response) => response.end('{"sub":"ada"}'));
    await browser.logIn(url, "ada");
    seconds(4_000);
    expect((await browser.visit(url)).status).toBe(200);
    seconds(1_000);
    expect((await browser.visit(url)).status).toBe(302);
  });

  it("ends where the provider refuses to renew it", async () => {
    const { url } = await guarded();
    await browser.logIn(url, "ada");
    provider.answers.set("/token", (_, response) => response.writeHead(400).end('{"error":"invalid_grant"}'));
    seconds(601);
    expect((await browser.visit(url)).status).toBe(302);
  });

  it("ends where the application takes the cookie back", async () => {
    const { url } = await guarded();
    await browser.logIn(url, "ada");
    browser.forget(url, `${COOKIE}-0`);
    expect((await browser.visit(url)).status).toBe(302);
  });

  it("that was changed is refused, and taken back", async () => {
    const { url } = await guarded();
    await browser.logIn(url, "ada");
    const [{ value = "" } = {}] = browser.cookiesOf(url).filter(({ name }) => name === `${COOKIE}-0`);
    browser.setCookie(url, `${COOKIE}-0`, `${value.slice(0, 40)}${value[40] === "A" ? "B" : "A"}${value.slice(41)}`);
    expect((await browser.visit(url)).status).toBe(401);
    expect(counted()).toMatchObject({ ELBAuthFailure: 1 });
    expect((await browser.visit(url)).status).toBe(302);
  });

  it("made for one client does not count for another", async () => {
    const { arn, url } = await guarded();
    await browser.logIn(url, "ada");
    const { Listeners } = await world.ask("DescribeListeners", { ListenerArns: [arn] });
    const [first, last] = Listeners![0]!.DefaultActions!;
    const AuthenticateOidcConfig = { ...first!.AuthenticateOidcConfig!, ClientId: "desk", UseExistingClientSecret: true };
    await world.ask("ModifyListener", { ListenerArn: arn, DefaultActions: [{ ...first!, AuthenticateOidcConfig }, last!] });
    const { status, headers } = await browser.visit(url);
    expect([status, new URL(String(headers.location)).searchParams.get("client_id")]).toEqual([302, "desk"]);
  });
});

describe("the way back from the identity provider", () => {
  /** The address the provider sends the browser back to, not yet opened. */
  async function comingBack(url: string): Promise<string> {
    let returned = "";
    provider.answers.set("/auth", (incoming, response) => {
      const asked = new URL(incoming.url ?? "", provider.url).searchParams;
      returned = `${asked.get("redirect_uri")}?code=abc&state=${encodeURIComponent(asked.get("state") ?? "")}`;
      response.end();
    });
    await browser.open(`${url}/x`);
    return returned;
  }

  it.each<[string, number, string, (address: string, url: string) => string]>([
    ["without its state", 401, "ELBAuthFailure", (_, url) => `${url}/oauth2/idpresponse?code=abc`],
    ["with a state of a stranger", 401, "ELBAuthFailure", (_, url) => `${url}/oauth2/idpresponse?code=abc&state=QUJD`],
    ["without a code", 401, "ELBAuthFailure", (address) => address.replace("code=abc&", "")],
    ["with the provider's error", 561, "ELBAuthFailure", (address) => address.replace("code=abc", "error=access_denied")],
    ["with a code that the provider does not know", 561, "ELBAuthFailure", (address) => address],
  ])("%s is answered %i and counted as %s", async (_, status, metric, change) => {
    const { url } = await guarded();
    const address = change(await comingBack(url), url);
    expect((await browser.visit(address)).status).toBe(status);
    expect(counted()).toEqual({ [metric]: 1 });
    expect(world.metrics.filter(({ name }) => name === "HTTPCode_ELB_561_Count")).toEqual([]);
  });

  it("is refused to another browser than the one that went", async () => {
    const { url } = await guarded();
    const address = await comingBack(url);
    const other = new Browser();
    expect((await other.visit(address)).status).toBe(401);
    await other.visit(url);
    expect((await other.visit(address)).status).toBe(401);
    await other.close();
    expect(counted()).toEqual({ ELBAuthFailure: 2 });
  });

  it("is closed after fifteen minutes", async () => {
    const { url } = await guarded();
    const address = await comingBack(url);
    seconds(15 * 60);
    expect((await browser.visit(address)).status).toBe(401);
    expect(provider.count("POST /token")).toBe(0);
  });

  it("is open to all that a browser began at once", async () => {
    const { url } = await guarded();
    const addresses = [await comingBack(url), await comingBack(url)];
    // The codes are made up: that they are exchanged at all shows that the nonce held.
    for (const address of addresses) expect((await browser.visit(address)).status).toBe(561);
  });

  it("cannot be told to a client that names no host", async () => {
    const { url } = await guarded();
    const head = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), rejectUnauthorized: false });
      socket.setEncoding("utf8").once("data", resolve).once("error", reject);
      socket.write("GET / HTTP/1.0\r\n\r\n");
    });
    expect(head).toMatch(/^HTTP\/1.1 401 /);
    expect(counted()).toEqual({ ELBAuthError: 1 });
  });

  it("is answered 500, and reported, where this platform can no longer read its secret", async () => {
    const { url } = await guarded();
    await world.loadBalancing.close();
    const other = new BalancedWorld({ store: world.store, seal: sealOfKey(Buffer.alloc(32, 8)) });
    await other.loadBalancing.start();
    expect((await browser.logIn(url, "ada")).status).toBe(500);
    expect(other.defects).toEqual([expect.any(Error)]);
    await other.loadBalancing.close();
  });

  it("is an address like any other where no rule authenticates", async () => {
    const group = await world.targetGroup("open");
    const { url } = await world.listener(await world.loadBalancer("open"), group);
    const target = await world.serve(told);
    world.register(group, target);
    await world.reaches(target, "healthy");
    expect((await browser.visit(`${url}/oauth2/idpresponse?code=1`)).status).toBe(200);
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
    provider.answers.set(path, broken);
    const { url } = await guarded();
    expect((await browser.logIn(url, "ada")).status).toBe(status);
    expect(counted()).toEqual(counts);
    expect((await browser.visit(url)).status).toBe(302);
  });
});

describe("Amazon Cognito's endpoints", () => {
  const UserPoolArn = "arn:aws:cognito-idp:eu-central-1:000000000000:userpool/eu-central-1_abc";

  it("are those of the pool's domain", async () => {
    const AuthenticateCognitoConfig = { UserPoolArn, UserPoolClientId: "shop", UserPoolDomain: "my-shop" };
    const { url } = await guarded({}, { Type: "authenticate-cognito", AuthenticateCognitoConfig });
    const { status, headers } = await browser.visit(url);
    expect([status, String(headers.location).split("?")[0]]).toEqual([
      302,
      "https://my-shop.auth.eu-central-1.amazoncognito.com/oauth2/authorize",
    ]);
  });

  it("log a user in where a domain of one's own serves them", async () => {
    provider.close();
    const tls = new CertificateAuthority(world.store, new SystemClock()).issue("127.0.0.1");
    provider = await IdentityProvider.start({
      issuer: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc",
      tls: { cert: tls.certificate, key: tls.key },
      likeCognito: true,
    });
    const AuthenticateCognitoConfig = { UserPoolArn, UserPoolClientId: "shop", UserPoolDomain: provider.host };
    const { url } = await guarded({}, { Type: "authenticate-cognito", AuthenticateCognitoConfig });
    provider.register({ clientId: "shop", redirectUri: `${url}/oauth2/idpresponse` });
    const page = await browser.logIn(`${url}/x`, "ada");
    expect([page.status, JSON.parse(page.text)]).toEqual([200, expect.objectContaining({ identity: "ada" })]);
  });
});
