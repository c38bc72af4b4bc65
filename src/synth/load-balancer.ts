/** An Application Load Balancer with its security group and listeners. What no rule answers gets a 404 that says so. */
import type { EnvironmentLoadBalancer } from "../manifest/resolved.ts";
import { tagList } from "./tags.ts";
import { getAtt, type TemplateBuilder, type Value } from "./template.ts";

export type BalancerKind = "public" | "internal";

export interface BalancerRequest {
  readonly kind: BalancerKind;
  /** Logical name of the load balancer; its security group, firewall and listeners are named after it. */
  readonly name: string;
  /** Logical names of the listeners: HTTP, and HTTPS where there is a certificate. */
  readonly listeners: { readonly plain: string; readonly secure: string };
  readonly settings: Omit<EnvironmentLoadBalancer, "shards" | "certificateArn">;
  readonly certificate: Value | undefined;
  /** What it is for, as people read it: `The public load balancer of prod`. */
  readonly description: string;
  /** Of the security group. */
  readonly groupName: string;
  readonly vpcId: Value;
  /** The network's range: where an internal one is asked from, and where tasks are. */
  readonly cidr: Value;
  readonly subnets: Value;
  /** Where requests are logged, when `settings.accessLogs`. */
  readonly accessLogs: { readonly bucket: Value; readonly prefix: string } | undefined;
  readonly deletionProtection: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly after: readonly string[];
}

/** What others need of a load balancer, by the name it is written to Parameter Store under. */
export type BalancerValue = "arn" | "name" | "dns-name" | "zone-id" | "security-group" | "listener";

const notFound: Value = [
  {
    Type: "fixed-response",
    FixedResponseConfig: { StatusCode: "404", ContentType: "text/plain", MessageBody: "No service answers here." },
  },
];

export function loadBalancer(request: BalancerRequest, template: TemplateBuilder): Readonly<Record<BalancerValue, Value>> {
  const { kind, name, listeners, settings, certificate, cidr, accessLogs, tags, after } = request;
  const secure = certificate !== undefined;
  const open = (port: number, protocol: string): Value => ({
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    CidrIp: kind === "public" ? "0.0.0.0/0" : cidr,
    Description: `${protocol} from ${kind === "public" ? "anywhere" : "the network"}`,
  });
  const group = template.resource(`${name}SecurityGroup`, {
    Type: "AWS::EC2::SecurityGroup",
    Properties: {
      GroupDescription: request.description,
      VpcId: request.vpcId,
      SecurityGroupIngress: secure ? [open(80, "HTTP"), open(443, "HTTPS")] : [open(80, "HTTP")],
      // One rule for all services: opening to each of them would need a rule here for every service.
      SecurityGroupEgress: [{ IpProtocol: "tcp", FromPort: 1, ToPort: 65_535, CidrIp: cidr, Description: "To the tasks in the network" }],
      Tags: tagList({ ...tags, Name: request.groupName }),
    },
  });
  const own = template.resource(name, {
    Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
    ...(after.length === 0 ? {} : { DependsOn: after }),
    Properties: {
      Type: "application",
      Scheme: kind === "public" ? "internet-facing" : "internal",
      SecurityGroups: [group],
      Subnets: request.subnets,
      LoadBalancerAttributes: [
        { Key: "idle_timeout.timeout_seconds", Value: String(settings.idleTimeout) },
        { Key: "routing.http.drop_invalid_header_fields.enabled", Value: "true" },
        { Key: "deletion_protection.enabled", Value: String(request.deletionProtection) },
        ...(accessLogs === undefined
          ? []
          : [
              { Key: "access_logs.s3.enabled", Value: "true" },
              { Key: "access_logs.s3.bucket", Value: accessLogs.bucket },
              { Key: "access_logs.s3.prefix", Value: accessLogs.prefix },
            ]),
      ],
      Tags: tagList(tags),
    },
  });
  if (settings.wafAclArn !== undefined) {
    template.resource(`${name}Firewall`, {
      Type: "AWS::WAFv2::WebACLAssociation",
      Properties: { ResourceArn: own, WebACLArn: settings.wafAclArn },
    });
  }
  const plain = template.resource(listeners.plain, {
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
    ? template.resource(listeners.secure, {
        Type: "AWS::ElasticLoadBalancingV2::Listener",
        Properties: {
          LoadBalancerArn: own,
          Port: 443,
          Protocol: "HTTPS",
          SslPolicy: settings.sslPolicy,
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
