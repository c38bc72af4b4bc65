/** Every verb of the command, in the order in which the help shows them. */
import { localVerbs } from "./local.ts";
import type { Verb } from "./verb.ts";

export const verbs: readonly Verb[] = [...localVerbs];
