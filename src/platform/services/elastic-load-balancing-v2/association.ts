import {
  type Action,
  TargetGroupAssociationLimitException,
  TooManyUniqueTargetGroupsPerLoadBalancerException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { limits } from "./limits.ts";
import { listenersOf, loadBalancerOf, type Records, rulesOf, targetGroupsOf } from "./records.ts";

/** A target group serves one load balancer, and a load balancer a hundred target groups. */
export function refuseForeignTargetGroups(records: Records, loadBalancerArn: string, actions: readonly Action[]): void {
  for (const arn of targetGroupsOf(actions)) {
    const owner = loadBalancerOf(records, arn);
    if (owner !== undefined && owner.arn !== loadBalancerArn) {
      const message = `The following target groups cannot be associated with more than one load balancer: '${arn}'`;
      throw new TargetGroupAssociationLimitException({ message, $metadata: {} });
    }
  }
  const used = listenersOf(records, loadBalancerArn).flatMap(({ arn }) =>
    rulesOf(records, arn).flatMap((rule) => targetGroupsOf(rule.actions)),
  );
  const most = limits["target-groups-per-application-load-balancer"];
  if (new Set([...used, ...targetGroupsOf(actions)]).size > most) {
    const message = `The limit of '${most}' unique target groups per load balancer has been reached`;
    throw new TooManyUniqueTargetGroupsPerLoadBalancerException({ message, $metadata: {} });
  }
}
