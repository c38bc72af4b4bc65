import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { Agent, request } from "undici";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Action, BalancedWorld } from "../../../../test/support/balanced-world.ts";
import { ListenerRuleWeights } from "../ecs/listener-rule-weights.ts";

const certificates = [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one" }];
const ISSUER = "https://login.example/";
type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

let keys: Keys;
let strangers: Keys;
let world: BalancedWorld;
let provider: Server;
let endpoint: string;
/** How the identity provider answers; each test may replace it. */
let answers: RequestListener;
let asked = 0;
// The balancer's authority is its own business here.
const trusting = new Agent({ connect: { rejectUnauthorized: false } });

beforeAll(async () => {
  [keys, strangers] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
});

beforeEach(async () => {
  world = new BalancedWorld();
  asked = 0;
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "RS256" };
  answers = (_, response) => response.end(JSON.stringify({ keys: [jwk] }));
  provider = createServer((incoming, response) => {
    asked++;
    answers(incoming, response);
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks.json`;
});

afterEach(async () => {
  provider.closeAllConnections();
  provider.close();
  await world.close();
});

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
const tokenOf = (claims: JWTPayload = {}, by = keys): Promise<string> =>
  new SignJWT({ iss: ISSUER, exp: inSeconds(60), ...claims }).setProtectedHeader({ alg: "RS256", kid: "one" }).sign(by.privateKey);

const validation = (more: object = {}): Action => ({
  Type: "jwt-validation",
  Order: 1,
  JwtValidationConfig: { JwksEndpoint: endpoint, Issuer: ISSUER, ...more },
});

/** An HTTPS listener that validates tokens before it forwards to a target that tells what it got. */
async function guarded(more: object = {}) {
  const LoadBalancerArn = await world.loadBalancer();
  const group = await world.targetGroup();
  const { Listeners } = await world.ask("CreateListener", {
    LoadBalancerArn,
    Port: 443,
    Protocol: "HTTPS",
    Certificates: certificates,
    DefaultActions: [{ Type: "forward", Order: 2, TargetGroupArn: group }, validation(more)],
  });
  const arn = Listeners![0]!.ListenerArn!;
  const target = await world.serve((incoming, response) => {
    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    incoming.on("end", () => response.end(`${incoming.headers.authorization ?? ""} ${bytes}`));
  });
  world.register(group, target);
  await world.reaches(target, "healthy");
  const url = `https://127.0.0.1:${world.loadBalancing.hostPort(arn)}/`;
  const status = async (token?: string): Promise<number> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { statusCode, body } = await request(url, { dispatcher: trusting, headers });
    await body.dump();
    return statusCode;
  };
  return { arn, group, url, status };
}

describe("a rule that validates tokens", () => {
  it("lets a request through with its token as it is, whatever its body, and reads the keys once", async () => {
    const { url, status } = await guarded();
    const token = await tokenOf({ nbf: inSeconds(-5), iat: inSeconds(-5) });
    for (const length of [0, 1_000, 300_000]) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await request(url, { dispatcher: trusting, method: "POST", headers, body: Buffer.alloc(length) });
      expect(await answer.body.text()).toBe(`Bearer ${token} ${length}`);
    }
    expect(await status(token)).toBe(200);
    expect(asked).toBe(1);
  });

  it("reads the keys at any name of this machine, whether or not that can be resolved", async () => {
    const { status } = await guarded({ JwksEndpoint: endpoint.replace("127.0.0.1", "keys.localhost") });
    expect(await status(await tokenOf())).toBe(200);
  });

  it.each([
    ["no token", async () => undefined],
    ["what is no token", async () => "abc"],
    ["a token of another issuer", () => tokenOf({ iss: "https://other.example/" })],
    ["a token that has expired", () => tokenOf({ exp: inSeconds(-1) })],
    ["a token that never expires", () => tokenOf({ exp: undefined })],
    ["a token that is not valid yet", () => tokenOf({ nbf: inSeconds(60) })],
    ["a token issued in the future", () => tokenOf({ iat: inSeconds(60) })],
    ["a token signed by a stranger", () => tokenOf({}, strangers)],
    [
      "a token signed with a shared secret",
      () => new SignJWT({ iss: ISSUER, exp: inSeconds(60) }).setProtectedHeader({ alg: "HS256" }).sign(Buffer.alloc(32)),
    ],
    [
      "a token without a signature",
      async () =>
        `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(`{"iss":"${ISSUER}","exp":9999999999}`).toString("base64url")}.`,
    ],
  ])("answers 401 to %s", async (_, token) => {
    const { status } = await guarded();
    expect(await status(await token())).toBe(401);
  });

  it("answers 401 to two tokens, of which a target might take the other", async () => {
    const { url } = await guarded();
    const headers = ["authorization", `Bearer ${await tokenOf()}`, "authorization", `Bearer ${await tokenOf({}, strangers)}`];
    const { statusCode, body } = await request(url, { dispatcher: trusting, headers });
    await body.dump();
    expect(statusCode).toBe(401);
  });

  it.each([
    ["single-string", ["gold"], { tier: "gold" }, { tier: "silver" }],
    ["space-separated-values", ["read", "write"], { tier: "write read admin" }, { tier: "read" }],
    ["string-array", ["shop"], { tier: ["shop", "desk"] }, { tier: "shop" }],
  ] as const)("looks at further claims as %s", async (Format, Values, good, bad) => {
    const { status } = await guarded({ AdditionalClaims: [{ Format, Name: "tier", Values: [...Values] }] });
    expect(await status(await tokenOf(good))).toBe(200);
    expect(await status(await tokenOf(bad))).toBe(401);
    expect(await status(await tokenOf())).toBe(401);
  });

  it.each<[string, RequestListener]>([
    ["fails", (_, response) => response.writeHead(503).end()],
    ["answers no JSON", (_, response) => response.end("<html>")],
    ["answers more than 150 KB", (_, response) => response.end(`{"keys":[],"x":"${"x".repeat(160 * 1024)}"}`)],
    ["answers more than ten keys", (_, response) => response.end(JSON.stringify({ keys: Array(11).fill({ kty: "RSA" }) }))],
    ["hangs up", (incoming) => incoming.socket.destroy()],
  ])("answers 500 where the endpoint %s, and lets nobody through", async (_, broken) => {
    answers = broken;
    const { status } = await guarded();
    expect(await status(await tokenOf())).toBe(500);
  });

  it("asks for the token of a websocket as well", async () => {
    const { url } = await guarded();
    const headers = { connection: "Upgrade", upgrade: "websocket" };
    const { statusCode, body } = await request(url, { dispatcher: trusting, headers: { "x-test": "1" } });
    await body.dump();
    expect(statusCode).toBe(401);
    const { request: secureRequest } = await import("node:https");
    const refused = await new Promise<number | undefined>((resolve, reject) => {
      secureRequest(url, { rejectUnauthorized: false, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(refused).toBe(401);
  });

  it("goes on to ask when ECS shifts the weights of its target groups", async () => {
    const { arn, group, status } = await guarded();
    const green = await world.targetGroup("green");
    let failure: unknown;
    const call = ((_service: string, operation: "DescribeListeners", input: never) => world.ask(operation, input)) as never;
    const weights = new ListenerRuleWeights({
      call,
      report: (reported) => {
        failure = reported;
      },
    });
    weights.setWeights(arn, [
      { targetGroupArn: group, weight: 90 },
      { targetGroupArn: green, weight: 10 },
    ]);
    const actions = async () => (await world.ask("DescribeListeners", { ListenerArns: [arn] })).Listeners![0]!.DefaultActions!;
    while ((await actions())[1]?.ForwardConfig?.TargetGroups?.length !== 2 && failure === undefined)
      await new Promise((resolve) => setImmediate(resolve));
    expect(failure).toBeUndefined();
    expect((await actions()).map(({ Type }) => Type)).toEqual(["jwt-validation", "forward"]);
    expect(await status()).toBe(401);
  });

  it("is shown as it was made, the validation first", async () => {
    const AdditionalClaims = [{ Format: "single-string" as const, Name: "tier", Values: ["gold"] }];
    const { arn } = await guarded({ AdditionalClaims });
    const { Listeners } = await world.ask("DescribeListeners", { ListenerArns: [arn] });
    expect(Listeners![0]!.DefaultActions).toMatchObject([
      { Type: "jwt-validation", Order: 1, JwtValidationConfig: { JwksEndpoint: endpoint, Issuer: ISSUER, AdditionalClaims } },
      { Type: "forward", Order: 2 },
    ]);
  });
});

describe("an action that validates tokens is refused", () => {
  const claim = (more: object) => ({ AdditionalClaims: [{ Format: "single-string", Name: "tier", Values: ["gold"], ...more }] });

  it.each([
    ["with an endpoint that is not HTTPS, elsewhere than on this machine", { JwksEndpoint: "http://login.example/keys" }, "JWKS endpoint"],
    ["with an endpoint that is no URL", { JwksEndpoint: "keys" }, "JWKS endpoint"],
    ["with an issuer of 257 characters", { Issuer: "i".repeat(257) }, "issuer"],
    ["with a claim that is validated anyway", claim({ Name: "exp" }), "by default"],
    ["with a claim of an unknown format", claim({ Format: "number" }), "format"],
    ["with a claim without values", claim({ Values: [] }), "1 to 10 values"],
    ["with two values of a single string", claim({ Values: ["a", "b"] }), "only one value"],
    ["with spaces in values that spaces separate", claim({ Format: "space-separated-values", Values: ["a b"] }), "spaces"],
    ["with eleven claims", { AdditionalClaims: Array(11).fill({ Format: "single-string", Name: "a", Values: ["b"] }) }, "at most 10"],
  ])("%s", async (_, config, message) => {
    await expect(guarded(config)).rejects.toThrow(message);
  });

  it.each<[string, "HTTP" | "HTTPS", (forward: Action) => Action[], string]>([
    ["on an HTTP listener", "HTTP", (forward) => [validation(), forward], "only on HTTPS listeners"],
    ["with nothing behind it", "HTTPS", () => [validation()], "Exactly one action"],
    ["behind the forward", "HTTPS", (forward) => [{ ...validation(), Order: 3 }, forward], "must be the last"],
    ["without an order", "HTTPS", ({ Order: _, ...forward }) => [validation(), forward], "an order of its own"],
    ["beside another", "HTTPS", (forward) => [validation(), { ...validation(), Order: 3 }, { ...forward, Order: 4 }], "Only one"],
  ])("%s", async (_, Protocol, actions, message) => {
    const LoadBalancerArn = await world.loadBalancer();
    const forward: Action = { Type: "forward", Order: 2, TargetGroupArn: await world.targetGroup() };
    const secure = Protocol === "HTTPS" ? { Certificates: certificates } : {};
    const input = { LoadBalancerArn, Port: 443, Protocol, ...secure, DefaultActions: actions(forward) };
    await expect(world.ask("CreateListener", input)).rejects.toThrow(message);
  });

  it("by a listener that ceases to be HTTPS while a rule of it validates", async () => {
    const { arn } = await guarded();
    await expect(world.ask("ModifyListener", { ListenerArn: arn, Protocol: "HTTP" })).rejects.toThrow("must be an HTTPS listener");
  });
});
