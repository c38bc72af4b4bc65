/** Elastic Load Balancing v2 of the local platform: Application Load Balancers whose listeners are real ports. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Call, Provider } from "../../gateway/operations.ts";
import { certificateOperations } from "./certificates.ts";
import { limitOperations } from "./limits.ts";
import { listenerOperations } from "./listeners.ts";
import { loadBalancerOperations } from "./load-balancers.ts";
import type { LoadBalancing } from "./load-balancing.ts";
import { ruleOperations } from "./rules.ts";
import { sslPolicyOperations } from "./ssl-policies.ts";
import { tagOperations } from "./tags.ts";
import { targetGroupOperations } from "./target-groups.ts";
import { targetOperations } from "./targets.ts";

export interface ElasticLoadBalancingDependencies {
  readonly loadBalancing: LoadBalancing;
  /** Wall time, for what the API stamps. */
  readonly clock: Clock;
  readonly ids: Ids;
  /** To look up subnets and security groups. */
  readonly call: Call;
}

export function elasticLoadBalancingV2Provider(dependencies: ElasticLoadBalancingDependencies): Provider<"elastic-load-balancing-v2"> {
  return {
    service: "elastic-load-balancing-v2",
    operations: {
      ...loadBalancerOperations(dependencies),
      ...listenerOperations(dependencies),
      ...ruleOperations(dependencies),
      ...targetGroupOperations(dependencies),
      ...targetOperations(dependencies),
      ...tagOperations(dependencies),
      ...certificateOperations(dependencies),
      ...sslPolicyOperations(),
      ...limitOperations(),
    },
  };
}
