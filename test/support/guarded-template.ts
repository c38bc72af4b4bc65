/** A template with a load balancer behind HTTPS whose every request is answered with 204, after the action that is given. */
import type { JsonObject } from "../../src/kit/json.ts";

/** `guard`: the properties of the action that comes first. The stack's output `Listener` is the listener's ARN. */
export function guardedTemplate(guard: JsonObject): string {
  const subnet = (zone: string, CidrBlock: string) => ({
    Type: "AWS::EC2::Subnet",
    Properties: { VpcId: { Ref: "Vpc" }, CidrBlock, AvailabilityZone: `us-east-1${zone}` },
  });
  const Resources = {
    Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.9.0.0/16" } },
    A: subnet("a", "10.9.0.0/24"),
    B: subnet("b", "10.9.1.0/24"),
    Balancer: {
      Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
      Properties: { Scheme: "internal", Subnets: [{ Ref: "A" }, { Ref: "B" }] },
    },
    Listener: {
      Type: "AWS::ElasticLoadBalancingV2::Listener",
      Properties: {
        LoadBalancerArn: { Ref: "Balancer" },
        Port: 443,
        Protocol: "HTTPS",
        Certificates: [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one" }],
        DefaultActions: [
          { ...guard, Order: 1 },
          { Type: "fixed-response", Order: 2, FixedResponseConfig: { StatusCode: "204" } },
        ],
      },
    },
  };
  return JSON.stringify({ Resources, Outputs: { Listener: { Value: { Ref: "Listener" } } } });
}
