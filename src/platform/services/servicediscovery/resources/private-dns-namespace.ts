import { isObject } from "../../../../kit/json.ts";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { deleteWhenFree, tagList, text } from "../../resource-work.ts";
import { discovery, finished, retag } from "./discovery-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::ServiceDiscovery::PrivateDnsNamespace. `Ref` is its id. */
export const privateDnsNamespace: ResourceType = {
  type: "AWS::ServiceDiscovery::PrivateDnsNamespace",
  schema: schemas["AWS::ServiceDiscovery::PrivateDnsNamespace"],

  async create(request) {
    const { properties } = request;
    const ttl = recordTtl(request);
    const Tags = tagList(request);
    const { OperationId } = await discovery(request)("CreatePrivateDnsNamespace", {
      Name: text(properties, "Name"),
      Vpc: text(properties, "Vpc"),
      Description: text(properties, "Description"),
      CreatorRequestId: request.token,
      ...(ttl === undefined ? {} : { Properties: { DnsProperties: { SOA: { TTL: ttl } } } }),
      ...(Tags.length > 0 ? { Tags } : {}),
    });
    return describe(request, await finished(request, OperationId, "NAMESPACE"));
  },

  async update(request, current) {
    const ttl = recordTtl(request);
    const { OperationId } = await discovery(request)("UpdatePrivateDnsNamespace", {
      Id: current.physicalId,
      Namespace: {
        Description: text(request.properties, "Description") ?? "",
        ...(ttl === undefined ? {} : { Properties: { DnsProperties: { SOA: { TTL: ttl } } } }),
      },
    });
    await finished(request, OperationId, "NAMESPACE");
    await retag(request, String(current.attributes.Arn));
    return current;
  },

  async delete(request, { physicalId }) {
    await deleteWhenFree(request, { busy: /^ResourceInUse/, gone: /^NamespaceNotFound/ }, async () => {
      const { OperationId } = await discovery(request)("DeleteNamespace", { Id: physicalId });
      await finished(request, OperationId, "NAMESPACE");
    });
  },
};

function recordTtl({ properties }: ResourceRequest): number | undefined {
  const dns = isObject(properties.Properties) ? properties.Properties.DnsProperties : undefined;
  const soa = isObject(dns) ? dns.SOA : undefined;
  return isObject(soa) && typeof soa.TTL === "number" ? soa.TTL : undefined;
}

async function describe(request: ResourceRequest, Id: string): Promise<ResourceState> {
  const { Namespace } = await discovery(request)("GetNamespace", { Id });
  return {
    physicalId: Id,
    attributes: { Id, Arn: Namespace?.Arn ?? "", HostedZoneId: Namespace?.Properties?.DnsProperties?.HostedZoneId ?? "" },
  };
}
