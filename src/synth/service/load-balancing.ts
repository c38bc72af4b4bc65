/** How requests reach the tasks: a target group, a rule on the environment's listener and, on `local`, a listener of its own. */

import type { LoadBalancing } from "../../manifest/resolved.ts";
import { listenerPriority, localListenerPort, pathPatterns } from "../../manifest/routing.ts";
import { serviceValue } from "../names.ts";
import { sorted, tagList, tagMap } from "../tags.ts";
import { getAtt, pascal, ref, sub, type Value } from "../template.ts";
import { balancerKind, fromLoadBalancer, type ServiceContext, shifts, vpcId } from "./context.ts";

/** Names of the resources that must stand before the service, because they tie the target group to a load balancer. */
export function loadBalancing(context: ServiceContext): readonly string[] {
  const { name, environment, service, template, tags } = context;
  const { networking, healthCheck, port } = service;
  const { loadBalancer } = networking;
  if (loadBalancer === undefined || healthCheck === undefined || port === undefined) return [];
  const targetGroup = (logical: string): Value =>
    template.resource(logical, {
      Type: "AWS::ElasticLoadBalancingV2::TargetGroup",
      Properties: {
        TargetType: "ip",
        Protocol: "HTTP",
        Port: port,
        VpcId: vpcId(context),
        HealthCheckPath: healthCheck.path,
        HealthCheckProtocol: "HTTP",
        HealthCheckIntervalSeconds: healthCheck.interval,
        HealthCheckTimeoutSeconds: healthCheck.timeout,
        HealthyThresholdCount: healthCheck.healthyThreshold,
        UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
        Matcher: { HttpCode: healthCheck.matcher },
        TargetGroupAttributes: [
          { Key: "deregistration_delay.timeout_seconds", Value: String(loadBalancer.deregistrationDelay) },
          { Key: "stickiness.enabled", Value: String(loadBalancer.stickiness) },
          ...(loadBalancer.stickiness ? [{ Key: "stickiness.type", Value: "lb_cookie" }] : []),
        ],
        Tags: tagList(tags),
      },
    });
  targetGroup("TargetGroup");
  if (shifts(context)) targetGroup("AlternateTargetGroup");
  const forward = forwardAction(context);
  const hosts = [...(loadBalancer.host === undefined ? [] : [loadBalancer.host]), ...(environment.local ? [`${name}.localhost`] : [])];
  const everything = loadBalancer.path === "/*" || loadBalancer.path === "/";
  // ECS shifts the traffic of one rule. On `local` that is the one behind the printed URL, so it stands on the service's own listener.
  const standsAlone = environment.local && shifts(context);
  template.resource("ListenerRule", {
    Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
    Properties: {
      ListenerArn: standsAlone
        ? ref("LocalListener")
        : fromLoadBalancer(context, "ListenerArn", "listener", "The listener its rule stands on."),
      Priority: listenerPriority(name, { ...loadBalancer, ...(hosts[0] === undefined ? {} : { host: hosts[0] }) }),
      Conditions: standsAlone
        ? [{ Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } }]
        : [
            ...(hosts.length === 0
              ? []
              : [{ Field: "host-header", HostHeaderConfig: { Values: hosts.map((host) => template.text(host)) } }]),
            ...(everything && hosts.length > 0
              ? []
              : [{ Field: "path-pattern", PathPatternConfig: { Values: pathPatterns(loadBalancer.path) } }]),
          ],
      Actions: forward,
      ...(loadBalancer.stripPrefix && !everything ? { Transforms: [stripPrefix(loadBalancer.path)] } : {}),
    },
  });
  if (loadBalancer.certificateArn !== undefined) {
    template.resource("ListenerCertificate", {
      Type: "AWS::ElasticLoadBalancingV2::ListenerCertificate",
      Properties: { ListenerArn: ref("ListenerArn"), Certificates: [{ CertificateArn: template.text(loadBalancer.certificateArn) }] },
    });
  }
  // With a shifting strategy the service names the rule itself.
  const tie = shifts(context) ? [] : ["ListenerRule"];
  aliasRecord(context, loadBalancer);
  if (!environment.local) return tie;
  const listenerPort = localListenerPort(name);
  template.resource("LocalListener", {
    Type: "AWS::ElasticLoadBalancingV2::Listener",
    Properties: {
      LoadBalancerArn: fromLoadBalancer(context, "LoadBalancerArn", "arn", "The load balancer."),
      Port: listenerPort,
      Protocol: "HTTP",
      DefaultActions: forward,
    },
  });
  template.resource("LocalListenerIngress", {
    Type: "AWS::EC2::SecurityGroupIngress",
    Properties: {
      GroupId: loadBalancerGroup(context),
      IpProtocol: "tcp",
      FromPort: listenerPort,
      ToPort: listenerPort,
      CidrIp: "0.0.0.0/0",
      Description: `The listener of ${name}`,
    },
  });
  return [...tie, "LocalListener"];
}

/** The host's name in the environment's own zone. */
function aliasRecord(context: ServiceContext, { host }: LoadBalancing): void {
  const { environment, template } = context;
  const { domain } = environment;
  if (domain === undefined || host === undefined || environment.local || /[*?]/.test(host) || !`.${host}`.endsWith(`.${domain.name}`))
    return;
  template.resource("AliasRecord", {
    Type: "AWS::Route53::RecordSet",
    Properties: {
      HostedZoneId: domain.zoneId,
      Name: host,
      Type: "A",
      AliasTarget: {
        DNSName: fromLoadBalancer(context, "LoadBalancerDnsName", "dns-name", "The load balancer's address."),
        HostedZoneId: fromLoadBalancer(context, "LoadBalancerZoneId", "zone-id", "The load balancer's hosted zone."),
        EvaluateTargetHealth: false,
      },
    },
  });
}

