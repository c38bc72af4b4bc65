/** Verbs that play a service in virtual time. */
import { forecastVerb } from "./forecast.ts";
import { simulateVerb } from "./simulate.ts";
import type { Verb } from "./verb.ts";

export const rehearsalVerbs: readonly Verb[] = [forecastVerb, simulateVerb];
