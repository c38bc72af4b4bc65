/**
 * From a strategy that shifts traffic to one that replaces tasks in a single target group: the template then leads all requests
 * to the first group, at once. With every deployment that shifts, the traffic changes over; while it is in the second
 * group, the first has no tasks, and requests would fail until new ones stand there.
 */
import type { Aws } from "../../aws/aws.ts";
import type { ResolvedService } from "../../manifest/resolved.ts";
import { shiftsTraffic } from "../../manifest/strategies.ts";
import { failure } from "../../model/failures.ts";
import type { ServiceView } from "../service/service-view.ts";
import { ruleWeights } from "../service/traffic-weights.ts";

/** Fails as FSD8015. */
export async function refuseStrandedTraffic(
  aws: Aws,
  { alternateTargetGroupArn, productionListenerRuleArn }: Pick<ServiceView, "alternateTargetGroupArn" | "productionListenerRuleArn">,
  { name, service }: ResolvedService,
  environment: string,
): Promise<void> {
  const { strategy } = service.deployment;
  if (alternateTargetGroupArn === undefined || productionListenerRuleArn === undefined) return;
  if (service.networking.loadBalancer === undefined || shiftsTraffic(strategy)) return;
  const weights = await ruleWeights(aws, productionListenerRuleArn);
  const share = weights.find(({ TargetGroupArn }) => TargetGroupArn === alternateTargetGroupArn)?.Weight ?? 0;
  if (share === 0) return;
  throw failure(
    "FSD8015",
    `${name} on ${environment} has its traffic in the second of its two target groups, which a ${strategy} deployment gives up: requests would fail`,
    {
      hint: "deploy once more with the strategy it has, which brings the traffic back to the first group, then change the strategy; nothing was changed",
    },
  );
}
