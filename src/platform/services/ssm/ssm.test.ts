import { beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { seal } from "../../persistence/seal.testing.ts";
import { ssmProvider } from "./provider.ts";

let store: LibsqlStore;
let call: Call;

beforeEach(() => {
  store = new LibsqlStore(":memory:");
  const gateway = strictGateway();
  gateway.mount("ssm", ssmProvider({ store, clock: new VirtualClock(1_700_000_000_000), seal }));
  call = gateway.call;
});

const ssm = <Operation extends OperationName<"ssm">>(operation: Operation, input: OperationInput<"ssm", Operation>) =>
  call("ssm", operation, input, { region: "eu-west-1" }) as Promise<OperationOutput<"ssm", Operation>>;
const put = (Name: string, Value: string, more: object = {}) => ssm("PutParameter", { Name, Value, Type: "String", ...more });

describe("a parameter", () => {
  it("gets a version with every value, and is read by name, version, label and ARN", async () => {
    await put("/fsd/dev/vpc", "vpc-1");
    await expect(put("/fsd/dev/vpc", "vpc-2")).rejects.toMatchObject({ name: "ParameterAlreadyExists" });
    expect(await put("/fsd/dev/vpc", "vpc-2", { Overwrite: true })).toEqual({ Version: 2, Tier: "Standard" });
    await ssm("LabelParameterVersion", { Name: "/fsd/dev/vpc", ParameterVersion: 1, Labels: ["first", "1bad"] });
    const value = async (Name: string) => (await ssm("GetParameter", { Name })).Parameter?.Value;
    expect(await value("/fsd/dev/vpc")).toBe("vpc-2");
    expect(await value("/fsd/dev/vpc:1")).toBe("vpc-1");
    expect(await value("/fsd/dev/vpc:first")).toBe("vpc-1");
    expect(await value("arn:aws:ssm:eu-west-1:000000000000:parameter/fsd/dev/vpc")).toBe("vpc-2");
    await expect(value("/fsd/dev/vpc:9")).rejects.toMatchObject({ name: "ParameterVersionNotFound" });
    await expect(value("/fsd/dev/nothing")).rejects.toMatchObject({ name: "ParameterNotFound" });
    expect((await ssm("GetParameterHistory", { Name: "/fsd/dev/vpc" })).Parameters?.map(({ Value }) => Value)).toEqual(["vpc-1", "vpc-2"]);
    expect(await ssm("DeleteParameters", { Names: ["/fsd/dev/vpc", "/none"] })).toEqual({
      DeletedParameters: ["/fsd/dev/vpc"],
      InvalidParameters: ["/none"],
    });
  });

  it("that is secure never lies open in the store, and is read in clear only when asked", async () => {
    await put("/secret", "hunter2", { Type: "SecureString" });
    expect(JSON.stringify(store.collection("ssm.parameter").list())).not.toContain("hunter2");
    const read = async (WithDecryption?: boolean) => (await ssm("GetParameter", { Name: "/secret", WithDecryption })).Parameter?.Value;
    expect(await read()).not.toContain("hunter2");
    expect(await read(true)).toBe("hunter2");
    expect((await ssm("DescribeParameters", {})).Parameters).toMatchObject([{ Name: "/secret", KeyId: "alias/aws/ssm" }]);
  });

  it("is refused for what Parameter Store refuses", async () => {
    await put("/typed", "x");
    for (const [attempt, name] of [
      [put("/typed", "y", { Type: "SecureString", Overwrite: true }), "HierarchyTypeMismatchException"],
      [put("/typed", "y", { Overwrite: true, Tags: [{ Key: "a", Value: "b" }] }), "ValidationException"],
      [put("/aws/reserved", "x"), "AccessDeniedException"],
      [put("ssm-mine", "x"), "ValidationException"],
      [put("a/b", "x"), "ValidationException"],
      [put("/with space", "x"), "ValidationException"],
      [put(`/${"a/".repeat(15)}b`, "x"), "HierarchyLevelLimitExceededException"],
      [put("/long", "x".repeat(4097)), "ValidationException"],
      [put("/pattern", "abc", { AllowedPattern: "^\\d+$" }), "ParameterPatternMismatchException"],
      [put("/pattern", "abc", { AllowedPattern: "(" }), "InvalidAllowedPatternException"],
      [put("/empty", ""), "ValidationException"],
      [ssm("PutParameter", { Name: "/untyped", Value: "x" }), "ValidationException"],
    ] as const) {
      await expect(attempt).rejects.toMatchObject({ name });
    }
    expect(await put("/long", "x".repeat(4097), { Tier: "Intelligent-Tiering" })).toMatchObject({ Tier: "Advanced" });
  });
});

describe("parameters of a path", () => {
  it("come level by level or all below, in pages", async () => {
    for (const name of ["/fsd/dev/a", "/fsd/dev/b", "/fsd/dev/deep/c", "/fsd/prod/a", "/fsdx/a"]) await put(name, "x");
    const names = async (Path: string, Recursive = false) =>
      (await ssm("GetParametersByPath", { Path, Recursive })).Parameters?.map(({ Name }) => Name);
    expect(await names("/fsd/dev")).toEqual(["/fsd/dev/a", "/fsd/dev/b"]);
    expect(await names("/fsd/dev/", true)).toEqual(["/fsd/dev/a", "/fsd/dev/b", "/fsd/dev/deep/c"]);
    expect(await names("/", true)).toHaveLength(5);
    const first = await ssm("GetParametersByPath", { Path: "/fsd", Recursive: true, MaxResults: 3 });
    const second = await ssm("GetParametersByPath", { Path: "/fsd", Recursive: true, MaxResults: 3, NextToken: first.NextToken });
    expect([...(first.Parameters ?? []), ...(second.Parameters ?? [])]).toHaveLength(4);
    expect(second.NextToken).toBeUndefined();
    await expect(ssm("GetParametersByPath", { Path: "/fsd", NextToken: "?" })).rejects.toMatchObject({ name: "InvalidNextToken" });
  });

  it("are described by filter", async () => {
    await put("/fsd/dev/a", "x", { Tags: [{ Key: "env", Value: "dev" }] });
    await put("/fsd/prod/a", "x", { Type: "StringList" });
    const names = async (Key: string, Option: string, ...Values: string[]) =>
      (await ssm("DescribeParameters", { ParameterFilters: [{ Key, Option, Values }] })).Parameters?.map(({ Name }) => Name);
    expect(await names("Name", "BeginsWith", "/fsd/d")).toEqual(["/fsd/dev/a"]);
    expect(await names("Name", "Contains", "prod")).toEqual(["/fsd/prod/a"]);
    expect(await names("Path", "Recursive", "/fsd")).toEqual(["/fsd/dev/a", "/fsd/prod/a"]);
    expect(await names("Type", "Equals", "StringList")).toEqual(["/fsd/prod/a"]);
    expect(await names("tag:env", "Equals", "dev")).toEqual(["/fsd/dev/a"]);
    await expect(names("Colour", "Equals", "red")).rejects.toMatchObject({ name: "ValidationException" });
  });
});
