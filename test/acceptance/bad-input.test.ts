import { CloudFormationClient, CreateChangeSetCommand, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { type ServiceStatus, World } from "../support/world.ts";

describe("what is wrong is said clearly and harms nothing that runs", () => {
  const world = new World();
  let endpoint = "";
  let before: ServiceStatus;
  const settled = async (): Promise<void> => {
    const after = await world.status("calm");
    expect(after.deployments).toEqual(before.deployments);
    expect(after).toMatchObject({ running: 2, healthy: 2 });
    expect((await fetch(after.url)).status).toBe(200);
  };
  beforeAll(async () => {
    ({ endpoint } = await world.up());
    const folder = world.write("calm", serviceFiles("calm", { version: "1" }));
    const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    expect(outcome).toExitWith(0);
    before = await world.status("calm");
  });
  afterAll(() => world.end());
  const client = { region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };

  it("a manifest with three mistakes: all of them at once, each with its place, and exit 2", async () => {
    const { "fsd.yml": manifest = "", ...files } = serviceFiles("calm", { version: "2" });
    const wrong = manifest
      .replace("cpu: 256, memory: 512", "cpu: 512, memory: 3000")
      .replace("unhealthyThreshold", "unhealthyTreshold")
      .replace("interval: 5", "interval: often");
    const folder = world.write("calm", { ...files, "fsd.yml": wrong });
    const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    expect(outcome.status).toBe(2);
    const text = said(outcome);
    for (const line of [/fsd\.yml:\d+:\d+ error FSD\d+ .*3000/, /unhealthyTreshold.*unhealthyThreshold/s, /interval/])
      expect(text).toMatch(line);
    const validated = await world.fsd("validate", "-f", `${folder}/fsd.yml`, "--output", "json");
    expect(validated.status).toBe(2);
    const diagnostics = JSON.parse(validated.stdout) as Record<string, unknown>[];
    expect(diagnostics.filter(({ severity }) => severity === "error")).toHaveLength(3);
    for (const diagnostic of diagnostics) {
      expect(Object.keys(diagnostic)).toEqual(
        expect.arrayContaining(["code", "severity", "file", "line", "column", "path", "message", "hint"]),
      );
    }
    await settled();
  });

  it.each([
    ["random bytes", Buffer.from([0, 255, 254, 1, 2, 3, 128]).toString("latin1")],
    ["nothing", ""],
    ["a list", "- 1\n- 2\n"],
    [
      "an alias bomb",
      `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghi".replace(/./g, (letter, at: number) => `${letter}: &${letter} [${`*${"abcdefgh"[at]}, `.repeat(9)}]\n`)}`,
    ],
    ["a tab", "apiVersion: fsd/v1\n\tkind: Service\n"],
  ])("a manifest of %s: a diagnostic and exit 2", async (_, text) => {
    const folder = world.write("odd", { "fsd.yml": text });
    const outcome = await world.fsd("validate", "-f", `${folder}/fsd.yml`);
    expect(outcome.status).toBe(2);
    expect(said(outcome)).toMatch(/fsd\.yml(:\d+:\d+)? error FSD\d+/);
  });

  it("a template that refers to nothing, or to a type that is not there: refused by name before anything changes", async () => {
    const cloudformation = new CloudFormationClient({ endpoint, ...client });
    const dangling = { Resources: { Queue: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: { Ref: "Missing" } } } } };
    await expect(cloudformation.send(new CreateStackCommand({ StackName: "odd", TemplateBody: JSON.stringify(dangling) }))).rejects.toThrow(
      /Unresolved resource dependencies \[Missing\]/,
    );
    const unknown = { Resources: { Car: { Type: "AWS::Car::Wheel" } } };
    await expect(
      cloudformation.send(
        new CreateChangeSetCommand({ StackName: "fsd-local-calm", ChangeSetName: "odd", TemplateBody: JSON.stringify(unknown) }),
      ),
    ).rejects.toThrow(/AWS::Car::Wheel/);
    cloudformation.destroy();
    await settled();
  });

  it("a request that AWS would refuse: refused with AWS's error", async () => {
    const ecs = new ECSClient({ endpoint, ...client });
    await expect(ecs.send(new UpdateServiceCommand({ cluster: "fsd-local", service: "calm", desiredCount: -1 }))).rejects.toThrow();
    await expect(
      ecs.send(new UpdateServiceCommand({ cluster: "fsd-local", service: "calm", taskDefinition: "nothing:7" })),
    ).rejects.toThrow(/task definition/i);
    ecs.destroy();
    await settled();
  });
});
