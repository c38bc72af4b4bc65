/** How requests reach the tasks: a target group, a rule on a listener and, on `local`, a listener of the service's own. */

import { hash } from "../../kit/hash.ts";
import type { LoadBalancing } from "../../manifest/resolved.ts";
import { hasTestRule, listenerPriority, localListenerPort, pathPatterns, testPriority } from "../../manifest/routing.ts";
import { tagList } from "../tags.ts";
import { ref, type Value } from "../template.ts";
import { balancerPlace, fromLoadBalancer, type ServiceContext, shifts, vpcId } from "./context.ts";
import { ownLoadBalancer } from "./own-load-balancer.ts";

/** Names of the resources that must stand before the service, because they tie the target group to a load balancer. */
export function loadBalancing(context: ServiceContext): readonly string[] {
  const { name, environment, service, template, tags } = context;
  const { networking, healthCheck, port } = service;
  const { loadBalancer } = networking;
  if (loadBalancer === undefined || healthCheck === undefined || port === undefined) return [];
  ownLoadBalancer(context);
  const targetGroup = (logical: string): Value =>
    template.resource(logical, {
      Type: "AWS::ElasticLoadBalancingV2::TargetGroup",
      Properties: {
        TargetType: "ip",
        Protocol: "HTTP",
        Port: groupPort(port, context),
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
  const routing = { ...loadBalancer, ...(hosts[0] === undefined ? {} : { host: hosts[0] }) };
  const rule = (logical: string, priority: number, action: Value, conditions: readonly Value[] = []): void => {
    template.resource(logical, {
      Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
      Properties: {
        ListenerArn: standsAlone ? ref("LocalListener") : fromLoadBalancer(context, "listener"),
        Priority: priority,
        Conditions: standsAlone
          ? [{ Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } }, ...conditions]
          : [
              ...(hosts.length === 0
                ? []
                : [{ Field: "host-header", HostHeaderConfig: { Values: hosts.map((host) => template.text(host)) } }]),
              ...(everything && hosts.length > 0
                ? []
                : [{ Field: "path-pattern", PathPatternConfig: { Values: pathPatterns(loadBalancer.path) } }]),
              ...conditions,
            ],
        Actions: action,
        ...(loadBalancer.stripPrefix && !everything ? { Transforms: [stripPrefix(loadBalancer.path)] } : {}),
      },
    });
  };
  rule("ListenerRule", listenerPriority(name, routing), forward);
  if (hasTestRule(context)) {
    rule("TestListenerRule", testPriority(name, routing), weighted("Test", context), [
      { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: TEST_HEADER, Values: ["true"] } },
    ]);
  }
  if (loadBalancer.certificateArn !== undefined && !loadBalancer.dedicated && !environment.local) {
    template.resource("ListenerCertificate", {
      Type: "AWS::ElasticLoadBalancingV2::ListenerCertificate",
      Properties: {
        ListenerArn: fromLoadBalancer(context, "listener"),
        Certificates: [{ CertificateArn: template.text(loadBalancer.certificateArn) }],
      },
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
      LoadBalancerArn: fromLoadBalancer(context, "arn"),
      Port: listenerPort,
      Protocol: "HTTP",
      DefaultActions: forward,
    },
  });
  if (loadBalancer.stripPrefix && !everything && !standsAlone) {
    // A listener's default action rewrites nothing.
    template.resource("LocalListenerRule", {
      Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
      Properties: {
        ListenerArn: ref("LocalListener"),
        Priority: 1,
        Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: pathPatterns(loadBalancer.path) } }],
        Actions: forward,
        Transforms: [stripPrefix(loadBalancer.path)],
      },
    });
  }
  template.resource("LocalListenerIngress", {
    Type: "AWS::EC2::SecurityGroupIngress",
    Properties: {
      GroupId: fromLoadBalancer(context, "security-group"),
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
        DNSName: fromLoadBalancer(context, "dns-name"),
        HostedZoneId: fromLoadBalancer(context, "zone-id"),
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
  return shifts(context) ? weighted("", context) : [{ Type: "forward", TargetGroupArn: ref("TargetGroup") }];
}

function weighted(rule: "" | "Test", { template }: ServiceContext): Value {
  const weight = (group: string, usual: number): Value => ({
    TargetGroupArn: ref(group),
    Weight: template.parameter(`${rule}${group}Weight`, {
      Type: "Number",
      Description: `Weight of ${group} on the live ${rule === "" ? "" : "test "}rule; read from it before every update.`,
      Default: usual,
    }),
  });
  return [{ Type: "forward", ForwardConfig: { TargetGroups: [weight("TargetGroup", 100), weight("AlternateTargetGroup", 0)] } }];
}

/** Requests with this header meet the new version before anyone else does. */
const TEST_HEADER = "x-fsd-test";

/**
 * A target group belongs to one load balancer for its life, so one that changes it must be made anew. CloudFormation
 * replaces a group whose port changes, and ECS never uses that port: it registers each task with its own.
 */
function groupPort(port: number, context: ServiceContext): number {
  const { path } = balancerPlace(context);
  return path === "load-balancers/internal" ? port : 1 + (hash(`${path} ${port}`) % 65_535);
}

/** `/orders/7` → `/7`, by the load balancer itself. */
function stripPrefix(path: string): Value {
  const prefix = path.replace(/\/?\*.*$/, "").replaceAll(/[.$+^(){}|[\]\\]/g, "\\$&");
  return { Type: "url-rewrite", UrlRewriteConfig: { Rewrites: [{ Regex: `^${prefix}/?(.*)$`, Replace: "/$1" }] } };
}
