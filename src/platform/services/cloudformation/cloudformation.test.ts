import { afterEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { body, endWorlds, thing, world } from "./cloudformation-world.testing.ts";

afterEach(endWorlds);

describe("a stack over the API", () => {
  it("is created, shows its outputs, is updated, and is gone after a delete", async () => {
    const self = world();
    const { call, things } = self;
    const template = body(
      { A: thing({ Name: "a" }), B: thing({ Size: 1 }, { DependsOn: "A" }) },
      { Outputs: { Id: { Value: { "Fn::GetAtt": ["A", "Id"] }, Export: { Name: "the-id" } } } },
    );
    await call("CreateStack", { StackName: "s", TemplateBody: template, Tags: [{ Key: "team", Value: "x" }] });
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
    const { Stacks: [stack] = [] } = await call("DescribeStacks", { StackName: "s" });
    expect(stack?.Outputs).toEqual([{ OutputKey: "Id", OutputValue: "a", ExportName: "the-id" }]);
    expect(stack?.Tags).toEqual([{ Key: "team", Value: "x" }]);
    await expect(call("UpdateStack", { StackName: "s", TemplateBody: template })).rejects.toMatchObject({
      code: "ValidationError",
      message: "No updates are to be performed.",
    });
    await call("UpdateStack", { StackName: "s", TemplateBody: body({ A: thing({ Name: "b" }) }) });
    expect(await self.status("s")).toBe("UPDATE_COMPLETE");
    expect([...things.made.keys()]).toEqual(["b"]);
    await call("DeleteStack", { StackName: "s" });
    await self.executor.settled(stack?.StackId ?? "");
    expect(things.made.size).toBe(0);
    await expect(call("DescribeStacks", { StackName: "s" })).rejects.toMatchObject({ message: "Stack with id s does not exist" });
    const { Stacks: [gone] = [] } = await call("DescribeStacks", { StackName: stack?.StackId });
    expect(gone?.StackStatus).toBe("DELETE_COMPLETE");
  });

  it("tells its story event by event", async () => {
    const self = world();
    await self.call("CreateStack", {
      StackName: "s",
      TemplateBody: body({ A: thing({ Name: "a" }), B: thing({ Fails: true }, { DependsOn: "A" }) }),
    });
    expect(await self.status("s")).toBe("ROLLBACK_COMPLETE");
    expect(self.things.made.size).toBe(0);
    const events = await self.events("s");
    expect(events.map((event) => event.replace(/RequestToken: [0-9a-f-]+/, "RequestToken: T"))).toEqual([
      "s CREATE_IN_PROGRESS User Initiated",
      "A CREATE_IN_PROGRESS",
      "A CREATE_IN_PROGRESS Resource creation Initiated",
      "A CREATE_COMPLETE",
      "B CREATE_IN_PROGRESS",
      "B CREATE_IN_PROGRESS Resource creation Initiated",
      'B CREATE_FAILED Resource handler returned message: "it broke" (RequestToken: T, HandlerErrorCode: GeneralServiceException)',
      "s ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [B]. Rollback requested by user.",
      "B DELETE_IN_PROGRESS",
      "B DELETE_COMPLETE",
      "A DELETE_IN_PROGRESS",
      "A DELETE_COMPLETE",
      "s ROLLBACK_COMPLETE",
    ]);
    await expect(self.call("UpdateStack", { StackName: "s", TemplateBody: body({ A: thing() }) })).rejects.toMatchObject({
      message: expect.stringMatching(/^Stack:arn:.* is in ROLLBACK_COMPLETE state and can not be updated\.$/),
    });
  });

  it("goes on where it was when the platform is killed, and makes nothing twice", async () => {
    const self = world();
    await self.call("CreateStack", {
      StackName: "s",
      TemplateBody: body({ A: thing({ Name: "a", Waits: true }), B: thing({ Waits: true }), C: thing({}, { DependsOn: ["A", "B"] }) }),
    });
    self.kill();
    self.things.released.add("A");
    self.kill();
    self.things.released.add("B");
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
    expect(self.things.made.size).toBe(3);
  });

  it("looks again as soon as something changed, however long its next turn is away", async () => {
    const self = world(new VirtualClock());
    const looked = new Promise<void>((resolve) => {
      self.things.looked = resolve;
    });
    await self.call("CreateStack", { StackName: "s", TemplateBody: body({ A: thing({ Waits: true }) }) });
    await looked;
    await new Promise((resolve) => setImmediate(resolve));
    self.things.released.add("A");
    self.executor.lookAgain();
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
  });

  it("writes what happened in one turn at once", async () => {
    const self = world();
    const names = Array.from({ length: 20 }, (_, index) => `A${index}`);
    const before = self.store.commits;
    await self.call("CreateStack", { StackName: "s", TemplateBody: body(Object.fromEntries(names.map((name) => [name, thing()]))) });
    expect(await self.status("s")).toBe("CREATE_COMPLETE");
    expect((await self.events("s")).length).toBeGreaterThan(60);
    expect(self.store.commits - before).toBeLessThan(20);
  });

  it("stops waiting for what can no longer matter when something fails", async () => {
    const self = world();
    await self.call("CreateStack", { StackName: "s", TemplateBody: body({ Slow: thing({ Waits: true }), Bad: thing({ Fails: true }) }) });
    expect(await self.status("s")).toBe("ROLLBACK_COMPLETE");
    expect(await self.events("s")).toContain("Slow CREATE_FAILED Resource creation cancelled");
    expect(self.things.made.size).toBe(0);
  });

  it("stays as it failed when rollback is off, and is rolled back on request", async () => {
    const self = world();
    const TemplateBody = body({ A: thing({ Name: "a" }), B: thing({ Fails: true }, { DependsOn: "A" }) });
    await self.call("CreateStack", { StackName: "s", TemplateBody, DisableRollback: true });
    expect(await self.status("s")).toBe("CREATE_FAILED");
    expect(self.things.made.size).toBe(2);
    await self.call("RollbackStack", { StackName: "s" });
    expect(await self.status("s")).toBe("ROLLBACK_COMPLETE");
    expect(self.things.made.size).toBe(0);
  });

  it("takes an update of what failed only without rollback, by UpdateStack and by a change set", async () => {
    const self = world();
    const good = body({ A: thing({ Name: "a", Size: 1 }) });
    await self.call("CreateStack", { StackName: "s", TemplateBody: good });
    await self.status("s");
    const bad = body({ A: thing({ Name: "a", Size: 2 }), B: thing({ Fails: true }, { DependsOn: "A" }) });
    await self.call("UpdateStack", { StackName: "s", TemplateBody: bad, DisableRollback: true });
    expect(await self.status("s")).toBe("UPDATE_FAILED");
    const mended = body({ A: thing({ Name: "a", Size: 3 }) });
    const refusal = {
      name: "ValidationError",
      message: expect.stringMatching(/non-terminal \[UPDATE_FAILED\] state\. .* disable-rollback .* rollback-stack API$/),
    };
    await expect(self.call("UpdateStack", { StackName: "s", TemplateBody: mended })).rejects.toMatchObject(refusal);
    await self.call("CreateChangeSet", { StackName: "s", ChangeSetName: "c", TemplateBody: mended });
    await expect(self.call("ExecuteChangeSet", { StackName: "s", ChangeSetName: "c" })).rejects.toMatchObject(refusal);
    expect(await self.status("s")).toBe("UPDATE_FAILED");
    await self.call("ExecuteChangeSet", { StackName: "s", ChangeSetName: "c", DisableRollback: true });
    expect(await self.status("s")).toBe("UPDATE_COMPLETE");
    expect(self.things.made.get("a")).toEqual({ Name: "a", Size: 3 });
  });

  it("is deleted in the middle of its creation", async () => {
    const self = world();
    const { StackId } = await self.call("CreateStack", { StackName: "s", TemplateBody: body({ A: thing(), B: thing({ Waits: true }) }) });
    await self.call("DeleteStack", { StackName: "s" });
    expect((await self.executor.settled(StackId ?? ""))?.status).toBe("DELETE_COMPLETE");
    expect(self.things.made.size).toBe(0);
  });

  it("is protected at any time until its deletion begins, also before it is made by a change set", async () => {
    const self = world();
    const protect = (StackName: string, EnableTerminationProtection: boolean) =>
      self.call("UpdateTerminationProtection", { StackName, EnableTerminationProtection });
    const { StackId = "" } = await self.call("CreateChangeSet", {
      StackName: "s",
      ChangeSetName: "c",
      ChangeSetType: "CREATE",
      TemplateBody: body({ A: thing({ Name: "a", Waits: true }) }),
    });
    await protect("s", true);
    await expect(self.call("DeleteStack", { StackName: "s" })).rejects.toMatchObject({
      message: "Stack [s] cannot be deleted while TerminationProtection is enabled",
    });
    await self.call("ExecuteChangeSet", { StackName: "s", ChangeSetName: "c" });
    const { Stacks } = await self.call("DescribeStacks", { StackName: "s" });
    expect(Stacks).toMatchObject([{ StackStatus: "CREATE_IN_PROGRESS", EnableTerminationProtection: true }]);
    await protect("s", false);
    await self.call("DeleteStack", { StackName: "s" });
    expect(await self.status(StackId)).toBe("DELETE_COMPLETE");
    await expect(protect(StackId, true)).rejects.toMatchObject({ message: expect.stringContaining("DELETE_COMPLETE") });
  });

  it("gives an update up when it is cancelled", async () => {
    const self = world();
    await self.call("CreateStack", { StackName: "s", TemplateBody: body({ A: thing({ Name: "a", Size: 1 }) }) });
    await self.status("s");
    await self.call("UpdateStack", { StackName: "s", TemplateBody: body({ A: thing({ Name: "a", Size: 2, Waits: true }) }) });
    await self.call("CancelUpdateStack", { StackName: "s" });
    expect(await self.status("s")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(self.things.made.get("a")).toEqual({ Name: "a", Size: 1 });
  });

  it("is not deleted under protection, nor while another stack uses its export", async () => {
    const self = world();
    await self.call("CreateStack", {
      StackName: "base",
      EnableTerminationProtection: true,
      TemplateBody: body({ A: thing({ Name: "a" }) }, { Outputs: { Id: { Value: { Ref: "A" }, Export: { Name: "id" } } } }),
    });
    await self.status("base");
    await expect(self.call("DeleteStack", { StackName: "base" })).rejects.toMatchObject({
      message: expect.stringContaining("TerminationProtection is enabled"),
    });
    await self.call("UpdateTerminationProtection", { StackName: "base", EnableTerminationProtection: false });
    await self.call("CreateStack", {
      StackName: "user",
      TemplateBody: body({ B: thing({ Name: { "Fn::Sub": ["${x}-b", { x: { "Fn::ImportValue": "id" } }] } }) }),
    });
    expect(await self.status("user")).toBe("CREATE_COMPLETE");
    expect(self.things.made.has("a-b")).toBe(true);
    await expect(self.call("DeleteStack", { StackName: "base" })).rejects.toMatchObject({
      message: "Export id cannot be deleted as it is in use by user",
    });
    await expect(
      self.call("CreateStack", { StackName: "other", TemplateBody: body({ B: thing({ Name: { "Fn::ImportValue": "nope" } }) }) }),
    ).rejects.toMatchObject({ message: "No export named nope found." });
  });

  it("is refused whole, before anything is made, when its template is wrong", async () => {
    const self = world();
    const refused = (template: string) => expect(self.call("CreateStack", { StackName: "s", TemplateBody: template })).rejects;
    await refused(body({ A: thing({ Colour: "red" }) })).toMatchObject({
      message: "Properties validation failed for resource A with message:\n#: extraneous key [Colour] is not permitted",
    });
    await refused(body({ A: { Type: "AWS::Nope::Nope" } })).toMatchObject({
      message: "Template format error: Unrecognized resource types: [AWS::Nope::Nope]",
    });
    const { StackSummaries } = await self.call("ListStacks", {});
    expect(StackSummaries).toEqual([]);
    expect(self.things.made.size).toBe(0);
  });
});
