/**
 * Carries stack operations out: takes steps from the engine, writes each before it acts on it, and feeds what the
 * resource types answer back. Every stack advances on its own; within one, what does not depend on each other runs
 * at the same time. After a crash `resume` asks for the outstanding acts again, with the same tokens.
 */
import { createHash } from "node:crypto";
import {
  beginOperation,
  cancelUpdate,
  deleteInstead,
  outstandingActs,
  report,
  type Step,
  timeOutCreate,
} from "../../../engine/stack/advance.ts";
import type { StackSurroundings } from "../../../engine/stack/stack-draft.ts";
import { planStack, type StackPlan } from "../../../engine/stack/stack-plan.ts";
import type { Act, Operation, Outcome, StackEvent, StackRecord, StackState } from "../../../engine/stack/stack-state.ts";
import type { Types } from "../../../engine/stack/validate-template.ts";
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Call, ServiceName } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../resource-type.ts";
import { resolveReferences } from "./dynamic-references.ts";
import { attributedCall, failureText } from "./failure-text.ts";
import { type RecordedEvent, StackStore } from "./stack-store.ts";

export interface StackExecutorDependencies {
  readonly store: Store;
  /** Wall time: timestamps, and how often `until` looks. */
  readonly clock: Clock;
  /** Engine time: how long a resource may take to become stable. */
  readonly engineClock: Clock;
  readonly ids: Ids;
  readonly account: string;
  readonly call: Call;
  readonly resourceTypes: readonly ResourceType[];
}

/** CloudFormation waits three hours for an ECS service; no other type here comes near. */
const STABILISATION_LIMIT_MS = 3 * 60 * 60 * 1000;
const FIRST_LOOK_MS = 5;
const LONGEST_PAUSE_MS = 50;

class Cancelled extends Error {}

export class StackExecutor {
  readonly stacks: StackStore;
  readonly types: Types;
  readonly #dependencies: StackExecutorDependencies;
  readonly #types: ReadonlyMap<string, ResourceType>;
  readonly #states = new Map<string, StackState>();
  readonly #plans = new Map<string, StackPlan>();
  readonly #running = new Map<string, AbortController>();
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #timeouts = new Map<string, Cancel>();
  readonly #reported = new Map<string, Outcome[]>();
  readonly #waits = new Set<() => void>();
  #news = 0;
  #isStopped = false;

  constructor(dependencies: StackExecutorDependencies) {
    this.#dependencies = dependencies;
    this.#types = new Map(dependencies.resourceTypes.map((type) => [type.type, type]));
    this.stacks = new StackStore(dependencies.store);
    this.types = (name) => {
      const type = this.#types.get(name);
      return type === undefined ? undefined : { schema: type.schema, updatable: type.update !== undefined };
    };
  }

  resourceType(name: string): ResourceType | undefined {
    return this.#types.get(name);
  }

