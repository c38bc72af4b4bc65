/** Elastic IP addresses. Records only; they come from 198.18.0.0/15, which no host on the internet has. */
import type { Address } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { addressAt } from "./cidr.ts";
import { type Filters, select, tagList, tagsFor } from "./describe.ts";
import { mustFind, notFound, nouns } from "./faults.ts";
import type { AddressRecord, Ec2State } from "./records.ts";

const POOL = { base: (198 * 256 + 18) * 256 * 256, prefix: 15 };
const POOL_SIZE = 2 ** 17;

const filters: Filters<AddressRecord> = {
  "allocation-id": ({ id }) => [id],
  "association-id": ({ associationId }) => [associationId],
  domain: () => ["vpc"],
  "network-interface-id": ({ networkInterfaceId }) => [networkInterfaceId],
  "private-ip-address": ({ privateIpAddress }) => [privateIpAddress],
  "public-ip": ({ publicIp }) => [publicIp],
};

export function addressOperations({ addresses, newId }: Ec2State): Operations<"ec2"> {
  const newPublicIp = (region: string, id: string): string => {
    const taken = new Set(addresses.list(`${region}/`).map(({ publicIp }) => publicIp));
    let offset = Number.parseInt(id.slice(-8), 16) % POOL_SIZE;
    while (taken.has(addressAt(POOL, offset))) offset = (offset + 1) % POOL_SIZE;
    return addressAt(POOL, offset);
  };

  return {
    AllocateAddress: ({ TagSpecifications }, { region }) => {
      const id = newId("eipalloc");
      const address: AddressRecord = { id, tags: tagsFor("elastic-ip", TagSpecifications), publicIp: newPublicIp(region, id) };
      addresses.put(`${region}/${id}`, address);
      return { AllocationId: id, PublicIp: address.publicIp, Domain: "vpc", PublicIpv4Pool: "amazon", NetworkBorderGroup: region };
    },

    DescribeAddresses: ({ AllocationIds, PublicIps, Filters }, { region, account }) => {
      const unknown = PublicIps?.find((ip) => !addresses.list(`${region}/`).some(({ publicIp }) => publicIp === ip));
      if (unknown !== undefined) throw new AwsFault("InvalidAddress.NotFound", `Address '${unknown}' not found.`);
      const { records } = select(addresses, region, nouns.allocation, filters, { ids: AllocationIds, filters: Filters });
      const asked = records.filter(({ publicIp }) => PublicIps?.includes(publicIp) ?? true);
      return { Addresses: asked.map((record) => view(record, region, account)) };
    },

    DescribeAddressesAttribute: ({ AllocationIds }, { region }) => {
      const { records } = select(addresses, region, nouns.allocation, filters, { ids: AllocationIds });
      return { Addresses: records.map(({ id, publicIp }) => ({ AllocationId: id, PublicIp: publicIp })) };
    },

    ReleaseAddress: ({ AllocationId }, { region }) => {
      const address = mustFind(addresses, region, AllocationId, nouns.allocation);
      if (address.associationId !== undefined) {
        throw new AwsFault("InvalidIPAddress.InUse", `Address ${address.publicIp} is in use.`);
      }
      addresses.delete(`${region}/${address.id}`);
      return {};
    },

    DisassociateAddress: ({ AssociationId }, { region }) => {
      const address = addresses.list(`${region}/`).find(({ associationId }) => associationId === AssociationId);
      if (address === undefined || AssociationId === undefined) throw notFound(nouns.association, String(AssociationId));
      throw new AwsFault("AuthFailure", "You do not have permission to access the specified resource.");
    },
  };
}

function view(
  { id, tags, publicIp, associationId, networkInterfaceId, privateIpAddress }: AddressRecord,
  region: string,
  account: string,
): Address {
  return {
    AllocationId: id,
    PublicIp: publicIp,
    Domain: "vpc",
    PublicIpv4Pool: "amazon",
    NetworkBorderGroup: region,
    AssociationId: associationId,
    NetworkInterfaceId: networkInterfaceId,
    NetworkInterfaceOwnerId: networkInterfaceId === undefined ? undefined : account,
    PrivateIpAddress: privateIpAddress,
    Tags: tagList(tags),
  };
}
