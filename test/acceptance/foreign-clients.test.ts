import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../support/requirement.ts";
import { serviceFiles } from "../support/service.ts";
import { root, World } from "../support/world.ts";

const world = new World();
let endpoint = "";
beforeAll(async () => {
  ({ endpoint } = await world.up());
  const folder = world.write("seen", serviceFiles("seen", { version: "1" }));
  const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
  expect(outcome).toExitWith(0);
});
afterAll(() => world.end());

describeWith("boto3", "boto3 pointed at the endpoint", () => {
  it("sees the same cluster, service, tasks, targets, stacks and logs, and the right exception classes", async () => {
    const outcome = await world.run("python3", [join(root, "test", "judges", "boto3-reads.py"), endpoint, "seen"]);
    expect(outcome).toExitWith(0);
    expect(JSON.parse(outcome.stdout)).toEqual({
      clusters: ["fsd-local"],
      service: { status: "ACTIVE", desiredCount: 2, runningCount: 2 },
      rollout: "COMPLETED",
      tasks: ["RUNNING", "RUNNING"],
      targets: ["healthy", "healthy"],
      stacks: ["fsd-local", "fsd-local-seen", "fsdrepo-seen"],
      logged: true,
      vpcs: ["10.0.0.0/16"],
      errors: {
        cluster: "ClusterNotFoundException",
        role: "NoSuchEntityException",
        stack: "ClientError",
        group: "ResourceNotFoundException",
        targetGroup: "TargetGroupNotFoundException",
        vpc: "ClientError",
        parameter: "ParameterNotFound",
        secret: "ResourceNotFoundException",
      },
    });
  });
});

interface Answers {
  readonly answered: readonly string[];
  readonly findings: { readonly wrong: object; readonly unknown: object };
}

describeWith("boto3", "boto3 with all that the platform has", () => {
  let answers: Answers;
  beforeAll(async () => {
    const outcome = await world.run("python3", [join(root, "test", "judges", "boto3-answers.py"), endpoint]);
    expect(outcome).toExitWith(0);
    answers = JSON.parse(outcome.stdout);
  });

  it("gets answers with no member missing and none of a wrong kind, and errors that its operations have", () => {
    expect(answers.findings.wrong).toEqual({});
    expect(answers.answered.length).toBeGreaterThan(130);
  });

  describeWith("new-botocore", "with models as new as the platform's", () => {
    it("gets no member and no value that they do not know", () => {
      expect(answers.findings.unknown).toEqual({});
    });
  });
});

describeWith("aws", "the AWS CLI pointed at the endpoint", () => {
  const aws = async (...args: string[]): Promise<unknown> => {
    const outcome = await world.run("aws", [...args, "--endpoint-url", endpoint, "--output", "json"]);
    expect(outcome).toExitWith(0);
    return JSON.parse(outcome.stdout);
  };

  it("sees the same service, stacks and logs", async () => {
    expect(await aws("sts", "get-caller-identity")).toMatchObject({ Account: "000000000000" });
    expect(await aws("ecs", "describe-services", "--cluster", "fsd-local", "--services", "seen")).toMatchObject({
      services: [{ serviceName: "seen", runningCount: 2 }],
    });
    expect(await aws("cloudformation", "describe-stacks", "--stack-name", "fsd-local-seen")).toMatchObject({
      Stacks: [{ StackStatus: "CREATE_COMPLETE" }],
    });
    expect(await aws("logs", "describe-log-groups", "--log-group-name-prefix", "/ecs/local/seen")).toMatchObject({
      logGroups: [{ retentionInDays: 30 }],
    });
    expect(await aws("elbv2", "describe-load-balancers")).toMatchObject({
      LoadBalancers: expect.arrayContaining([expect.objectContaining({ Type: "application" })]),
    });
  });

  it("is told by name when an operation is not there, and by code when a thing is not", async () => {
    const absent = await world.run("aws", [
      "ecs",
      "create-capacity-provider",
      "--name",
      "x",
      "--auto-scaling-group-provider",
      "autoScalingGroupArn=arn:x",
      "--endpoint-url",
      endpoint,
    ]);
    expect(absent.status).not.toBe(0);
    expect(absent.stderr).toContain("CreateCapacityProvider");
    const missing = await world.run("aws", ["ecs", "describe-task-definition", "--task-definition", "none:1", "--endpoint-url", endpoint]);
    expect(missing.stderr).toContain("ClientException");
  });
});
