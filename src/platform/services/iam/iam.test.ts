import { beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { stsProvider } from "../sts/provider.ts";
import { iamProvider } from "./provider.ts";

const clock = new VirtualClock(1_700_000_000_000);
let call: Call;

beforeEach(() => {
  const store = new LibsqlStore(":memory:");
  const gateway = strictGateway();
  gateway.mount("iam", iamProvider({ store, clock, ids: new RandomIds() }));
  gateway.mount("sts", stsProvider({ store, clock, ids: new RandomIds(), call: gateway.call }));
  call = gateway.call;
});

const iam = <Operation extends OperationName<"iam">>(operation: Operation, input: OperationInput<"iam", Operation>) =>
  call("iam", operation, input, { region: "eu-west-1" }) as Promise<OperationOutput<"iam", Operation>>;

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const allow = (Action: unknown, Resource: unknown = "*") =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] });
const execution = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

describe("a role", () => {
  it("is kept with its document percent-encoded, and found whatever the case of its name", async () => {
    const { Role } = await iam("CreateRole", {
      RoleName: "Task",
      AssumeRolePolicyDocument: trust,
      Path: "/fsd/",
      Tags: [{ Key: "a", Value: "1" }],
    });
    expect(Role).toMatchObject({
      Arn: "arn:aws:iam::000000000000:role/fsd/Task",
      MaxSessionDuration: 3600,
      Tags: [{ Key: "a", Value: "1" }],
    });
    const read = (await iam("GetRole", { RoleName: "task" })).Role;
    expect(read).toEqual(Role);
    expect(read?.AssumeRolePolicyDocument).toMatch(/^%7B%22Version%22/);
    expect(JSON.parse(decodeURIComponent(read?.AssumeRolePolicyDocument ?? ""))).toEqual(JSON.parse(trust));
    await expect(iam("CreateRole", { RoleName: "TASK", AssumeRolePolicyDocument: trust })).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
      message: "Role with name TASK already exists.",
    });
  });

  it("cannot go before its policies", async () => {
    await iam("CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust });
    await iam("PutRolePolicy", { RoleName: "r", PolicyName: "inline", PolicyDocument: allow("s3:GetObject", "arn:aws:s3:::b/*") });
    await iam("AttachRolePolicy", { RoleName: "r", PolicyArn: execution });
    expect(await iam("ListAttachedRolePolicies", { RoleName: "r" })).toMatchObject({
      AttachedPolicies: [{ PolicyArn: execution, PolicyName: "AmazonECSTaskExecutionRolePolicy" }],
      IsTruncated: false,
    });
    await expect(iam("DeleteRole", { RoleName: "r" })).rejects.toMatchObject({
      name: "DeleteConflictException",
      message: expect.stringMatching(/detach all policies/),
    });
    await iam("DetachRolePolicy", { RoleName: "r", PolicyArn: execution });
    await expect(iam("DeleteRole", { RoleName: "r" })).rejects.toMatchObject({
      name: "DeleteConflictException",
      message: expect.stringMatching(/delete policies first/),
    });
    await iam("DeleteRolePolicy", { RoleName: "r", PolicyName: "inline" });
    await iam("DeleteRole", { RoleName: "r" });
    await expect(iam("GetRole", { RoleName: "r" })).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "The role with name r cannot be found.",
    });
  });

  it("is assumed as itself, and not when it is not there", async () => {
    await iam("CreateRole", { RoleName: "deployer", AssumeRolePolicyDocument: trust });
    const assume = (name: string) =>
      call("sts", "AssumeRole", { RoleArn: `arn:aws:iam::000000000000:role/${name}`, RoleSessionName: "ci" }, { region: "eu-west-1" });
    const { AssumedRoleUser, Credentials } = await assume("deployer");
    expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::000000000000:assumed-role/deployer/ci");
    expect(Credentials?.Expiration).toEqual(new Date(clock.now() + 3_600_000));
    await expect(assume("nobody")).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("a policy document", () => {
  const put = async (PolicyDocument: string) => {
    await iam("CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust }).catch(() => undefined);
    return iam("PutRolePolicy", { RoleName: "r", PolicyName: "p", PolicyDocument });
  };

  it("is refused for what IAM refuses", async () => {
    const statement = (change: object) => JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:Get*", Resource: "*", ...change } });
    for (const [document, message] of [
      ["{", "This policy contains invalid Json"],
      ["[]", "This policy contains invalid Json"],
      ['{"Version":"2020-01-01","Statement":[]}', "The policy must contain a valid version string"],
      [statement({ Effect: "allow" }), "Syntax errors in policy."],
      [statement({ Effekt: "Allow" }), "Syntax errors in policy."],
      [statement({ Action: "GetObject" }), /prefaced by a vendor/],
      [statement({ Resource: "bucket" }), 'Resource bucket must be in ARN format or "*".'],
      [statement({ Resource: [] }), "Policy statement must contain resources."],
      [statement({ Principal: "*" }), "Policy document should not specify a principal."],
    ] as const) {
      await expect(put(document), document).rejects.toMatchObject({
        name: "MalformedPolicyDocumentException",
        message: typeof message === "string" ? message : expect.stringMatching(message),
      });
    }
    await expect(iam("CreateRole", { RoleName: "x", AssumeRolePolicyDocument: allow("sts:AssumeRole") })).rejects.toMatchObject({
      message: "Has prohibited field Resource",
    });
    await expect(put(allow(Array.from({ length: 600 }, (_, n) => `service${n}:SomethingLong`)))).rejects.toMatchObject({
      name: "LimitExceededException",
    });
  });
});

describe("a managed policy", () => {
  it("has versions of which one is the default, and stays while it is attached", async () => {
    const { Policy } = await iam("CreatePolicy", { PolicyName: "read", PolicyDocument: allow("s3:GetObject") });
    const PolicyArn = Policy?.Arn ?? "";
    await iam("CreateRole", { RoleName: "r", AssumeRolePolicyDocument: trust });
    await iam("AttachRolePolicy", { RoleName: "r", PolicyArn });
    await iam("CreatePolicyVersion", { PolicyArn, PolicyDocument: allow("s3:ListBucket"), SetAsDefault: true });
    expect((await iam("GetPolicy", { PolicyArn })).Policy).toMatchObject({ DefaultVersionId: "v2", AttachmentCount: 1 });
    await expect(iam("DeletePolicyVersion", { PolicyArn, VersionId: "v2" })).rejects.toMatchObject({ name: "DeleteConflictException" });
    await expect(iam("DeletePolicy", { PolicyArn })).rejects.toMatchObject({ name: "DeleteConflictException" });
    await iam("DetachRolePolicy", { RoleName: "r", PolicyArn });
    await iam("DeletePolicyVersion", { PolicyArn, VersionId: "v1" });
    await iam("DeletePolicy", { PolicyArn });
    await expect(iam("AttachRolePolicy", { RoleName: "r", PolicyArn })).rejects.toMatchObject({ name: "NoSuchEntityException" });
  });
});

describe("lists", () => {
  it("come in pages", async () => {
    for (const name of ["a", "b", "c"]) await iam("CreateRole", { RoleName: name, AssumeRolePolicyDocument: trust });
    const first = await iam("ListRoles", { MaxItems: 2 });
    expect([first.Roles?.map(({ RoleName }) => RoleName), first.IsTruncated]).toEqual([["a", "b"], true]);
    const second = await iam("ListRoles", { MaxItems: 2, Marker: first.Marker });
    expect([second.Roles?.map(({ RoleName }) => RoleName), second.IsTruncated, second.Marker]).toEqual([["c"], false, undefined]);
  });
});

describe("a service-linked role", () => {
  it("exists once", async () => {
    const { Role } = await iam("CreateServiceLinkedRole", { AWSServiceName: "ecs.amazonaws.com" });
    expect(Role?.Arn).toBe("arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS");
    await expect(iam("CreateServiceLinkedRole", { AWSServiceName: "ecs.amazonaws.com" })).rejects.toMatchObject({
      name: "InvalidInputException",
      message: expect.stringMatching(/has been taken in this account/),
    });
    await expect(iam("CreateServiceLinkedRole", { AWSServiceName: "__proto__" })).rejects.toMatchObject({ name: "InvalidInputException" });
    await iam("DeleteServiceLinkedRole", { RoleName: "AWSServiceRoleForECS" });
  });
});
