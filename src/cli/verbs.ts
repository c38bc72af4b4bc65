/** Every verb of the command, in the order in which the help shows them. */
import { deployVerb } from "./deploy.ts";
import { localVerbs } from "./local.ts";
import { manifestVerbs } from "./manifest-verbs.ts";
import { operateVerbs } from "./operate.ts";
import { promoteVerbs } from "./promote.ts";
import { rehearsalVerbs } from "./rehearsal-verbs.ts";
import { runVerb } from "./run.ts";
import type { Verb } from "./verb.ts";

export const verbs: readonly Verb[] = [
  deployVerb,
  runVerb,
  ...operateVerbs,
  ...promoteVerbs,
  ...manifestVerbs,
  ...rehearsalVerbs,
  ...localVerbs,
];
