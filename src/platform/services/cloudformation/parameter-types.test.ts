import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SystemClock } from "../../../kit/clock.ts";
import { ec2Provider } from "../ec2/provider.ts";
import { ssmProvider } from "../ssm/provider.ts";
import { body, type CloudFormationWorld, endWorlds, region, thing, world } from "./cloudformation-world.testing.ts";

const seal = { seal: (text: string) => text, open: (text: string) => text };
let self: CloudFormationWorld;
let vpc: string;
let subnet: string;

beforeEach(async () => {
  self = world(new SystemClock(), (gateway, shared) => {
    gateway.mount("ec2", ec2Provider(shared));
    gateway.mount("ssm", ssmProvider({ ...shared, seal }));
  });
  vpc = (await self.callOf("ec2", "CreateVpc", { CidrBlock: "10.9.0.0/16" }, { region })).Vpc?.VpcId ?? "";
  const made = await self.callOf("ec2", "CreateSubnet", { VpcId: vpc, CidrBlock: "10.9.1.0/24" }, { region });
  subnet = made.Subnet?.SubnetId ?? "";
});
afterEach(endWorlds);

const taking = (parameters: Readonly<Record<string, string>>) =>
  body({ A: thing() }, { Parameters: Object.fromEntries(Object.entries(parameters).map(([name, type]) => [name, { Type: type }])) });
const values = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
const put = (Name: string, Type: "String" | "StringList", Value: string) =>
  self.callOf("ssm", "PutParameter", { Name, Type, Value }, { region });

