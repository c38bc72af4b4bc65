/**
 * A stack's state while one step is worked out: the phases write here, and read back what they wrote. When the step
 * is done, `state`, `acts` and `events` are what the caller persists, performs and publishes, in this order.
 */

import type { StackPlan } from "./stack-plan.ts";
import type {
  Act,
  Operation,
  ResourceStatus,
  StackEvent,
  StackRecord,
  StackResource,
  StackState,
  StackStatus,
  Target,
} from "./stack-state.ts";
import type { Types } from "./validate-template.ts";

/** What the step may look at beside the stack itself. */
export interface StackSurroundings {
  readonly types: Types;
  /** The plan of the operation's goal; needed while a create or update is applied. */
  readonly plan?: StackPlan;
  /** Value of another stack's export. */
  exports(name: string): string | undefined;
  /** The stack that exports this name. */
  exporter(name: string): string | undefined;
  /** Names of the stacks that import it. */
  importers(name: string): readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export class StackDraft {
  stack: StackRecord;
  readonly resources: Record<string, StackResource>;
  readonly acts: Act[] = [];
  readonly events: StackEvent[] = [];
  readonly surroundings: StackSurroundings;

  constructor(state: StackState, surroundings: StackSurroundings) {
    this.stack = state.stack;
    this.resources = { ...state.resources };
    this.surroundings = surroundings;
  }

  get operation(): Operation {
    const { operation } = this.stack;
    if (operation === undefined) throw new Error(`stack ${this.stack.stackName} has no operation in progress`);
    return operation;
  }

  changeOperation(change: Partial<Operation>): void {
    this.stack = { ...this.stack, operation: { ...this.operation, ...change } };
  }

  /** Sets the stack's status and tells it as an event. */
  enter(status: StackStatus, reason?: string): void {
    const { statusReason: _, ...rest } = this.stack;
    this.stack = { ...rest, status, ...(reason === undefined ? {} : { statusReason: reason }) };
    this.events.push({
      logicalId: this.stack.stackName,
      physicalId: this.stack.stackId,
      type: "AWS::CloudFormation::Stack",
      status,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  /** Changes a resource without telling anyone. */
  change(logicalId: string, change: Partial<StackResource>): void {
    const resource = this.resources[logicalId];
    if (resource !== undefined) this.resources[logicalId] = { ...resource, ...change };
  }

  /** Sets a resource's status and tells it as an event. `physicalId`: of the incarnation it is about, when it is not the current one. */
  tell(
    logicalId: string,
    status: ResourceStatus,
    details: { reason?: string | undefined; physicalId?: string; target?: Target } = {},
  ): void {
    const resource = this.resources[logicalId];
    if (resource === undefined) return;
    const { reason, target } = details;
    const { current, statusReason: _, ...rest } = resource;
    // Of a replaced resource's old self only the event tells; the record is about the new one.
    if (details.physicalId === undefined || current === undefined || details.physicalId === current.physicalId)
      this.resources[logicalId] = {
        ...rest,
        ...(current === undefined ? {} : { current }),
        status,
        timestamp: this.surroundings.now,
        ...(reason === undefined ? {} : { statusReason: reason }),
      };
    this.events.push({
      logicalId,
      physicalId: details.physicalId ?? current?.physicalId ?? "",
      type: resource.type,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(target === undefined ? {} : { properties: target.properties }),
    });
  }

  with(predicate: (resource: StackResource) => boolean): StackResource[] {
    return Object.values(this.resources).filter(predicate);
  }

  /** Ends the operation: what only the operation needed is forgotten. */
  finish(status: StackStatus, reason?: string): void {
    this.enter(status, reason);
    const { operation: _, ...stack } = this.stack;
    this.stack = stack;
    for (const [id, { work: _work, removals: _removals, ...resource }] of Object.entries(this.resources)) this.resources[id] = resource;
  }

  /** What came before is no longer a place to go back to. */
  forgetBefore(): void {
    for (const [id, { before: _, ...resource }] of Object.entries(this.resources)) this.resources[id] = resource;
  }

  /** Ids recorded for a logical resource: what an interrupted create must not take for its own. */
  recorded(resource: StackResource): string[] {
    return [resource.current, resource.before, ...(resource.removals ?? []).map(({ incarnation }) => incarnation)]
      .filter((incarnation) => incarnation !== undefined)
      .map(({ physicalId }) => physicalId);
  }
}
