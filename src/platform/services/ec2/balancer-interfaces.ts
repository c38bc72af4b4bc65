/**
 * The network interfaces of load balancers' nodes: one in each of a load balancer's subnets, with an address of it, kept from
 * the load balancer's creation to its end. EC2 shows them as managed by their requester; nobody else can take them away.
 */
import type { NodeAddresses } from "../elastic-load-balancing-v2/node-addresses.ts";
import type { BalancerInterfaceRecord, Ec2State } from "./records.ts";
import { takeAddress } from "./subnets.ts";

export class BalancerInterfaces implements NodeAddresses {
  readonly #state: Ec2State;

  constructor(state: Ec2State) {
    this.#state = state;
  }

  place(region: string, loadBalancer: string, subnetIds: readonly string[], securityGroupIds: readonly string[]): void {
    const { balancerInterfaces, subnets, newId } = this.#state;
    const known = this.#of(region, loadBalancer);
    for (const one of known) if (!subnetIds.includes(one.subnetId)) balancerInterfaces.delete(`${region}/${one.id}`);
    for (const subnetId of subnetIds) {
      const one = known.find((each) => each.subnetId === subnetId);
      if (one !== undefined && sameGroups(one.securityGroupIds, securityGroupIds)) continue;
      // State of an earlier version may hold a load balancer whose subnet was deleted beneath it.
      if (!subnets.has(`${region}/${subnetId}`)) continue;
      const id = one?.id ?? newId("eni");
      const record: BalancerInterfaceRecord = {
        id,
        tags: {},
        loadBalancer,
        subnetId,
        privateIp: one?.privateIp ?? takeAddress(this.#state, region, subnetId),
        attachmentId: one?.attachmentId ?? newId("eni-attach"),
        macAddress: one?.macAddress ?? macOf(id),
        securityGroupIds,
      };
      balancerInterfaces.put(`${region}/${id}`, record);
    }
  }

  release(region: string, loadBalancer: string): void {
    for (const { id } of this.#of(region, loadBalancer)) this.#state.balancerInterfaces.delete(`${region}/${id}`);
  }

  holds(region: string, vpcId: string, ip: string): boolean {
    const { balancerInterfaces, subnets } = this.#state;
    return balancerInterfaces
      .list(`${region}/`)
      .some(({ privateIp, subnetId }) => privateIp === ip && subnets.get(`${region}/${subnetId}`)?.vpcId === vpcId);
  }

  #of(region: string, loadBalancer: string): BalancerInterfaceRecord[] {
    return this.#state.balancerInterfaces.list(`${region}/`).filter((each) => each.loadBalancer === loadBalancer);
  }
}

function sameGroups(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((id) => others.includes(id));
}

/** A locally administered address that follows from the interface's id. */
function macOf(interfaceId: string): string {
  return `0a:${interfaceId.slice(-10).match(/../g)?.join(":")}`;
}
