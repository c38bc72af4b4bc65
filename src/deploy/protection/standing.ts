/** A stack as it stands before a deployment to a protected environment. */
import { type KeptRelease, keepRelease } from "../stack/kept-release.ts";
import { findStack, readiness, type StackTools, type StackView } from "../stack/stack.ts";

export interface Standing {
  readonly stack: StackView | undefined;
  /** Undefined when no stack stands, "unknown" when what stands cannot be read. */
  readonly release: KeptRelease | "unknown" | undefined;
}

export async function standing(name: string, { aws }: StackTools): Promise<Standing> {
  const stack = await findStack(aws, name);
  // What was never complete holds nothing, and is made anew.
  if (stack === undefined || ["absent", "empty", "dead"].includes(readiness(stack.status))) return { stack: undefined, release: undefined };
  return { stack, release: (await keepRelease(aws, stack)) ?? "unknown" };
}
