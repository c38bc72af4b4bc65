/**
 * Stacks on disk: one record for the stack, one for each resource, so that a step writes what it changed and no more;
 * events as a journal. Keys start with the region.
 */
import type { StackEvent, StackRecord, StackResource, StackState } from "../../../engine/stack/stack-state.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Collection, Journal, Store } from "../../persistence/store.ts";

/** What the API keeps of a stack and the engine need not know. */
export interface StackDetails {
  readonly stackId: string;
  readonly notificationArns: readonly string[];
  readonly roleArn?: string;
  readonly terminationProtection: boolean;
  readonly disableRollback: boolean;
  readonly timeoutInMinutes?: number;
  /** Of the change set that was executed last. */
  readonly changeSetId?: string;
  /** The token of the create that made the stack. */
  readonly createToken?: string;
}

/** A line of DescribeStackEvents as it is kept. */
export interface RecordedEvent extends StackEvent {
  readonly eventId: string;
  readonly clientRequestToken?: string;
}

/** Deleted stacks that can still be looked at by their ARN; AWS keeps them ninety days. */
const MOST_DELETED = 200;

export class StackStore {
  readonly #store: Store;
  readonly #stacks: Collection<StackRecord>;
  readonly #resources: Collection<StackResource>;
  readonly #details: Collection<StackDetails>;
  readonly #events: Journal;

  constructor(store: Store) {
    this.#store = store;
    this.#stacks = store.collection("cloudformation.stacks");
    this.#resources = store.collection("cloudformation.resources");
    this.#details = store.collection("cloudformation.details");
    this.#events = store.journal("cloudformation.events");
  }

  stack(stackId: string): StackRecord | undefined {
    return this.#stacks.get(key(stackId));
  }

  stacks(region: string): StackRecord[] {
    return this.#stacks.list(`${region}/`);
  }

  everyStack(): StackRecord[] {
    return this.#stacks.list();
  }

  /** By name, among those not deleted, or by ARN. */
  find(region: string, nameOrId: string): StackRecord | undefined {
    if (nameOrId.startsWith("arn:")) return this.stack(nameOrId);
    return this.stacks(region).find(({ stackName, status }) => stackName === nameOrId && status !== "DELETE_COMPLETE");
  }

  resources(stackId: string): StackResource[] {
    return this.#resources.list(`${key(stackId)}/`);
  }

  state(stack: StackRecord): StackState {
    return { stack, resources: Object.fromEntries(this.resources(stack.stackId).map((resource) => [resource.logicalId, resource])) };
  }

  details(stackId: string): StackDetails {
    return this.#details.get(key(stackId)) ?? { stackId, notificationArns: [], terminationProtection: false, disableRollback: false };
  }

  changeDetails(stackId: string, change: Partial<StackDetails>): void {
    this.#details.put(key(stackId), { ...this.details(stackId), ...change });
  }

  add(stack: StackRecord, details: Partial<StackDetails>): void {
    this.#store.transaction(() => {
      const deleted = this.stacks(stack.region).filter(({ status }) => status === "DELETE_COMPLETE");
      deleted.sort((a, b) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0));
      for (const { stackId } of deleted.slice(MOST_DELETED)) this.#forget(stackId);
      this.#stacks.put(key(stack.stackId), stack);
      this.changeDetails(stack.stackId, details);
    });
  }

  #forget(stackId: string): void {
    for (const { logicalId } of this.resources(stackId)) this.#resources.delete(`${key(stackId)}/${logicalId}`);
    this.#stacks.delete(key(stackId));
    this.#details.delete(key(stackId));
    this.#events.drop(stackId);
  }

  /** Writes what a step changed, and its events, all or nothing. */
  save(previous: StackState, next: StackState, events: readonly RecordedEvent[], now: number): void {
    const { stackId } = next.stack;
    this.#store.transaction(() => {
      if (previous.stack !== next.stack) this.#stacks.put(key(stackId), next.stack);
      for (const [logicalId, resource] of Object.entries(next.resources))
        if (previous.resources[logicalId] !== resource) this.#resources.put(`${key(stackId)}/${logicalId}`, resource);
      for (const logicalId of Object.keys(previous.resources))
        if (!Object.hasOwn(next.resources, logicalId)) this.#resources.delete(`${key(stackId)}/${logicalId}`);
      if (events.length > 0)
        this.#events.append(
          stackId,
          events.map((event) => ({ timestamp: now, text: JSON.stringify(event) })),
        );
    });
  }

  transaction<Result>(work: () => Result): Result {
    return this.#store.transaction(work);
  }

  /** Newest first; `before`: the sequence number where the page before this one ended. */
  events(stackId: string, limit: number, before?: number): { sequence: number; timestamp: number; event: RecordedEvent }[] {
    return this.#events
      .read(stackId, { limit, newestFirst: true, ...(before === undefined ? {} : { before }) })
      .map(({ sequence, timestamp, text }) => ({ sequence, timestamp, event: JSON.parse(text) as RecordedEvent }));
  }

  /** The value and the stack of an export. */
  exported(region: string, name: string): { value: string; stackId: string } | undefined {
    for (const { stackId, status, outputs } of this.stacks(region)) {
      if (status === "DELETE_COMPLETE") continue;
      for (const { exportName, value } of Object.values(outputs)) if (exportName === name) return { value, stackId };
    }
    return undefined;
  }

  /** Names of the stacks that import an export. */
  importers(region: string, name: string): string[] {
    return this.stacks(region)
      .filter(({ status, imports }) => status !== "DELETE_COMPLETE" && imports.includes(name))
      .map(({ stackName }) => stackName);
  }

  /** The stack that already owns a real thing. */
  owner(region: string, type: string, physicalId: string): string | undefined {
    for (const { stackId, status } of this.stacks(region))
      if (status !== "DELETE_COMPLETE")
        for (const { current } of this.resources(stackId)) if (current?.type === type && current.physicalId === physicalId) return stackId;
    return undefined;
  }
}

function key(stackId: string): string {
  return `${parseArn(stackId)?.region ?? ""}/${stackId.split(":stack/")[1] ?? stackId}`;
}
