/** A deployment that changes only the load balancer's health check: CloudFormation waits for no target, so fsd looks itself. */

import { join } from "node:path";
import { CloudFormation } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../support/load.ts";
import { type Outcome, said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let cloudFormation: CloudFormation;
let logs: CloudWatchLogs;
beforeAll(async () => {
  const { endpoint } = await world.up();
  const settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  cloudFormation = new CloudFormation(settings);
  logs = new CloudWatchLogs(settings);
});
afterAll(() => world.end());

/** Answers 200 on every path but /missing. */
const server = `
const server = require("node:http").createServer((request, response) => {
  response.statusCode = request.url === "/missing" ? 404 : 200;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version: "1" }));
});
server.listen(8000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

/** Of the tasks of the service one answers 503 on /odd: that which was first to write a parameter of the platform's. */
const oneFails = `
const parameter = { Name: "/odd/one", Value: "taken", Type: "String" };
const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.PutParameter" };
const authorization = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=0";
fetch(process.env.AWS_ENDPOINT_URL, { method: "POST", headers: { ...headers, authorization }, body: JSON.stringify(parameter) }).then(({ ok }) => {
  console.log(ok ? "is the odd one" : "is like the others");
  const server = require("node:http").createServer((request, response) => {
    response.statusCode = request.url === "/odd" && ok ? 503 : 200;
    response.end("{}");
  });
  server.listen(8000);
  process.on("SIGTERM", () => server.close(() => process.exit(0)));
});
`;

/** The manifest stays as it is: it is part of the build context, and another one would be another image. */
function deploy(name: string, path: string, ...flags: string[]): Promise<Outcome> {
  const folder = world.write(name, { ...serviceFiles(name, { version: "1" }), "server.js": server });
  return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes", "--override", `service.healthCheck.path=${path}`, ...flags);
}

async function healthPath(name: string): Promise<string> {
  const { TemplateBody = "" } = await cloudFormation.getTemplate({ StackName: `fsd-local-${name}` });
  return JSON.parse(TemplateBody).Resources.TargetGroup.Properties.HealthCheckPath;
}

describe("a deployment that changes only the path of the health check", () => {
  it("to one that answers 404 is not called live: the release before comes back, and the cause is named", async () => {
    expect(await deploy("wrong", "/health")).toExitWith(0);
    const before = await world.status("wrong");
    const load = new Load(before.url, 50);
    const outcome = await deploy("wrong", "/missing");
    const { failures } = await load.end();
    const text = said(outcome);
    expect(outcome).toExitWith(4);
    expect(text).not.toMatch(/is live/);
    expect(text).toMatch(/the health check has changed; watching 2 targets/);
    expect(text).toMatch(/the health check is answered with 404 \(GET \/missing on port 8000\)/);
    expect(text).toMatch(/fsd deploy .*--override service\.healthCheck\.path=\/health\b/);
    expect(text).toMatch(/wrong was rolled back: \S+:1 still serves with 2 tasks/);
    expect(failures).toEqual([]);
    expect(await healthPath("wrong")).toBe("/health");
    expect(await world.status("wrong")).toMatchObject({ running: 2, healthy: 2, liveRevision: before.liveRevision });
  });

  it("to one that answers is live once every target has been judged by it, told as it goes", async () => {
    expect(await deploy("right", "/health")).toExitWith(0);
    const outcome = await deploy("right", "/ready");
    const text = said(outcome);
    expect(outcome).toExitWith(0);
    expect(text).toMatch(/the health check has changed; watching 2 targets for \d+ s/);
    expect(text).toMatch(/is live: 2 of 2 tasks running/);
    expect(await healthPath("right")).toBe("/ready");
  });

  it("to one that fails fewer than half of the targets waits for ECS to replace those, and goes back when the rollout's budget is spent", async () => {
    // Within its grace period ECS replaces no task, so that one of three stays unhealthy.
    const patient = (path: string, ...flags: string[]): Promise<Outcome> => {
      const files = serviceFiles("odd", { version: "1", count: 3 });
      const manifest = files["fsd.yml"]?.replace("gracePeriod: 10", "gracePeriod: 7200");
      const folder = world.write("odd", { ...files, "fsd.yml": manifest ?? "", "server.js": oneFails });
      return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes", "--override", `service.healthCheck.path=${path}`, ...flags);
    };
    const first = await patient("/health");
    expect(first).toExitWith(0);
    const before = await world.status("odd");
    const outcome = await patient("/odd", "--timeout", "0.2");
    const text = said(outcome);
    expect(outcome).toExitWith(4);
    expect(text).toMatch(/2 of 3 targets healthy under the changed health check; waiting for ECS to replace the others, for \d+ s/);
    expect(text).toMatch(/odd was rolled back: \S+:1 still serves with 3 tasks/);
    expect(await healthPath("odd")).toBe("/health");
    expect(await world.status("odd")).toMatchObject({ running: 3, healthy: 3, liveRevision: before.liveRevision });
  });

  it("as JSON lines ends with what came back", async () => {
    expect(await deploy("lines", "/health")).toExitWith(0);
    const outcome = await deploy("lines", "/missing", "--output", "json");
    expect(outcome).toExitWith(4);
    const events = outcome.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ type: "outcome", outcome: "rolled-back", stackStatus: "UPDATE_COMPLETE", running: 2 });
    expect(events.find(({ type }) => type === "diagnosis").diagnosis.causes[0]).toMatchObject({ kind: "wrong-health-status" });
  });

  it("and cannot go back says so with the state of its stack; the next deployment says what hinders it, and mends it once that is gone", async () => {
    const retention = (days: number): readonly string[] => ["--override", `service.observability.logs.retention=${days}`];
    expect(await deploy("nowhere", "/health", ...retention(30))).toExitWith(0);
    const { ended } = await world.fsdUntil(
      /the health check has changed; watching/,
      ...["deploy", "-f", join(world.folder, "nowhere"), "--yes", "--override", "service.healthCheck.path=/missing", ...retention(14)],
    );
    // The way back sets the retention of a log group that is gone.
    await logs.deleteLogGroup({ logGroupName: "/ecs/local/nowhere" });
    const outcome = await ended;
    const text = said(outcome);
    expect(outcome).toExitWith(1);
    expect(text).toMatch(/stack fsd-local-nowhere could not go back: it is UPDATE_ROLLBACK_FAILED/);
    expect(text).not.toMatch(/was rolled back|is live/);

    const refused = await deploy("nowhere", "/health", ...retention(30));
    expect(refused.status).toBe(1);
    expect(said(refused)).toMatch(/FSD7005 the stack fsd-local-nowhere is UPDATE_ROLLBACK_FAILED: LogGroup: /);
    await logs.createLogGroup({ logGroupName: "/ecs/local/nowhere" });
    // All targets are unhealthy by the check that is mended here: that is no reason to go back to it.
    const mended = await deploy("nowhere", "/health", ...retention(30));
    expect(mended).toExitWith(0);
    expect(await world.status("nowhere")).toMatchObject({ running: 2, healthy: 2 });
  });
});
