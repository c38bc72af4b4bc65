import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../kit/json.ts";
import { beginOperation, outstandingActs, report } from "./advance.ts";
import { planChanges } from "./change-set.ts";
import type { StackSurroundings } from "./stack-draft.ts";
import { type Goal, planStack, type StackPlan } from "./stack-plan.ts";
import type { Act, Operation, StackEvent, StackState } from "./stack-state.ts";
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
const identity = {
  stackId: "arn:aws:cloudformation:us-east-1:000000000000:stack/s/1",
  stackName: "s",
  account: "000000000000",
  region: "us-east-1",
};

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

/** Real things by physical id, made and unmade by acts in an order the test chooses. */
class World {
  readonly things = new Map<string, JsonObject>();
  readonly events: StackEvent[] = [];
  state: StackState = {
    stack: { ...identity, status: "REVIEW_IN_PROGRESS", createdAt: 0, outputs: {}, imports: [], wasComplete: false },
    resources: {},
  };
  #plan: StackPlan | undefined;
  #operations = 0;
  readonly #choose: (count: number) => number;
  readonly #fails: (act: Act) => boolean;
  #cancelled = new Set<string>();

  constructor(choose: (count: number) => number = () => 0, fails: (act: Act) => boolean = () => false) {
    this.#choose = choose;
    this.#fails = fails;
  }

  run(kind: Operation["kind"], to?: Goal, change: Partial<Operation> = {}): void {
    const surroundings = this.#surroundings(to);
    const operation = {
      token: `op${++this.#operations}`,
      kind,
      ...(to === undefined ? {} : { goal: to }),
      onFailure: "ROLLBACK",
      fromScratch: !this.state.stack.wasComplete,
      imports: [],
      skip: [],
      ...change,
    } satisfies Omit<Operation, "phase">;
    let acts = this.#take(beginOperation(this.state, operation, surroundings));
    while (this.state.stack.operation !== undefined) {
      if (acts.length === 0) throw new Error(`stuck in ${this.state.stack.status}: ${JSON.stringify(this.state.resources)}`);
      // Now and then the process is killed: what is outstanding is asked for again.
      if (this.#choose(8) === 7) acts = outstandingActs(this.state);
      const [act] = acts.splice(this.#choose(acts.length), 1) as [Act];
      acts.push(...this.#perform(act, surroundings));
    }
  }

  #surroundings(to: Goal | undefined): StackSurroundings {
    if (to !== undefined) this.#plan = planStack(to, identity, types);
    return {
      types,
      ...(to === undefined ? {} : { plan: this.#plan as StackPlan }),
      exports: () => undefined,
      exporter: () => undefined,
      importers: () => [],
      now: 0,
    };
  }

  #perform(act: Act, surroundings: StackSurroundings): Act[] {
    if (act.kind === "cancel") {
      this.#cancelled.add(act.token);
      return [];
    }
    const { token } = act;
    const give = (outcome: Parameters<typeof report>[1]): Act[] => this.#take(report(this.state, outcome, surroundings));
    if (act.kind === "delete") {
      this.things.delete(act.current.physicalId);
      return give({ type: "succeeded", token });
    }
    const physicalId = act.kind === "update" ? act.current.physicalId : `thing-${token}`;
    const more: Act[] = [];
    const isCancelled = this.#cancelled.has(token) && this.#choose(2) === 0;
    if (isCancelled && this.#choose(2) === 0) return give({ type: "failed", token, reason: "cancelled", cancelled: true });
    this.things.set(physicalId, act.kind === "update" && this.#fails(act) ? { broken: true } : act.target.properties);
    const made = { physicalId, attributes: { Id: `id-of-${physicalId}` } };
    if (act.kind === "create") more.push(...give({ type: "initiated", token, made }));
    if (isCancelled) more.push(...give({ type: "failed", token, reason: "cancelled", cancelled: true }));
    else more.push(...give(this.#fails(act) ? { type: "failed", token, reason: "it broke" } : { type: "succeeded", token, made }));
    return more;
  }

  #take(step: ReturnType<typeof report>): Act[] {
    // What is persisted is JSON; whatever does not survive that would be lost in a crash.
    this.state = JSON.parse(JSON.stringify(step.state)) as StackState;
    this.events.push(...step.events);
    return [...step.acts];
  }
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
        const world = new World(chooser(order));
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
        const world = new World(chooser(order));
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
        const world = new World(chooser(order), (act) => act.kind === "create" && act.logicalId === name);
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
        const world = new World(
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
    const world = new World(
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
    const world = new World(
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
    const world = new World(
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
    const world = new World(
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