  get resourceTypeNames(): readonly string[] {
    return [...this.#types.keys()];
  }

  /** Begins an operation; the stack must have none in progress. Throws `TemplateError` when the goal cannot be planned. */
  begin(stack: StackRecord, operation: Omit<Operation, "phase" | "token" | "fromScratch">): void {
    const begun = { ...operation, token: this.#dependencies.ids.uuid(), fromScratch: !stack.wasComplete };
    if (begun.goal !== undefined) this.#plans.set(begun.token, planStack(begun.goal, stack, this.types));
    const state = this.stacks.state(stack);
    this.#states.set(stack.stackId, state);
    this.#take(state, beginOperation(state, begun, this.#surroundings(stack, begun.token)));
    this.#watchTimeout(stack.stackId);
  }

  /** Gives an update in progress up and goes back. */
  cancelUpdate(stackId: string): void {
    const state = this.#live(stackId);
    if (state?.stack.operation !== undefined)
      this.#take(state, cancelUpdate(state, this.#surroundings(state.stack, state.stack.operation.token)));
  }

  /** Turns a create in progress into a delete. */
  deleteInstead(stackId: string, skip: readonly string[]): void {
    const state = this.#live(stackId);
    if (state?.stack.operation !== undefined)
      this.#take(state, deleteInstead(state, skip, this.#surroundings(state.stack, state.stack.operation.token)));
  }

  /** Goes on with every operation that was in progress when the process ended. Call once, when all services answer. */
  resume(): void {
    for (const stack of this.stacks.everyStack()) {
      const { operation } = stack;
      if (operation === undefined) continue;
      const state = this.stacks.state(stack);
      this.#states.set(stack.stackId, state);
      if (operation.goal !== undefined) this.#plans.set(operation.token, planStack(operation.goal, stack, this.types));
      for (const act of outstandingActs(state)) this.#perform(stack, act, true);
      this.#watchTimeout(stack.stackId);
    }
  }

  /** Starts nothing any more; what is in progress is taken up by the next `resume`. */
  stop(): void {
    this.#isStopped = true;
    for (const running of this.#running.values()) running.abort();
    for (const cancel of this.#timeouts.values()) cancel();
  }

  /** Something changed that a resource may be waiting for: whoever waits looks again at once, not at its next turn. */
  lookAgain(): void {
    this.#news++;
    for (const look of [...this.#waits]) look();
  }

  /** Resolves when the stack has no operation in progress. */
  async settled(stackId: string): Promise<StackRecord | undefined> {
    for (;;) {
      const stack = this.stacks.stack(stackId);
      if (stack?.operation === undefined) return stack;
      await new Promise<void>((resolve) => {
        const watchers = this.#watchers.get(stackId) ?? new Set();
        this.#watchers.set(stackId, watchers.add(resolve));
      });
    }
  }

  #live(stackId: string): StackState | undefined {
    return this.#states.get(stackId);
  }

  #surroundings(stack: StackRecord, operationToken: string): StackSurroundings {
    const plan = this.#plans.get(operationToken);
    return {
      types: this.types,
      ...(plan === undefined ? {} : { plan }),
      exports: (name) => this.stacks.exported(stack.region, name)?.value,
      importers: (name) => this.stacks.importers(stack.region, name),
      exporter: (name) => this.stacks.exported(stack.region, name)?.stackId,
      now: this.#dependencies.clock.now(),
    };
  }

  #take(previous: StackState, { state, acts, events }: Step): void {
    const { stackId, operation } = state.stack;
    const now = this.#dependencies.clock.now();
    const clientRequestToken = (previous.stack.operation ?? operation)?.clientRequestToken;
    const recorded = events.map(
      (event): RecordedEvent => ({
        ...event,
        eventId: this.#eventId(event, now),
        ...(clientRequestToken === undefined ? {} : { clientRequestToken }),
      }),
    );
    this.stacks.save(previous, state, recorded, now);
    this.#states.set(stackId, state);
    for (const act of acts) this.#perform(state.stack, act, false);
    if (operation === undefined) {
      this.#states.delete(stackId);
      const { operation: ended } = previous.stack;
      if (ended !== undefined) this.#plans.delete(ended.token);
      this.#timeouts.get(stackId)?.();
      this.#timeouts.delete(stackId);
      const watchers = this.#watchers.get(stackId);
      this.#watchers.delete(stackId);
      for (const watcher of watchers ?? []) watcher();
    }
  }

  #eventId({ logicalId, status, type }: { logicalId: string; status: string; type: string }, now: number): string {
    if (type === "AWS::CloudFormation::Stack") return this.#dependencies.ids.uuid();
    return `${logicalId}-${status}-${new Date(now).toISOString()}-${this.#dependencies.ids.hex(6)}`;
  }

  #perform(stack: StackRecord, act: Act, isRepeated: boolean): void {
    if (act.kind === "cancel") {
      this.#running.get(act.token)?.abort();
      return;
    }
    if (this.#isStopped) return;
    const controller = new AbortController();
    this.#running.set(act.token, controller);
    this.#outcome(stack, act, controller.signal, isRepeated).then(
      (outcome) => {
        this.#running.delete(act.token);
        this.#report(stack.stackId, outcome);
      },
      // Only a defect of this file gets here; it must not pass in silence.
      (defect: unknown) =>
        queueMicrotask(() => {
          throw defect;
        }),
    );
  }

  /** Outcomes that arrive in one turn of the event loop are written together: one commit, not one for each. */
  #report(stackId: string, outcome: Outcome): void {
    const waiting = this.#reported.get(stackId);
    if (waiting !== undefined) {
      waiting.push(outcome);
      return;
    }
    this.#reported.set(stackId, [outcome]);
    setImmediate(() => this.#takeReported(stackId));
  }

  #takeReported(stackId: string): void {
    const outcomes = this.#reported.get(stackId) ?? [];
    this.#reported.delete(stackId);
    // What a stopping platform cuts off has not failed: it goes on when the platform is back.
    if (this.#isStopped) return;
    const before = this.#live(stackId);
    if (before?.stack.operation === undefined) return;
    let state = before;
    const acts: Act[] = [];
    const events: StackEvent[] = [];
    for (const outcome of outcomes) {
      const { operation } = state.stack;
      if (operation === undefined) break;
      const step = report(state, outcome, this.#surroundings(state.stack, operation.token));
      state = step.state;
      acts.push(...step.acts);
      events.push(...step.events);
    }
    this.#take(before, { state, acts, events });
  }

  async #outcome(stack: StackRecord, act: Exclude<Act, { kind: "cancel" }>, signal: AbortSignal, isRepeated: boolean): Promise<Outcome> {
    const { token } = act;
    const origins = new WeakMap<object, ServiceName>();
    // Not before what asked for the act is written.
    await undefined;
    try {
      const made = await this.#act(stack, act, signal, isRepeated, attributedCall(this.#dependencies.call, origins));
      return { type: "succeeded", token, ...(made === undefined ? {} : { made }) };
    } catch (fault) {
      if (fault instanceof Cancelled) return { type: "failed", token, reason: "cancelled", cancelled: true };
      return { type: "failed", token, reason: failureText(fault, origins, uuidOf(token)) };
    }
  }

  async #act(
    stack: StackRecord,
    act: Exclude<Act, { kind: "cancel" }>,
    signal: AbortSignal,
    isRepeated: boolean,
    call: Call,
  ): Promise<ResourceState | undefined> {
    const target = act.kind === "delete" ? act.current : act.target;
    const type = this.#types.get(target.type);
    if (type === undefined) throw new ResourceFailure(`Unrecognized resource type ${target.type}`, "InvalidTypeConfiguration");
    const { stackId, stackName, account, region } = stack;
    const { logicalId, token } = act;
    // A create is given up only once what it makes is known; cut off before, it would leave something nobody removes.
    let isKnown = act.kind !== "create";
    const properties = act.kind === "delete" ? target.properties : await resolveReferences(target.properties, call, region);
    const request: ResourceRequest = {
      ...{ logicalId, stackId, stackName, account, region, call },
      properties,
      tags: {
        ...target.tags,
        "aws:cloudformation:stack-name": stackName,
        "aws:cloudformation:logical-id": logicalId,
        "aws:cloudformation:stack-id": stackId,
      },
      token: createHash("sha256").update(`${stackId}/${token}`).digest("hex").slice(0, 32),
      isRepeated,
      recorded: act.kind === "create" ? act.recorded : [],
      initiated: (made) => {
        isKnown = true;
        this.#report(stackId, { type: "initiated", token, made });
      },
      until: (condition, limitMs = STABILISATION_LIMIT_MS) =>
        this.#until(condition, limitMs, () => isKnown && signal.aborted, signal, `${target.type} ${logicalId}`),
    };
    switch (act.kind) {
      case "create":
        return type.create(request);
      case "update":
        return type.update === undefined ? act.current : type.update(request, act.current, act.current.properties);
      case "delete":
        await type.delete(request, act.current);
        return undefined;
      case "import": {
        const found = await type.find?.(request);
        if (found === undefined) throw new ResourceFailure(`Resource of type '${target.type}' to be imported was not found.`, "NotFound");
        return type.update === undefined ? found : type.update(request, found, {});
      }
    }
  }

