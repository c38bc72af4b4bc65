/** What EC2 keeps: one record a resource, keyed `<region>/<id>`. Names are AWS's, timestamps milliseconds since the epoch. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Collection, Store } from "../../persistence/store.ts";

export type Tags = Readonly<Record<string, string>>;

export interface Resource {
  readonly id: string;
  readonly tags: Tags;
  /** The caller's idempotency token, where the API has one. */
  readonly clientToken?: string;
}

export interface VpcRecord extends Resource {
  readonly cidrBlock: string;
  readonly associationId: string;
  readonly instanceTenancy: "default" | "dedicated";
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly networkAclId: string;
}

export interface SubnetRecord extends Resource {
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  readonly mapPublicIpOnLaunch: boolean;
}

export interface InternetGatewayRecord extends Resource {
  readonly vpcId?: string;
}

/** `target`: the id of a gateway, NAT gateway, endpoint or interface; `local` for the VPC itself. */
export interface RouteRecord {
  readonly destination: string;
  readonly target: string;
  readonly origin: "CreateRoute" | "CreateRouteTable";
}

export interface RouteTableRecord extends Resource {
  readonly vpcId: string;
  readonly routes: readonly RouteRecord[];
  /** `subnetId` is absent on the main association. */
  readonly associations: readonly { readonly id: string; readonly subnetId?: string; readonly main: boolean }[];
}

export interface NatGatewayRecord extends Resource {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly connectivityType: "public" | "private";
  readonly allocationId?: string;
  readonly publicIp?: string;
  readonly associationId?: string;
  readonly privateIp: string;
  readonly networkInterfaceId: string;
  readonly createTime: number;
  readonly deleteTime?: number;
}

export interface AddressRecord extends Resource {
  readonly publicIp: string;
  readonly associationId?: string;
  readonly networkInterfaceId?: string;
  readonly privateIpAddress?: string;
}

export interface SecurityGroupRecord extends Resource {
  readonly groupName: string;
  readonly description: string;
  readonly vpcId: string;
}

export interface SecurityGroupRuleRecord extends Resource {
  readonly groupId: string;
  readonly isEgress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all. */
  readonly ipProtocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly peer: RulePeer;
  readonly description?: string;
}

export type RulePeer =
  | { readonly kind: "cidrIpv4" | "cidrIpv6" | "prefixList"; readonly value: string }
  | { readonly kind: "group"; readonly value: string; readonly userId: string };

export interface VpcEndpointRecord extends Resource {
  readonly vpcId: string;
  readonly vpcEndpointType: "Interface" | "Gateway";
  readonly serviceName: string;
  readonly policyDocument?: string;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly networkInterfaces: readonly { readonly id: string; readonly subnetId: string; readonly privateIp: string }[];
  readonly privateDnsEnabled: boolean;
  readonly creationTimestamp: number;
}

/** A network interface, derived from what it belongs to; none is kept for itself. */
export interface InterfaceRecord {
  readonly id: string;
  readonly tags: Tags;
  readonly subnetId: string;
  readonly privateIp: string;
  readonly description: string;
  readonly interfaceType: "nat_gateway" | "vpc_endpoint" | "interface";
  readonly securityGroupIds: readonly string[];
  readonly macAddress?: string;
  readonly attachmentId?: string;
  /** `amazon-elb`, where it is not EC2's own. */
  readonly requesterId?: string;
  readonly publicIp?: string;
  readonly allocationId?: string;
  readonly associationId?: string;
}

/** Of a load balancer's node. */
export interface BalancerInterfaceRecord extends Resource {
  /** `app/web/0123456789abcdef` */
  readonly loadBalancer: string;
  readonly subnetId: string;
  readonly privateIp: string;
  readonly macAddress: string;
  readonly attachmentId: string;
  readonly securityGroupIds: readonly string[];
}

/** The collections of EC2 and what making a record needs. */
export interface Ec2State {
  readonly vpcs: Collection<VpcRecord>;
  readonly subnets: Collection<SubnetRecord>;
  readonly internetGateways: Collection<InternetGatewayRecord>;
  readonly routeTables: Collection<RouteTableRecord>;
  readonly natGateways: Collection<NatGatewayRecord>;
  readonly addresses: Collection<AddressRecord>;
  readonly securityGroups: Collection<SecurityGroupRecord>;
  readonly rules: Collection<SecurityGroupRuleRecord>;
  readonly endpoints: Collection<VpcEndpointRecord>;
  readonly balancerInterfaces: Collection<BalancerInterfaceRecord>;
  readonly store: Pick<Store, "transaction">;
  readonly clock: Pick<Clock, "now">;
  /** Whether a running task has the address; the runtime gives those out. */
  readonly isTaskAddress: (address: string) => boolean;
  /** A new id: `newId("vpc")` gives `vpc-0123456789abcdef0`. */
  readonly newId: (prefix: string) => string;
}

export interface Ec2StateDependencies {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  /** As of `Ec2State`; absent: there are no tasks. */
  readonly isTaskAddress?: (address: string) => boolean;
}

export function ec2State({ store, clock, ids, isTaskAddress = () => false }: Ec2StateDependencies): Ec2State {
  return {
    vpcs: store.collection("ec2.vpc"),
    subnets: store.collection("ec2.subnet"),
    internetGateways: store.collection("ec2.internet-gateway"),
    routeTables: store.collection("ec2.route-table"),
    natGateways: store.collection("ec2.nat-gateway"),
    addresses: store.collection("ec2.address"),
    securityGroups: store.collection("ec2.security-group"),
    rules: store.collection("ec2.security-group-rule"),
    endpoints: store.collection("ec2.vpc-endpoint"),
    balancerInterfaces: store.collection("ec2.balancer-interface"),
    store,
    clock,
    isTaskAddress,
    newId: (prefix) => `${prefix}-0${ids.hex(16)}`,
  };
}
