import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import {
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, type Page } from "../support/browser.ts";
import { guardedTemplate } from "../support/guarded-template.ts";
import { IdentityProvider } from "../support/identity-provider.ts";
import { said } from "../support/outcome.ts";
import { describeWith } from "../support/requirement.ts";
import { eventually, World } from "../support/world.ts";

const SECRET = "the-secret-of-the-desk";

/** Verifies who the user is, as AWS tells applications to, and says it. */
const PROGRAM = `
const { createServer } = require("node:http");
const { createPublicKey, verify } = require("node:crypto");
const part = (text) => JSON.parse(Buffer.from(text, "base64").toString());
createServer(async (request, response) => {
  const data = request.headers["x-amzn-oidc-data"];
  if (data === undefined) return response.end("nobody");
  const [header, payload, signature] = data.split(".");
  const key = await (await fetch(process.env.AWS_ENDPOINT_URL + "/_fsd/public-keys.auth.elb/" + part(header).kid)).text();
  const bytes = Buffer.from(signature, "base64url");
  const isGood = verify("sha256", Buffer.from(header + "." + payload), { key: createPublicKey(key), dsaEncoding: "ieee-p1363" }, bytes);
  response.end(JSON.stringify({ isGood, path: request.url, signer: part(header).signer, email: part(payload).email }));
}).listen(8000);
`;

