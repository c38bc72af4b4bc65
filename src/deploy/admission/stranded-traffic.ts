/**
 * From a template whose service moves traffic between two target groups to one that has a single group: the new one leads all
 * requests to the first group, at once. With every deployment that shifts, the traffic changes over; while it is in the second
 * group, the first has no tasks, and requests would fail until new ones stand there.
 */
import type { Aws } from "../../aws/aws.ts";
import type { ResolvedService } from "../../manifest/resolved.ts";
import { shiftsTraffic } from "../../manifest/strategies.ts";
import { failure } from "../../model/failures.ts";
import { serviceStackName } from "../../synth/names.ts";
import type { Template, Value } from "../../synth/template.ts";
import type { ServiceView } from "../service/service-view.ts";
import { ruleWeights, weightParameters } from "../service/traffic-weights.ts";

type Balanced = Pick<ServiceView, "targetGroupArn" | "alternateTargetGroupArn" | "productionListenerRuleArn">;

/** Whether ECS moves traffic of the template's service between two target groups; of its overrides, too. */
export function movesTraffic({ Resources }: Pick<Template, "Resources">): boolean {
  return balancersIn(Resources).some(({ AdvancedConfiguration }) => AdvancedConfiguration !== undefined);
}

/**
 * Fails as FSD8015 where the template gives up the target group that has the traffic, and as FSD7004 while ECS moves the traffic. A
 * template without a load balancer leaves no request to fail.
 */
export async function refuseStrandedTraffic(
  aws: Pick<Aws, "elb">,
  { targetGroupArn: production, alternateTargetGroupArn: alternate, productionListenerRuleArn: rule }: Balanced,
  template: Template,
  { name, service }: Pick<ResolvedService, "name" | "service">,
  environment: string,
): Promise<void> {
  if (production === undefined || alternate === undefined || rule === undefined) return;
  if (movesTraffic(template) || balancersIn(template.Resources).length === 0) return;
  const stack = { name: serviceStackName(environment, name), tags: { "fsd:service": name, "fsd:environment": environment } };
  const weights = weightParameters(await ruleWeights(aws, rule), { production, alternate }, stack);
  if (Number(weights.AlternateTargetGroupWeight ?? 0) === 0) return;
  const { strategy } = service.deployment;
  const by = shiftsTraffic(strategy) ? "the template with its overrides" : `a ${strategy} deployment`;
  throw failure(
    "FSD8015",
    `${name} on ${environment} has its traffic in the second of its two target groups, which ${by} gives up: requests would fail`,
    {
      hint: `deploy a change (of the image, or of a variable) once more ${shiftsTraffic(strategy) ? "without these overrides" : "with the strategy it has"}, which brings the traffic back to the first group, then deploy this; nothing of the service was changed`,
    },
  );
}

type Balancer = { readonly [key: string]: Value | undefined };

function balancersIn(resources: Template["Resources"]): readonly Balancer[] {
  const { LoadBalancers } = Object.values(resources).find(({ Type }) => Type === "AWS::ECS::Service")?.Properties ?? {};
  return Array.isArray(LoadBalancers) ? (LoadBalancers as readonly Balancer[]) : [];
}
