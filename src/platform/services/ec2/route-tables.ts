/** Route tables and their associations. Records only: nothing routes by them, but what they say is checked as EC2 checks it. */
import type { Route, RouteTable } from "@aws-sdk/client-ec2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { formatCidr, parseCidr } from "./cidr.ts";
import { type Filters, select, tagList, tagsFor } from "./describe.ts";
import { dependencyViolation, invalidValue, mustFind, nouns } from "./faults.ts";
import { prefixListOf } from "./prefix-lists.ts";
import type { Ec2State, RouteRecord, RouteTableRecord } from "./records.ts";

interface RouteInput {
  readonly DestinationCidrBlock?: string;
  readonly DestinationIpv6CidrBlock?: string;
  readonly GatewayId?: string;
  readonly NatGatewayId?: string;
  readonly NetworkInterfaceId?: string;
  readonly VpcPeeringConnectionId?: string;
  readonly TransitGatewayId?: string;
}

const filters = (account: string): Filters<RouteTableRecord> => ({
  "association.gateway-id": () => [],
  "association.main": ({ associations }) => associations.map(({ main }) => String(main)),
  "association.route-table-association-id": ({ associations }) => associations.map(({ id }) => id),
  "association.route-table-id": ({ id, associations }) => (associations.length > 0 ? [id] : []),
  "association.subnet-id": ({ associations }) => associations.map(({ subnetId }) => subnetId),
  "owner-id": () => [account],
  "route-table-id": ({ id }) => [id],
  "route.destination-cidr-block": ({ routes }) => routes.map(({ destination }) => destination),
  "route.gateway-id": ({ routes }) => routes.map(({ target }) => target),
  "route.nat-gateway-id": ({ routes }) => routes.map(({ target }) => (target.startsWith("nat-") ? target : undefined)),
  "route.origin": ({ routes }) => routes.map(({ origin }) => origin),
  "vpc-id": ({ vpcId }) => [vpcId],
});

