/** The roles an environment deploys with: who calls AWS, and as whom CloudFormation acts. */
import { createServer, request as forward, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudFormation } from "@aws-sdk/client-cloudformation";
import { IAM } from "@aws-sdk/client-iam";
import { STS } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

/** A call as it went over the wire. */
interface Call {
  readonly accessKeyId: string;
  readonly body: URLSearchParams;
}

const world = new World();
const calls: Call[] = [];
let wire: Server;
/** In front of the platform: passes on everything and remembers who called. */
let watched: string;
let settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

beforeAll(async () => {
  const { endpoint } = await world.up();
  settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  wire = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const accessKeyId = /Credential=([^/]+)\//.exec(incoming.headers.authorization ?? "")?.[1] ?? "";
      calls.push({ accessKeyId, body: new URLSearchParams(body.length < 1_000_000 ? body.toString() : "") });
      const passed = forward(new URL(incoming.url ?? "/", endpoint), { method: incoming.method, headers: incoming.headers }, (given) => {
        answer.writeHead(given.statusCode ?? 500, given.headers);
        given.pipe(answer);
      });
      passed.on("error", (error) => answer.destroy(error));
      passed.end(body);
    });
  });
  await new Promise<void>((resolve) => wire.listen(0, "127.0.0.1", resolve));
  watched = `http://127.0.0.1:${(wire.address() as AddressInfo).port}`;
  await new IAM(settings).createRole({
    RoleName: "deployer",
    AssumeRolePolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    }),
  });
});
afterAll(async () => {
  wire.closeAllConnections();
  wire.close();
  await world.end();
});
beforeEach(() => {
  calls.length = 0;
});

const role = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;

function deploy(name: string, roles: Readonly<Record<string, string>>, ...more: string[]) {
  const folder = world.write(name, {
    ...serviceFiles(name, { version: "1" }),
    "local.yml": `apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: local}\nenvironment: ${JSON.stringify({ roles, images: { tags: "v*" } })}\n`,
  });
  return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "-f", `${folder}/local.yml`, "--yes", "--endpoint", watched, ...more);
}

function actions(): string[] {
  return calls.map(({ body }) => body.get("Action") ?? "");
}

describe("an environment with a role that deploys and one that CloudFormation acts with", () => {
  it("is deployed to by that role alone, and its stacks keep the other until they are deleted with it", async () => {
    const outcome = await deploy("items", { deployRoleArn: role("deployer"), cloudFormationRoleArn: role("cloudformation") });
    expect(outcome).toExitWith(0);
    expect(actions().filter((action) => action === "AssumeRole")).toHaveLength(1);
    const others = calls.filter(({ body }) => body.get("Action") !== "AssumeRole");
    expect(others.length).toBeGreaterThan(10);
    const [key = "", ...more] = new Set(others.map(({ accessKeyId }) => accessKeyId));
    expect(more).toEqual([]);
    const session = new STS({ ...settings, credentials: { accessKeyId: key, secretAccessKey: "not checked here" } });
    expect(await session.getCallerIdentity({})).toMatchObject({ Arn: "arn:aws:sts::000000000000:assumed-role/deployer/fsd-local" });

    const cloudFormation = new CloudFormation(settings);
    for (const StackName of ["fsd-local", "fsd-local-items"]) {
      const { Stacks = [] } = await cloudFormation.describeStacks({ StackName });
      expect(Stacks).toMatchObject([{ RoleARN: role("cloudformation") }]);
    }
    calls.length = 0;
    expect(await world.fsd("delete", "items", "--env", "local", "--yes", "--endpoint", watched)).toExitWith(0);
    const deletes = calls.filter(({ body }) => body.get("Action") === "DeleteStack");
    expect(deletes.map(({ body }) => body.get("RoleARN"))).toEqual([role("cloudformation")]);
  });

  it("is left alone when the role may not be assumed", async () => {
    const outcome = await deploy("orders", { deployRoleArn: role("unknown") });
    expect(outcome).toExitWith(1);
    expect(outcome.stderr).toMatch(/FSD7002 AWS refuses the request: AccessDenied: .* sts:AssumeRole on resource: .*role\/unknown/);
    expect(new Set(actions())).toEqual(new Set(["AssumeRole"]));
  });
});

describe("an environment that takes only some tags", () => {
  it.each([
    ["--image", "orders:latest"],
    ["--version", "1.0"],
  ])("refuses %s %s before any call", async (option, value) => {
    const outcome = await deploy("orders", {}, option, value);
    expect(outcome).toExitWith(2);
    expect(outcome.stderr).toMatch(/FSD1811 the tag (latest|1\.0) may not be deployed to local, which takes v\*/);
    expect(calls).toEqual([]);
  });
});
