/** The load balancers that services share: one of each kind, or several among which the services are spread. */
import type { EnvironmentLoadBalancer, ResolvedEnvironment } from "../../manifest/resolved.ts";
import { type BalancerKind, loadBalancer } from "../load-balancer.ts";
import { balancerPath } from "../names.ts";
import { pascal, ref, type TemplateBuilder, type Value } from "../template.ts";
import { accessLogBucket } from "./logging.ts";
import type { Network } from "./network.ts";

/** Creates the load balancers and answers with their values, by the name they are written to Parameter Store under. */
export function synthesizeLoadBalancers(
  environment: ResolvedEnvironment,
  network: Network,
  template: TemplateBuilder,
): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const kind of ["public", "internal"] as const) {
    const settings = environment.loadBalancers[kind];
    for (let shard = 1; settings !== undefined && shard <= settings.shards; shard++) {
      const own = synthesizeLoadBalancer(kind, shard, settings, environment, network, template);
      for (const [key, value] of Object.entries(own)) values[`${balancerPath(kind, shard)}/${key}`] = value;
      const number = shard === 1 ? "" : String(shard);
      template.output(
        `${pascal(kind)}LoadBalancer${number}DnsName`,
        `Address of the ${kind} load balancer${number === "" ? "" : ` ${number}`}`,
        own["dns-name"],
      );
    }
  }
  return values;
}

function synthesizeLoadBalancer(
  kind: BalancerKind,
  shard: number,
  settings: EnvironmentLoadBalancer,
  environment: ResolvedEnvironment,
  network: Network,
  template: TemplateBuilder,
): ReturnType<typeof loadBalancer> {
  const number = shard === 1 ? "" : String(shard);
  const prefix = `${pascal(kind)}${number}`;
  const numbered = number === "" ? kind : `${kind}-${number}`;
  const bucket = settings.accessLogs ? accessLogBucket(environment, template) : undefined;
  return loadBalancer(
    {
      kind,
      name: `${prefix}LoadBalancer`,
      listeners: { plain: `${prefix}Listener`, secure: `${prefix}SecureListener` },
      settings,
      certificate: settings.certificateArn ?? (environment.domain === undefined ? undefined : ref("Certificate")),
      description: `The ${kind} load balancer${number === "" ? "" : ` ${number}`} of ${environment.name}`,
      groupName: `fsd-${environment.name}-${numbered}`,
      vpcId: network.id,
      cidr: network.cidr,
      subnets: kind === "public" ? network.publicSubnets : network.privateSubnets,
      accessLogs: bucket === undefined ? undefined : { bucket, prefix: numbered },
      deletionProtection: environment.protect,
      tags: environment.tags,
      after: [
        ...(kind === "public" && !("id" in environment.vpc) ? ["PublicDefaultRoute"] : []),
        // The load balancer tries its bucket when it is created, so the policy must stand by then.
        ...(bucket === undefined ? [] : ["AccessLogBucketPolicy"]),
      ],
    },
    template,
  );
}
