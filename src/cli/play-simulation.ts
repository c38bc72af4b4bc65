/**
 * Plays a simulation for a person: what computes for long gives way between its steps, so that an interrupt ends it, and after a
 * second tells on stderr how far it is.
 */
import { setImmediate } from "node:timers/promises";
import type { Played } from "../simulator/played.ts";
import type { VerbContext } from "./verb.ts";

/** Computed at a stretch, in ms. */
const SLICE_MS = 50;
/** Until the first word, and between two that nobody watches. */
const FIRST_WORD_MS = 1_000;
const NEXT_WORD_MS = 10_000;

/** Undefined: it was interrupted. */
export async function playSimulation<Result>(
  played: Played<Result>,
  hours: number,
  { clock, signal, output }: Pick<VerbContext, "clock" | "signal" | "output">,
): Promise<Result | undefined> {
  let sliceEnds = clock.now() + SLICE_MS;
  let tells = clock.now() + FIRST_WORD_MS;
  try {
    for (;;) {
      const step = played.next();
      if (step.done === true) return step.value;
      const now = clock.now();
      if (now >= tells) {
        output.progress(`simulated ${Math.floor(step.value)} of ${Math.ceil(hours)} hours`);
        tells = now + (output.watched ? FIRST_WORD_MS : NEXT_WORD_MS);
      }
      if (now < sliceEnds) continue;
      await setImmediate();
      if (signal.aborted) return undefined;
      sliceEnds = clock.now() + SLICE_MS;
    }
  } finally {
    output.progress(undefined);
  }
}
