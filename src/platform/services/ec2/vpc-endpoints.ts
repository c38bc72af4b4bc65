/** VPC endpoints. Records only: the platform's own services answer at its endpoint, wherever a task runs. */
import type { State, VpcEndpoint } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { type Filters, select, tagList, tagsFor } from "./describe.ts";
import { invalidValue, mustFind, nouns } from "./faults.ts";
import { prefixListOf } from "./prefix-lists.ts";
import type { Ec2State, VpcEndpointRecord } from "./records.ts";
import { takeAddress } from "./subnets.ts";

const filters: Filters<VpcEndpointRecord> = {
  "service-name": ({ serviceName }) => [serviceName],
  "vpc-endpoint-id": ({ id }) => [id],
  "vpc-endpoint-state": () => ["available"],
  "vpc-endpoint-type": ({ vpcEndpointType }) => [vpcEndpointType],
  "vpc-id": ({ vpcId }) => [vpcId],
};

const OPEN_POLICY = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}';

export function vpcEndpointOperations(state: Ec2State): Operations<"ec2"> {
  const { endpoints, vpcs, subnets, routeTables, securityGroups, clock, newId } = state;

  const defaultGroup = (region: string, vpcId: string): string[] =>
    securityGroups
      .list(`${region}/`)
      .filter((group) => group.vpcId === vpcId && group.groupName === "default")
      .map(({ id }) => id);

  /** Gives the endpoint one interface in each of its subnets, keeping those it has. Runs in a transaction, address by address. */
  const withInterfaces = (endpoint: VpcEndpointRecord, region: string): VpcEndpointRecord => {
    let current: VpcEndpointRecord = {
      ...endpoint,
      networkInterfaces: endpoint.networkInterfaces.filter(({ subnetId }) => endpoint.subnetIds.includes(subnetId)),
    };
    for (const subnetId of endpoint.subnetIds) {
      if (current.networkInterfaces.some((networkInterface) => networkInterface.subnetId === subnetId)) continue;
      const added = { id: newId("eni"), subnetId, privateIp: takeAddress(state, region, subnetId) };
      current = { ...current, networkInterfaces: [...current.networkInterfaces, added] };
    }
    return current;
  };

  return {
    CreateVpcEndpoint: (input, { region, account }) => {
      const { VpcId, ServiceName = "", VpcEndpointType, ClientToken, RouteTableIds = [], SubnetIds = [], SecurityGroupIds } = input;
      const repeated =
        ClientToken === undefined ? undefined : endpoints.list(`${region}/`).find(({ clientToken }) => clientToken === ClientToken);
      if (repeated !== undefined) return { VpcEndpoint: view(repeated, region, account), ClientToken };
      const vpc = mustFind(vpcs, region, VpcId, nouns.vpc);
      const type = VpcEndpointType ?? "Gateway";
      if (type !== "Interface" && type !== "Gateway") throw invalidValue(`The local platform has no endpoints of type ${type}`);
      if (!serviceNames(region).includes(ServiceName)) {
        throw new AwsFault("InvalidServiceName", `The Vpc Endpoint Service '${ServiceName}' does not exist`);
      }
      if (type === "Gateway" && prefixListOf(region, ServiceName) === undefined) {
        throw new AwsFault("InvalidParameter", `The service '${ServiceName}' does not support endpoints of type Gateway`);
      }
      for (const id of RouteTableIds) mustFind(routeTables, region, id, nouns.routeTable);
      for (const id of SecurityGroupIds ?? []) mustFind(securityGroups, region, id, nouns.securityGroup);
      for (const id of SubnetIds) {
        if (mustFind(subnets, region, id, nouns.subnet).vpcId !== vpc.id) throw invalidValue(`Subnet ${id} is not in VPC ${vpc.id}`);
      }
      const endpoint = withInterfaces(
        {
          id: newId("vpce"),
          tags: tagsFor("vpc-endpoint", input.TagSpecifications),
          clientToken: ClientToken,
          vpcId: vpc.id,
          vpcEndpointType: type,
          serviceName: ServiceName,
          policyDocument: input.PolicyDocument,
          routeTableIds: type === "Gateway" ? RouteTableIds : [],
          subnetIds: type === "Interface" ? SubnetIds : [],
          securityGroupIds: type === "Interface" ? (SecurityGroupIds ?? defaultGroup(region, vpc.id)) : [],
          networkInterfaces: [],
          privateDnsEnabled: type === "Interface" && (input.PrivateDnsEnabled ?? true),
          creationTimestamp: clock.now(),
        },
        region,
      );
      endpoints.put(`${region}/${endpoint.id}`, endpoint);
      return { VpcEndpoint: view(endpoint, region, account), ClientToken };
    },

    DescribeVpcEndpoints: ({ VpcEndpointIds, Filters, MaxResults, NextToken }, { region, account }) => {
      const question = { ids: VpcEndpointIds, filters: Filters, maxResults: MaxResults, nextToken: NextToken };
      const { records, nextToken } = select(endpoints, region, nouns.vpcEndpoint, filters, question);
      return { VpcEndpoints: records.map((record) => view(record, region, account)), NextToken: nextToken };
    },

    ModifyVpcEndpoint: (input, { region }) => {
      const endpoint = mustFind(endpoints, region, input.VpcEndpointId, nouns.vpcEndpoint);
      const edited = (current: readonly string[], add: readonly string[] = [], remove: readonly string[] = []) => [
        ...new Set([...current.filter((id) => !remove.includes(id)), ...add]),
      ];
      for (const id of input.AddRouteTableIds ?? []) mustFind(routeTables, region, id, nouns.routeTable);
      for (const id of input.AddSubnetIds ?? []) mustFind(subnets, region, id, nouns.subnet);
      for (const id of input.AddSecurityGroupIds ?? []) mustFind(securityGroups, region, id, nouns.securityGroup);
      const changed: VpcEndpointRecord = {
        ...endpoint,
        policyDocument: input.ResetPolicy ? undefined : (input.PolicyDocument ?? endpoint.policyDocument),
        routeTableIds: edited(endpoint.routeTableIds, input.AddRouteTableIds, input.RemoveRouteTableIds),
        subnetIds: edited(endpoint.subnetIds, input.AddSubnetIds, input.RemoveSubnetIds),
        securityGroupIds: edited(endpoint.securityGroupIds, input.AddSecurityGroupIds, input.RemoveSecurityGroupIds),
        privateDnsEnabled: input.PrivateDnsEnabled ?? endpoint.privateDnsEnabled,
      };
      endpoints.put(`${region}/${endpoint.id}`, withInterfaces(changed, region));
      return { Return: true };
    },

    DeleteVpcEndpoints: ({ VpcEndpointIds = [] }, { region }) => ({
      Unsuccessful: VpcEndpointIds.filter((id) => !endpoints.delete(`${region}/${id}`)).map((id) => ({
        ResourceId: id,
        Error: { Code: nouns.vpcEndpoint.code, Message: `The Vpc Endpoint Id '${id}' does not exist` },
      })),
    }),

    DescribeVpcEndpointServices: ({ ServiceNames, Filters }, { region }) => {
      const known = serviceNames(region);
      const unknown = ServiceNames?.find((name) => !known.includes(name));
      if (unknown !== undefined) throw new AwsFault("InvalidServiceName", `The Vpc Endpoint Service '${unknown}' does not exist`);
      const wanted = (name: string) => Filters?.find((filter) => filter.Name === name)?.Values;
      const details = known
        .filter((name) => (ServiceNames?.includes(name) ?? true) && (wanted("service-name")?.includes(name) ?? true))
        .flatMap((ServiceName) => {
          const types = prefixListOf(region, ServiceName) === undefined ? (["Interface"] as const) : (["Gateway", "Interface"] as const);
          return types.map((ServiceType) => ({
            ServiceName,
            ServiceType: [{ ServiceType }],
            Owner: "amazon",
            AcceptanceRequired: false,
            ManagesVpcEndpoints: false,
            VpcEndpointPolicySupported: true,
            Tags: [],
          }));
        })
        .filter(({ ServiceType }) => wanted("service-type")?.includes(ServiceType[0]?.ServiceType ?? "") ?? true);
      return { ServiceNames: [...new Set(details.map(({ ServiceName }) => ServiceName))], ServiceDetails: details };
    },
  };
}

