/** What the protection of an environment does not reach, with the real command and the AWS SDK. */
import { describe, expect, it } from "vitest";
import { said } from "../support/outcome.ts";
import { beginProtected } from "../support/protected-world.ts";

describe("termination protection that someone gave a stack by hand, in an environment that is not protected", () => {
  it("is not taken by a deployment", async () => {
    const { world, cloudFormation, write, isProtected } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local", { protect: false }), "--yes")).toExitWith(0);
    await cloudFormation.updateTerminationProtection({ StackName: "fsd-local-items", EnableTerminationProtection: true });
    const update = await world.fsd("deploy", "-f", write("local", { protect: false, version: "2" }), "--yes");
    expect(update).toExitWith(0);
    expect([await isProtected("fsd-local"), await isProtected("fsd-local-items")]).toEqual([false, true]);
  });

  it("is not taken by one whose creation lasts too long either: that goes on to its own end", async () => {
    const { world, cloudFormation, write, isProtected } = await beginProtected();
    const folder = write("local", { protect: false, program: "unhealthy" });
    const begun = await world.fsdUntil(/CREATE_COMPLETE TargetGroup/, "deploy", "-f", folder, "--yes", "--timeout", "0.1");
    await cloudFormation.updateTerminationProtection({ StackName: "fsd-local-items", EnableTerminationProtection: true });
    const outcome = await begun.ended;
    expect(outcome).toExitWith(1);
    expect(said(outcome)).toContain("it is not live after 0.1 minutes (--timeout); someone has protected its stack from deletion");
    expect(await isProtected("fsd-local-items")).toBe(true);
    const { Stacks = [] } = await cloudFormation.describeStacks({ StackName: "fsd-local-items" });
    expect(Stacks[0]?.StackStatus).toBe("ROLLBACK_COMPLETE");
  });
});

describe("a protected environment", () => {
  it("has jobs run without approval", async () => {
    const { world, write, approvals } = await beginProtected();
    const job =
      "apiVersion: fsd/v1\nkind: Job\nmetadata: {name: report}\njob:\n  build: {context: .}\n  command: [node, --version]\n  resources: {size: micro}\n";
    const folder = write("local");
    world.write("local", { "fsd.yml": job });
    expect(await world.fsd("deploy", "-f", folder, "--yes")).toExitWith(0);
    const before = await approvals("report");
    const run = await world.fsd("run", "report", "--wait");
    expect(run).toExitWith(0);
    expect(await approvals("report")).toEqual(before);
  });

  it("ends with the platform of this machine that it stands on, and leaves the account's image repository as it is", async () => {
    const { world, write, isProtected, approvals } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local"), "--yes")).toExitWith(0);
    expect(await isProtected("fsdrepo-items")).toBe(false);
    const before = await approvals();
    expect(await world.fsd("local", "down")).toExitWith(0);
    await world.up();
    expect(await approvals()).toEqual(before);
    expect(await world.fsd("local", "reset", "--yes")).toExitWith(0);
    await world.up();
    expect(await approvals()).toEqual([]);
  });
});
