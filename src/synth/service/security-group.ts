/** The security group of the tasks: from the load balancer to the port, and out to anywhere. */
import { tagList } from "../tags.ts";
import { getAtt, pascal, type Value } from "../template.ts";
import { fromLoadBalancer, type ServiceContext, vpcId } from "./context.ts";

/** Adds the group to the template; answers its id. */
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
                SourceSecurityGroupId: fromLoadBalancer(context, "security-group"),
                Description: "From the load balancer",
              },
            ],
          }),
      SecurityGroupEgress: [{ IpProtocol: "-1", CidrIp: "0.0.0.0/0", Description: "To anywhere" }],
      Tags: tagList(tags),
    },
  });
  openFileSystems(context);
  return getAtt("SecurityGroup", "GroupId");
}

/** Fit for the description of a security group's rule: 255 characters of the few that EC2 takes. */
export function ruleDescription(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]/g, "-").slice(0, 255);
}

/** Mount targets whose security group the manifest names let our tasks in; the rule is ours, so that it goes when we go. */
function openFileSystems({ name, service, template }: ServiceContext): void {
  const groups = new Set(service.volumes.flatMap(({ efs }) => efs?.securityGroup ?? []));
  for (const group of groups) {
    template.resource(`FileSystem${pascal(group)}Ingress`, {
      Type: "AWS::EC2::SecurityGroupIngress",
      Properties: {
        GroupId: group,
        IpProtocol: "tcp",
        FromPort: 2049,
        ToPort: 2049,
        SourceSecurityGroupId: getAtt("SecurityGroup", "GroupId"),
        Description: `${name} to its file system`,
      },
    });
  }
}
