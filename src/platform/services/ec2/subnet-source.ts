import type { Store } from "../../persistence/store.ts";
import type { SubnetSource } from "../../runtime/address-pool.ts";
import type { SubnetRecord, VpcRecord } from "./records.ts";

/** Where tasks' subnets lie, read from EC2's records without loading its provider. Subnet ids are unique across regions. */
export function subnetSource(store: Store): SubnetSource {
  const subnets = store.collection<SubnetRecord>("ec2.subnet");
  const vpcs = store.collection<VpcRecord>("ec2.vpc");
  return {
    subnet(subnetId) {
      const subnet = subnets.list().find(({ id }) => id === subnetId);
      const vpc = vpcs.list().find(({ id }) => id === subnet?.vpcId);
      return subnet === undefined || vpc === undefined
        ? undefined
        : { cidrBlock: subnet.cidrBlock, vpcCidrBlock: vpc.cidrBlock, availabilityZone: subnet.availabilityZone };
    },
  };
}
