import type { CreateRouteRequest } from "@aws-sdk/client-ec2";
import type { Properties, ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { apiInput, text, unless, unlessMadeBefore } from "../../resource-work.ts";
import { ec2 } from "./ec2-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::EC2::Route"];

/** AWS::EC2::Route. `Ref` is `<route table id>|<destination>`. */
export const route: ResourceType = {
  type: "AWS::EC2::Route",
  schema,

  async create(request) {
    const input = apiInput<CreateRouteRequest>(request.properties, schema, "same");
    const isNew = await unlessMadeBefore(request, /^RouteAlreadyExists$/, () => ec2(request)("CreateRoute", input));
    return isNew ? state(request.properties) : replace(request);
  },

  update: replace,

  async delete(request) {
    const { properties } = request;
    await unless(/NotFound$/, () =>
      ec2(request)("DeleteRoute", {
        RouteTableId: text(properties, "RouteTableId"),
        DestinationCidrBlock: text(properties, "DestinationCidrBlock"),
        DestinationIpv6CidrBlock: text(properties, "DestinationIpv6CidrBlock"),
        DestinationPrefixListId: text(properties, "DestinationPrefixListId"),
      }),
    );
  },
};

async function replace(request: ResourceRequest): Promise<ResourceState> {
  await ec2(request)("ReplaceRoute", apiInput<CreateRouteRequest>(request.properties, schema, "same"));
  return state(request.properties);
}

function state(properties: Properties): ResourceState {
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId, RouteTableId } = properties;
  const destination = String(DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? DestinationPrefixListId ?? "");
  return { physicalId: `${String(RouteTableId)}|${destination}`, attributes: { CidrBlock: destination } };
}
