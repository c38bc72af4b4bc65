import { createPublicKey, verify } from "node:crypto";
import { connect as connectHttp2, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { request as secureRequest } from "node:https";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decoded, LoginWorld } from "../../../../test/support/login-world.ts";
import { SystemClock } from "../../../kit/clock.ts";
import { CertificateAuthority } from "../../proxy/certificate-authority.ts";

let login: LoginWorld;
beforeEach(async () => {
  login = await LoginWorld.start();
});
afterEach(() => login.end());

describe("a rule that authenticates users", () => {
  it("sends a browser to the identity provider, and from there to the page it asked for, with who the user is", async () => {
    const { loadBalancerArn, url } = await login.guarded({ AuthenticationRequestExtraParams: { display: "page", client_id: "other" } });
    const away = await login.browser.visit(`${url}/orders?open=1`);
    expect(away.status).toBe(302);
    const location = new URL(String(away.headers.location));
    expect(`${location.origin}${location.pathname}`).toBe(login.provider.endpoints.AuthorizationEndpoint);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      client_id: "shop",
      redirect_uri: `${url}/oauth2/idpresponse`,
      response_type: "code",
      scope: "openid email",
      display: "page",
      state: expect.stringMatching(/^[\w+/=]{100,}$/),
    });

    const page = await login.browser.logIn(`${url}/orders?open=1`, "ada");
    expect([page.status, page.url]).toEqual([200, `${url}/orders?open=1`]);
    const { accessToken, identity, data } = JSON.parse(page.text) as Record<string, string>;
    expect(identity).toBe("ada");
    const [header, payload, signature] = data!.split(".");
    expect(decoded(header)).toEqual({
      typ: "JWT",
      alg: "ES256",
      kid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iss: login.provider.issuer,
      client: "shop",
      signer: loadBalancerArn,
      exp: Math.floor(login.wallClock.now() / 1000) + 120,
    });
    expect(decoded(payload)).toMatchObject({ sub: "ada", email: "ada@example.com", email_verified: true, iss: login.provider.issuer });
    const key = createPublicKey(login.world.loadBalancing.claimsKey(String(decoded(header).kid))!);
    const bytes = Buffer.from(signature!, "base64url");
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, bytes)).toBe(true);
    // Padded, as a load balancer's are.
    expect([header!.length % 4, payload!.length % 4, signature!.length % 4]).toEqual([0, 0, 0]);

    expect(login.provider.asked.find(({ path }) => path === "POST /token")?.authorization).toMatch(/^Basic /);
    expect(login.provider.asked.find(({ path }) => path === "GET /me")?.authorization).toBe(`Bearer ${accessToken}`);
    // Logged in, nobody is asked again.
    expect((await login.browser.visit(`${url}/again`)).status).toBe(200);
    expect(login.provider.count("POST /token")).toBe(1);
    expect(login.counted()).toEqual({ ELBAuthSuccess: 1 });
    expect(login.world.metrics.filter(({ name }) => name === "ELBAuthLatency")).toHaveLength(1);
  });

  it("asks endpoints at any name of this machine, whether or not that can be resolved", async () => {
    const { TokenEndpoint, UserInfoEndpoint } = login.provider.endpoints;
    const at = (endpoint: string) => endpoint.replace("127.0.0.1", "login.localhost");
    const { url } = await login.guarded({ TokenEndpoint: at(TokenEndpoint), UserInfoEndpoint: at(UserInfoEndpoint) });
    expect(await login.browser.logIn(`${url}/`, "ada")).toMatchObject({ status: 200 });
  });

  it("lets nobody else say who the user is", async () => {
    const { url } = await login.guarded({ OnUnauthenticatedRequest: "allow" });
    const forged = { "X-Amzn-Oidc-Identity": "root", "x-amzn-oidc-data": "a.b.c", "X-AMZN-OIDC-ACCESSTOKEN": "t" };
    expect(JSON.parse((await login.browser.visit(`${url}/x`, undefined, forged)).text)).toEqual({ method: "GET", url: "/x" });
    const { arn: plain } = await login.world.listener(
      (await login.world.ask("DescribeLoadBalancers", {})).LoadBalancers![0]!.LoadBalancerArn!,
      (await login.world.ask("DescribeTargetGroups", {})).TargetGroups![0]!.TargetGroupArn!,
    );
    const open = `http://127.0.0.1:${login.world.loadBalancing.hostPort(plain)}/x`;
    expect(JSON.parse((await login.browser.visit(open, undefined, forged)).text)).toEqual({ method: "GET", url: "/x" });
  });

  it.each([
    ["deny", 401],
    ["allow", 200],
    ["authenticate", 302],
  ])("where it says %s answers %i to who is not logged in", async (OnUnauthenticatedRequest, status) => {
    const { url } = await login.guarded({ OnUnauthenticatedRequest });
    expect((await login.browser.visit(`${url}/x`)).status).toBe(status);
    expect((await login.browser.visit(`${url}/x`, { a: "1" })).status).toBe(status);
  });

  it("asks of a client that speaks HTTP/2 as well, which sends each cookie by itself", async () => {
    const { url } = await login.guarded();
    await login.browser.logIn(url, "ada");
    const client = connectHttp2(url, { rejectUnauthorized: false });
    const ask = (headers: OutgoingHttpHeaders): Promise<{ headers: IncomingHttpHeaders; text: string }> =>
      new Promise((resolve, reject) => {
        const stream = client.request({ ":path": "/x", ":authority": "shop.example", ...headers });
        let answered: IncomingHttpHeaders = {};
        let text = "";
        stream.on("response", (received) => {
          answered = received;
        });
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        stream.on("end", () => resolve({ headers: answered, text }));
        stream.on("error", reject);
      });
    const away = await ask({});
    expect(away.headers).toMatchObject({ ":status": 302, "set-cookie": [expect.stringMatching(/^AWSALBAuthNonce=/)] });
    expect(new URL(String(away.headers.location)).searchParams.get("redirect_uri")).toBe("https://shop.example/oauth2/idpresponse");
    const cookie = login.browser.cookiesOf(url).map(({ name, value }) => `${name}=${value}`);
    const answers = [await ask({ cookie })];
    login.pass(601);
    answers.push(await ask({ cookie }));
    for (const { headers, text } of answers) expect([headers[":status"], JSON.parse(text).identity]).toEqual([200, "ada"]);
    expect(answers[1]!.headers["set-cookie"]).toEqual([expect.stringMatching(/^AWSELBAuthSessionCookie-0=/)]);
    client.close();
  });

  it("asks of a websocket as well, and renews its session", async () => {
    const { url, target } = await login.guarded();
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
    await login.browser.logIn(url, "ada");
    const cookies = login.browser
      .cookiesOf(url)
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
    expect(await upgrade(cookies)).toMatchObject({ status: 101, headers: { "x-who": "ada" } });
    login.pass(601);
    expect(await upgrade(cookies)).toMatchObject({
      status: 101,
      headers: { "x-who": "ada", "set-cookie": [expect.stringMatching(/^AWSELBAuthSessionCookie-0=/)] },
    });
  });
});

