/** A load balancer that no other service shares: `loadBalancer.dedicated`. It costs as much as a shared one, some 16 dollars a month before traffic. */
import { usualLoadBalancer } from "../../manifest/resolve-environment.ts";
import { loadBalancer } from "../load-balancer.ts";
import type { Value } from "../template.ts";
import { balancerKind, fromEnvironment, type ServiceContext, vpcCidr, vpcId } from "./context.ts";

/** Has the settings of the environment's load balancer of its kind, and its certificate unless the service has one. */
export function ownLoadBalancer(context: ServiceContext): void {
  const { name, service, environment, template, tags } = context;
  if (service.networking.loadBalancer?.dedicated !== true) return;
  const kind = balancerKind(context);
  const settings = environment.loadBalancers[kind] ?? usualLoadBalancer;
  const subnets = kind === "public" ? "public" : "private";
  loadBalancer(
    {
      kind,
      name: "LoadBalancer",
      listeners: { plain: "Listener", secure: "SecureListener" },
      settings,
      certificate: certificate(context),
      description: `The load balancer of ${name} in ${environment.name}`,
      groupName: `fsd-${environment.name}-${name}-load-balancer`,
      vpcId: vpcId(context),
      cidr: vpcCidr(context),
      subnets: fromEnvironment(
        context,
        "LoadBalancerSubnets",
        `subnets/${subnets}`,
        "The subnets of the load balancer.",
        "List<AWS::EC2::Subnet::Id>",
      ),
      accessLogs: settings.accessLogs
        ? {
            bucket: fromEnvironment(context, "AccessLogBucket", "access-logs/bucket", "Where requests are logged."),
            prefix: name,
          }
        : undefined,
      deletionProtection: environment.protect,
      tags,
      after: [],
    },
    template,
  );
}

function certificate(context: ServiceContext): Value | undefined {
  const { service, environment, template } = context;
  const given = service.networking.loadBalancer?.certificateArn ?? environment.loadBalancers[balancerKind(context)]?.certificateArn;
  if (given !== undefined) return template.text(given);
  if (environment.domain === undefined) return undefined;
  return fromEnvironment(context, "CertificateArn", "domain/certificate", "The certificate of the environment's domain.");
}
