/** VPCs with what EC2 makes along with each: a main route table, a default security group, a network ACL. */
import type { Vpc } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { formatCidr, parseCidr } from "./cidr.ts";
import { type Filters, matches, select, tagList, tagsFor } from "./describe.ts";
import { dependencyViolation, invalidValue, mustFind, nouns } from "./faults.ts";
import type { Ec2State, VpcRecord } from "./records.ts";
import { createGroup, forgetGroup } from "./security-groups.ts";

const filters: Filters<VpcRecord> = {
  cidr: ({ cidrBlock }) => [cidrBlock],
  "cidr-block": ({ cidrBlock }) => [cidrBlock],
  cidrBlock: ({ cidrBlock }) => [cidrBlock],
  "cidr-block-association.cidr-block": ({ cidrBlock }) => [cidrBlock],
  "cidr-block-association.association-id": ({ associationId }) => [associationId],
  "dhcp-options-id": () => ["default"],
  "is-default": () => ["false"],
  isDefault: () => ["false"],
  "owner-id": () => [],
  state: () => ["available"],
  "vpc-id": ({ id }) => [id],
};

export function vpcOperations(state: Ec2State): Operations<"ec2"> {
  const { vpcs, subnets, internetGateways, routeTables, natGateways, securityGroups, endpoints, newId } = state;

  return {
    CreateVpc: ({ CidrBlock, InstanceTenancy, TagSpecifications }, { region, account }) => {
      if (CidrBlock === undefined) throw new AwsFault("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.");
      const cidr = parseCidr(CidrBlock);
      if (cidr === undefined) {
        throw invalidValue(`Value (${CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`);
      }
      if (cidr.prefix < 16 || cidr.prefix > 28) throw new AwsFault("InvalidVpc.Range", `The CIDR '${CidrBlock}' is invalid.`);
      const vpc: VpcRecord = {
        id: newId("vpc"),
        tags: tagsFor("vpc", TagSpecifications),
        cidrBlock: formatCidr(cidr),
        associationId: newId("vpc-cidr-assoc"),
        instanceTenancy: InstanceTenancy === "dedicated" ? "dedicated" : "default",
        enableDnsSupport: true,
        enableDnsHostnames: false,
        networkAclId: newId("acl"),
      };
      const routeTableId = newId("rtb");
      state.store.transaction(() => {
        vpcs.put(`${region}/${vpc.id}`, vpc);
        routeTables.put(`${region}/${routeTableId}`, {
          id: routeTableId,
          tags: {},
          vpcId: vpc.id,
          routes: [{ destination: vpc.cidrBlock, target: "local", origin: "CreateRouteTable" }],
          associations: [{ id: newId("rtbassoc"), main: true }],
        });
        createGroup(state, region, account, { groupName: "default", description: "default VPC security group", vpcId: vpc.id, tags: {} });
      });
      return { Vpc: viewVpc(vpc, account) };
    },

    DescribeVpcs: ({ VpcIds, Filters, MaxResults, NextToken }, { region, account }) => {
      const owned = { ...filters, "owner-id": () => [account] };
      const question = { ids: VpcIds, filters: Filters, maxResults: MaxResults, nextToken: NextToken };
      const { records, nextToken } = select(vpcs, region, nouns.vpc, owned, question);
      return { Vpcs: records.map((record) => viewVpc(record, account)), NextToken: nextToken };
    },

    DeleteVpc: ({ VpcId }, { region }) => {
      const vpc = mustFind(vpcs, region, VpcId, nouns.vpc);
      const here = ({ vpcId }: { readonly vpcId?: string }) => vpcId === vpc.id;
      const own = `${region}/`;
      const groups = securityGroups.list(own).filter(here);
      const tables = routeTables.list(own).filter(here);
      const inUse =
        subnets.list(own).some(here) ||
        internetGateways.list(own).some(here) ||
        endpoints.list(own).some(here) ||
        natGateways.list(own).some((nat) => here(nat) && nat.deleteTime === undefined) ||
        groups.some(({ groupName }) => groupName !== "default") ||
        tables.some(({ associations }) => !associations.some(({ main }) => main));
      if (inUse) throw dependencyViolation("vpc", vpc.id);
      state.store.transaction(() => {
        for (const { id } of groups) forgetGroup(state, region, id);
        for (const { id } of tables) routeTables.delete(`${own}${id}`);
        vpcs.delete(`${own}${vpc.id}`);
      });
      return {};
    },

    DescribeVpcAttribute: ({ VpcId, Attribute }, { region }) => {
      const vpc = mustFind(vpcs, region, VpcId, nouns.vpc);
      if (Attribute === "enableDnsSupport") return { VpcId, EnableDnsSupport: { Value: vpc.enableDnsSupport } };
      if (Attribute === "enableDnsHostnames") return { VpcId, EnableDnsHostnames: { Value: vpc.enableDnsHostnames } };
      return { VpcId, EnableNetworkAddressUsageMetrics: { Value: false } };
    },

    ModifyVpcAttribute: ({ VpcId, EnableDnsSupport, EnableDnsHostnames }, { region }) => {
      const vpc = mustFind(vpcs, region, VpcId, nouns.vpc);
      vpcs.put(`${region}/${vpc.id}`, {
        ...vpc,
        enableDnsSupport: EnableDnsSupport?.Value ?? vpc.enableDnsSupport,
        enableDnsHostnames: EnableDnsHostnames?.Value ?? vpc.enableDnsHostnames,
      });
      return {};
    },

    /** One ACL a VPC, the default one, which lets everything through; others cannot be made. */
    DescribeNetworkAcls: ({ NetworkAclIds, Filters }, { region, account }) => {
      const known: Filters<VpcRecord> = {
        "association.subnet-id": ({ id }) => subnetsOf(id, region),
        default: () => ["true"],
        "network-acl-id": ({ networkAclId }) => [networkAclId],
        "owner-id": () => [account],
        "vpc-id": ({ id }) => [id],
      };
      const asked = vpcs
        .list(`${region}/`)
        .filter(({ networkAclId }) => NetworkAclIds?.includes(networkAclId) ?? true)
        .filter((vpc) => matches({ ...vpc, tags: {} }, known, Filters ?? []));
      const entry = (Egress: boolean, RuleNumber: number, RuleAction: "allow" | "deny") => ({
        CidrBlock: "0.0.0.0/0",
        Egress,
        Protocol: "-1",
        RuleAction,
        RuleNumber,
      });
      return {
        NetworkAcls: asked.map((vpc) => ({
          NetworkAclId: vpc.networkAclId,
          VpcId: vpc.id,
          OwnerId: account,
          IsDefault: true,
          Tags: [],
          Entries: [true, false].flatMap((egress) => [entry(egress, 100, "allow"), entry(egress, 32767, "deny")]),
          Associations: subnetsOf(vpc.id, region).map((SubnetId) => ({
            NetworkAclId: vpc.networkAclId,
            NetworkAclAssociationId: SubnetId.replace("subnet-", "aclassoc-"),
            SubnetId,
          })),
        })),
      };
    },
  };

  function subnetsOf(vpcId: string, region: string): string[] {
    return subnets
      .list(`${region}/`)
      .filter((subnet) => subnet.vpcId === vpcId)
      .map(({ id }) => id);
  }
}

function viewVpc(vpc: VpcRecord, account: string): Vpc {
  return {
    VpcId: vpc.id,
    State: "available",
    CidrBlock: vpc.cidrBlock,
    CidrBlockAssociationSet: [{ AssociationId: vpc.associationId, CidrBlock: vpc.cidrBlock, CidrBlockState: { State: "associated" } }],
    DhcpOptionsId: "default",
    InstanceTenancy: vpc.instanceTenancy,
    IsDefault: false,
    OwnerId: account,
    Tags: tagList(vpc.tags),
  };
}
