/** The security policies of HTTPS listeners (ALB, "Security policies"), as far as they decide which TLS versions are spoken. */
import { SSLPolicyNotFoundException, type SslPolicy } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Operations } from "../../gateway/operations.ts";
import { page } from "./pages.ts";

type Version = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

export const DEFAULT_POLICY = "ELBSecurityPolicy-2016-08";

const versions: readonly Version[] = ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"];

/** Oldest and newest version of each policy. */
const policies: Readonly<Record<string, readonly [oldest: Version, newest: Version]>> = {
  [DEFAULT_POLICY]: ["TLSv1", "TLSv1.2"],
  "ELBSecurityPolicy-TLS13-1-2-2021-06": ["TLSv1.2", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": ["TLSv1.2", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06": ["TLSv1.2", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06": ["TLSv1.2", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-1-2021-06": ["TLSv1.1", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-0-2021-06": ["TLSv1", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-3-2021-06": ["TLSv1.3", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09": ["TLSv1.2", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09": ["TLSv1.2", "TLSv1.3"],
  "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09": ["TLSv1.3", "TLSv1.3"],
  "ELBSecurityPolicy-TLS-1-2-2017-01": ["TLSv1.2", "TLSv1.2"],
  "ELBSecurityPolicy-TLS-1-2-Ext-2018-06": ["TLSv1.2", "TLSv1.2"],
  "ELBSecurityPolicy-TLS-1-1-2017-01": ["TLSv1.1", "TLSv1.2"],
  "ELBSecurityPolicy-FS-2018-06": ["TLSv1", "TLSv1.2"],
  "ELBSecurityPolicy-FS-1-1-2019-08": ["TLSv1.1", "TLSv1.2"],
  "ELBSecurityPolicy-FS-1-2-2019-08": ["TLSv1.2", "TLSv1.2"],
  "ELBSecurityPolicy-FS-1-2-Res-2019-08": ["TLSv1.2", "TLSv1.2"],
  "ELBSecurityPolicy-FS-1-2-Res-2020-10": ["TLSv1.2", "TLSv1.2"],
};

/** Throws `SSLPolicyNotFoundException` for a name AWS does not know. */
export function acceptPolicy(name: string): string {
  if (!Object.hasOwn(policies, name)) throw new SSLPolicyNotFoundException({ message: `SSL policy '${name}' not found`, $metadata: {} });
  return name;
}

export function oldestVersion(policy: string): Version {
  return policies[policy]?.[0] ?? "TLSv1.2";
}

export function sslPolicyOperations(): Operations<"elastic-load-balancing-v2"> {
  return {
    DescribeSSLPolicies: (input) => {
      const names = input.Names?.map(acceptPolicy) ?? Object.keys(policies);
      const { items, NextMarker } = page(names, input);
      return { SslPolicies: items.map(describe), NextMarker };
    },
  };
}

function describe(Name: string): SslPolicy {
  const [oldest, newest] = policies[Name] ?? ["TLSv1.2", "TLSv1.3"];
  const spoken = versions.slice(versions.indexOf(newest), versions.indexOf(oldest) + 1);
  return { Name, SslProtocols: spoken, SupportedLoadBalancerTypes: ["application", "network"] };
}
