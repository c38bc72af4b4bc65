import { afterEach, describe, expect, it } from "vitest";
import { body, endWorlds, thing, world } from "./cloudformation-world.testing.ts";

afterEach(endWorlds);

describe("a change set", () => {
  it("says what it would do, does it once, and is empty afterwards", async () => {
    const self = world();
    const first = body({ A: thing({ Name: "a" }), B: thing({ Size: 1 }) });
    const created = await self.call("CreateChangeSet", {
      StackName: "s",
      ChangeSetName: "one",
      ChangeSetType: "CREATE",
      TemplateBody: first,
    });
    const { Stacks: [review] = [] } = await self.call("DescribeStacks", { StackName: "s" });
    expect(review?.StackStatus).toBe("REVIEW_IN_PROGRESS");
    expect(self.things.made.size).toBe(0);
    const described = await self.call("DescribeChangeSet", { ChangeSetName: created.Id });
    expect(described).toMatchObject({ Status: "CREATE_COMPLETE", ExecutionStatus: "AVAILABLE" });
    expect(described.Changes?.map(({ ResourceChange }) => [ResourceChange?.Action, ResourceChange?.LogicalResourceId])).toEqual([
      ["Add", "A"],
      ["Add", "B"],
    ]);
    await self.call("ExecuteChangeSet", { StackName: "s", ChangeSetName: "one" });
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
    await expect(self.call("ExecuteChangeSet", { ChangeSetName: created.Id })).rejects.toMatchObject({
      name: "InvalidChangeSetStatusException",
    });

    await self.call("CreateChangeSet", { StackName: "s", ChangeSetName: "same", TemplateBody: first });
    expect(await self.call("DescribeChangeSet", { StackName: "s", ChangeSetName: "same" })).toMatchObject({
      Status: "FAILED",
      StatusReason: "The submitted information didn't contain changes. Submit different information to create a change set.",
      ExecutionStatus: "UNAVAILABLE",
    });

    const second = body(
      { A: thing({ Name: "other" }), C: thing({ Size: { "Fn::If": ["Never", 1, 2] } }) },
      { Conditions: { Never: { "Fn::Equals": ["a", "b"] } } },
    );
    await self.call("CreateChangeSet", { StackName: "s", ChangeSetName: "two", TemplateBody: second });
    const { Changes = [] } = await self.call("DescribeChangeSet", { StackName: "s", ChangeSetName: "two" });
    expect(
      Changes.map(({ ResourceChange }) => [ResourceChange?.Action, ResourceChange?.LogicalResourceId, ResourceChange?.Replacement]),
    ).toEqual([
      ["Modify", "A", "True"],
      ["Add", "C", undefined],
      ["Remove", "B", undefined],
    ]);
    expect(Changes[0]?.ResourceChange?.Details).toEqual([
      {
        Target: { Attribute: "Properties", Name: "Name", Path: "/Properties/Name", RequiresRecreation: "Always" },
        Evaluation: "Static",
        ChangeSource: "DirectModification",
      },
    ]);
  });

  it("takes in what was retained when a first create failed", async () => {
    const self = world();
    const template = (fails: boolean) =>
      body({ Log: thing({ Name: "/ecs/log" }, { DeletionPolicy: "Retain" }), Bad: thing({ Fails: fails }, { DependsOn: "Log" }) });
    const deploy = async (name: string, fails: boolean) => {
      await self.call("CreateChangeSet", {
        StackName: "s",
        ChangeSetName: name,
        ChangeSetType: "CREATE",
        TemplateBody: template(fails),
        ImportExistingResources: true,
      });
      await self.call("ExecuteChangeSet", { StackName: "s", ChangeSetName: name });
      return self.status("s");
    };
    expect(await deploy("one", true)).toBe("ROLLBACK_COMPLETE");
    expect([...self.things.made.keys()]).toEqual(["/ecs/log"]);
    await self.call("DeleteStack", { StackName: "s" });
    expect(await deploy("two", false)).toBe("CREATE_COMPLETE");
    expect(await self.events("s")).toContain("Log IMPORT_COMPLETE Resource import completed.");
    expect(self.things.made.has("/ecs/log")).toBe(true);
  });

  it("of a stack that does not exist, or with a name that is taken, is refused", async () => {
    const self = world();
    const TemplateBody = body({ A: thing() });
    await expect(self.call("CreateChangeSet", { StackName: "s", ChangeSetName: "one", TemplateBody })).rejects.toMatchObject({
      message: "Stack [s] does not exist",
    });
    await self.call("CreateChangeSet", { StackName: "s", ChangeSetName: "one", ChangeSetType: "CREATE", TemplateBody });
    await expect(
      self.call("CreateChangeSet", { StackName: "s", ChangeSetName: "one", ChangeSetType: "CREATE", TemplateBody }),
    ).rejects.toMatchObject({ name: "AlreadyExistsException" });
    await expect(self.call("DescribeChangeSet", { StackName: "s", ChangeSetName: "nope" })).rejects.toMatchObject({
      name: "ChangeSetNotFoundException",
    });
  });
});
