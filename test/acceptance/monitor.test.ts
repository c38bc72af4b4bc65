/** `deployment.monitor`: what becomes of a deployment that succeeds and whose alarms go off afterwards. */
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { CloudFormation } from "@aws-sdk/client-cloudformation";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, root, World } from "../support/world.ts";

const world = new World();
let cloudFormation: CloudFormation;
let cloudWatch: CloudWatch;
beforeAll(async () => {
  const { endpoint } = await world.up("--speed", "20");
  const settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  cloudFormation = new CloudFormation(settings);
  cloudWatch = new CloudWatch(settings);
});
afterAll(() => world.end());

function manifest(name: string, version: string, monitor: string): string {
  const more = `  deployment: {monitor: ${monitor}}\n  observability: {alarms: {cpu: {metric: cpu, threshold: 95}, memory: {metric: memory, threshold: 95}}}\n`;
  return `${world.write(name, serviceFiles(name, { version }, more))}/fsd.yml`;
}

function deploy(name: string, version: string, monitor: string): Promise<Outcome> {
  return world.fsd("deploy", "-f", manifest(name, version, monitor), "--env", "local", "--yes");
}

/** Deploys with an hour's watch, three minutes here, and does something as soon as it has begun. */
async function watched(name: string, version: string, begun: (child: ChildProcess) => unknown): Promise<Outcome> {
  const args = ["deploy", "-f", manifest(name, version, "1h"), "--env", "local", "--yes"];
  let text = "";
  let doing: unknown;
  const outcome = await world.run(process.execPath, [join(root, "bin", "fsd"), ...args], {}, (chunk, child) => {
    text += chunk;
    if (text.includes("watching 2 alarms for 3 min")) doing ??= begun(child);
  });
  await doing;
  return outcome;
}

async function version(name: string): Promise<string> {
  const { url } = await world.status(name);
  return ((await (await fetch(url)).json()) as { version: string }).version;
}

async function stackOf(name: string) {
  const StackName = `fsd-local-${name}`;
  const [{ Stacks = [] }, { TemplateBody }] = await Promise.all([
    cloudFormation.describeStacks({ StackName }),
    cloudFormation.getTemplate({ StackName }),
  ]);
  const { Parameters = [], Tags = [], StackStatus } = Stacks[0] ?? {};
  return { TemplateBody, Parameters, Tags, StackStatus };
}

describe("an update that is watched", () => {
  it("goes back to the release before when an alarm goes off, and names it", async () => {
    const first = await deploy("items", "1", "1h");
    expect(first).toExitWith(0);
    expect(first.stdout).toContain("monitor: there is no release to go back to, so nothing is watched after the deployment");
    const before = await stackOf("items");

    const ring = { AlarmName: "fsd-local-items-memory", StateValue: "ALARM", StateReason: "tried by hand" } as const;
    // CloudWatch evaluates it again and again, so it is set until fsd has seen it and ended.
    const outcome = await watched("items", "2", (child) =>
      eventually("fsd has ended", async () => {
        if (child.exitCode === null) await cloudWatch.setAlarmState(ring);
        return child.exitCode !== null;
      }),
    );
    expect(outcome).toExitWith(4);
    expect(outcome.stdout).toContain("the alarm fsd-local-items-memory went off after the deployment");
    expect(outcome.stdout).toMatch(
      /\$ aws cloudwatch describe-alarm-history --alarm-name fsd-local-items-memory --endpoint-url http\S+ --region us-east-1\n/,
    );
    expect(outcome.stdout).toContain("tried by hand");
    expect(outcome.stdout).toMatch(/items was rolled back: \S+:\d+ still serves with 2 tasks/);
    expect(await version("items")).toBe("1");
    expect(await stackOf("items")).toEqual({ ...before, StackStatus: "UPDATE_COMPLETE" });
  });

  it("stays when no alarm goes off, and says for how long none has", async () => {
    expect(await deploy("quiet", "1", "1m")).toExitWith(0);
    const outcome = await deploy("quiet", "2", "1m");
    expect(outcome).toExitWith(0);
    expect(outcome.stdout).toContain("✓ no alarm went off within 3 s (2 alarms)");
    expect(await version("quiet")).toBe("2");
  });

  it("stays when the watching is interrupted", async () => {
    expect(await deploy("left", "1", "1h")).toExitWith(0);
    const outcome = await watched("left", "2", (child) => child.kill("SIGINT"));
    expect(outcome).toExitWith(130);
    expect(outcome.stdout).toContain("interrupted: its alarms are no longer watched, and the deployment stays");
    expect(await version("left")).toBe("2");
  });
});
