import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../kit/json.ts";
import { planChanges } from "./change-set.ts";
import { type Goal, planStack } from "./stack-plan.ts";
import type { StackState } from "./stack-state.ts";
import { identity, StackWorld } from "./stack-world.testing.ts";
import type { TypeFacts } from "./validate-template.ts";

const facts: TypeFacts = {
  updatable: true,
  schema: {
    properties: { Size: "integer", Fixed: "string", Needs: { list: "string" }, Tags: { list: "json" } },
    required: [],
    createOnly: ["Fixed"],
    attributes: ["Id"],
    tags: "Tags",
    definitions: {},
  },
};
const types = (type: string): TypeFacts | undefined => (type === "Test::Thing::Thing" ? facts : undefined);
function goal(resources: JsonObject, more: JsonObject = {}): Goal {
  return {
    templateText: JSON.stringify({ Resources: resources, ...more }),
    parameters: {},
    tags: {},
    capabilities: [],
    masked: [],
    zones: {},
  };
}

/** A random graph: resource i needs only earlier ones. */
const graph = (most: number): fc.Arbitrary<JsonObject> =>
  fc
    .array(
      fc.record({
        size: fc.integer({ min: 0, max: 2 }),
        fixed: fc.constantFrom("a", "b"),
        needs: fc.array(fc.nat(20), { maxLength: 3 }),
        there: fc.boolean(),
      }),
      {
        minLength: 1,
        maxLength: most,
      },
    )
    .map((list) => {
      const names = list.map((_, index) => `R${index}`);
      const kept = list.map(({ there }, index) => there || index === 0);
      return Object.fromEntries(
        list.flatMap(({ size, fixed, needs }, index) =>
          kept[index]
            ? [
                [
                  names[index],
                  {
                    Type: "Test::Thing::Thing",
                    Properties: {
                      Size: size,
                      Fixed: fixed,
                      Needs: needs
                        .filter((need) => need < index && kept[need])
                        .map((need) => ({ [need % 2 === 0 ? "Ref" : "Fn::GetAtt"]: need % 2 === 0 ? names[need] : [names[need], "Id"] })),
                    },
                  },
                ],
              ]
            : [],
        ),
      ) as JsonObject;
    });

const orders = fc.infiniteStream(fc.nat(1000));
function chooser(stream: fc.Stream<number> | Iterable<number>): (count: number) => number {
  const numbers = stream[Symbol.iterator]();
  return (count) => (numbers.next().value as number) % count;
}

