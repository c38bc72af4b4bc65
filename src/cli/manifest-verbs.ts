/** Verbs that only read manifests. */
import { envVerbs } from "./env.ts";
import { explainVerb, schemaVerb } from "./explain.ts";
import { fmtVerb } from "./fmt.ts";
import { initVerb } from "./init.ts";
import { renderVerb } from "./render.ts";
import { validateVerb } from "./validate.ts";
import type { Verb } from "./verb.ts";

export const manifestVerbs: readonly Verb[] = [initVerb, validateVerb, fmtVerb, explainVerb, schemaVerb, renderVerb, ...envVerbs];
