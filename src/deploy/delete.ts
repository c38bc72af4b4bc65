/** `delete` as a function: the stacks of services, then, when asked, the environment's, each watched to its end. */
import { deleteStack, type StackView, untilAtRest, type WaitTools } from "./stack/stack.ts";

export interface DeleteRequest extends WaitTools {
  /** In this order: what uses comes before what is used. */
  readonly stacks: readonly StackView[];
}

export interface DeleteEvent {
  readonly type: "deleting" | "deleted";
  readonly stack: string;
  readonly seconds?: number;
}

export async function* deleteStacks({ stacks, ...tools }: DeleteRequest): AsyncGenerator<DeleteEvent> {
  for (const stack of stacks) {
    const began = tools.clock.now();
    yield { type: "deleting", stack: stack.name };
    const rested = await untilAtRest(stack.name, tools);
    if (rested !== undefined) await deleteStack(rested, tools);
    yield { type: "deleted", stack: stack.name, seconds: Math.round((tools.clock.now() - began) / 100) / 10 };
  }
}