describe("a stack", () => {
  it("leaves nothing behind when it is created and deleted, whatever the order and the crashes", () => {
    fc.assert(
      fc.property(graph(8), orders, (resources, order) => {
        const world = new StackWorld(types, chooser(order));
        world.run("create", goal(resources));
        expect(world.state.stack.status).toBe("CREATE_COMPLETE");
        expect(world.things.size).toBe(Object.keys(resources).length);
        world.run("delete");
        expect(world.state.stack.status).toBe("DELETE_COMPLETE");
        expect(world.things.size).toBe(0);
      }),
    );
  });

  it("stands exactly as the new template says after an update, and nothing of the old is left", () => {
    fc.assert(
      fc.property(graph(8), graph(8), orders, (first, second, order) => {
        const world = new StackWorld(types, chooser(order));
        world.run("create", goal(first));
        world.run("update", goal(second));
        expect(world.state.stack.status).toBe("UPDATE_COMPLETE");
        expect(world.things.size).toBe(Object.keys(second).length);
        expect(Object.keys(world.state.resources).sort()).toEqual(Object.keys(second).sort());
        for (const { current } of Object.values(world.state.resources))
          expect(world.things.get(current!.physicalId)).toEqual(current!.properties);
        expect(planChanges(planStack(goal(second), identity, types), world.state, types, () => undefined).isEmpty).toBe(true);
      }),
    );
  });

  it("removes everything it made when creating fails at any resource", () => {
    fc.assert(
      fc.property(graph(8), fc.nat(7), orders, (resources, victim, order) => {
        const name = Object.keys(resources)[victim % Object.keys(resources).length] as string;
        const world = new StackWorld(types, chooser(order), (act) => act.kind === "create" && act.logicalId === name);
        world.run("create", goal(resources));
        expect(world.state.stack.status).toBe("ROLLBACK_COMPLETE");
        expect(world.things.size).toBe(0);
      }),
    );
  });

  it("is what it was before when an update fails at any resource", () => {
    fc.assert(
      fc.property(graph(8), graph(8), fc.nat(7), orders, (first, second, victim, order) => {
        const name = Object.keys(second)[victim % Object.keys(second).length] as string;
        let updating = false;
        const world = new StackWorld(
          types,
          chooser(order),
          (act) => updating && act.kind !== "delete" && act.kind !== "cancel" && act.logicalId === name && act.token.endsWith("apply"),
        );
        world.run("create", goal(first));
        const before = structuredClone({ things: world.things, resources: world.state.resources });
        updating = true;
        world.run("update", goal(second));
        if (world.state.stack.status === "UPDATE_COMPLETE") return;
        expect(world.state.stack.status).toBe("UPDATE_ROLLBACK_COMPLETE");
        expect(world.things).toEqual(before.things);
        const ids = (resources: StackState["resources"]) =>
          Object.fromEntries(Object.entries(resources).map(([id, { current }]) => [id, current]));
        expect(ids(world.state.resources)).toEqual(ids(before.resources));
      }),
    );
  });

  it("names every resource that failed, and cancels what still runs", () => {
    const world = new StackWorld(
      types,
      () => 0,
      (act) => act.kind === "create" && act.logicalId === "B",
    );
    const thing = { Type: "Test::Thing::Thing" };
    world.run("create", goal({ A: thing, B: thing, C: { ...thing, DependsOn: "B" } }));
    expect(world.events.filter(({ type }) => type === "AWS::CloudFormation::Stack").map(({ status, reason }) => [status, reason])).toEqual([
      ["CREATE_IN_PROGRESS", "User Initiated"],
      ["ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [B]. Rollback requested by user."],
      ["ROLLBACK_COMPLETE", undefined],
    ]);
    expect(world.events.some(({ logicalId }) => logicalId === "C")).toBe(false);
  });

  it("keeps what a policy protects, also when creating fails, and deletes what is only retained once it stood", () => {
    const world = new StackWorld(
      types,
      () => 0,
      (act) => act.kind === "create" && act.logicalId === "Last",
    );
    const thing = { Type: "Test::Thing::Thing" };
    const resources = {
      Kept: { ...thing, DeletionPolicy: "Retain" },
      KeptLater: { ...thing, DeletionPolicy: "RetainExceptOnCreate" },
      Last: { ...thing, DependsOn: ["Kept", "KeptLater"] },
    };
    world.run("create", goal(resources));
    expect(world.state.stack.status).toBe("ROLLBACK_COMPLETE");
    expect([...world.things.keys()]).toEqual(["thing-op1/Kept/apply"]);
    expect(world.events.find(({ status }) => status === "DELETE_SKIPPED")?.logicalId).toBe("Kept");
  });

  it("stays as far as it came when rollback is off, and a corrected template completes it", () => {
    let broken = true;
    const world = new StackWorld(
      types,
      () => 0,
      (act) => act.kind === "create" && act.logicalId === "B" && broken,
    );
    const resources = { A: { Type: "Test::Thing::Thing" }, B: { Type: "Test::Thing::Thing", DependsOn: "A" } };
    world.run("create", goal(resources), { onFailure: "DO_NOTHING" });
    expect(world.state.stack.status).toBe("CREATE_FAILED");
    expect(world.things.size).toBe(2);
    broken = false;
    world.run("update", goal(resources));
    expect(world.state.stack.status).toBe("UPDATE_COMPLETE");
    expect(world.things.size).toBe(2);
  });

  it("that could not go back goes on from there, skipping what is told to be taken as it is", () => {
    let updating = false;
    const world = new StackWorld(
      types,
      () => 0,
      (act) => updating && act.kind === "update" && (act.logicalId === "A" || act.token.endsWith("apply")),
    );
    const resources = (size: number) => ({
      A: { Type: "Test::Thing::Thing", Properties: { Size: size } },
      B: { Type: "Test::Thing::Thing", Properties: { Size: size }, DependsOn: "A" },
    });
    world.run("create", goal(resources(1)));
    updating = true;
    world.run("update", goal(resources(2)));
    expect(world.state.stack.status).toBe("UPDATE_ROLLBACK_FAILED");
    world.run("rollback", undefined, { skip: ["A"] });
    expect(world.state.stack.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(world.state.resources.A?.current?.properties).toEqual({ Size: 1 });
  });
});
