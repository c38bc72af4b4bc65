/** Amazon EC2, as far as the network of a Fargate service needs it: records that are true to each other, without a data plane of their own. */
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Call, Operations, Provider, RequestContext } from "../../gateway/operations.ts";
import { addressOperations } from "./addresses.ts";
import { internetGatewayOperations } from "./internet-gateways.ts";
import { natGatewayOperations } from "./nat-gateways.ts";
import { networkInterfaceOperations } from "./network-interfaces.ts";
import { prefixListOperations } from "./prefix-lists.ts";
import { type Ec2StateDependencies, ec2State } from "./records.ts";
import { regionOperations } from "./regions.ts";
import { routeTableOperations } from "./route-tables.ts";
import { securityGroupRuleOperations } from "./security-group-rules.ts";
import { securityGroupOperations } from "./security-groups.ts";
import { subnetOperations } from "./subnets.ts";
import { tagOperations } from "./tags.ts";
import { vpcEndpointOperations } from "./vpc-endpoints.ts";
import { vpcOperations } from "./vpcs.ts";

export interface Ec2Dependencies extends Ec2StateDependencies {
  /** Reads the tasks' network interfaces from ECS. */
  readonly call: Call;
}

export function ec2Provider({ call, ...dependencies }: Ec2Dependencies): Provider<"ec2"> {
  const state = ec2State(dependencies);
  return {
    service: "ec2",
    operations: dryRunnable({
      ...vpcOperations(state),
      ...subnetOperations(state),
      ...internetGatewayOperations(state),
      ...routeTableOperations(state),
      ...natGatewayOperations(state),
      ...addressOperations(state),
      ...securityGroupOperations(state),
      ...securityGroupRuleOperations(state),
      ...vpcEndpointOperations(state),
      ...networkInterfaceOperations(state, call),
      ...tagOperations(state),
      ...regionOperations,
      ...prefixListOperations,
    }),
  };
}

type AnyHandler = (input: { readonly DryRun?: boolean }, context: RequestContext) => unknown;

/** Every operation of EC2 takes `DryRun`, which asks whether it would be allowed. It always is. */
function dryRunnable(operations: Operations<"ec2">): Operations<"ec2"> {
  const wrapped = Object.entries(operations).map(([name, handler]): [string, AnyHandler] => [
    name,
    (input, context) => {
      if (input.DryRun) throw new AwsFault("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
      return (handler as AnyHandler)(input, context);
    },
  ]);
  return Object.fromEntries(wrapped) as Operations<"ec2">;
}
