export interface PlacedLoadBalancer {
  /** `app/web/0123456789abcdef` */
  readonly name: string;
  readonly subnetIds: readonly string[];
  /** Subnets it was in before. State of an earlier version may hold a load balancer without an address in one that was deleted or is full. */
  readonly formerSubnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** The addresses that the nodes of load balancers have in their subnets. EC2 keeps them; this is what is asked of it. */
export interface NodeAddresses {
  /**
   * Gives the load balancer an address in each of its subnets, and takes back those in others. Says whether any was given or
   * taken back. Throws `InsufficientFreeAddressesInSubnet` where it is new in a subnet that has none.
   */
  place(region: string, loadBalancer: PlacedLoadBalancer): boolean;
  /** Says whether there was any to take back. */
  release(region: string, loadBalancer: string): boolean;
  /** Whether a load balancer of the VPC has the address. */
  holds(region: string, vpcId: string, ip: string): boolean;
}