describe("parameters of AWS's own types", () => {
  const types = { Vpc: "AWS::EC2::VPC::Id", Subnets: "List<AWS::EC2::Subnet::Id>", Zone: "AWS::EC2::AvailabilityZone::Name" };

  it("take what is there", async () => {
    await put("/net/subnets", "StringList", `${subnet}, ${subnet}`);
    const { GroupId = "" } = await self.callOf(
      "ec2",
      "CreateSecurityGroup",
      { GroupName: "web", Description: "d", VpcId: vpc },
      { region },
    );
    await self.call("CreateStack", {
      StackName: "s",
      TemplateBody: taking({
        ...types,
        Group: "AWS::EC2::SecurityGroup::Id",
        Named: "AWS::EC2::SecurityGroup::GroupName",
        Stored: "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>",
        Name: "AWS::SSM::Parameter::Name",
      }),
      Parameters: values({
        ...{ Vpc: vpc, Subnets: subnet, Zone: "us-east-1a", Group: GroupId, Named: "web" },
        ...{ Stored: "/net/subnets", Name: "/net/subnets" },
      }),
    });
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
  });

  it("make a change set FAILED where they name what is not there, and it cannot be executed", async () => {
    await self.call("CreateChangeSet", {
      StackName: "s",
      ChangeSetName: "one",
      ChangeSetType: "CREATE",
      TemplateBody: taking(types),
      Parameters: values({ Vpc: "vpc-*", Subnets: `${subnet},subnet-1`, Zone: "us-east-1z" }),
    });
    expect(await self.call("DescribeChangeSet", { StackName: "s", ChangeSetName: "one" })).toMatchObject({
      Status: "FAILED",
      ExecutionStatus: "UNAVAILABLE",
      StatusReason:
        "Parameter validation failed: parameter value vpc-* for parameter name Vpc does not exist, parameter value subnet-1 for parameter name Subnets does not exist, parameter value us-east-1z for parameter name Zone does not exist.",
      Changes: [],
    });
    await expect(self.call("ExecuteChangeSet", { StackName: "s", ChangeSetName: "one" })).rejects.toMatchObject({
      name: "InvalidChangeSetStatusException",
    });
  });

  it("bring a stack back that was created or updated with them, before any resource is touched", async () => {
    const create = { StackName: "s", TemplateBody: taking({ Vpc: types.Vpc }) };
    await self.call("CreateStack", { ...create, Parameters: values({ Vpc: "vpc-0" }) });
    expect(await self.status("s")).toBe("ROLLBACK_COMPLETE");
    const absent = "Parameter validation failed: parameter value vpc-0 for parameter name Vpc does not exist.";
    expect(await self.events("s")).toEqual([
      "s CREATE_IN_PROGRESS User Initiated",
      `s ROLLBACK_IN_PROGRESS ${absent} Rollback requested by user.`,
      "s ROLLBACK_COMPLETE",
    ]);
    await self.call("DeleteStack", { StackName: "s" });

    await self.call("CreateStack", { ...create, Parameters: values({ Vpc: vpc }) });
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
    const made = [...self.things.made];
    await self.call("UpdateStack", {
      ...create,
      TemplateBody: create.TemplateBody.replace('"A"', '"B"'),
      Parameters: values({ Vpc: "vpc-0" }),
    });
    expect(await self.status("s")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect((await self.events("s")).slice(-4)).toEqual([
      "s UPDATE_IN_PROGRESS User Initiated",
      `s UPDATE_ROLLBACK_IN_PROGRESS ${absent}`,
      "s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      "s UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect([...self.things.made]).toEqual(made);
  });

  it("that name what the platform has no service for name nothing", async () => {
    await self.call("CreateStack", {
      StackName: "s",
      TemplateBody: taking({ Key: "AWS::EC2::KeyPair::KeyName" }),
      Parameters: values({ Key: "mine" }),
      DisableRollback: true,
    });
    expect(await self.status("s")).toBe("CREATE_FAILED");
  });

  it("are refused at once where Systems Manager holds a list for a text, or nothing", async () => {
    await put("/one", "String", vpc);
    await put("/many", "StringList", "a,b");
    const asked = (type: string, name: string) =>
      self.call("CreateStack", {
        StackName: "s",
        TemplateBody: taking({ P: `AWS::SSM::Parameter::Value<${type}>` }),
        Parameters: values({ P: name }),
      });
    const mixed = (name: string) => `Types for SSM parameters [${name}] defined in CFN template and SSM are incompatible`;
    await expect(asked("String", "/many")).rejects.toMatchObject({ name: "ValidationError", message: mixed("/many") });
    await expect(asked("List<String>", "/one")).rejects.toMatchObject({ message: mixed("/one") });
    await expect(asked("AWS::EC2::VPC::Id", "/none")).rejects.toMatchObject({
      message: "Unable to fetch parameters [/none] from parameter store for this account.",
    });
    await asked("AWS::EC2::VPC::Id", "/one");
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
  });
});

describe("an output that is no text", () => {
  it.each([
    ["a list", ["a"], " and not a List"],
    ["what a list parameter answers", { Ref: "Names" }, " and not a List"],
    ["a text that will be split", { "Fn::Split": [",", { Ref: "A" }] }, " and not a List"],
    ["an attribute that will be a list", { "Fn::GetAtt": ["A", "Parts"] }, " and not a List"],
    ["one of two", { "Fn::If": ["Never", "a", { "Fn::GetAtt": "A.Parts" }] }, " and not a List"],
    ["a map", { a: "b" }, " and not a Map"],
    ["nothing", { Ref: "AWS::NoValue" }, ""],
  ])("is refused before anything is made: %s", async (_, Value, found) => {
    const template = body(
      { A: thing() },
      {
        Parameters: { Names: { Type: "CommaDelimitedList", Default: "a,b" } },
        Conditions: { Never: { "Fn::Equals": ["a", "b"] } },
        Outputs: { O: { Value }, Absent: { Condition: "Never", Value: ["x"] } },
      },
    );
    const message = `Template format error: The Value field of every Outputs member must evaluate to a String${found}. (used by output O)`;
    const change = { StackName: "s", ChangeSetName: "c", ChangeSetType: "CREATE", TemplateBody: template } as const;
    await expect(self.call("CreateStack", { StackName: "s", TemplateBody: template })).rejects.toMatchObject({ message });
    await expect(self.call("CreateChangeSet", change)).rejects.toMatchObject({ message });
    expect((await self.call("ListStacks", {})).StackSummaries).toEqual([]);
  });

  it("is taken once it is joined or one of it is selected", async () => {
    const joined = { "Fn::Join": ["-", { "Fn::Split": [",", { Ref: "A" }] }] };
    const selected = { "Fn::Select": ["0", { "Fn::Split": [",", { "Fn::GetAtt": "A.Id" }] }] };
    const Outputs = { Joined: { Value: joined }, Selected: { Value: selected } };
    await self.call("CreateStack", { StackName: "s", TemplateBody: body({ A: thing({ Name: "a,b" }) }, { Outputs }) });
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
    const { Stacks: [stack] = [] } = await self.call("DescribeStacks", { StackName: "s" });
    expect(stack?.Outputs?.map(({ OutputValue }) => OutputValue)).toEqual(["a-b", "a"]);
  });
});
