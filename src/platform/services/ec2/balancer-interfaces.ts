/**
 * The network interfaces of load balancers' nodes: one in each of a load balancer's subnets, with an address of it, kept from
 * the load balancer's creation to its end. EC2 shows them as managed by their requester; nobody else can take them away.
 */
import type { NodeAddresses, PlacedLoadBalancer } from "../elastic-load-balancing-v2/node-addresses.ts";
import type { BalancerInterfaceRecord, Ec2State } from "./records.ts";
import { freeAddress, takeAddress } from "./subnets.ts";

export class BalancerInterfaces implements NodeAddresses {
  readonly #state: Ec2State;

  constructor(state: Ec2State) {
    this.#state = state;
  }

  place(region: string, { name, subnetIds, formerSubnetIds, securityGroupIds }: PlacedLoadBalancer): boolean {
    const { balancerInterfaces, newId } = this.#state;
    const known = this.#of(region, name);
    let isMoved = false;
    for (const { id, subnetId } of known) {
      if (subnetIds.includes(subnetId)) continue;
      balancerInterfaces.delete(`${region}/${id}`);
      isMoved = true;
    }
    for (const subnetId of subnetIds) {
      const one = known.find((each) => each.subnetId === subnetId);
      if (one !== undefined) {
        if (!sameGroups(one.securityGroupIds, securityGroupIds))
          balancerInterfaces.put(`${region}/${one.id}`, { ...one, securityGroupIds });
        continue;
      }
      const find = formerSubnetIds.includes(subnetId) ? freeAddress : takeAddress;
      const privateIp = find(this.#state, region, subnetId);
      if (privateIp === undefined) continue;
      const id = newId("eni");
      const record: BalancerInterfaceRecord = {
        id,
        tags: {},
        loadBalancer: name,
        subnetId,
        privateIp,
        attachmentId: newId("eni-attach"),
        macAddress: macOf(id),
        securityGroupIds,
      };
      balancerInterfaces.put(`${region}/${id}`, record);
      isMoved = true;
    }
    return isMoved;
  }

  release(region: string, loadBalancer: string): boolean {
    const held = this.#of(region, loadBalancer);
    for (const { id } of held) this.#state.balancerInterfaces.delete(`${region}/${id}`);
    return held.length > 0;
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