const SERVICES =
  "application-autoscaling autoscaling cloudformation dynamodb ec2 ec2messages ecr.api ecr.dkr ecs ecs-agent ecs-telemetry elasticloadbalancing events execute-api kafka kinesis-streams kms lambda logs monitoring rds s3 secretsmanager servicediscovery sns sqs ssm ssmmessages states sts xray";

function serviceNames(region: string): string[] {
  return SERVICES.split(" ").map((service) => `com.amazonaws.${region}.${service}`);
}

function view(endpoint: VpcEndpointRecord, region: string, account: string): VpcEndpoint {
  const host = endpoint.serviceName.split(".").slice(3).reverse().join(".");
  return {
    VpcEndpointId: endpoint.id,
    VpcEndpointType: endpoint.vpcEndpointType,
    VpcId: endpoint.vpcId,
    ServiceName: endpoint.serviceName,
    // The model spells it with a capital, the service does not.
    State: "available" as State,
    PolicyDocument: endpoint.policyDocument ?? OPEN_POLICY,
    RouteTableIds: [...endpoint.routeTableIds],
    SubnetIds: [...endpoint.subnetIds],
    Groups: endpoint.securityGroupIds.map((GroupId) => ({ GroupId })),
    PrivateDnsEnabled: endpoint.privateDnsEnabled,
    RequesterManaged: false,
    NetworkInterfaceIds: endpoint.networkInterfaces.map(({ id }) => id),
    DnsEntries: endpoint.vpcEndpointType === "Interface" ? [{ DnsName: `${endpoint.id}.${host}.${region}.vpce.amazonaws.com` }] : [],
    CreationTimestamp: new Date(endpoint.creationTimestamp),
    OwnerId: account,
    Tags: tagList(endpoint.tags),
  };
}
