/** NAT gateways. Records without a data plane: tasks reach out through the host, whatever the route tables say. */
import type { NatGateway } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { type Filters, select, tagList, tagsFor } from "./describe.ts";
import { mustFind, notFound, nouns } from "./faults.ts";
import type { Ec2State, NatGatewayRecord } from "./records.ts";
import { takeAddress } from "./subnets.ts";

/** EC2 shows a deleted NAT gateway for about an hour. */
const REMEMBERED_MS = 3_600_000;

const filters: Filters<NatGatewayRecord> = {
  "nat-gateway-id": ({ id }) => [id],
  state: ({ deleteTime }) => [deleteTime === undefined ? "available" : "deleted"],
  "subnet-id": ({ subnetId }) => [subnetId],
  "vpc-id": ({ vpcId }) => [vpcId],
};

export function natGatewayOperations(state: Ec2State): Operations<"ec2"> {
  const { natGateways, subnets, addresses, internetGateways, clock, newId } = state;

  const forgetDeleted = (region: string): void => {
    for (const { id, deleteTime } of natGateways.list(`${region}/`)) {
      if (deleteTime !== undefined && clock.now() - deleteTime > REMEMBERED_MS) natGateways.delete(`${region}/${id}`);
    }
  };

  return {
    CreateNatGateway: ({ SubnetId, AllocationId, ConnectivityType, ClientToken, PrivateIpAddress, TagSpecifications }, { region }) => {
      const repeated =
        ClientToken === undefined ? undefined : natGateways.list(`${region}/`).find(({ clientToken }) => clientToken === ClientToken);
      if (repeated !== undefined) return { NatGateway: view(repeated), ClientToken };
      const subnet = mustFind(subnets, region, SubnetId, nouns.subnet);
      const isPublic = ConnectivityType !== "private";
      if (isPublic && AllocationId === undefined)
        throw new AwsFault(
          "MissingParameter",
          "The request must include the AllocationId parameter. Add the required parameter and retry the request.",
        );
      if (!isPublic && AllocationId !== undefined)
        throw new AwsFault("InvalidParameterCombination", "AllocationId cannot be used with a private NAT gateway");
      const address = isPublic ? mustFind(addresses, region, AllocationId, nouns.allocation) : undefined;
      if (address?.associationId !== undefined) {
        throw new AwsFault("Resource.AlreadyAssociated", `Elastic IP address [${address.id}] is already associated`);
      }
      if (isPublic && !internetGateways.list(`${region}/`).some(({ vpcId }) => vpcId === subnet.vpcId)) {
        throw new AwsFault("Gateway.NotAttached", `Network ${subnet.vpcId} has no Internet gateway attached`);
      }
      const nat: NatGatewayRecord = {
        id: newId("nat"),
        tags: tagsFor("natgateway", TagSpecifications),
        clientToken: ClientToken,
        vpcId: subnet.vpcId,
        subnetId: subnet.id,
        connectivityType: isPublic ? "public" : "private",
        privateIp: PrivateIpAddress ?? takeAddress(state, region, subnet.id),
        networkInterfaceId: newId("eni"),
        createTime: clock.now(),
        ...(address === undefined ? {} : { allocationId: address.id, publicIp: address.publicIp, associationId: newId("eipassoc") }),
      };
      state.store.transaction(() => {
        natGateways.put(`${region}/${nat.id}`, nat);
        if (address !== undefined) {
          addresses.put(`${region}/${address.id}`, {
            ...address,
            associationId: nat.associationId,
            networkInterfaceId: nat.networkInterfaceId,
            privateIpAddress: nat.privateIp,
          });
        }
      });
      return { NatGateway: view(nat), ClientToken };
    },

    DescribeNatGateways: ({ NatGatewayIds, Filter, MaxResults, NextToken }, { region }) => {
      forgetDeleted(region);
      const missing = NatGatewayIds?.find((id) => !natGateways.has(`${region}/${id}`));
      if (missing !== undefined) throw new AwsFault("NatGatewayNotFound", `The Nat Gateway ${missing} was not found`);
      const question = { ids: NatGatewayIds, filters: Filter, maxResults: MaxResults, nextToken: NextToken };
      const { records, nextToken } = select(natGateways, region, nouns.natGateway, filters, question);
      return { NatGateways: records.map(view), NextToken: nextToken };
    },

    DeleteNatGateway: ({ NatGatewayId }, { region }) => {
      const nat = natGateways.get(`${region}/${NatGatewayId}`);
      if (nat === undefined) throw notFound(nouns.natGateway, String(NatGatewayId));
      state.store.transaction(() => {
        natGateways.put(`${region}/${nat.id}`, { ...nat, deleteTime: nat.deleteTime ?? clock.now() });
        const address = nat.allocationId === undefined ? undefined : addresses.get(`${region}/${nat.allocationId}`);
        if (address !== undefined && address.associationId === nat.associationId) {
          addresses.put(`${region}/${address.id}`, { id: address.id, tags: address.tags, publicIp: address.publicIp });
        }
      });
      return { NatGatewayId };
    },
  };
}

function view(nat: NatGatewayRecord): NatGateway {
  return {
    NatGatewayId: nat.id,
    VpcId: nat.vpcId,
    SubnetId: nat.subnetId,
    State: nat.deleteTime === undefined ? "available" : "deleted",
    ConnectivityType: nat.connectivityType,
    CreateTime: new Date(nat.createTime),
    DeleteTime: nat.deleteTime === undefined ? undefined : new Date(nat.deleteTime),
    NatGatewayAddresses: [
      {
        AllocationId: nat.allocationId,
        AssociationId: nat.associationId,
        NetworkInterfaceId: nat.networkInterfaceId,
        PrivateIp: nat.privateIp,
        PublicIp: nat.publicIp,
        IsPrimary: true,
        Status: "succeeded",
      },
    ],
    Tags: tagList(nat.tags),
  };
}
