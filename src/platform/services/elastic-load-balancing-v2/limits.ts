/** Quotas, as DescribeAccountLimits tells them and as the other operations enforce them (ALB, "Quotas"). */
import type { Operations } from "../../gateway/operations.ts";
import { page } from "./pages.ts";

export const limits = {
  "application-load-balancers": 50,
  "condition-values-per-alb-rule": 5,
  "condition-wildcards-per-alb-rule": 5,
  "listeners-per-application-load-balancer": 50,
  "rules-per-application-load-balancer": 100,
  "target-groups": 3000,
  "target-groups-per-action-on-application-load-balancer": 5,
  "target-groups-per-application-load-balancer": 100,
  "targets-per-application-load-balancer": 1000,
  "target-id-registrations-per-application-load-balancer": 1000,
} as const;

export function limitOperations(): Operations<"elastic-load-balancing-v2"> {
  return {
    DescribeAccountLimits: (input) => {
      const { items, NextMarker } = page(Object.entries(limits), input);
      return { Limits: items.map(([Name, Max]) => ({ Name, Max: String(Max) })), NextMarker };
    },
  };
}
