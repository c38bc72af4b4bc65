/** Private subnets without a way to the internet reach AWS through endpoints: gateways for S3 and DynamoDB, interfaces for the rest. */
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { tagList } from "../tags.ts";
import { pascal, ref, sub, type TemplateBuilder, type Value } from "../template.ts";

/** What a Fargate task needs before its program runs: image, logs, secrets, exec (ECS guide, "Interface VPC endpoints"). */
const services = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages"];

export function synthesizeEndpoints(
  environment: ResolvedEnvironment,
  id: Value,
  cidr: string,
  subnets: readonly Value[],
  /** Services besides those that every task needs. */
  further: readonly string[],
  template: TemplateBuilder,
): void {
  const group = template.resource("EndpointSecurityGroup", {
    Type: "AWS::EC2::SecurityGroup",
    Properties: {
      GroupDescription: `Endpoints of ${environment.name}`,
      VpcId: id,
      SecurityGroupIngress: [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, CidrIp: cidr, Description: "HTTPS from the network" }],
      Tags: tagList({ ...environment.tags, Name: `fsd-${environment.name}-endpoints` }),
    },
  });
  for (const service of ["s3", "dynamodb"]) {
    template.resource(`${pascal(service)}Endpoint`, {
      Type: "AWS::EC2::VPCEndpoint",
      Properties: {
        VpcEndpointType: "Gateway",
        VpcId: id,
        ServiceName: sub(`com.amazonaws.\${AWS::Region}.${service}`),
        RouteTableIds: subnets.map((_, index) => ref(`PrivateRouteTable${index + 1}`)),
      },
    });
  }
  for (const service of new Set([...services, ...further])) {
    template.resource(`${pascal(service)}Endpoint`, {
      Type: "AWS::EC2::VPCEndpoint",
      Properties: {
        VpcEndpointType: "Interface",
        VpcId: id,
        ServiceName: sub(`com.amazonaws.\${AWS::Region}.${service}`),
        PrivateDnsEnabled: true,
        SubnetIds: subnets,
        SecurityGroupIds: [group],
      },
    });
  }
}
