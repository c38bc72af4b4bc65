/** `delete` as a function: the stacks of services and jobs, then, when asked, the environment's, each watched to its end. */
import type { JobServices } from "../aws/job-services.ts";
import { isJob } from "./job/job-stack.ts";
import { stopRuns } from "./job/stop-runs.ts";
import { deleteStack, type StackView, untilAtRest, type WaitTools } from "./stack/stack.ts";
import { liftProtection } from "./stack/termination-protection.ts";

export interface DeleteRequest extends WaitTools {
  /** In this order: what uses comes before what is used. */
  readonly stacks: readonly StackView[];
  /** Asked for when one of them is a job's. */
  readonly jobServices: () => Promise<JobServices>;
  /** What is protected is lifted before it is deleted; without this, a protected stack fails as FSD8004. */
  readonly lift: boolean;
  /** Called before anything of a stack is changed. */
  readonly before: (stack: StackView) => Promise<void>;
}

export interface DeleteEvent {
  readonly type: "deleting" | "deleted";
  readonly stack: string;
  readonly seconds?: number;
  /** Running tasks of a job that were stopped first. */
  readonly stoppedTasks?: number;
}

/** Deletes the stacks one after the other, in the order given; of a job what still runs is stopped first. Yields the beginning and the end of each. */
export async function* deleteStacks({ stacks, jobServices, lift, before, ...tools }: DeleteRequest): AsyncGenerator<DeleteEvent> {
  for (const stack of stacks) {
    const began = tools.clock.now();
    await before(stack);
    yield { type: "deleting", stack: stack.name };
    const stoppedTasks = isJob(stack) ? await stopRuns(await jobServices(), stack, tools) : 0;
    const rested = await untilAtRest(stack.name, tools);
    if (rested !== undefined) {
      if (lift) await liftProtection(rested, tools.aws);
      await deleteStack(rested, tools);
    }
    const seconds = Math.round((tools.clock.now() - began) / 100) / 10;
    yield { type: "deleted", stack: stack.name, seconds, ...(stoppedTasks === 0 ? {} : { stoppedTasks }) };
  }
}
