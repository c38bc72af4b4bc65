/** A service whose traffic is in the second of its two target groups, and deployments that would give that group up. */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudFormation } from "@aws-sdk/client-cloudformation";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Outcome, said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let endpoint: string;
let balancing: ElasticLoadBalancingV2;
let cloudFormation: CloudFormation;
beforeAll(async () => {
  ({ endpoint } = await world.up("--speed", "20"));
  const settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  balancing = new ElasticLoadBalancingV2(settings);
  cloudFormation = new CloudFormation(settings);
});
afterAll(async () => {
  balancing.destroy();
  cloudFormation.destroy();
  await world.end();
});

const strategy = (more = ""): string => `  deployment: {strategy: blue-green, bakeTime: 0m${more}}\n`;
const blueGreen = strategy();
const paused = strategy(", hooks: [{stage: POST_TEST_TRAFFIC_SHIFT, pause: true, timeout: 1h}]");
const rolling = "  deployment: {strategy: rolling}\n";
const deploy = (name: string, version: string, more: string, ...args: string[]): Promise<Outcome> =>
  world.fsd("deploy", "-f", `${world.write(name, serviceFiles(name, { version, count: 1 }, more))}/fsd.yml`, "--yes", ...args);

/** Passes all on to the platform; `meanwhile` before the first request that has the text in it. */
async function between(text: string, meanwhile: () => Promise<void>): Promise<string> {
  let isDone = false;
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (!isDone && body.includes(text)) {
      isDone = true;
      await meanwhile();
    }
    const { method, headers, url = "/" } = incoming;
    request(new URL(url, endpoint), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a service whose traffic is in the second target group", () => {
  it("is refused what its overrides would do, as what its strategy would, and told what it takes", async () => {
    expect(await deploy("patched", "1", blueGreen)).toExitWith(0);
    expect(await deploy("patched", "2", blueGreen)).toExitWith(0);
    const overrides =
      "overrides:\n  - {path: /Resources/Service/Properties/LoadBalancers/0/AdvancedConfiguration, value: null}\n  - {path: /Resources/Service/Properties/DeploymentConfiguration/Strategy, value: ROLLING}\n";
    const before = await world.status("patched");
    const refused = await deploy("patched", "3", blueGreen + overrides);
    expect(refused).toExitWith(1);
    expect(said(refused)).toMatch(
      /FSD8015 patched on local has its traffic in the second of its two target groups, which the template with its overrides gives up: .*\n.*once more without these overrides/,
    );
    expect(await world.status("patched")).toEqual(before);
    expect(await deploy("patched", "3", rolling)).toMatchObject({ status: 1, stderr: expect.stringContaining("with the strategy it has") });
  });

  it("is refused it as well when the traffic has moved there since the deployment was let in", async () => {
    expect(await deploy("items", "1", rolling)).toExitWith(0);
    const { image } = await world.json<{ image: string }>("status", "items");
    const environment =
      "---\napiVersion: fsd/v1\nkind: Environment\nmetadata: {name: prod}\nenvironment: {region: us-east-1, loadBalancers: {internal: {}}}\n";
    const there = (more: string, to = endpoint) => {
      const { "fsd.yml": manifest = "" } = serviceFiles("items", { version: "1", count: 1 }, more);
      const folder = world.write("prod", { "fsd.yml": `${manifest.replace("  build: {context: .}\n", "")}${environment}` });
      return world.fsd("deploy", "-f", folder, "--image", image, "--env", "prod", "--endpoint", to, "--region", "us-east-1", "--yes");
    };
    const first = await there(blueGreen);
    expect(first).toExitWith(0);
    const { StackResources = [] } = await cloudFormation.describeStackResources({ StackName: "fsd-prod-items" });
    const idOf = (name: string) => StackResources.find(({ LogicalResourceId }) => LogicalResourceId === name)?.PhysicalResourceId;
    const moved = async (): Promise<void> => {
      const TargetGroups = ["TargetGroup", "AlternateTargetGroup"].map((name, index) => ({
        TargetGroupArn: idOf(name),
        Weight: 100 * index,
      }));
      await balancing.modifyRule({ RuleArn: idOf("ListenerRule"), Actions: [{ Type: "forward", ForwardConfig: { TargetGroups } }] });
    };
    const { Stacks: before } = await cloudFormation.describeStacks({ StackName: "fsd-prod-items" });
    // The first that it asks of the stack once it has been let in.
    const refused = await there(rolling, await between("Action=GetTemplate", moved));
    expect(refused).toExitWith(1);
    expect(said(refused)).toContain("FSD8015 items on prod has its traffic in the second of its two target groups");
    expect((await cloudFormation.describeStacks({ StackName: "fsd-prod-items" })).Stacks).toEqual(before);
  });
});

describe("a service whose traffic a deployment under way is about to move", () => {
  it("is told to wait for that, whatever group has the traffic", async () => {
    expect(await deploy("baking", "1", blueGreen)).toExitWith(0);
    const begun = await world.fsdUntil(
      /POST_TEST_TRAFFIC_SHIFT/,
      "deploy",
      "-f",
      `${world.write("baking", serviceFiles("baking", { version: "2", count: 1 }, paused))}/fsd.yml`,
      "--yes",
    );
    const refused = await deploy("baking", "3", rolling);
    expect(refused).toExitWith(1);
    expect(said(refused)).toMatch(
      /FSD7004 the stack fsd-local-baking is UPDATE_IN_PROGRESS: another deployment runs\n.*; fsd status baking --env local shows how far it is/,
    );
    expect(await world.fsd("promote", "baking", "--yes")).toExitWith(0);
    const live = await begun.ended;
    expect(live).toExitWith(0);
    expect(await deploy("baking", "3", rolling)).toMatchObject({ status: 1, stderr: expect.stringContaining("FSD8015 baking on local") });
  });
});
