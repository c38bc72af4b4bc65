/** EC2's error codes. The SDK models none of them; the texts are EC2's own. */
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Collection } from "../../persistence/store.ts";

/** How EC2 words a resource that is not there. */
export interface Noun {
  /** `InvalidVpcID.NotFound` */
  readonly code: string;
  /** Before the quoted id: `The vpc ID`. */
  readonly subject: string;
}

export const nouns = {
  vpc: { code: "InvalidVpcID.NotFound", subject: "The vpc ID" },
  subnet: { code: "InvalidSubnetID.NotFound", subject: "The subnet ID" },
  internetGateway: { code: "InvalidInternetGatewayID.NotFound", subject: "The internetGateway ID" },
  routeTable: { code: "InvalidRouteTableID.NotFound", subject: "The routeTable ID" },
  natGateway: { code: "NatGatewayNotFound", subject: "The Nat Gateway" },
  allocation: { code: "InvalidAllocationID.NotFound", subject: "The allocation ID" },
  securityGroup: { code: "InvalidGroup.NotFound", subject: "The security group" },
  securityGroupRule: { code: "InvalidSecurityGroupRuleId.NotFound", subject: "The security group rule ID" },
  vpcEndpoint: { code: "InvalidVpcEndpointId.NotFound", subject: "The Vpc Endpoint Id" },
  association: { code: "InvalidAssociationID.NotFound", subject: "The association ID" },
} as const satisfies Record<string, Noun>;

export function notFound({ code, subject }: Noun, id: string): AwsFault {
  return new AwsFault(code, `${subject} '${id}' does not exist`);
}

/** The record of that id in the region, or EC2's error that there is none. */
export function mustFind<Record>(collection: Collection<Record>, region: string, id: string | undefined, noun: Noun): Record {
  if (id === undefined)
    throw new AwsFault("MissingParameter", `The request must contain the parameter ${noun.subject.replace("The ", "")}`);
  const record = collection.get(`${region}/${id}`);
  if (record === undefined) throw notFound(noun, id);
  return record;
}

export function dependencyViolation(kind: string, id: string): AwsFault {
  return new AwsFault("DependencyViolation", `The ${kind} '${id}' has dependencies and cannot be deleted.`);
}

export function invalidValue(message: string): AwsFault {
  return new AwsFault("InvalidParameterValue", message);
}
