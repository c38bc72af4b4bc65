/** What a deployment takes away, told wherever fsd deploys, and refused in a protected environment: before anyone is asked, or at the execution. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CloudFormation } from "@aws-sdk/client-cloudformation";
import { describe, expect, it } from "vitest";
import { said } from "../support/outcome.ts";
import { beginProtected } from "../support/protected-world.ts";
import { serviceFiles } from "../support/service.ts";

const queue = (name = "mails"): string => `dependencies: [{type: aws_sqs_queue, name: ${name}, access: write, managed: {}}]\n`;

async function queueOf(cloudFormation: CloudFormation, StackName: string): Promise<{ readonly id: string; readonly url: string }> {
  const { StackResources = [] } = await cloudFormation.describeStackResources({ StackName });
  const found = StackResources.find(({ ResourceType }) => ResourceType === "AWS::SQS::Queue");
  return { id: found?.LogicalResourceId ?? "", url: found?.PhysicalResourceId ?? "" };
}

/** The queue under another name, which makes a new one of it. */
const renamed = (id: string, name = "mails"): string =>
  `${queue(name)}overrides: [{path: /Resources/${id}/Properties/QueueName, value: letters-of-${name}}]\n`;

async function changeSetsOf(cloudFormation: CloudFormation, StackName: string): Promise<unknown[]> {
  const { Summaries = [] } = await cloudFormation.listChangeSets({ StackName });
  return Summaries.filter(({ ExecutionStatus }) => ExecutionStatus === "AVAILABLE");
}

describe("what a deployment takes away", () => {
  it("is told where the environment is not protected, and done", async () => {
    const { world, cloudFormation, write } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local", { protect: false, more: queue() }), "--yes")).toExitWith(0);
    const { id, url } = await queueOf(cloudFormation, "fsd-local-items");
    const outcome = await world.fsd("deploy", "-f", write("local", { protect: false, more: renamed(id) }), "--yes");
    expect(outcome).toExitWith(0);
    expect(outcome.stdout).toContain(`replaces ${id} (AWS::SQS::Queue), and with it its messages`);
    expect((await queueOf(cloudFormation, "fsd-local-items")).url).not.toBe(url);
  });

  it("is refused of two services at once, each with its own", async () => {
    const { world, cloudFormation, write, approvals } = await beginProtected();
    const both = (more: (service: string) => string): string => {
      write("local", { more: more("items") });
      const { "fsd.yml": manifest = "", ...files } = serviceFiles("orders", { version: "1", count: 1 }, more("orders"));
      return world.write("local", { ...files, "orders.yml": manifest });
    };
    const folder = both((service) => queue(`mails-of-${service}`));
    const deploy = () =>
      world.fsd("deploy", "-f", `${folder}/fsd.yml`, "-f", `${folder}/orders.yml`, "-f", `${folder}/environment.yml`, "--yes");
    const first = await deploy();
    expect(first).toExitWith(0);
    const [ofItems, ofOrders] = await Promise.all(["items", "orders"].map((one) => queueOf(cloudFormation, `fsd-local-${one}`)));
    both((service) => renamed((service === "items" ? ofItems : ofOrders)?.id ?? "", `mails-of-${service}`));
    const refused = await deploy();
    expect(refused).toExitWith(1);
    expect(said(refused)).toContain(
      `FSD8013 the change of items on local, which is protected, replaces ${ofItems?.id} (AWS::SQS::Queue), and with it its messages; ` +
        `that of orders replaces ${ofOrders?.id} (AWS::SQS::Queue), and with it its messages`,
    );
    for (const one of ["items", "orders"]) {
      expect(refused.stdout).toMatch(new RegExp(`^ *.*${one}: updates the stack fsd-local-${one}$`, "m"));
      expect(await changeSetsOf(cloudFormation, `fsd-local-${one}`)).toEqual([]);
      expect(await approvals(one)).toHaveLength(1);
    }
    expect(await Promise.all(["items", "orders"].map((one) => queueOf(cloudFormation, `fsd-local-${one}`)))).toEqual([ofItems, ofOrders]);
  });

  it("is refused at the execution where it could not be foreseen, because the environment had to change first", async () => {
    const { world, cloudFormation, write, approvals } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local", { more: queue() }), "--yes")).toExitWith(0);
    const before = await queueOf(cloudFormation, "fsd-local-items");
    const { Stacks: stood = [] } = await cloudFormation.describeStacks({ StackName: "fsd-local-items" });

    // It refers to a topic that the environment gets with this deployment.
    const folder = write("local", { more: renamed(before.id), surroundings: "  packs: [shop]\n" });
    const manifest = readFileSync(join(folder, "fsd.yml"), "utf8");
    world.write("local", { "fsd.yml": manifest.replace("  name: items\n", "  name: items\n  pack: shop\n") });
    const refused = await world.fsd("deploy", "-f", folder, "--yes");
    expect(refused).toExitWith(1);
    expect(refused.stdout, said(refused)).toContain("fsd-local: updates the stack fsd-local");
    expect(refused.stdout).not.toContain(`± ${before.id}`);
    expect(said(refused)).toMatch(
      /FSD8013 the change of items on local, which is protected, replaces \w+ \(AWS::SQS::Queue\), and with it its messages\n.*nothing of it was changed/,
    );
    expect(await changeSetsOf(cloudFormation, "fsd-local-items")).toEqual([]);
    expect((await cloudFormation.describeStacks({ StackName: "fsd-local-items" })).Stacks).toEqual(stood);
    expect(await queueOf(cloudFormation, "fsd-local-items")).toEqual(before);
    expect(await approvals("items")).toHaveLength(1);
  });

  it("need not be foreseen of a service that reads what another writes with the same deployment only", async () => {
    const { world, write, approvals } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local", { more: queue() }), "--yes")).toExitWith(0);
    const folder = write("local", { more: queue() });
    const manifest = readFileSync(join(folder, "fsd.yml"), "utf8").replace('GREETING: "hello"', 'ORDERS: "${service:orders:url}"');
    const { "fsd.yml": orders = "", ...files } = serviceFiles("orders", { version: "1", count: 1 });
    world.write("local", { ...files, "fsd.yml": manifest, "orders.yml": orders });
    const outcome = await world.fsd(
      "deploy",
      ...["fsd.yml", "orders.yml", "environment.yml"].flatMap((one) => ["-f", join(folder, one)]),
      "--yes",
    );
    expect(outcome).toExitWith(0);
    expect(outcome.stdout).toMatch(/^ *.*items: updates the stack fsd-local-items$/m);
    expect(await approvals("items")).toHaveLength(2);
  });

  it("is not asked about where CloudFormation takes no such template: that is said first, and nothing is approved or changed", async () => {
    const { world, cloudFormation, write, approvals } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local"), "--yes")).toExitWith(0);
    const before = await cloudFormation.describeStacks({});
    const [ofItems, ofEnvironment] = [await approvals("items"), await approvals()];
    const more = "overrides: [{path: /Resources/Service/Properties/PropagateTags, value: {Ref: Nobody}}]\n";
    const refused = await world.fsd("deploy", "-f", write("local", { more, surroundings: "  packs: [shop]\n" }), "--yes");
    expect(refused).toExitWith(1);
    expect(said(refused)).toContain("Unresolved resource dependencies [Nobody]");
    expect((await cloudFormation.describeStacks({})).Stacks).toEqual(before.Stacks);
    expect([await approvals("items"), await approvals()]).toEqual([ofItems, ofEnvironment]);
  });
});