export function routeTableOperations(state: Ec2State): Operations<"ec2"> {
  const { routeTables, vpcs, subnets, internetGateways, natGateways, newId } = state;
  const put = (region: string, table: RouteTableRecord) => routeTables.put(`${region}/${table.id}`, table);

  /** The one target a route names, checked for being there and in the same VPC. */
  const targetOf = (input: RouteInput, table: RouteTableRecord, region: string): string => {
    const given = [input.GatewayId, input.NatGatewayId, input.NetworkInterfaceId, input.VpcPeeringConnectionId, input.TransitGatewayId];
    const targets = given.filter((target) => target !== undefined && target !== "");
    if (targets.length !== 1) {
      throw new AwsFault(
        "InvalidParameterCombination",
        "Exactly one of gatewayId, natGatewayId, networkInterfaceId or another route target must be given",
      );
    }
    const target = targets[0] as string;
    if (input.NatGatewayId !== undefined) {
      const nat = natGateways.get(`${region}/${target}`);
      if (nat === undefined || nat.deleteTime !== undefined) {
        throw new AwsFault("InvalidNatGatewayID.NotFound", `The natGateway ID '${target}' does not exist`);
      }
    } else if (target.startsWith("igw-")) {
      const gateway = mustFind(internetGateways, region, target, nouns.internetGateway);
      if (gateway.vpcId !== table.vpcId) {
        throw invalidValue(`route table ${table.id} and network gateway ${target} belong to different networks`);
      }
    } else if (input.GatewayId !== undefined && target !== "local") {
      throw new AwsFault("InvalidGatewayID.NotFound", `The gateway ID '${target}' does not exist`);
    } else if (target !== "local") {
      throw new AwsFault(
        "UnsupportedOperation",
        `The local platform has no route target '${target}'; it knows internet gateways and NAT gateways`,
      );
    }
    return target;
  };

  const destinationOf = ({ DestinationCidrBlock, DestinationIpv6CidrBlock }: RouteInput): string => {
    if (DestinationCidrBlock === undefined && DestinationIpv6CidrBlock !== undefined) return DestinationIpv6CidrBlock;
    if (DestinationCidrBlock === undefined)
      throw new AwsFault("MissingParameter", "The request must contain the parameter destinationCidrBlock");
    const cidr = parseCidr(DestinationCidrBlock);
    if (cidr === undefined) {
      throw invalidValue(`Value (${DestinationCidrBlock}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`);
    }
    return formatCidr(cidr);
  };

  const findAssociation = (region: string, associationId: string | undefined) => {
    for (const table of routeTables.list(`${region}/`)) {
      const association = table.associations.find(({ id }) => id === associationId);
      if (association !== undefined) return { table, association };
    }
    throw new AwsFault(nouns.association.code, `The association ID '${associationId}' does not exist`);
  };

  return {
    CreateRouteTable: ({ VpcId, ClientToken, TagSpecifications }, { region, account }) => {
      const vpc = mustFind(vpcs, region, VpcId, nouns.vpc);
      const repeated =
        ClientToken === undefined ? undefined : routeTables.list(`${region}/`).find(({ clientToken }) => clientToken === ClientToken);
      const table: RouteTableRecord = repeated ?? {
        id: newId("rtb"),
        tags: tagsFor("route-table", TagSpecifications),
        clientToken: ClientToken,
        vpcId: vpc.id,
        routes: [{ destination: vpc.cidrBlock, target: "local", origin: "CreateRouteTable" }],
        associations: [],
      };
      put(region, table);
      return { RouteTable: viewTable(state, table, region, account), ClientToken };
    },

    DescribeRouteTables: ({ RouteTableIds, Filters, MaxResults, NextToken }, { region, account }) => {
      const question = { ids: RouteTableIds, filters: Filters, maxResults: MaxResults, nextToken: NextToken };
      const { records, nextToken } = select(routeTables, region, nouns.routeTable, filters(account), question);
      return { RouteTables: records.map((record) => viewTable(state, record, region, account)), NextToken: nextToken };
    },

    DeleteRouteTable: ({ RouteTableId }, { region }) => {
      const table = mustFind(routeTables, region, RouteTableId, nouns.routeTable);
      if (table.associations.length > 0) throw dependencyViolation("routeTable", table.id);
      routeTables.delete(`${region}/${table.id}`);
      return {};
    },

    CreateRoute: (input, { region }) => {
      const table = mustFind(routeTables, region, input.RouteTableId, nouns.routeTable);
      const destination = destinationOf(input);
      const target = targetOf(input, table, region);
      const existing = table.routes.find((route) => route.destination === destination);
      if (existing !== undefined && existing.target !== target) {
        throw new AwsFault("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
      }
      if (existing === undefined) put(region, { ...table, routes: [...table.routes, { destination, target, origin: "CreateRoute" }] });
      return { Return: true };
    },

    ReplaceRoute: (input, { region }) => {
      const table = mustFind(routeTables, region, input.RouteTableId, nouns.routeTable);
      const destination = destinationOf(input);
      const target = targetOf(input, table, region);
      if (!table.routes.some((route) => route.destination === destination)) throw routeNotFound(destination, table.id);
      const routes = table.routes.map((route): RouteRecord => (route.destination === destination ? { ...route, target } : route));
      put(region, { ...table, routes });
      return {};
    },

    DeleteRoute: (input, { region }) => {
      const table = mustFind(routeTables, region, input.RouteTableId, nouns.routeTable);
      const destination = destinationOf(input);
      const route = table.routes.find((candidate) => candidate.destination === destination);
      if (route === undefined) throw routeNotFound(destination, table.id);
      if (route.target === "local") throw invalidValue(`cannot remove local route ${destination} in route table ${table.id}`);
      put(region, { ...table, routes: table.routes.filter((candidate) => candidate !== route) });
      return {};
    },

    AssociateRouteTable: ({ RouteTableId, SubnetId }, { region }) => {
      const table = mustFind(routeTables, region, RouteTableId, nouns.routeTable);
      const subnet = mustFind(subnets, region, SubnetId, nouns.subnet);
      if (subnet.vpcId !== table.vpcId) {
        throw invalidValue(`Route table ${table.id} and subnet ${subnet.id} belong to different networks`);
      }
      for (const other of routeTables.list(`${region}/`)) {
        const association = other.associations.find(({ subnetId }) => subnetId === subnet.id);
        if (association === undefined) continue;
        if (other.id === table.id) return { AssociationId: association.id, AssociationState: { State: "associated" } };
        throw new AwsFault(
          "Resource.AlreadyAssociated",
          `the specified association for route table ${table.id} conflicts with an existing association`,
        );
      }
      const id = newId("rtbassoc");
      put(region, { ...table, associations: [...table.associations, { id, subnetId: subnet.id, main: false }] });
      return { AssociationId: id, AssociationState: { State: "associated" } };
    },

    ReplaceRouteTableAssociation: ({ AssociationId, RouteTableId }, { region }) => {
      const { table, association } = findAssociation(region, AssociationId);
      const wanted = mustFind(routeTables, region, RouteTableId, nouns.routeTable);
      const id = newId("rtbassoc");
      state.store.transaction(() => {
        const kept = { ...table, associations: table.associations.filter((candidate) => candidate !== association) };
        put(region, kept);
        const next = wanted.id === table.id ? kept : wanted;
        put(region, { ...next, associations: [...next.associations, { ...association, id }] });
      });
      return { NewAssociationId: id, AssociationState: { State: "associated" } };
    },

    DisassociateRouteTable: ({ AssociationId }, { region }) => {
      const { table, association } = findAssociation(region, AssociationId);
      if (association.main) throw invalidValue(`cannot disassociate the main route table association ${association.id}`);
      put(region, { ...table, associations: table.associations.filter((candidate) => candidate !== association) });
      return {};
    },
  };
}

function routeNotFound(destination: string, tableId: string): AwsFault {
  return new AwsFault("InvalidRoute.NotFound", `no route with destination-cidr-block ${destination} in route table ${tableId}`);
}

function viewTable(state: Ec2State, table: RouteTableRecord, region: string, account: string): RouteTable {
  const gatewayEndpoints = state.endpoints.list(`${region}/`).filter(({ routeTableIds }) => routeTableIds.includes(table.id));
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: account,
    Routes: [
      ...table.routes.map((route) => viewRoute(state, route, table, region)),
      // A gateway endpoint puts a route to its service's prefix list into the tables it is associated with.
      ...gatewayEndpoints.map(
        ({ id, serviceName }): Route => ({
          DestinationPrefixListId: prefixListOf(region, serviceName)?.id,
          GatewayId: id,
          State: "active",
          Origin: "CreateRoute",
        }),
      ),
    ],
    Associations: table.associations.map(({ id, subnetId, main }) => ({
      RouteTableAssociationId: id,
      RouteTableId: table.id,
      SubnetId: subnetId,
      Main: main,
      AssociationState: { State: "associated" },
    })),
    PropagatingVgws: [],
    Tags: tagList(table.tags),
  };
}

/** A route whose target is gone is a black hole. */
function viewRoute(
  { natGateways, internetGateways }: Ec2State,
  { destination, target, origin }: RouteRecord,
  table: RouteTableRecord,
  region: string,
): Route {
  const place = `${region}/${target}`;
  const nat = target.startsWith("nat-") ? natGateways.get(place) : undefined;
  const there =
    target === "local" || (nat !== undefined && nat.deleteTime === undefined) || internetGateways.get(place)?.vpcId === table.vpcId;
  return {
    ...(destination.includes(":") ? { DestinationIpv6CidrBlock: destination } : { DestinationCidrBlock: destination }),
    ...(target.startsWith("nat-") ? { NatGatewayId: target } : { GatewayId: target }),
    Origin: origin,
    State: there ? "active" : "blackhole",
  };
}
