import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, World } from "../support/world.ts";

const files = {
  "fsd.yml": `apiVersion: fsd/v1
kind: Service
metadata: {name: fragile}
service:
  build: {context: .}
  port: 8000
  healthCheck: {path: /health, interval: 5, timeout: 2, healthyThreshold: 2, unhealthyThreshold: 2, gracePeriod: 10}
  resources: {cpu: 256, memory: 512, desiredCount: 1}
  networking: {loadBalancer: {deregistrationDelay: 5}}
  observability: {alarms: {restarts: {metric: restarts, threshold: 1, comparison: ">=", periods: 1}}}
`,
  Dockerfile: 'FROM node:20-slim\nWORKDIR /app\nCOPY server.js .\nCMD ["node", "server.js"]\n',
  "server.js": `require("node:http").createServer((request, response) => {
  response.end("ok", () => { if (request.url === "/exit") process.exit(7); });
}).listen(8000);
process.on("SIGTERM", () => process.exit(0));
`,
};

describe("an alarm on restarts", () => {
  const world = new World();
  let cloudWatch: CloudWatch;
  beforeAll(async () => {
    const { endpoint } = await world.up();
    cloudWatch = new CloudWatch({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  });
  afterAll(async () => {
    cloudWatch.destroy();
    await world.end();
  });

  const state = async (): Promise<string | undefined> =>
    (await cloudWatch.describeAlarms({ AlarmNames: ["fsd-local-fragile-restarts"] })).MetricAlarms?.[0]?.StateValue;

  it("keeps quiet while tasks are replaced by a deployment, and rings when one ends by itself", async () => {
    const folder = world.write("fragile", files);
    const deploy = (...more: string[]) => world.fsd("deploy", "-f", `${folder}/fsd.yml`, ...more);
    const first = await deploy();
    expect(first).toExitWith(0);
    expect(await deploy("--set", "VERSION_OF=2")).toExitWith(0);
    await eventually("the alarm has looked", async () => (await state()) === "OK");

    const { url } = await world.status("fragile");
    await (await fetch(`${url}/exit`)).text();
    await eventually("the alarm rings", async () => (await state()) === "ALARM");
  });
});
