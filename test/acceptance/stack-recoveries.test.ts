/** Stacks that others, or a failed rollback, have left half way: what `fsd deploy` makes of each. */
import { CloudFormation } from "@aws-sdk/client-cloudformation";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, said } from "../support/outcome.ts";
import { type Behaviour, serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

const world = new World();
let cloudFormation: CloudFormation;
let balancer: ElasticLoadBalancingV2;
beforeAll(async () => {
  const { endpoint } = await world.up("--speed", "100");
  const settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  cloudFormation = new CloudFormation(settings);
  balancer = new ElasticLoadBalancingV2(settings);
});
afterAll(async () => {
  for (const client of [cloudFormation, balancer]) client.destroy();
  await world.end();
});

function files(name: string, behaviour: Behaviour): string {
  return world.write(name, serviceFiles(name, behaviour));
}

const deploy = (name: string, behaviour: Behaviour): Promise<Outcome> => world.fsd("deploy", "-f", files(name, behaviour), "--yes");

async function statusOf(StackName: string): Promise<string | undefined> {
  const { Stacks = [] } = await cloudFormation.describeStacks({ StackName });
  return Stacks[0]?.StackStatus;
}

describe("a stack that is", () => {
  it("REVIEW_IN_PROGRESS, because nobody executed its change set, is created", async () => {
    await cloudFormation.createChangeSet({
      ...{ StackName: "fsd-local-reviewed", ChangeSetName: "of-someone", ChangeSetType: "CREATE" },
      TemplateBody: JSON.stringify({ Resources: { Queue: { Type: "AWS::SQS::Queue" } } }),
    });
    expect(await statusOf("fsd-local-reviewed")).toBe("REVIEW_IN_PROGRESS");
    const outcome = await deploy("reviewed", { version: "1" });
    expect(outcome).toExitWith(0);
    expect(await statusOf("fsd-local-reviewed")).toBe("CREATE_COMPLETE");
  });

  it("UPDATE_FAILED, because someone updated it without rollback, is rolled back first and then updated", async () => {
    expect(await deploy("unfinished", { version: "1" })).toExitWith(0);
    const { Stacks = [] } = await cloudFormation.describeStacks({ StackName: "fsd-local-unfinished" });
    await cloudFormation.updateStack({
      ...{ StackName: "fsd-local-unfinished", UsePreviousTemplate: true, DisableRollback: true, Capabilities: ["CAPABILITY_NAMED_IAM"] },
      Parameters: (Stacks[0]?.Parameters ?? []).map(({ ParameterKey, ParameterValue = "" }) =>
        ParameterKey === "ImageUri"
          ? { ParameterKey, ParameterValue: ParameterValue.replace(/sha256:\w+/, `sha256:${"0".repeat(64)}`) }
          : { ParameterKey, UsePreviousValue: true },
      ),
    });
    await eventually("the update fails", async () => (await statusOf("fsd-local-unfinished")) === "UPDATE_FAILED");
    const outcome = await deploy("unfinished", { version: "2" });
    expect(outcome).toExitWith(0);
    expect(outcome.stdout).toContain("fsd-local-unfinished is UPDATE_FAILED; it is rolled back to its last good state first");
    expect(await statusOf("fsd-local-unfinished")).toBe("UPDATE_COMPLETE");
    expect(await world.status("unfinished")).toMatchObject({ running: 2, healthy: 2 });
  });

  it("ROLLBACK_FAILED or DELETE_FAILED is deleted and made anew; what cannot be deleted is named, and stays until it can", async () => {
    const folder = files("sticky", { version: "1", program: "unhealthy" });
    const { ended } = await world.fsdUntil(/0 of 2 running|2 of 2 running/, "deploy", "-f", folder, "--yes");
    // Somebody else's listener holds the target group, so that the rollback cannot delete it.
    const { TargetGroups = [] } = await balancer.describeTargetGroups({});
    const { StackResources = [] } = await cloudFormation.describeStackResources({ StackName: "fsd-local-sticky" });
    const ours = StackResources.find(({ LogicalResourceId }) => LogicalResourceId === "TargetGroup")?.PhysicalResourceId;
    const group = TargetGroups.find(({ TargetGroupArn }) => TargetGroupArn === ours);
    const { Listeners = [] } = await balancer.createListener({
      ...{ LoadBalancerArn: group?.LoadBalancerArns?.[0], Port: 9123, Protocol: "HTTP" },
      DefaultActions: [{ Type: "forward", TargetGroupArn: ours }],
    });
    const first = await ended;
    expect(first).toExitWith(1);
    expect(await statusOf("fsd-local-sticky")).toBe("ROLLBACK_FAILED");

    const refused = await deploy("sticky", { version: "2" });
    expect(refused).toExitWith(1);
    expect(said(refused)).toContain("fsd-local-sticky is ROLLBACK_FAILED from an earlier attempt; it is deleted and created anew");
    expect(said(refused)).toMatch(/FSD8004 the stack fsd-local-sticky could not be deleted \(DELETE_FAILED\): TargetGroup: .*in use/);
    expect(await statusOf("fsd-local-sticky")).toBe("DELETE_FAILED");

    await balancer.deleteListener({ ListenerArn: Listeners[0]?.ListenerArn });
    const outcome = await deploy("sticky", { version: "2" });
    expect(outcome).toExitWith(0);
    expect(outcome.stdout).toContain("fsd-local-sticky is DELETE_FAILED from an earlier attempt; it is deleted and created anew");
    expect(await world.status("sticky")).toMatchObject({ running: 2, healthy: 2 });
  });
});