  async #until(
    condition: () => Promise<boolean>,
    limitMs: number,
    isCancelled: () => boolean,
    signal: AbortSignal,
    what: string,
  ): Promise<void> {
    const { clock, engineClock } = this.#dependencies;
    const limit = engineClock.now() + limitMs;
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (this.#isStopped || isCancelled()) throw new Cancelled();
      const news = this.#news;
      if (await condition()) return;
      if (engineClock.now() > limit) throw new ResourceFailure(`Exceeded attempts to wait: ${what} did not stabilize.`, "NotStabilized");
      // What came while it looked may be just what it looked for.
      if (news !== this.#news) pauseMs = FIRST_LOOK_MS;
      await this.#pause(clock, pauseMs, signal);
    }
  }

  #pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waits.delete(done);
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = clock.at(clock.now() + ms, done);
      this.#waits.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #watchTimeout(stackId: string): void {
    const { timeoutInMinutes } = this.stacks.details(stackId);
    const stack = this.stacks.stack(stackId);
    if (timeoutInMinutes === undefined || stack?.operation?.kind !== "create" || this.#isStopped) return;
    const cancel = this.#dependencies.engineClock.at(this.#dependencies.engineClock.now() + timeoutInMinutes * 60_000, () => {
      const state = this.#live(stackId);
      if (state?.stack.operation?.phase === "apply")
        this.#take(state, timeOutCreate(state, this.#surroundings(state.stack, state.stack.operation.token)));
    });
    this.#timeouts.set(stackId, cancel);
  }
}

/** A token as CloudFormation shows one. */
function uuidOf(token: string): string {
  const hex = createHash("sha256").update(token).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
