/** The addresses that the nodes of load balancers have in their subnets. EC2 keeps them; this is what is asked of it. */
export interface NodeAddresses {
  /** Gives the load balancer (`app/web/0123456789abcdef`) an address in each of these subnets, and takes back those in others. */
  place(region: string, loadBalancer: string, subnetIds: readonly string[], securityGroupIds: readonly string[]): void;
  release(region: string, loadBalancer: string): void;
  /** Whether a load balancer of the VPC has the address. */
  holds(region: string, vpcId: string, ip: string): boolean;
}
