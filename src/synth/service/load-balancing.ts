/** How requests reach the tasks: a target group, a rule on the environment's listener and, on `local`, a listener of its own. */
import { listenerPriority, localListenerPort, pathPatterns } from "../../manifest/routing.ts";
import { tagList } from "../tags.ts";
import { getAtt, ref, sub, type Value } from "../template.ts";
import { balancerKind, fromLoadBalancer, type ServiceContext, vpcId } from "./context.ts";

/** Names of the resources that must stand before the service, because they tie the target group to a load balancer. */
export function loadBalancing(context: ServiceContext): readonly string[] {
  const { name, environment, service, template, tags } = context;
  const { networking, healthCheck, port } = service;
  const { loadBalancer } = networking;
  if (loadBalancer === undefined || healthCheck === undefined || port === undefined) return [];
  template.resource("TargetGroup", {
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
  const forward: Value = [{ Type: "forward", TargetGroupArn: ref("TargetGroup") }];
  const hosts = [...(loadBalancer.host === undefined ? [] : [loadBalancer.host]), ...(environment.local ? [`${name}.localhost`] : [])];
  const everything = loadBalancer.path === "/*" || loadBalancer.path === "/";
  template.resource("ListenerRule", {
    Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
    Properties: {
      ListenerArn: fromLoadBalancer(context, "ListenerArn", "listener", "The listener its rule stands on."),
      Priority: listenerPriority(name, { ...loadBalancer, ...(hosts[0] === undefined ? {} : { host: hosts[0] }) }),
      Conditions: [
        ...(hosts.length === 0 ? [] : [{ Field: "host-header", HostHeaderConfig: { Values: hosts.map((host) => template.text(host)) } }]),
        ...(everything && hosts.length > 0
          ? []
          : [{ Field: "path-pattern", PathPatternConfig: { Values: pathPatterns(loadBalancer.path) } }]),
      ],
      Actions: forward,
    },
  });
  if (!environment.local) return ["ListenerRule"];
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
  return ["ListenerRule", "LocalListener"];
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

/** The outputs that people click on. */
export function addressOutputs(context: ServiceContext): void {
  const { name, environment, service, template } = context;
  const { loadBalancer } = service.networking;
  if (loadBalancer === undefined || service.healthCheck === undefined) return;
  template.output("TargetGroupArn", "Its target group", ref("TargetGroup"));
  const base = environment.local ? `http://127.0.0.1:${localListenerPort(name)}` : undefined;
  const secure =
    loadBalancer.certificateArn !== undefined || environment.loadBalancers[balancerKind(context)]?.certificateArn !== undefined;
  const scheme = secure ? "https" : "http";
  const address = (path: string): Value => {
    if (base !== undefined) return `${base}${path}`;
    if (loadBalancer.host !== undefined && !/[*?]/.test(loadBalancer.host)) return template.text(`${scheme}://${loadBalancer.host}${path}`);
    fromLoadBalancer(context, "LoadBalancerDnsName", "dns-name", "The load balancer's address.");
    return sub(`${scheme}://\${LoadBalancerDnsName}${path}`);
  };
  const prefix = loadBalancer.path.replace(/\/?\*.*$/, "");
  template.output("Url", "Where it answers", address(prefix));
  template.output("HealthUrl", "Where it says whether it is well", address(service.healthCheck.path));
  template.output("DocsUrl", "Where its documentation would be", address(`${prefix}/docs`));
}
