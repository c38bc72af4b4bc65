import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Action, BalancedWorld } from "../../../../test/support/balanced-world.ts";
import { Browser } from "../../../../test/support/browser.ts";
import { IdentityProvider } from "../../../../test/support/identity-provider.ts";
import { temporaryFolder } from "../../../kit/temporary-folder.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { ListenerRuleWeights } from "../ecs/listener-rule-weights.ts";

const SECRET = "the-secret-of-the-shop";
const OIDC = {
  Issuer: "https://login.example",
  AuthorizationEndpoint: "https://login.example/auth",
  TokenEndpoint: "https://login.example/token",
  UserInfoEndpoint: "https://login.example/me",
  ClientId: "shop",
};
const COGNITO = {
  UserPoolArn: "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc",
  UserPoolClientId: "shop",
  UserPoolDomain: "my-shop",
};
const DEFAULTS = {
  SessionCookieName: "AWSELBAuthSessionCookie",
  Scope: "openid",
  SessionTimeout: 604_800,
  OnUnauthenticatedRequest: "authenticate",
};
const CHOSEN = {
  SessionCookieName: "my-cookie",
  Scope: "openid email",
  SessionTimeout: 3600,
  AuthenticationRequestExtraParams: { display: "page", prompt: "login" },
  OnUnauthenticatedRequest: "deny" as const,
};
const certificates = [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one" }];

let directory: string;
let world: BalancedWorld;
beforeEach(() => {
  directory = temporaryFolder();
  world = new BalancedWorld({ store: new LibsqlStore(join(directory, "platform.db")) });
});
afterEach(async () => {
  await world.close();
});

const oidc = (more: object = { ClientSecret: SECRET }): Action => ({
  Type: "authenticate-oidc",
  Order: 1,
  AuthenticateOidcConfig: { ...OIDC, ...more },
});
const cognito = (more: object = {}): Action => ({
  Type: "authenticate-cognito",
  Order: 1,
  AuthenticateCognitoConfig: { ...COGNITO, ...more },
});
const last: Action = { Type: "fixed-response", Order: 2, FixedResponseConfig: { StatusCode: "204" } };
const Conditions = [{ Field: "path-pattern", Values: ["/a"] }];

async function listener(...DefaultActions: Action[]): Promise<string> {
  const { Listeners } = await world.ask("CreateListener", {
    LoadBalancerArn: await world.loadBalancer(),
    Port: 443,
    Protocol: "HTTPS",
    Certificates: certificates,
    DefaultActions,
  });
  return Listeners![0]!.ListenerArn!;
}
const actionsOf = async (ListenerArn: string) =>
  (await world.ask("DescribeListeners", { ListenerArns: [ListenerArn] })).Listeners![0]!.DefaultActions!;

describe("an action that authenticates users", () => {
  it("is shown as it was made, with the defaults, and without the secret, by listeners and rules", async () => {
    const shown = { Type: "authenticate-oidc", Order: 1, AuthenticateOidcConfig: { ...OIDC, ...DEFAULTS } };
    const arn = await listener(last, oidc());
    expect(await actionsOf(arn)).toEqual([shown, last]);
    const { Rules: [made] = [] } = await world.ask("CreateRule", { ListenerArn: arn, Priority: 1, Conditions, Actions: [oidc(), last] });
    expect(made!.Actions).toEqual([shown, last]);

    const changed = { ...OIDC, ...CHOSEN };
    const modified = await world.ask("ModifyRule", {
      RuleArn: made!.RuleArn!,
      Actions: [oidc({ ...CHOSEN, UseExistingClientSecret: true }), last],
    });
    expect(modified.Rules![0]!.Actions![0]).toEqual({ ...shown, AuthenticateOidcConfig: changed });
    const { Rules } = await world.ask("DescribeRules", { RuleArns: [made!.RuleArn!] });
    expect(Rules![0]!.Actions![0]).toEqual({ ...shown, AuthenticateOidcConfig: changed });
    await world.ask("ModifyListener", { ListenerArn: arn, DefaultActions: [cognito(CHOSEN), last] });
    expect(await actionsOf(arn)).toEqual([
      { Type: "authenticate-cognito", Order: 1, AuthenticateCognitoConfig: { ...COGNITO, ...CHOSEN } },
      last,
    ]);
  });

  it.each(["localhost", "idp.localhost", "127.0.0.1", "[::1]"])("may ask %s without TLS, because it is this machine", async (host) => {
    const TokenEndpoint = `http://${host}:8080/token`;
    const [made] = await actionsOf(await listener(oidc({ TokenEndpoint, ClientSecret: SECRET }), last));
    expect(made?.AuthenticateOidcConfig).toMatchObject({ TokenEndpoint });
  });

  it("leaves its secret nowhere in clear", async () => {
    const arn = await listener(oidc(), last);
    await world.ask("ModifyListener", { ListenerArn: arn, DefaultActions: [oidc({ ClientSecret: `${SECRET}-2` }), last] });
    await world.end();
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
    expect(files.some((bytes) => bytes.includes("https://login.example/token"))).toBe(true);
    expect(files.some((bytes) => bytes.includes(SECRET))).toBe(false);
  });

  it("keeps its secret while ECS shifts the weights behind it", async () => {
    const [blue, green] = [await world.targetGroup("blue"), await world.targetGroup("green")];
    const provider = await IdentityProvider.start();
    const forward: Action = { Type: "forward", Order: 2, TargetGroupArn: blue };
    const arn = await listener(oidc({ ...provider.endpoints, ClientSecret: SECRET }), forward);
    const url = `https://127.0.0.1:${world.loadBalancing.hostPort(arn)}/`;
    provider.register({ clientId: "shop", clientSecret: SECRET, redirectUri: `${url}oauth2/idpresponse` });
    const failures: unknown[] = [];
    const call = ((_service: string, operation: "DescribeListeners", input: never) => world.ask(operation, input)) as never;
    new ListenerRuleWeights({ call, report: (failure) => failures.push(failure) }).setWeights(arn, [
      { targetGroupArn: blue, weight: 90 },
      { targetGroupArn: green, weight: 10 },
    ]);
    while ((await actionsOf(arn))[1]?.ForwardConfig?.TargetGroups?.length !== 2 && failures.length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toEqual([]);
    const browser = new Browser();
    // 503: logged in, and no target there.
    expect((await browser.logIn(url, "ada")).status).toBe(503);
    await browser.close();
    provider.close();
  });

  it("is made once, when it is asked for again with the same secret", async () => {
    const LoadBalancerArn = await world.loadBalancer();
    const make = (ClientSecret: string) =>
      world.ask("CreateListener", {
        LoadBalancerArn,
        Port: 443,
        Protocol: "HTTPS",
        Certificates: certificates,
        DefaultActions: [oidc({ ClientSecret }), last],
      });
    const first = await make(SECRET);
    expect(await make(SECRET)).toEqual(first);
    await expect(make("another")).rejects.toMatchObject({ name: "DuplicateListenerException" });
  });
});

describe("an action that authenticates users is refused", () => {
  const invalid = "InvalidLoadBalancerActionException";
  const wrong = "ValidationError";
  it.each<[string, string, Action, string]>([
    ["without a configuration", wrong, { Type: "authenticate-oidc", Order: 1 }, "needs an AuthenticateOidcConfig"],
    ["with an issuer that is no URL", wrong, oidc({ Issuer: "login", ClientSecret: SECRET }), "Issuer 'login' must be a full URL"],
    ["with a plain endpoint elsewhere", wrong, oidc({ TokenEndpoint: "http://login.example/t", ClientSecret: SECRET }), "with HTTPS"],
    ["without a client", wrong, oidc({ ClientId: "", ClientSecret: SECRET }), "client ID"],
    ["without a secret", invalid, oidc({}), "must specify a client secret"],
    ["with the secret of a rule that has none", invalid, oidc({ UseExistingClientSecret: true }), "no client secret yet"],
    [
      "with two secrets",
      invalid,
      oidc({ ClientSecret: SECRET, UseExistingClientSecret: true }),
      "You cannot both specify a client secret and set UseExistingClientSecret to true",
    ],
    ["with a session of no time", wrong, oidc({ ClientSecret: SECRET, SessionTimeout: 0 }), "between 1 and 604800"],
    ["with a session of more than a week", wrong, oidc({ ClientSecret: SECRET, SessionTimeout: 604_801 }), "between 1 and 604800"],
    ["with a cookie no browser takes", wrong, oidc({ ClientSecret: SECRET, SessionCookieName: "a b" }), "cookie name"],
    ["with an empty scope", wrong, oidc({ ClientSecret: SECRET, Scope: "" }), "scope"],
    [
      "with eleven extra parameters",
      wrong,
      oidc({
        ClientSecret: SECRET,
        AuthenticationRequestExtraParams: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`p${index}`, "1"])),
      }),
      "at most 10 extra parameters",
    ],
    ["with something else than a user pool", wrong, cognito({ UserPoolArn: "arn:aws:s3:::a" }), "user pool ARN"],
    ["with a domain that is an address", wrong, cognito({ UserPoolDomain: "https://a.example" }), "user pool domain"],
    ["without a pool's client", wrong, cognito({ UserPoolClientId: "" }), "client ID"],
  ])("%s", async (_, name, action, message) => {
    await expect(listener(action, last)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
    const LoadBalancerArn = (await world.ask("DescribeLoadBalancers", {})).LoadBalancers![0]!.LoadBalancerArn;
    expect((await world.ask("DescribeListeners", { LoadBalancerArn })).Listeners).toEqual([]);
  });

  it.each<[string, "HTTP" | "HTTPS", Action[], string]>([
    ["on an HTTP listener", "HTTP", [oidc(), last], "Actions of type 'authenticate-oidc' are supported only on HTTPS listeners"],
    ["with nothing behind it", "HTTPS", [oidc()], "Exactly one action"],
    ["beside another", "HTTPS", [oidc(), cognito(), { ...last, Order: 3 }], "Only one action"],
    ["behind the last", "HTTPS", [{ ...oidc(), Order: 3 }, last], "must be the last"],
  ])("%s", async (_, Protocol, DefaultActions, message) => {
    const secure = Protocol === "HTTPS" ? { Certificates: certificates } : {};
    const input = { LoadBalancerArn: await world.loadBalancer(), Port: 443, Protocol, ...secure, DefaultActions };
    await expect(world.ask("CreateListener", input)).rejects.toMatchObject({
      name: "InvalidLoadBalancerActionException",
      message: expect.stringContaining(message),
    });
  });

  it("by a listener that ceases to be HTTPS while a rule of it authenticates", async () => {
    const arn = await listener(oidc(), last);
    await expect(world.ask("ModifyListener", { ListenerArn: arn, Protocol: "HTTP" })).rejects.toThrow(
      "'authenticate-oidc' must be an HTTPS",
    );
  });
});
