/** Every verb of the command, in the order in which the help shows them. */
import type { Verb } from "./verb.ts";

export const verbs: readonly Verb[] = [];
