/** Stacks that an earlier operation left in a state from which CloudFormation takes no update: `fsd deploy` gets on, or says how. */
import { CloudFormation } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, said } from "../support/outcome.ts";
import { describeWith } from "../support/requirement.ts";
import { type Behaviour, serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

const world = new World();
let cloudFormation: CloudFormation;
let logs: CloudWatchLogs;
/** What a refusal said to type. */
let unlock = "";
beforeAll(async () => {
  const { endpoint } = await world.up();
  const settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  cloudFormation = new CloudFormation(settings);
  logs = new CloudWatchLogs(settings);
});
afterAll(() => world.end());

function deploy(name: string, behaviour: Behaviour, extra = ""): Promise<Outcome> {
  const folder = world.write(name, serviceFiles(name, behaviour, extra));
  return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes");
}

const withoutEnd = {
  Resources: {
    Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.9.0.0/16" } },
    Subnet: { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: "10.9.0.0/24" } },
    Cluster: { Type: "AWS::ECS::Cluster", Properties: { ClusterName: "elsewhere" } },
    TaskDefinition: {
      Type: "AWS::ECS::TaskDefinition",
      Properties: {
        Family: "absent",
        RequiresCompatibilities: ["FARGATE"],
        NetworkMode: "awsvpc",
        Cpu: "256",
        Memory: "512",
        ExecutionRoleArn: "arn:aws:iam::000000000000:role/absent",
        ContainerDefinitions: [{ Name: "app", Image: "000000000000.dkr.ecr.us-east-1.amazonaws.com/absent:1", Essential: true }],
      },
    },
    Service: {
      Type: "AWS::ECS::Service",
      Properties: {
        Cluster: { Ref: "Cluster" },
        TaskDefinition: { Ref: "TaskDefinition" },
        DesiredCount: 1,
        LaunchType: "FARGATE",
        NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [{ Ref: "Subnet" }] } },
      },
    },
  },
};

async function statusOf(StackName: string): Promise<string | undefined> {
  const { Stacks = [] } = await cloudFormation.describeStacks({ StackName });
  return Stacks[0]?.StackStatus;
}

describe("several first deployments at once into an environment that does not exist yet", () => {
  it("wait for the one that makes the environment, and all go live", async () => {
    const names = ["one", "two", "three", "four"];
    const outcomes = await Promise.all(names.map((name) => deploy(name, { version: "1" })));
    for (const outcome of outcomes) expect(outcome).toExitWith(0);
    for (const name of names) expect(await world.status(name)).toMatchObject({ running: 2, healthy: 2 });
  });
});

describe("an environment that someone else is making", () => {
  it("is waited for, said so, and made when the other gives up", async () => {
    const other = new World();
    try {
      const { endpoint } = await other.up();
      const mine = new CloudFormation({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
      // A service whose task cannot start holds its stack in CREATE_IN_PROGRESS for hours.
      await mine.createStack({ StackName: "fsd-local", TemplateBody: JSON.stringify(withoutEnd) });
      const folder = other.write("patient", serviceFiles("patient", { version: "1" }));
      const waiting = /fsd-local is CREATE_IN_PROGRESS by another deployment; waiting/;
      const { ended } = await other.fsdUntil(waiting, "deploy", "-f", `${folder}/fsd.yml`, "--yes");
      await mine.deleteStack({ StackName: "fsd-local" });
      const outcome = await ended;
      expect(outcome).toExitWith(0);
      expect(await other.status("patient")).toMatchObject({ running: 2, healthy: 2 });
    } finally {
      await other.end();
    }
  });
});

describe("two deployments of one service at once", () => {
  it("never both touch it: the second goes after the first, or says that another one runs", async () => {
    const outcomes = await Promise.all([deploy("twice", { version: "1" }), deploy("twice", { version: "1" })]);
    const statuses = outcomes.map(({ status }) => status).sort();
    expect(statuses[0], outcomes.map(({ stdout, stderr }) => stdout + stderr).join("\n")).toBe(0);
    for (const { status, stdout, stderr } of outcomes)
      if (status !== 0) expect(stdout + stderr).toMatch(/FSD7004 .* another deployment runs/);
    expect(await world.status("twice")).toMatchObject({ running: 2, healthy: 2 });
  });
});

describe("a stack that is", () => {
  it("UPDATE_ROLLBACK_FAILED is rolled back to its last good state once its cause is gone, and then updated", async () => {
    const retention = (days: number): string => `  observability: {logs: {retention: ${days}}}\n`;
    expect(await deploy("half", { version: "1" }, retention(30))).toExitWith(0);
    const broken = deploy("half", { version: "2", program: "unhealthy" }, retention(14));
    await eventually("the log group updated and the service on its way", async () => {
      const { StackResources = [] } = await cloudFormation.describeStackResources({ StackName: "fsd-local-half" });
      return StackResources.some(
        ({ LogicalResourceId, ResourceStatus }) => LogicalResourceId === "Service" && ResourceStatus === "UPDATE_IN_PROGRESS",
      );
    });
    await logs.deleteLogGroup({ logGroupName: "/ecs/local/half" });
    expect((await broken).status).not.toBe(0);
    expect(await statusOf("fsd-local-half")).toBe("UPDATE_ROLLBACK_FAILED");

    const refused = await deploy("half", { version: "3" }, retention(30));
    expect(refused.status).toBe(1);
    expect(said(refused)).toMatch(
      /FSD7005 the stack fsd-local-half is UPDATE_ROLLBACK_FAILED: LogGroup: .*log group.*\n.*--resources-to-skip LogGroup/,
    );

    await logs.createLogGroup({ logGroupName: "/ecs/local/half" });
    const mended = await deploy("half", { version: "3" }, retention(30));
    expect(mended).toExitWith(0);
    expect(mended.stdout).toContain("it is rolled back to its last good state first");
  });

  it("ROLLBACK_COMPLETE and protected against deletion is left alone, with the command that unlocks it", async () => {
    expect((await deploy("locked", { version: "1", program: "exits" })).status).toBe(1);
    await cloudFormation.updateTerminationProtection({ StackName: "fsd-local-locked", EnableTerminationProtection: true });
    const refused = await deploy("locked", { version: "2" });
    expect(refused.status).toBe(1);
    expect(said(refused)).toMatch(/FSD8004 .*protected against deletion\n.*update-termination-protection/);
    expect(await statusOf("fsd-local-locked")).toBe("ROLLBACK_COMPLETE");
    unlock = /aws cloudformation update-termination-protection.*/.exec(said(refused))?.[0] ?? "";
    expect(unlock).toMatch(/ --endpoint-url http:\/\/127\.0\.0\.1:\d+ --region us-east-1$/);
  });
});

describeWith("aws", "the command in a hint", () => {
  it("is typed as it stands and does what it says", async () => {
    const outcome = await world.run("sh", ["-c", unlock]);
    expect(outcome).toExitWith(0);
    const again = await deploy("locked", { version: "2" });
    expect(again).toExitWith(0);
  });
});