describe("Amazon Cognito's endpoints", () => {
  const UserPoolArn = "arn:aws:cognito-idp:eu-central-1:000000000000:userpool/eu-central-1_abc";

  it("are those of the pool's domain", async () => {
    const AuthenticateCognitoConfig = { UserPoolArn, UserPoolClientId: "shop", UserPoolDomain: "my-shop" };
    const { url } = await login.guarded({}, { Type: "authenticate-cognito", AuthenticateCognitoConfig });
    const { status, headers } = await login.browser.visit(url);
    expect([status, String(headers.location).split("?")[0]]).toEqual([
      302,
      "https://my-shop.auth.eu-central-1.amazoncognito.com/oauth2/authorize",
    ]);
  });

  it("log a user in where a domain of one's own serves them", async () => {
    const tls = new CertificateAuthority(login.world.store, new SystemClock()).issue("127.0.0.1");
    await login.replaceProvider({
      issuer: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc",
      tls: { cert: tls.certificate, key: tls.key },
      likeCognito: true,
    });
    const AuthenticateCognitoConfig = { UserPoolArn, UserPoolClientId: "shop", UserPoolDomain: login.provider.host };
    const { url } = await login.guarded({}, { Type: "authenticate-cognito", AuthenticateCognitoConfig });
    login.provider.register({ clientId: "shop", redirectUri: `${url}/oauth2/idpresponse` });
    const page = await login.browser.logIn(`${url}/x`, "ada");
    expect([page.status, JSON.parse(page.text)]).toEqual([200, expect.objectContaining({ identity: "ada" })]);
  });
});
