/** `delete` as a function: the stacks of services, then, when asked, the environment's, each watched to its end. */
import type { Aws } from "../aws/aws.ts";
import type { Clock } from "../kit/clock.ts";
import { deleteStack, type StackView, untilAtRest } from "./stack/stack.ts";

export interface DeleteRequest {
  readonly aws: Aws;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** In this order: what uses comes before what is used. */
  readonly stacks: readonly StackView[];
}

export interface DeleteEvent {
  readonly type: "deleting" | "deleted";
  readonly stack: string;
  readonly seconds?: number;
}

export async function* deleteStacks({ aws, clock, signal, stacks }: DeleteRequest): AsyncGenerator<DeleteEvent> {
  for (const stack of stacks) {
    const began = clock.now();
    yield { type: "deleting", stack: stack.name };
    const rested = await untilAtRest(aws, clock, stack.name, signal);
    if (rested !== undefined) await deleteStack(aws, clock, rested, signal);
    yield { type: "deleted", stack: stack.name, seconds: Math.round((clock.now() - began) / 100) / 10 };
  }
}
