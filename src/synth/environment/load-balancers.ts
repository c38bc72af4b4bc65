/** The load balancers that services share. What no rule answers gets a 404 that says so. */
import type { EnvironmentLoadBalancer, ResolvedEnvironment } from "../../manifest/resolved.ts";
import { tagList } from "../tags.ts";
import { getAtt, ref, type TemplateBuilder, type Value } from "../template.ts";
import { accessLogBucket } from "./logging.ts";
import type { Network } from "./network.ts";

export type BalancerKind = "public" | "internal";

const notFound: Value = [
  {
    Type: "fixed-response",
    FixedResponseConfig: { StatusCode: "404", ContentType: "text/plain", MessageBody: "No service answers here." },
  },
];

/** Creates the load balancer and answers with its values, by the name they are written to Parameter Store under. */
export function synthesizeLoadBalancer(
  kind: BalancerKind,
  balancer: EnvironmentLoadBalancer,
  environment: ResolvedEnvironment,
  network: Network,
  template: TemplateBuilder,
): Readonly<Record<string, Value>> {
  const prefix = kind === "public" ? "Public" : "Internal";
  const name = `${prefix}LoadBalancer`;
  const certificate: Value | undefined = balancer.certificateArn ?? (environment.domain === undefined ? undefined : ref("Certificate"));
  const secure = certificate !== undefined;
  const source = kind === "public" ? "0.0.0.0/0" : network.cidr;
  const open = (port: number, protocol: string): Value => ({
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    CidrIp: source,
    Description: `${protocol} from ${kind === "public" ? "anywhere" : "the network"}`,
  });
  const group = template.resource(`${name}SecurityGroup`, {
    Type: "AWS::EC2::SecurityGroup",
    Properties: {
      GroupDescription: `The ${kind} load balancer of ${environment.name}`,
      VpcId: network.id,
      SecurityGroupIngress: secure ? [open(80, "HTTP"), open(443, "HTTPS")] : [open(80, "HTTP")],
      // One rule for all services: opening to each of them would need a rule here for every service.
      SecurityGroupEgress: [
        { IpProtocol: "tcp", FromPort: 1, ToPort: 65_535, CidrIp: network.cidr, Description: "To the tasks in the network" },
      ],
      Tags: tagList({ ...environment.tags, Name: `fsd-${environment.name}-${kind}` }),
    },
  });
  // The load balancer tries its bucket when it is created, so the policy must stand by then.
  const before = [
    ...(kind === "public" && !("id" in environment.vpc) ? ["PublicDefaultRoute"] : []),
    ...(balancer.accessLogs ? ["AccessLogBucketPolicy"] : []),
  ];
  const own = template.resource(name, {
    Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
    ...(before.length === 0 ? {} : { DependsOn: before }),
    Properties: {
      Type: "application",
      Scheme: kind === "public" ? "internet-facing" : "internal",
      SecurityGroups: [group],
      Subnets: kind === "public" ? network.publicSubnets : network.privateSubnets,
      LoadBalancerAttributes: [
        { Key: "idle_timeout.timeout_seconds", Value: String(balancer.idleTimeout) },
        { Key: "routing.http.drop_invalid_header_fields.enabled", Value: "true" },
        { Key: "deletion_protection.enabled", Value: String(environment.protect) },
        ...(balancer.accessLogs
          ? [
              { Key: "access_logs.s3.enabled", Value: "true" },
              { Key: "access_logs.s3.bucket", Value: accessLogBucket(environment, template) },
              { Key: "access_logs.s3.prefix", Value: kind },
            ]
          : []),
      ],
      Tags: tagList(environment.tags),
    },
  });
  if (balancer.wafAclArn !== undefined) {
    template.resource(`${name}Firewall`, {
      Type: "AWS::WAFv2::WebACLAssociation",
      Properties: { ResourceArn: own, WebACLArn: balancer.wafAclArn },
    });
  }
  const plain = template.resource(`${prefix}Listener`, {
    Type: "AWS::ElasticLoadBalancingV2::Listener",
    Properties: {
      LoadBalancerArn: own,
      Port: 80,
      Protocol: "HTTP",
      DefaultActions: secure
        ? [{ Type: "redirect", RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } }]
        : notFound,
    },
  });
  const listener = secure
    ? template.resource(`${prefix}SecureListener`, {
        Type: "AWS::ElasticLoadBalancingV2::Listener",
        Properties: {
          LoadBalancerArn: own,
          Port: 443,
          Protocol: "HTTPS",
          SslPolicy: balancer.sslPolicy,
          Certificates: [{ CertificateArn: certificate }],
          DefaultActions: notFound,
        },
      })
    : plain;
  return {
    arn: own,
    name: getAtt(name, "LoadBalancerFullName"),
    "dns-name": getAtt(name, "DNSName"),
    "zone-id": getAtt(name, "CanonicalHostedZoneID"),
    "security-group": getAtt(`${name}SecurityGroup`, "GroupId"),
    listener,
  };
}
