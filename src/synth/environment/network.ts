/** The network: public subnets with a way in and out, private ones with a way out, or the existing network's ids. */
import type { ResolvedEnvironment, ResolvedVpc } from "../../manifest/resolved.ts";
import { tagList } from "../tags.ts";
import { getAtt, join, ref, select, type TemplateBuilder, type Value } from "../template.ts";
import { synthesizeEndpoints } from "./endpoints.ts";
import { synthesizeFlowLogs } from "./logging.ts";
import { subnetRanges } from "./subnet-ranges.ts";

export interface Network {
  readonly id: Value;
  readonly cidr: string;
  /** Comma-separated ids. */
  readonly publicSubnets: readonly Value[];
  readonly privateSubnets: readonly Value[];
}

export function synthesizeNetwork(environment: ResolvedEnvironment, template: TemplateBuilder): Network {
  const { vpc } = environment;
  if ("id" in vpc) return { id: vpc.id, cidr: vpc.cidr, publicSubnets: vpc.publicSubnets, privateSubnets: vpc.privateSubnets };
  return createNetwork(environment, vpc, template);
}

function createNetwork(environment: ResolvedEnvironment, vpc: Exclude<ResolvedVpc, { id: string }>, template: TemplateBuilder): Network {
  const tags = (name: string): Value => tagList({ ...environment.tags, Name: `fsd-${environment.name}${name === "" ? "" : `-${name}`}` });
  const id = template.resource("Vpc", {
    Type: "AWS::EC2::VPC",
    Properties: { CidrBlock: vpc.cidr, EnableDnsHostnames: true, EnableDnsSupport: true, Tags: tags("") },
  });
  const gateway = template.resource("InternetGateway", { Type: "AWS::EC2::InternetGateway", Properties: { Tags: tags("") } });
  template.resource("InternetGatewayAttachment", {
    Type: "AWS::EC2::VPCGatewayAttachment",
    Properties: { VpcId: id, InternetGatewayId: gateway },
  });
  const publicRoutes = template.resource("PublicRouteTable", {
    Type: "AWS::EC2::RouteTable",
    Properties: { VpcId: id, Tags: tags("public") },
  });
  template.resource("PublicDefaultRoute", {
    Type: "AWS::EC2::Route",
    DependsOn: ["InternetGatewayAttachment"],
    Properties: { RouteTableId: publicRoutes, DestinationCidrBlock: "0.0.0.0/0", GatewayId: gateway },
  });
  const zones = Array.from({ length: vpc.availabilityZones }, (_, index) => index);
  const ranges = subnetRanges(vpc.cidr);
  const subnet = (kind: "Public" | "Private", zone: number, routes: Value): Value => {
    const name = `${kind}Subnet${zone + 1}`;
    const own = template.resource(name, {
      Type: "AWS::EC2::Subnet",
      Properties: {
        VpcId: id,
        AvailabilityZone: select(zone, { "Fn::GetAZs": "" }),
        CidrBlock: (kind === "Public" ? ranges.public : ranges.private)[zone],
        MapPublicIpOnLaunch: false,
        Tags: tags(`${kind.toLowerCase()}-${zone + 1}`),
      },
    });
    template.resource(`${name}Routes`, {
      Type: "AWS::EC2::SubnetRouteTableAssociation",
      Properties: { SubnetId: own, RouteTableId: routes },
    });
    return own;
  };
  const publicSubnets = zones.map((zone) => subnet("Public", zone, publicRoutes));
  const privateSubnets = zones.map((zone) => {
    // A table for each zone, so that `single` becomes `per-az` by changing routes only.
    const routes = template.resource(`PrivateRouteTable${zone + 1}`, {
      Type: "AWS::EC2::RouteTable",
      Properties: { VpcId: id, Tags: tags(`private-${zone + 1}`) },
    });
    return subnet("Private", zone, routes);
  });
  if (vpc.nat === "single" || vpc.nat === "per-az") {
    const gateways = (vpc.nat === "single" ? [0] : zones).map((zone) => {
      template.resource(`NatAddress${zone + 1}`, {
        Type: "AWS::EC2::EIP",
        DependsOn: ["InternetGatewayAttachment"],
        Properties: { Domain: "vpc", Tags: tags(`nat-${zone + 1}`) },
      });
      return template.resource(`NatGateway${zone + 1}`, {
        Type: "AWS::EC2::NatGateway",
        Properties: {
          AllocationId: getAtt(`NatAddress${zone + 1}`, "AllocationId"),
          SubnetId: publicSubnets[zone],
          Tags: tags(`nat-${zone + 1}`),
        },
      });
    });
    for (const zone of zones) {
      template.resource(`PrivateDefaultRoute${zone + 1}`, {
        Type: "AWS::EC2::Route",
        Properties: {
          RouteTableId: ref(`PrivateRouteTable${zone + 1}`),
          DestinationCidrBlock: "0.0.0.0/0",
          NatGatewayId: gateways[zone] ?? gateways[0],
        },
      });
    }
  }
  if (vpc.nat === "endpoints") synthesizeEndpoints(environment, id, vpc.cidr, privateSubnets, vpc.endpoints, template);
  if (vpc.flowLogs) synthesizeFlowLogs(environment, id, template);
  return { id, cidr: vpc.cidr, publicSubnets, privateSubnets };
}

/** A list of ids as Parameter Store keeps it. */
export function commaSeparated(ids: readonly Value[]): Value {
  return ids.every((id) => typeof id === "string") ? ids.join(",") : join(",", ids);
}
