/** Verbs that play a service in virtual time. */
import { forecastVerb } from "./forecast.ts";
import type { Verb } from "./verb.ts";

export const rehearsalVerbs: readonly Verb[] = [forecastVerb];
