/** A stack whose acts are carried out on things of the test's own, in an order that the test chooses. */
import type { JsonObject } from "../../kit/json.ts";
import { beginOperation, outstandingActs, report } from "./advance.ts";
import type { StackSurroundings } from "./stack-draft.ts";
import { type Goal, planStack, type StackPlan } from "./stack-plan.ts";
import type { Act, Operation, StackEvent, StackState } from "./stack-state.ts";
import type { Types } from "./validate-template.ts";

export const identity = {
  stackId: "arn:aws:cloudformation:us-east-1:000000000000:stack/s/1",
  stackName: "s",
  account: "000000000000",
  region: "us-east-1",
};

/** Real things by physical id, made and unmade by acts in an order the test chooses. */
export class StackWorld {
  readonly things = new Map<string, JsonObject>();
  readonly events: StackEvent[] = [];
  state: StackState = {
    stack: { ...identity, status: "REVIEW_IN_PROGRESS", createdAt: 0, outputs: {}, imports: [], wasComplete: false },
    resources: {},
  };
  #plan: StackPlan | undefined;
  #operations = 0;
  readonly #types: Types;
  readonly #choose: (count: number) => number;
  readonly #fails: (act: Act) => boolean;
  #cancelled = new Set<string>();

  constructor(types: Types, choose: (count: number) => number = () => 0, fails: (act: Act) => boolean = () => false) {
    this.#types = types;
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
    if (to !== undefined) this.#plan = planStack(to, identity, this.#types);
    return {
      types: this.#types,
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
    const named = this.#types(act.target.type)?.schema.attributes ?? [];
    const made = { physicalId, attributes: Object.fromEntries(named.map((name) => [name, `${name.toLowerCase()}-of-${physicalId}`])) };
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
