import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  ContinueServiceDeploymentCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../support/load.ts";
import type { Outcome } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

const smoke = "arn:aws:lambda:us-east-1:000000000000:function:smoke";
const hooks = `, hooks: [{stage: POST_SCALE_UP, lambda: "${smoke}"}, {stage: POST_TEST_TRAFFIC_SHIFT, pause: true, timeout: 24h}]`;
const localDocument = (standIn: string): string =>
  `apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: local}\nenvironment: {local: {hooks: {smoke: ${standIn}}}}\n`;

interface Ongoing {
  readonly serviceDeployment: string;
  readonly status: string;
  readonly pauses: readonly { readonly stage: string; readonly since: string; readonly until: string; readonly onTimeout: string }[];
}

describe("a deployment with hooks", () => {
  const world = new World();
  let ecs: ECSClient;
  let functionServer: Server;
  const asked: { lifecycleStage: string; resourceArn: string }[] = [];

  beforeAll(async () => {
    const { endpoint } = await world.up("--speed", "20");
    ecs = new ECSClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } });
    functionServer = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        asked.push(JSON.parse(text));
        response.writeHead(200, { connection: "close" }).end(JSON.stringify({ hookStatus: "SUCCEEDED" }));
      });
    });
    functionServer.listen(0, "127.0.0.1");
    await once(functionServer, "listening");
  });
  afterAll(async () => {
    ecs.destroy();
    functionServer.close();
    await world.end();
  });

  const write = (name: string, version: string, hooked: string, more: Record<string, string> = {}): string =>
    world.write(name, {
      ...serviceFiles(name, { version }, `  deployment: {strategy: blue-green, bakeTime: 1m${hooked}}\n`),
      ...more,
    });
  const deploy = (folder: string): Promise<Outcome> => world.fsd("deploy", "-f", folder, "--yes");

  /** The service's newest deployment, once a PAUSE hook of it waits for someone. */
  const paused = (service: string): Promise<ServiceDeployment> =>
    eventually(`a deployment of ${service} pauses`, async () => {
      const { serviceDeployments = [] } = await ecs.send(new ListServiceDeploymentsCommand({ cluster: "fsd-local", service }));
      const arn = serviceDeployments[0]?.serviceDeploymentArn;
      if (arn === undefined) return undefined;
      const described = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }));
      const [deployment] = described.serviceDeployments ?? [];
      return deployment?.lifecycleHookDetails?.some(({ status }) => status === "AWAITING_ACTION") ? deployment : undefined;
    });

  it("that ask a function is refused on local before any change when nothing stands in for it", async () => {
    const refused = await deploy(`${write("unguarded", "1", hooks)}/fsd.yml`);
    expect(refused).toExitWith(2);
    expect(refused.stderr).toMatch(/fsd\.yml:\d+:\d+ error FSD1812 local runs no Lambda functions, and nothing stands in for smoke/);
    expect(await world.json<{ service: string }[]>("status")).not.toContainEqual(expect.objectContaining({ service: "unguarded" }));
  });

  it("asks the stand-in, waits at the PAUSE with all traffic on the old revision, and goes on when told, without a failed request", async () => {
    const first = await deploy(write("continued", "1", ""));
    expect(first).toExitWith(0);
    const load = new Load((await world.status("continued")).url, 100);
    const url = `http://127.0.0.1:${(functionServer.address() as AddressInfo).port}/`;
    const going = deploy(write("continued", "2", hooks, { "env.yml": localDocument(JSON.stringify(url)), ".dockerignore": "*.yml\n" }));
    const deployment = await paused("continued");
    expect(deployment).toMatchObject({
      status: "IN_PROGRESS",
      lifecycleStage: "POST_TEST_TRAFFIC_SHIFT",
      sourceServiceRevisions: [{ requestedTaskCount: 2, runningTaskCount: 2 }],
      targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
      lifecycleHookDetails: [{ targetType: "PAUSE", timeoutAction: "ROLLBACK", expiresAt: expect.any(Date) }],
    });
    expect(asked).toEqual([expect.objectContaining({ lifecycleStage: "POST_SCALE_UP", resourceArn: deployment.serviceDeploymentArn })]);
    const { serviceRevisions = [] } = await ecs.send(
      new DescribeServiceRevisionsCommand({
        serviceRevisionArns: [deployment.sourceServiceRevisions?.[0]?.arn ?? "", deployment.targetServiceRevision?.arn ?? ""],
      }),
    );
    expect(serviceRevisions.map(({ taskDefinition }) => taskDefinition?.split(":").at(-1))).toEqual(["1", "2"]);
    const before = load.requests;
    await eventually("two hundred more requests", async () => load.requests > before + 200);
    expect(load.versions).toEqual(["1"]);
    const { serviceDeploymentArn } = deployment;
    const answer = (hookId: string | undefined, arn = serviceDeploymentArn) =>
      ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn: arn, hookId, action: "CONTINUE" }));
    await expect(answer("another")).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(answer("another", `${serviceDeploymentArn}0`)).rejects.toMatchObject({ name: "ServiceDeploymentNotFoundException" });
    await answer(deployment.lifecycleHookDetails?.[0]?.hookId);
    const outcome = await going;
    expect(outcome).toExitWith(0);
    const { failures, lastVersion } = await load.end();
    expect(failures).toEqual([]);
    expect(lastVersion).toBe("2");
  });

  it("runs a command in the folder of the document that names it, and goes back from the PAUSE when told to, without a failed request", async () => {
    const first = await deploy(write("returned", "1", ""));
    expect(first).toExitWith(0);
    const load = new Load((await world.status("returned")).url, 100);
    const check = `let text = "";
process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => {
  require("node:fs").writeFileSync("asked.json", text);
  console.log(JSON.stringify({ hookStatus: "SUCCEEDED" }));
});`;
    const folder = write("returned", "2", hooks, {
      "env.yml": localDocument(JSON.stringify([process.execPath, "check.js", "$(touch interpolated)"])),
      "check.js": check,
      ".dockerignore": "*.yml\ncheck.js\n",
    });
    const going = deploy(folder);
    const { lifecycleHookDetails, serviceDeploymentArn } = await paused("returned");
    expect(JSON.parse(readFileSync(join(folder, "asked.json"), "utf8"))).toMatchObject({ resourceArn: serviceDeploymentArn });
    expect(existsSync(join(folder, "interpolated"))).toBe(false);
    await ecs.send(
      new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId: lifecycleHookDetails?.[0]?.hookId, action: "ROLLBACK" }),
    );
    const outcome = await going;
    expect(outcome).toExitWith(4);
    const { failures, versions } = await load.end();
    expect(failures).toEqual([]);
    expect([...versions]).toEqual(["1"]);
  });

  it("is said to be paused by deploy and status, goes on with promote, and goes back with abort, each only when agreed to", async () => {
    const pausing = ", hooks: [{stage: POST_SCALE_UP, pause: true, timeout: 10h, onTimeout: CONTINUE}]";
    const first = await deploy(write("promoted", "1", ""));
    expect(first).toExitWith(0);
    expect(await world.fsd("promote", "promoted", "--yes")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("FSD5007"),
    });

    const second = deploy(write("promoted", "2", pausing));
    const waiting = await paused("promoted");
    const { state, liveRevision, ongoing } = await world.json<{ state: string; liveRevision: string; ongoing: Ongoing }>(
      "status",
      "promoted",
    );
    expect({ state, liveRevision }).toEqual({ state: "deploying", liveRevision: "fsd-local-promoted:1" });
    expect(ongoing).toMatchObject({ serviceDeployment: waiting.serviceDeploymentArn, status: "IN_PROGRESS" });
    const [pause] = ongoing.pauses;
    expect(pause).toMatchObject({ stage: "POST_SCALE_UP", onTimeout: "CONTINUE" });
    // Ten hours of engine time are half an hour at this speed, whenever one asks.
    const until = Date.parse(pause?.until ?? "");
    expect(Math.abs(until - (waiting.lifecycleHookDetails?.[0]?.expiresAt?.getTime() ?? 0))).toBeLessThan(1_000);
    expect(until - Date.parse(pause?.since ?? "")).toBeGreaterThan(29 * 60_000);
    expect(until - Date.parse(pause?.since ?? "")).toBeLessThan(31 * 60_000);
    const words =
      /paused at POST_SCALE_UP since [\d:]+ UTC; at [-\d: ]+ UTC it goes on by itself · go on: fsd promote promoted --env local · back: fsd abort promoted --env local/;
    expect((await world.fsd("status", "promoted")).stdout).toMatch(words);
    expect(await world.fsd("promote", "promoted")).toExitWith(3);
    expect(await world.json("promote", "promoted", "--yes")).toMatchObject({
      service: "promoted",
      env: "local",
      action: "CONTINUE",
      serviceDeployment: waiting.serviceDeploymentArn,
      lifecycleStage: "POST_SCALE_UP",
      traffic: { new: { requests: 0, latencyMs: null }, verdict: "no-traffic" },
    });
    const live = await second;
    expect(live).toExitWith(0);
    expect(live.stdout).toMatch(words);

    const third = deploy(write("promoted", "3", pausing));
    await paused("promoted");
    expect(await world.fsd("abort", "promoted")).toExitWith(3);
    expect(await world.json("abort", "promoted", "--yes")).toMatchObject({ action: "ROLLBACK", lifecycleStage: "POST_SCALE_UP" });
    const back = await third;
    expect(back).toExitWith(4);
    expect(await world.status("promoted")).toMatchObject({ liveRevision: "fsd-local-promoted:2" });
  });

  it("shows whoever decides what old and new did with their requests: in deploy's events, and before promote asks", async () => {
    const first = await deploy(write("compared", "1", ""));
    expect(first).toExitWith(0);
    const { url } = await world.status("compared");
    const load = new Load(url, 50);
    // The second version answers its health check, and everything else with an error.
    const broken = `require("node:http").createServer((request, response) => {
  response.statusCode = request.url === "/health" ? 200 : 503;
  response.end("{}");
}).listen(8000);
process.on("SIGTERM", () => process.exit(0));
`;
    const pausing = ", hooks: [{stage: POST_TEST_TRAFFIC_SHIFT, pause: true, timeout: 10h}]";
    const folder = write("compared", "2", pausing, { "server.js": broken });
    const second = world.fsd("deploy", "-f", folder, "--yes", "--output", "json");
    await paused("compared");
    for (let count = 0; count < 120; count++) {
      const answer = await fetch(url, { headers: { "x-fsd-test": "true" } });
      expect([answer.status, await answer.text()]).toEqual([503, "{}"]);
    }
    const seen = await eventually("the requests to both are counted", async () => {
      const asked = await world.fsd("promote", "compared");
      expect(asked).toExitWith(3);
      return asked.stderr.includes("new: 120 requests") ? asked.stderr : undefined;
    });
    expect(seen).toMatch(/old: [\d,]+ requests, 0 % 5xx, [\d.]+ ms \(p99 [\d.]+ ms\) since [\d:]+ UTC/);
    expect(seen).toContain("new: 120 requests, 100 % 5xx");
    expect(seen).toContain("the new revision answers more of its requests with 5xx");
    expect(await world.fsd("abort", "compared", "--yes")).toExitWith(0);
    const back = await second;
    expect(back).toExitWith(4);
    const told = back.stdout
      .split("\n")
      .filter((line) => line.includes('"type":"traffic"'))
      .map((line) => JSON.parse(line));
    expect(told[0]).toMatchObject({
      subject: "compared",
      since: expect.any(String),
      old: { requests: expect.any(Number), errorRate: 0, latencyMs: expect.any(Number) },
      new: { requests: expect.any(Number) },
      verdict: expect.any(String),
    });
    const { failures } = await load.end();
    expect(failures).toEqual([]);
  });

  it("that rolls can be aborted, too, as long as it goes on", async () => {
    const rolling = (version: string, program: "answers" | "unhealthy"): string =>
      world.write("rolled", serviceFiles("rolled", { version, program }, "  deployment: {circuitBreaker: {enable: false}}\n"));
    const first = await deploy(rolling("1", "answers"));
    expect(first).toExitWith(0);
    const second = deploy(rolling("2", "unhealthy"));
    await eventually("the second revision is being rolled out", async () => (await world.status("rolled")).deployments.length === 2);
    expect(await world.fsd("promote", "rolled", "--yes")).toMatchObject({ status: 2, stderr: expect.stringContaining("waits for nobody") });
    expect(await world.fsd("abort", "rolled", "--yes")).toExitWith(0);
    const back = await second;
    expect(back).toExitWith(4);
    expect((await world.status("rolled")).liveRevision).toMatch(/rolled:1$/);
  });
});
