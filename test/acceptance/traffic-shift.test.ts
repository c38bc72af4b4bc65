import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../support/load.ts";
import { serviceFiles } from "../support/service.ts";
import { type PlatformStatus, World } from "../support/world.ts";

describe("a service whose strategy shifts traffic", () => {
  const world = new World();
  let platform: PlatformStatus;
  beforeAll(async () => {
    platform = await world.up("--speed", "20");
  });
  afterAll(() => world.end());

  it("is updated with the weights that ECS left on its rule, and left alone when only they have moved", async () => {
    const cloudFormation = new CloudFormationClient({
      endpoint: platform.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const deployed = async (version: string): Promise<string> => {
      const folder = world.write("shifty", serviceFiles("shifty", { version }, "  deployment: {strategy: blue-green, bakeTime: 1m}\n"));
      const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes", "--output", "json");
      expect(outcome).toExitWith(0);
      const { outcome: end } = JSON.parse(outcome.stdout.trim().split("\n").at(-1) ?? "") as { outcome: string };
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: "fsd-local-shifty" }));
      const weights = (Stacks[0]?.Parameters ?? []).filter(({ ParameterKey }) => ParameterKey?.endsWith("Weight"));
      return [end, ...weights.map((one) => `${one.ParameterKey} ${one.ParameterValue}`).sort()].join(", ");
    };
    expect(await deployed("1")).toBe("live, AlternateTargetGroupWeight 0, TargetGroupWeight 100");
    expect(await deployed("2")).toBe("live, AlternateTargetGroupWeight 0, TargetGroupWeight 100");
    expect(await deployed("2")).toBe("unchanged, AlternateTargetGroupWeight 0, TargetGroupWeight 100");
    expect(await deployed("3")).toBe("live, AlternateTargetGroupWeight 100, TargetGroupWeight 0");
    cloudFormation.destroy();
  });

  it("answers at its URL before, during and after the shift, and with the new version at the end", async () => {
    const write = (version: string): string =>
      world.write("shifted", serviceFiles("shifted", { version }, "  deployment: {strategy: blue-green, bakeTime: 1m}\n"));
    const deploy = async (version: string): Promise<void> => {
      const outcome = await world.fsd("deploy", "-f", `${write(version)}/fsd.yml`, "--env", "local", "--yes");
      expect(outcome).toExitWith(0);
    };
    await deploy("1");
    const load = new Load((await world.status("shifted")).url, 100);
    await deploy("2");
    await deploy("3");
    const { failures, versions, lastVersion } = await load.end();
    expect(failures).toEqual([]);
    expect([...versions].sort()).toEqual(["1", "2", "3"]);
    expect(lastVersion).toBe("3");
  });

  it("becomes one that replaces tasks when its traffic is in the first target group, and is refused before anything changes while it is not", async () => {
    const deploy = (version: string, strategy: "blue-green" | "rolling") => {
      const bake = strategy === "rolling" ? "" : ", bakeTime: 1m";
      const folder = world.write("settled", serviceFiles("settled", { version }, `  deployment: {strategy: ${strategy}${bake}}\n`));
      return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    };
    expect(await deploy("1", "blue-green")).toExitWith(0);
    const load = new Load((await world.status("settled")).url, 100);
    expect(await deploy("2", "blue-green")).toExitWith(0);
    const refused = await deploy("3", "rolling");
    expect(refused, refused.stdout).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("FSD8015 settled on local has its traffic"),
    });
    expect(load.versions).toEqual(["1", "2"]);
    expect(await deploy("3", "blue-green")).toExitWith(0);
    expect(await deploy("4", "rolling")).toExitWith(0);
    expect(await deploy("5", "blue-green")).toExitWith(0);
    const { failures, versions, lastVersion } = await load.end();
    expect(failures).toEqual([]);
    expect([...versions].sort()).toEqual(["1", "2", "3", "4", "5"]);
    expect(lastVersion).toBe("5");
  });
});
