import * as ec2 from "@aws-sdk/client-ec2";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import { envelope, exceptionsOf, membersOf, readOperation } from "./schema.ts";

describe("the SDK's schema tuples", () => {
  it("give an operation's name, namespace, input and output", () => {
    const operation = readOperation(ecs.CreateCluster$);
    expect([operation.namespace, operation.name]).toEqual(["com.amazonaws.ecs", "CreateCluster"]);
    expect(membersOf(operation.input).map(([name]) => name)).toContain("clusterName");
    const output = membersOf(operation.output);
    expect(output.map(([name, shape]) => [name, shape.isStructSchema()])).toEqual([["cluster", true]]);
  });

  it("are refused when they are not an operation", () => {
    expect(() => readOperation(ecs.Cluster$)).toThrow("not the expected tuple");
    expect(() => readOperation(undefined)).toThrow("not the expected tuple");
  });

  it("have no members where an operation answers nothing", () => {
    expect(membersOf(readOperation(iam.DeleteRole$).output)).toEqual([]);
    expect(membersOf(envelope("DeleteRoleResponse", readOperation(iam.DeleteRole$).output, ["requestId"])).map(([name]) => name)).toEqual([
      "requestId",
    ]);
  });

  it("lend their members to an envelope of another name, which leaves the original as it was", () => {
    const { output } = readOperation(ec2.DescribeVpcs$);
    const before = membersOf(output).map(([name]) => name);
    const wrapped = envelope("DescribeVpcsResponse", output, ["requestId"]);
    expect(wrapped.getName()).toBe("DescribeVpcsResponse");
    expect(membersOf(wrapped).map(([name]) => name)).toEqual(["requestId", ...before]);
    expect(membersOf(output).map(([name]) => name)).toEqual(before);
  });

  it("tell an exception's status, query code and blame, and make the SDK's own class", () => {
    const exceptions = exceptionsOf("com.amazonaws.iam");
    expect(exceptions.get("NoSuchEntityException")).toMatchObject({ status: 404, queryCode: "NoSuchEntity", sender: true });
    expect(exceptions.get("ServiceFailureException")).toMatchObject({ status: 500, queryCode: "ServiceFailure", sender: false });
    const made = exceptions.get("NoSuchEntityException")?.create("gone");
    expect(made).toBeInstanceOf(iam.NoSuchEntityException);
    expect(made?.message).toBe("gone");
    expect(exceptionsOf("com.amazonaws.nowhere").size).toBe(0);
  });
});
