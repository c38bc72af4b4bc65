/** Services whose tasks have a role that ECS cannot assume: `fsd deploy` and `fsd status` name it, its trust policy, and what it has to be. */
import { IAM } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cause, causesIn } from "../support/cause.ts";
import type { Outcome } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let iam: IAM;
beforeAll(async () => {
  const { endpoint } = await world.up();
  iam = new IAM({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
});
afterAll(async () => {
  iam.destroy();
  await world.end();
});

const trusts = (...statements: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Service: string): object => ({ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" });
/** As ECS's documentation has it: for tasks of this account and region only. */
const guarded = {
  ...allow("ecs-tasks.amazonaws.com"),
  Condition: {
    StringEquals: { "aws:SourceAccount": "000000000000" },
    ArnLike: { "aws:SourceArn": "arn:aws:ecs:us-east-1:000000000000:*" },
  },
};
const arnOf = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;
/** A role that the manifest names under `iam` has a stand-in on this machine; one that is patched in has not. */
const named = (role: string): string => `overrides: [{path: /Resources/TaskDefinition/Properties/TaskRoleArn, value: "${arnOf(role)}"}]\n`;

/** The manifest of a service, as `extra` ends it. */
function write(name: string, version: string, extra = ""): string {
  return `${world.write(name, serviceFiles(name, { version }, extra))}/fsd.yml`;
}
const deploy = (file: string, ...flags: string[]): Promise<Outcome> => world.fsd("deploy", "-f", file, "--env", "local", "--yes", ...flags);

describe("a version whose task role", () => {
  it("trusts EC2 only trips the breaker: the version before serves on, and the deploy shows the trust as it is and as it has to be", async () => {
    await iam.createRole({ RoleName: "machine", AssumeRolePolicyDocument: trusts(allow("ec2.amazonaws.com")) });
    expect(await deploy(write("ledger", "1"))).toExitWith(0);
    const outcome = await deploy(write("ledger", "2", named("machine")), "--output", "json");
    expect(outcome).toExitWith(4);
    const [cause] = causesIn(outcome);
    expect(cause).toMatchObject({
      kind: "role-not-assumable",
      summary: `ECS cannot assume the role ${arnOf("machine")}: no statement of its trust policy lets ecs-tasks.amazonaws.com do sts:AssumeRole`,
      fix: "add the statement to the role's trust policy, as the command does; ECS tries again after a pause by itself",
      command: expect.stringContaining(
        `aws iam update-assume-role-policy --role-name machine --policy-document '${trusts(allow("ec2.amazonaws.com"), guarded)}'`,
      ),
    });
    expect(cause?.evidence).toEqual([
      expect.stringContaining(`failed to launch a task with (error ECS was unable to assume the role '${arnOf("machine")}'`),
      `its trust policy is ${trusts(allow("ec2.amazonaws.com"))}`,
      `ECS needs the statement ${JSON.stringify(guarded)}`,
    ]);
    const { url, running } = await world.status("ledger");
    expect(running).toBe(2);
    expect(await (await fetch(url)).json()).toMatchObject({ version: "1" });
  });

  it("does not exist fails a first deploy, which says how to make it", async () => {
    const outcome = await deploy(write("orphan", "1", named("nobody")), "--output", "json");
    expect(outcome).toExitWith(1);
    expect(causesIn(outcome)[0]).toMatchObject({
      kind: "role-not-assumable",
      summary: `ECS cannot assume the role ${arnOf("nobody")}: there is no such role`,
      command: expect.stringMatching(/^aws iam create-role --role-name nobody --assume-role-policy-document '.*' --endpoint-url /),
    });
  });

  it("is for another account's tasks is shown by status while the deploy waits, and mended lets it go live", async () => {
    const Condition = { StringEquals: { "aws:SourceAccount": "999999999999" } };
    const foreign = trusts({ ...allow("ecs-tasks.amazonaws.com"), Condition });
    await iam.createRole({ RoleName: "foreign", AssumeRolePolicyDocument: foreign });
    const patient = "  deployment: {circuitBreaker: {enable: false}}\n";
    expect(await deploy(write("patient", "1", patient))).toExitWith(0);
    const file = write("patient", "2", patient + named("foreign"));
    const { ended } = await world.fsdUntil(/failed to launch a task/, "deploy", "-f", file, "--env", "local", "--yes");
    const shown = await world.fsd("status", "patient", "--env", "local");
    expect(shown.stdout).toContain(
      `ECS cannot assume the role ${arnOf("foreign")}: a condition of its trust policy does not hold for this account and region`,
    );
    expect(shown.stdout).toContain(`its trust policy is ${foreign}`);
    const { cause } = await world.json<{ cause: Cause | null }>("status", "patient");
    // What the command writes is what mends it, beside what the role trusted before.
    const [, PolicyDocument] =
      /^aws iam update-assume-role-policy --role-name foreign --policy-document '([^']*)' /.exec(cause?.command ?? "") ?? [];
    expect(PolicyDocument).toBe(trusts({ ...allow("ecs-tasks.amazonaws.com"), Condition }, guarded));
    await iam.updateAssumeRolePolicy({ RoleName: "foreign", PolicyDocument });
    const outcome = await ended;
    expect(outcome).toExitWith(0);
    expect((await world.json<{ cause: Cause | null }>("status", "patient")).cause).toBeNull();
    const { url } = await world.status("patient");
    expect(await (await fetch(url)).json()).toMatchObject({ version: "2" });
  });
});
