/** Internet gateways. Records only: the network of the tasks reaches out through the host. */
import type { AttachmentStatus, InternetGateway } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { type Filters, select, tagList, tagsFor } from "./describe.ts";
import { dependencyViolation, mustFind, nouns } from "./faults.ts";
import type { Ec2State, InternetGatewayRecord } from "./records.ts";

const filters = (account: string): Filters<InternetGatewayRecord> => ({
  "attachment.state": ({ vpcId }) => (vpcId === undefined ? [] : ["available"]),
  "attachment.vpc-id": ({ vpcId }) => [vpcId],
  "internet-gateway-id": ({ id }) => [id],
  "owner-id": () => [account],
});

export function internetGatewayOperations({ internetGateways, vpcs, natGateways, newId }: Ec2State): Operations<"ec2"> {
  const view = ({ id, tags, vpcId }: InternetGatewayRecord, account: string): InternetGateway => ({
    InternetGatewayId: id,
    Attachments: vpcId === undefined ? [] : [{ State: "available" as AttachmentStatus, VpcId: vpcId }],
    OwnerId: account,
    Tags: tagList(tags),
  });

  return {
    CreateInternetGateway: ({ TagSpecifications }, { region, account }) => {
      const gateway = { id: newId("igw"), tags: tagsFor("internet-gateway", TagSpecifications) };
      internetGateways.put(`${region}/${gateway.id}`, gateway);
      return { InternetGateway: view(gateway, account) };
    },

    AttachInternetGateway: ({ InternetGatewayId, VpcId }, { region }) => {
      const gateway = mustFind(internetGateways, region, InternetGatewayId, nouns.internetGateway);
      const vpc = mustFind(vpcs, region, VpcId, nouns.vpc);
      if (gateway.vpcId !== undefined) {
        throw new AwsFault("Resource.AlreadyAssociated", `resource ${gateway.id} is already attached to network ${gateway.vpcId}`);
      }
      const other = internetGateways.list(`${region}/`).find(({ vpcId }) => vpcId === vpc.id);
      if (other !== undefined) {
        throw new AwsFault("InvalidParameterValue", `Network ${vpc.id} already has an internet gateway attached`);
      }
      internetGateways.put(`${region}/${gateway.id}`, { ...gateway, vpcId: vpc.id });
      return {};
    },

    DetachInternetGateway: ({ InternetGatewayId, VpcId }, { region }) => {
      const gateway = mustFind(internetGateways, region, InternetGatewayId, nouns.internetGateway);
      if (gateway.vpcId === undefined || gateway.vpcId !== VpcId) {
        throw new AwsFault("Gateway.NotAttached", `resource ${gateway.id} is not attached to network ${VpcId}`);
      }
      const mapped = natGateways
        .list(`${region}/`)
        .some(({ vpcId, publicIp, deleteTime }) => vpcId === VpcId && publicIp !== undefined && deleteTime === undefined);
      if (mapped) {
        throw new AwsFault(
          "DependencyViolation",
          `Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
        );
      }
      internetGateways.put(`${region}/${gateway.id}`, { id: gateway.id, tags: gateway.tags });
      return {};
    },

    DescribeInternetGateways: ({ InternetGatewayIds, Filters, MaxResults, NextToken }, { region, account }) => {
      const question = { ids: InternetGatewayIds, filters: Filters, maxResults: MaxResults, nextToken: NextToken };
      const { records, nextToken } = select(internetGateways, region, nouns.internetGateway, filters(account), question);
      return { InternetGateways: records.map((record) => view(record, account)), NextToken: nextToken };
    },

    DeleteInternetGateway: ({ InternetGatewayId }, { region }) => {
      const gateway = mustFind(internetGateways, region, InternetGatewayId, nouns.internetGateway);
      if (gateway.vpcId !== undefined) throw dependencyViolation("internetGateway", gateway.id);
      internetGateways.delete(`${region}/${gateway.id}`);
      return {};
    },
  };
}