describe("a service behind a login", () => {
  const world = new World();
  const browser = new Browser();
  let provider: IdentityProvider;
  let endpoint = "";
  let pid = 0;
  let url = "";
  let elb: ElasticLoadBalancingV2Client;
  let cloudFormation: CloudFormationClient;

  const physicalId = async (logicalId: string): Promise<string> => {
    const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: "fsd-local-desk" }));
    return StackResources.find(({ LogicalResourceId }) => LogicalResourceId === logicalId)?.PhysicalResourceId ?? "";
  };
  const hostPort = async (listenerArn: string): Promise<string> => {
    const { TagDescriptions = [] } = await elb.send(new DescribeTagsCommand({ ResourceArns: [listenerArn] }));
    return TagDescriptions[0]?.Tags?.find(({ Key }) => Key === "aws:fsd:host-port")?.Value ?? "";
  };

  beforeAll(async () => {
    provider = await IdentityProvider.start();
    ({ endpoint, pid } = await world.up());
    const connection = { endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
    elb = new ElasticLoadBalancingV2Client(connection);
    cloudFormation = new CloudFormationClient(connection);
    const secrets = new SecretsManagerClient(connection);
    await secrets.send(new CreateSecretCommand({ Name: "desk/login", SecretString: SECRET }));
    secrets.destroy();
    const authentication = {
      Type: "authenticate-oidc",
      Order: 1,
      AuthenticateOidcConfig: {
        ...provider.endpoints,
        ClientId: "desk",
        ClientSecret: "{{resolve:secretsmanager:desk/login}}",
        Scope: "openid email",
        SessionTimeout: 3600,
      },
    };
    const actions = [authentication, { Type: "forward", Order: 2, TargetGroupArn: { Ref: "TargetGroup" } }];
    const folder = world.write("desk", {
      "fsd.yml": `apiVersion: fsd/v1
kind: Service
metadata: {name: desk}
service:
  build: {context: .}
  port: 8000
  healthCheck: {path: /health, interval: 5, timeout: 2, healthyThreshold: 2, unhealthyThreshold: 2}
  resources: {cpu: 256, memory: 512, desiredCount: 1}
  networking:
    loadBalancer: {dedicated: true, certificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one"}
overrides:
  - {path: /Resources/ListenerRule/Properties/Actions, value: ${JSON.stringify(actions)}}
`,
      Dockerfile: 'FROM node:20-slim\nWORKDIR /app\nCOPY server.js .\nEXPOSE 8000\nCMD ["node", "server.js"]\n',
      "server.js": PROGRAM,
    });
    const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    expect(outcome).toExitWith(0);
    expect(said(outcome)).not.toContain(SECRET);
    url = `https://desk.localhost:${await hostPort(await physicalId("SecureListener"))}`;
    provider.register({ clientId: "desk", clientSecret: SECRET, redirectUri: `${url}/oauth2/idpresponse` });
  });
  afterAll(async () => {
    elb.destroy();
    cloudFormation.destroy();
    provider.close();
    await Promise.all([browser.close(), world.end()]);
  });

  const shown = ({ text }: Page) => JSON.parse(text) as { isGood: boolean; path: string; signer: string; email: string };

  it("lets in who logs in at the identity provider, and the session outlives a platform that is killed", async () => {
    const page = await browser.logIn(`${url}/orders?open=1`, "ada");
    expect([page.status, shown(page)]).toEqual([
      200,
      {
        isGood: true,
        path: "/orders?open=1",
        signer: expect.stringMatching(/^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer\/app\//),
        email: "ada@example.com",
      },
    ]);

    process.kill(pid, "SIGKILL");
    expect(await world.fsd("local", "up", "--port", new URL(endpoint).port)).toExitWith(0);
    const asked = provider.count("POST /token");
    const again = await eventually("the service answers again", async () => {
      const answer = await browser.visit(`${url}/after`).catch(() => undefined);
      return answer?.status === 200 && answer;
    });
    expect(shown(again)).toMatchObject({ isGood: true, path: "/after", email: "ada@example.com" });
    expect(provider.count("POST /token")).toBe(asked);
  });

  it("keeps the client's secret to itself", async () => {
    const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [await physicalId("ListenerRule")] }));
    expect(Rules![0]!.Actions![0]!.AuthenticateOidcConfig).toEqual({
      ...provider.endpoints,
      ClientId: "desk",
      Scope: "openid email",
      SessionTimeout: 3600,
      SessionCookieName: "AWSELBAuthSessionCookie",
      OnUnauthenticatedRequest: "authenticate",
    });
    const holding = (text: string) => filesBelow(world.stateDir).filter((file) => readFileSync(file).includes(text));
    expect(holding(provider.endpoints.TokenEndpoint)).not.toEqual([]);
    expect(holding(SECRET)).toEqual([]);
  });

  it("is a listener's default as well, in a template of one's own, with Cognito", async () => {
    await cloudFormation.send(new CreateStackCommand({ StackName: "pool", TemplateBody: poolTemplate }));
    const stack = await eventually("the stack ends", async () => {
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: "pool" }));
      return !/IN_PROGRESS$/.test(Stacks[0]?.StackStatus ?? "") && Stacks[0];
    });
    expect(stack.StackStatus).toBe("CREATE_COMPLETE");
    const arn = stack.Outputs?.[0]?.OutputValue ?? "";
    const { Listeners } = await elb.send(new DescribeListenersCommand({ ListenerArns: [arn] }));
    expect(Listeners![0]!.DefaultActions![0]).toMatchObject({
      Type: "authenticate-cognito",
      AuthenticateCognitoConfig: { UserPoolDomain: "my-shop", SessionTimeout: 3600, SessionCookieName: "pool-session" },
    });
    const { status, headers } = await browser.visit(`https://localhost:${await hostPort(arn)}/`);
    expect([status, String(headers.location).split("?")[0]]).toEqual([
      302,
      "https://my-shop.auth.us-east-1.amazoncognito.com/oauth2/authorize",
    ]);
  });

  describeWith("aws", "asked by the AWS CLI", () => {
    it("has further rules, with secrets that are given, kept and not told", async () => {
      const aws = async (...args: string[]) => {
        const outcome = await world.run("aws", ["elbv2", ...args, "--endpoint-url", endpoint, "--output", "json"]);
        expect(outcome).toExitWith(0);
        expect(outcome.stdout).not.toContain(SECRET);
        return JSON.parse(outcome.stdout || "{}") as { Rules?: { RuleArn: string; Actions: { AuthenticateOidcConfig?: object }[] }[] };
      };
      const listenerArn = await physicalId("SecureListener");
      const actions = (more: object) =>
        JSON.stringify([
          { Type: "authenticate-oidc", Order: 1, AuthenticateOidcConfig: { ...provider.endpoints, ClientId: "desk", ...more } },
          { Type: "fixed-response", Order: 2, FixedResponseConfig: { StatusCode: "200" } },
        ]);
      const conditions = "Field=path-pattern,Values=/cli";
      const given = actions({ ClientSecret: SECRET, OnUnauthenticatedRequest: "deny" });
      const made = await aws(
        ...["create-rule", "--listener-arn", listenerArn, "--priority", "1", "--conditions", conditions, "--actions", given],
      );
      const arn = made.Rules![0]!.RuleArn;
      const stranger = new Browser();
      expect((await stranger.visit(`${url}/cli`)).status).toBe(401);
      const kept = actions({ UseExistingClientSecret: true });
      await aws("modify-rule", "--rule-arn", arn, "--actions", kept);
      const { Rules } = await aws("describe-rules", "--rule-arns", arn);
      expect(Rules![0]!.Actions[0]!.AuthenticateOidcConfig).toMatchObject({ ClientId: "desk", OnUnauthenticatedRequest: "authenticate" });
      expect((await stranger.logIn(`${url}/cli`, "ada")).status).toBe(200);
      await stranger.close();
      await aws("delete-rule", "--rule-arn", arn);
    });
  });
});

const poolTemplate = guardedTemplate({
  Type: "authenticate-cognito",
  AuthenticateCognitoConfig: {
    UserPoolArn: "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc",
    UserPoolClientId: "shop",
    UserPoolDomain: "my-shop",
    SessionCookieName: "pool-session",
    SessionTimeout: "3600",
  },
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
