/**
 * The calls that give listener rules their weights, until Elastic Load Balancing has taken them. Nothing that relies on a shift
 * (the next stage, the stop of those who had the traffic) is decided before. One that its rate limit refuses is made again after the
 * pauses of `throttled-calls.ts`, with the weights that are wanted by then.
 *
 * Example: 5 % for a canary, refused at 0 s and at 1 s, taken at 3 s: the canary's bake begins at 3 s.
 */
import type { Moment } from "./moment.ts";
import { sameWeights } from "./same-weights.ts";
import type { ServiceDraft } from "./service-draft.ts";
import type { ServiceState, TrafficWeight } from "./service-state.ts";
import { tellThrottling } from "./tell-throttling.ts";
import { throttlePauseMs } from "./throttled-calls.ts";

/** What became of one call: taken, or refused by a rate limit. The reconcile that follows goes on or waits. */
export function answerShift(
  service: ServiceState,
  listenerRuleArn: string,
  weights: readonly TrafficWeight[],
  outcome: "taken" | "throttled",
  now: Moment,
): ServiceState {
  const { shifting, ...rest } = service;
  if (outcome === "throttled") {
    const refusals = (shifting?.refusals ?? 0) + (shifting?.againTime === undefined ? 1 : 0);
    const rules = [...new Set([...(shifting?.rules ?? []), listenerRuleArn])];
    return { ...service, shifting: { rules, refusals, againTime: shifting?.againTime ?? now.time + throttlePauseMs(refusals) } };
  }
  if (shifting === undefined || !sameWeights(service.traffic[listenerRuleArn], weights)) return service;
  const rules = shifting.rules.filter((rule) => rule !== listenerRuleArn);
  if (rules.length === shifting.rules.length) return service;
  return rules.length === 0 ? rest : { ...service, shifting: { ...shifting, rules } };
}

/** Makes the refused calls again when their pause is over. */
export function shiftAgain(draft: ServiceDraft): void {
  const { shifting } = draft.service;
  if (shifting?.againTime === undefined) return;
  tellThrottling(draft, "elastic-load-balancing");
  if (draft.now.time < shifting.againTime) draft.wake(shifting.againTime);
  else draft.repeatShift();
}
