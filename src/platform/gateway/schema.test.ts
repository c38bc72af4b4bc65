import * as ec2 from "@aws-sdk/client-ec2";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import ec2Table from "./generated/operations/ec2.json" with { type: "json" };
import { envelope, exceptionsOf, membersOf, readOperation, type Shape } from "./schema.ts";
import { type SchemaTable, schemasOfTable } from "./schema-table.ts";

describe("the SDK's schema tuples", () => {
  it("give an operation's name, namespace, input and output", () => {
    const operation = readOperation(ecs.CreateCluster$);
    expect([operation.namespace, operation.name]).toEqual(["com.amazonaws.ecs", "CreateCluster"]);
    expect(membersOf(operation.input).map(([name]) => name)).toContain("clusterName");
    const output = membersOf(operation.output);
    expect(output.map(([name, shape]) => [name, shape.isStructSchema()])).toEqual([["cluster", true]]);
  });

  it("are the same when they were copied out of a client", () => {
    const copied = schemasOfTable(ec2Table as unknown as SchemaTable);
    const flat = (shape: Shape, depth: number): unknown => {
      if (depth === 0) return shape.getName();
      const own = [shape.getName(), shape.getMergedTraits()];
      if (shape.isStructSchema()) return [...own, membersOf(shape).map(([name, member]) => [name, flat(member, depth - 1)])];
      if (shape.isListSchema()) return [...own, flat(shape.getValueSchema(), depth - 1)];
      return [...own, shape.getSchema()];
    };
    const originals = new Map<string, unknown>(Object.entries(ec2));
    for (const [name, tuple] of Object.entries(copied)) {
      const [mine, theirs] = [readOperation(tuple), readOperation(originals.get(`${name}$`))];
      expect([name, flat(mine.input, 4), flat(mine.output, 4)]).toEqual([name, flat(theirs.input, 4), flat(theirs.output, 4)]);
    }
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
