/** A protected environment: stacks that cannot be deleted, the last task, and approvals that are recorded, with the real command and the AWS SDK. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { SSM } from "@aws-sdk/client-ssm";
import { describe, expect, it, onTestFinished } from "vitest";
import { said } from "../support/outcome.ts";
import { beginProtected } from "../support/protected-world.ts";
import { describeWith } from "../support/requirement.ts";
import { eventually, type ServiceStatus } from "../support/world.ts";

describe("a protected environment", () => {
  it("changes only when someone approves, gets protected stacks, and keeps who approved what", async () => {
    const { world, settings, cloudFormation, write, isProtected, approvals } = await beginProtected();
    const folder = write("local");
    const declined = await world.fsd("deploy", "-f", folder);
    expect(declined).toExitWith(3);
    expect(declined.stdout).toMatch(/fsd-local: creates the stack fsd-local with \d+ resources/);
    expect(declined.stdout).toMatch(/items: creates the stack fsd-local-items with \d+ resources\n +~ ImageUri built from \S+local$/m);
    expect(declined.stderr).toMatch(/FSD5003 Deploy items to local, which is protected\? There is no terminal to ask on\n.*--yes answers/);
    await expect(cloudFormation.describeStacks({ StackName: "fsd-local" })).rejects.toThrow(/does not exist/);
    expect(await approvals()).toEqual([]);
    expect(await cloudFormation.describeStacks({})).toMatchObject({ Stacks: [] });

    const first = await world.fsd("deploy", "-f", folder, "--yes");
    expect(first).toExitWith(0);
    for (const StackName of ["fsd-local", "fsd-local-items"]) {
      expect(await isProtected(StackName)).toBe(true);
      await expect(cloudFormation.deleteStack({ StackName })).rejects.toMatchObject({
        name: "ValidationError",
        message: `Stack [${StackName}] cannot be deleted while TerminationProtection is enabled`,
      });
    }
    const { image } = await world.json<{ image: string }>("status", "items");
    const [latest, own] = await approvals();
    expect(latest).toMatchObject({
      ...{ service: "items", version: 1, verb: "deploy", how: "--yes", image },
      changeSet: expect.stringMatching(/^fsd-/),
      by: expect.stringMatching(/^arn:aws:/),
      about: expect.stringMatching(/^creates fsd-local-items with \d+ resources; ImageUri /),
    });
    expect(own).toMatchObject({ service: null, about: expect.stringMatching(/^creates fsd-local with \d+ resources$/) });
    const { Parameter } = await new SSM(settings).getParameter({ Name: "/fsd/local/approved/items" });
    expect(JSON.parse(Parameter?.Value ?? "")).toMatchObject({ verb: "deploy", image });

    const shown = await world.fsd("status", "items");
    expect(shown.stdout).toMatch(
      /stack +fsd-local-items CREATE_COMPLETE, termination protection\n +approved \S+Z by arn:aws:\S+ \(--yes\): creates/,
    );
    const status = await world.json<unknown>("status", "items");
    expect(status).toMatchObject({ approval: latest, stack: { terminationProtection: true } });

    // What changes nothing is approved like anything else, and leaves no record.
    expect(await world.fsd("deploy", "-f", folder, "--yes")).toMatchObject({ status: 0, stdout: expect.stringContaining("nothing to do") });
    expect(await approvals("items")).toHaveLength(1);

    write("local", { version: "2" });
    const update = await world.fsd("deploy", "-f", folder, "--yes");
    expect(update).toExitWith(0);
    expect(update.stdout).toMatch(/items: updates the stack fsd-local-items\n +~ ImageUri \S+@sha256:\w+ → built from /);
    expect((await approvals("items")).map(({ version }) => version)).toEqual([2, 1]);
    const text = await world.fsd("approvals", "items", "--tail", "1");
    expect(text.stdout).toMatch(/^deploy +items \S+Z by arn:aws:\S+ \(--yes\): updates fsd-local-items: ImageUri .*\n +\S+@sha256:\w+\n$/);
    expect(await world.fsd("approvals", "itemz")).toMatchObject({ status: 2, stderr: expect.stringContaining("did you mean items?") });
  });

  it("gets the secrets of a file only once that is approved", async () => {
    const { world, settings, write } = await beginProtected();
    const secrets = new SecretsManager(settings);
    onTestFinished(() => secrets.destroy());
    const more = '  secrets: [{name: PASSWORD, valueFrom: "secretsmanager:items/db:password"}]\n';
    const folder = write("local", { more });
    const given = (password: string): string => world.write("local", { ".fsd/secrets.local.env": `PASSWORD=${password}\n` });
    const kept = async (): Promise<string | undefined> => (await secrets.getSecretValue({ SecretId: "items/db" })).SecretString;
    given("first");
    const declined = await world.fsd("deploy", "-f", folder);
    expect(declined).toExitWith(3);
    expect(declined.stdout).toMatch(/~ Secret\w+Arn a new secret items\/db$/m);
    await expect(kept()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(await world.fsd("deploy", "-f", folder, "--yes")).toExitWith(0);
    expect(await kept()).toBe('{"password":"first"}');

    given("second");
    const again = await world.fsd("deploy", "-f", folder);
    expect(again).toExitWith(3);
    expect(said(again)).toContain("the secret items/db gets a new value; tasks that run already keep the old one");
    expect(await kept()).toBe('{"password":"first"}');
  });

  it("loses a service's last task with --force only", async () => {
    const { world, write, approvals } = await beginProtected();
    const folder = write("local");
    expect(await world.fsd("deploy", "-f", folder, "--yes")).toExitWith(0);
    write("local", { count: 0 });
    const refused = await world.fsd("deploy", "-f", folder, "--yes");
    expect(refused).toExitWith(1);
    expect(said(refused)).toMatch(
      /FSD8011 items on local, which is protected, could be left with no task: it would have 0, and it has at least 1 now\n.*deploy with --force/,
    );
    expect(await world.json<ServiceStatus>("status", "items")).toMatchObject({ running: 1 });
    expect(await approvals("items")).toHaveLength(1);

    const forced = await world.fsd("deploy", "-f", folder, "--yes", "--force");
    expect(forced).toExitWith(0);
    expect(await world.json<ServiceStatus>("status", "items")).toMatchObject({ running: 0, desired: 0 });
    expect((await approvals("items"))[0]).toMatchObject({ force: true, how: "--yes" });
    // It was said once, and is so now.
    write("local", { count: 0, version: "2" });
    expect(await world.fsd("deploy", "-f", folder, "--yes")).toExitWith(0);
  });

  it("is deleted with --force only, once that too is approved, load balancers and all, and keeps the approval", async () => {
    const { world, cloudFormation, write, isProtected, approvals } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local"), "--yes")).toExitWith(0);
    for (const what of [["items"], ["--all"]]) {
      const refused = await world.fsd("delete", ...what, "--yes");
      expect(refused).toMatchObject({ status: 1, stdout: "" });
      expect(refused.stderr).toMatch(
        /FSD8010 local is protected: termination protection is on for .*fsd-local-items.*\n.*--force lifts the protection .* deploy with --unprotect/,
      );
    }
    const unanswered = await world.fsd("delete", "items", "--force");
    expect(unanswered).toExitWith(3);
    expect(unanswered.stderr).toContain("Delete fsd-local-items, with all protection lifted? There is no terminal to ask on");
    expect(await isProtected("fsd-local-items")).toBe(true);

    const deleted = await world.fsd("delete", "items", "--force", "--yes");
    expect(deleted).toExitWith(0);
    await expect(cloudFormation.describeStacks({ StackName: "fsd-local-items" })).rejects.toThrow(/does not exist/);
    expect(await isProtected("fsd-local")).toBe(true);
    expect((await approvals("items"))[0]).toMatchObject({
      ...{ verb: "delete", force: true, about: "deletes fsd-local-items, its protection lifted" },
    });

    const whole = await world.fsd("delete", "--all", "--force", "--yes");
    expect(whole).toExitWith(0);
    await expect(cloudFormation.describeStacks({ StackName: "fsd-local" })).rejects.toThrow(/does not exist/);
    expect((await approvals())[0]).toMatchObject({ service: null, verb: "delete" });
  });

  it("is asked to unfreeze, too", async () => {
    const { world, write, approvals } = await beginProtected();
    const folder = write("local");
    expect(await world.fsd("deploy", "-f", folder, "--yes")).toExitWith(0);
    write("local", { version: "2", program: "exits" });
    expect(await world.fsd("deploy", "-f", folder, "--yes")).toExitWith(4);
    const unanswered = await world.fsd("unfreeze", "items", "--reason", "mended");
    expect(unanswered).toMatchObject({ status: 3, stderr: expect.stringContaining("Unfreeze items on local, which is protected?") });
    expect(await world.json<unknown>("status", "items")).toMatchObject({ frozen: { outcome: "rolled-back" } });
    expect(await world.fsd("unfreeze", "items", "--reason", "mended", "--yes")).toExitWith(0);
    expect((await approvals("items"))[0]).toMatchObject({ verb: "unfreeze", about: "lets items be deployed again: mended" });
  });

  it("has a service made anew whose first creation failed, protected as that is", async () => {
    const { world, write, isProtected } = await beginProtected();
    const failed = await world.fsd("deploy", "-f", write("local", { program: "exits" }), "--yes");
    expect(failed).toExitWith(1);
    expect([await isProtected("fsd-local"), await isProtected("fsd-local-items")]).toEqual([true, true]);
    expect(await world.fsd("delete", "items", "--yes")).toMatchObject({ status: 1, stderr: expect.stringContaining("FSD8010") });
    expect(await world.fsd("unfreeze", "items", "--reason", "mended", "--yes")).toExitWith(0);
    const live = await world.fsd("deploy", "-f", write("local"), "--yes");
    expect(live).toExitWith(0);
    expect(await isProtected("fsd-local-items")).toBe(true);
  });

  it("never has a stack without protection, when whoever deploys is killed while it is made neither", async () => {
    const { world, cloudFormation, write, isProtected } = await beginProtected();
    const folder = write("local");
    const { ended, kill } = await world.fsdUntil(/CREATE_COMPLETE TargetGroup/, "deploy", "-f", folder, "--yes");
    kill("SIGKILL");
    await ended;
    expect([await isProtected("fsd-local"), await isProtected("fsd-local-items")]).toEqual([true, true]);
    await eventually("the stack is made without fsd", async () => {
      const { Stacks = [] } = await cloudFormation.describeStacks({ StackName: "fsd-local-items" });
      return Stacks[0]?.StackStatus === "CREATE_COMPLETE";
    });
    expect(await isProtected("fsd-local-items")).toBe(true);
  });

  it("clears away a creation that took too long, protected as that is", async () => {
    const { world, cloudFormation, write } = await beginProtected();
    const folder = write("local", { program: "unhealthy" });
    const slow = await world.fsd("deploy", "-f", folder, "--yes", "--timeout", "0.05");
    expect(slow).toExitWith(1);
    expect(said(slow)).toContain("what was made is deleted");
    await expect(cloudFormation.describeStacks({ StackName: "fsd-local-items" })).rejects.toThrow(/does not exist/);
  });

  it("replaces what holds data with --force only, and says before it is asked what CloudFormation replaces", async () => {
    const { world, cloudFormation, write, approvals } = await beginProtected();
    const queue = "dependencies: [{type: aws_sqs_queue, name: mails, access: write, managed: {}}]\n";
    expect(await world.fsd("deploy", "-f", write("local", { more: queue }), "--yes")).toExitWith(0);
    const { StackResources = [] } = await cloudFormation.describeStackResources({ StackName: "fsd-local-items" });
    const { LogicalResourceId: id } = StackResources.find(({ ResourceType }) => ResourceType === "AWS::SQS::Queue") ?? {};
    const renamed = `${queue}overrides: [{path: /Resources/${id}/Properties/QueueName, value: letters}]\n`;
    const folder = write("local", { more: renamed });
    const refused = await world.fsd("deploy", "-f", folder, "--yes");
    expect(refused).toExitWith(1);
    expect(refused.stdout).toMatch(new RegExp(`^ +± ${id} AWS::SQS::Queue, replaced$`, "m"));
    expect(said(refused)).toMatch(
      /FSD8013 the change of items on local, which is protected, replaces \w+ \(AWS::SQS::Queue\), and with it its messages\n.*deploy with --force/,
    );
    const { Summaries = [] } = await cloudFormation.listChangeSets({ StackName: "fsd-local-items" });
    expect(Summaries.filter(({ ExecutionStatus }) => ExecutionStatus === "AVAILABLE")).toEqual([]);
    expect(await approvals("items")).toHaveLength(1);

    const forced = await world.fsd("deploy", "-f", folder, "--yes", "--force");
    expect(forced).toExitWith(0);
    expect((await approvals("items"))[0]).toMatchObject({ force: true, about: expect.stringContaining(`replace ${id}`) });
    expect((await approvals("items"))[0]?.about).toContain("and with it its messages");
  });

  it("does not change what it cannot record", async () => {
    const { world, settings, cloudFormation, write, approvals } = await beginProtected();
    const ssm = new SSM(settings);
    // Of another type, the parameter takes no approval.
    await ssm.putParameter({ Name: "/fsd/local/approved/items", Type: "StringList", Value: "in,the,way" });
    const outcome = await world.fsd("deploy", "-f", write("local"), "--yes");
    expect(outcome).toExitWith(1);
    expect(said(outcome)).toMatch(/FSD7002 AWS refuses the request: \w+/);
    await expect(cloudFormation.describeStacks({ StackName: "fsd-local-items" })).rejects.toThrow(/does not exist/);
    await ssm.deleteParameter({ Name: "/fsd/local/approved/items" });
    expect(await world.fsd("deploy", "-f", write("local"), "--yes")).toExitWith(0);
    expect(await approvals("items")).toHaveLength(1);
  });

  it("records that someone agreed to what a scan found", async () => {
    const { world, write, approvals } = await beginProtected();
    const finding = { name: "CVE-2026-1", severity: "MEDIUM", package: "openssl", version: "3.0.11" };
    writeFileSync(join(world.stateDir, "scan-findings.json"), JSON.stringify({ items: [finding] }));
    const outcome = await world.fsd("deploy", "-f", write("local"), "--yes");
    expect(outcome).toExitWith(0);
    expect((await approvals("items"))[0]?.about).toMatch(
      /^creates fsd-local-items .*findings agreed to: 1 medium: CVE-2026-1 \(openssl 3\.0\.11\)$/,
    );
  });

  it("protects jobs as it does services", async () => {
    const { world, write, isProtected, approvals } = await beginProtected();
    const folder = write("local");
    const job =
      "apiVersion: fsd/v1\nkind: Job\nmetadata: {name: report}\njob:\n  build: {context: .}\n  command: [node, --version]\n  resources: {size: micro}\n";
    world.write("local", { "fsd.yml": job });
    const outcome = await world.fsd("deploy", "-f", folder, "--yes", "--output", "json");
    expect(outcome).toExitWith(0);
    const events = outcome.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; subject: string; action?: string });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "planned", subject: "report", action: "create", stack: "fsd-local-report" }),
    );
    expect(await isProtected("fsd-local-report")).toBe(true);
    const [latest] = await approvals("report");
    expect(await world.json<unknown>("status", "report")).toMatchObject({ approval: latest, stack: { terminationProtection: true } });
    expect((await world.fsd("status", "report")).stdout).toMatch(/approved +\S+Z by arn:aws:/);
    expect(await world.fsd("delete", "report", "--yes")).toMatchObject({ status: 1, stderr: expect.stringContaining("FSD8010") });
    expect(await world.fsd("delete", "report", "--yes", "--force")).toExitWith(0);
  });

  it("records who lets a paused deployment go on, and who stops one", async () => {
    const { world, write, approvals } = await beginProtected();
    const more =
      "  deployment: {strategy: blue-green, bakeTime: 0m, hooks: [{stage: POST_TEST_TRAFFIC_SHIFT, pause: true, timeout: 1h}]}\n";
    const folder = write("local", { more });
    const paused = async (verb: "promote" | "abort"): Promise<void> => {
      await eventually("the deployment pauses", async () => {
        const { ongoing } = await world.json<{ ongoing: { pauses: unknown[] } | null }>("status", "items");
        return (ongoing?.pauses.length ?? 0) > 0;
      });
      expect(await world.fsd(verb, "items")).toExitWith(3);
      expect(await world.fsd(verb, "items", "--yes")).toExitWith(0);
    };
    const first = await world.fsdUntil(/POST_TEST_TRAFFIC_SHIFT/, "deploy", "-f", folder, "--yes");
    await paused("promote");
    const live = await first.ended;
    expect(live).toExitWith(0);
    expect((await approvals("items"))[0]).toMatchObject({
      ...{ verb: "promote", how: "--yes" },
      about: expect.stringMatching(/^lets arn:aws:ecs:\S+ go on from POST_TEST_TRAFFIC_SHIFT \(/),
    });
    write("local", { more, version: "2" });
    const second = await world.fsdUntil(/POST_TEST_TRAFFIC_SHIFT/, "deploy", "-f", folder, "--yes");
    await paused("abort");
    expect(await second.ended).toExitWith(4);
    expect((await approvals("items"))[0]).toMatchObject({
      verb: "abort",
      about: expect.stringMatching(
        /^stops arn:aws:ecs:\S+ at POST_TEST_TRAFFIC_SHIFT and goes back \(fsd-local-items:1 → fsd-local-items:2\)$/,
      ),
    });
  });
});

describeWith("python3", "a protected environment, on a terminal", () => {
  it("asks on a terminal after showing what will change, and takes no for an answer", async () => {
    const { world, cloudFormation, write, approvals } = await beginProtected();
    const folder = write("local");
    const no = await world.onTerminal("n", "deploy", "-f", folder);
    expect(no).toExitWith(3);
    expect(no.stdout).toMatch(/creates the stack fsd-local-items[\s\S]*Deploy items to local, which is protected\? \[y\/N\][\s\S]*FSD5004/);
    await expect(cloudFormation.describeStacks({ StackName: "fsd-local" })).rejects.toThrow(/does not exist/);
    const yes = await world.onTerminal("y", "deploy", "-f", folder);
    expect(yes).toExitWith(0);
    expect((await approvals()).map(({ how }) => how)).toEqual(["asked", "asked"]);
  });
});