/**
 * Where the rule sends requests. While a strategy shifts traffic, ECS moves the weights of the live rule; they are
 * parameters, so that whoever updates the stack hands back what it finds there instead of undoing a shift.
 */
function forwardAction(context: ServiceContext): Value {
  const { template } = context;
  if (!shifts(context)) return [{ Type: "forward", TargetGroupArn: ref("TargetGroup") }];
  const weight = (name: string, usual: number, group: string): Value => ({
    TargetGroupArn: ref(group),
    Weight: template.parameter(name, {
      Type: "Number",
      Description: `Weight of ${group} on the live rule; read from it before every update.`,
      Default: usual,
    }),
  });
  return [
    {
      Type: "forward",
      ForwardConfig: {
        TargetGroups: [weight("TargetGroupWeight", 100, "TargetGroup"), weight("AlternateTargetGroupWeight", 0, "AlternateTargetGroup")],
      },
    },
  ];
}

/** `/orders/7` → `/7`, by the load balancer itself. */
function stripPrefix(path: string): Value {
  const prefix = path.replace(/\/?\*.*$/, "").replaceAll(/[.$+^(){}|[\]\\]/g, "\\$&");
  return { Type: "url-rewrite", UrlRewriteConfig: { Rewrites: [{ Regex: `^${prefix}/?(.*)$`, Replace: "/$1" }] } };
}

/** The security group of the tasks: from the load balancer to the port, and out to anywhere. */
export function securityGroup(context: ServiceContext): Value {
  const { name, environment, service, template, tags } = context;
  const { port, networking } = service;
  template.resource("SecurityGroup", {
    Type: "AWS::EC2::SecurityGroup",
    Properties: {
      GroupDescription: `Tasks of ${name} in ${environment.name}`,
      VpcId: vpcId(context),
      ...(port === undefined || networking.loadBalancer === undefined
        ? {}
        : {
            SecurityGroupIngress: [
              {
                IpProtocol: "tcp",
                FromPort: port,
                ToPort: port,
                SourceSecurityGroupId: loadBalancerGroup(context),
                Description: "From the load balancer",
              },
            ],
          }),
      SecurityGroupEgress: [{ IpProtocol: "-1", CidrIp: "0.0.0.0/0", Description: "To anywhere" }],
      Tags: tagList(tags),
    },
  });
  return getAtt("SecurityGroup", "GroupId");
}

function loadBalancerGroup(context: ServiceContext): Value {
  return fromLoadBalancer(
    context,
    "LoadBalancerSecurityGroup",
    "security-group",
    "The load balancer's security group.",
    "AWS::EC2::SecurityGroup::Id",
  );
}

/** Where the service answers: outputs that people click on, and values that other services' stacks read. */
export function addresses(context: ServiceContext): void {
  const { name, environment, service, template, tags } = context;
  const values: Record<string, Value> = { "security-group": getAtt("SecurityGroup", "GroupId") };
  const { loadBalancer } = service.networking;
  if (loadBalancer !== undefined && service.healthCheck !== undefined) {
    template.output("TargetGroupArn", "Its target group", ref("TargetGroup"));
    const { scheme, port, host } = addressOf(context, loadBalancer);
    const prefix = loadBalancer.path.replace(/\/?\*.*$/, "");
    const address = (name: Value, path: string): Value =>
      joined([`${scheme}://`, name, usualPort(scheme, port) ? path : `:${port}${path}`]);
    // People ask from this machine, tasks from their own network, where 127.0.0.1 is themselves.
    const shown: Value = environment.local ? "127.0.0.1" : host;
    template.output("Url", "Where it answers", address(shown, prefix));
    template.output("HealthUrl", "Where it says whether it is well", address(shown, service.healthCheck.path));
    template.output("DocsUrl", "Where its documentation would be", address(shown, `${prefix}/docs`));
    Object.assign(values, { url: address(host, prefix), host, port: String(port) });
  }
  for (const [key, value] of sorted(values)) {
    template.resource(`Value${pascal(key)}`, {
      Type: "AWS::SSM::Parameter",
      Properties: { Name: serviceValue(environment.name, name, key), Type: "String", Value: value, Tags: tagMap(tags) },
    });
  }
}

function addressOf(
  context: ServiceContext,
  { certificateArn, host }: LoadBalancing,
): { scheme: "http" | "https"; port: number; host: Value } {
  const { name, environment, template } = context;
  if (environment.local) return { scheme: "http", port: localListenerPort(name), host: "host.fsd.internal" };
  const secure =
    certificateArn !== undefined ||
    environment.domain !== undefined ||
    environment.loadBalancers[balancerKind(context)]?.certificateArn !== undefined;
  const place = { scheme: secure ? "https" : "http", port: secure ? 443 : 80 } as const;
  if (host !== undefined && !/[*?]/.test(host)) return { ...place, host: template.text(host) };
  return { ...place, host: fromLoadBalancer(context, "LoadBalancerDnsName", "dns-name", "The load balancer's address.") };
}

function usualPort(scheme: "http" | "https", port: number): boolean {
  return port === (scheme === "https" ? 443 : 80);
}

/** Texts and parameters as one text. */
function joined(parts: readonly Value[]): Value {
  const text = parts
    .map((part) =>
      typeof part === "string" ? part : ((part as { "Fn::Sub"?: string })["Fn::Sub"] ?? `\${${(part as { Ref: string }).Ref}}`),
    )
    .join("");
  return sub(text);
}
