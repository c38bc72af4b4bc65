import type { CreateServiceRequest, ServiceChange } from "@aws-sdk/client-servicediscovery";
import type { ResourceType } from "../../resource-type.ts";
import { apiInput, deleteWhenFree, generatedName, tagList, text } from "../../resource-work.ts";
import { discovery, finished, retag } from "./discovery-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ServiceDiscovery::Service"];

/** AWS::ServiceDiscovery::Service. `Ref` is its id. */
export const discoveryService: ResourceType = {
  type: "AWS::ServiceDiscovery::Service",
  schema,

  async create(request) {
    const { Tags: _, ServiceAttributes: _attributes, ...properties } = request.properties;
    const Name = text(properties, "Name") ?? generatedName(request, 63);
    const Tags = tagList(request);
    const { Service } = await discovery(request)("CreateService", {
      ...apiInput<CreateServiceRequest>(properties, schema, "same"),
      Name,
      CreatorRequestId: request.token,
      ...(Tags.length > 0 ? { Tags } : {}),
    });
    const id = Service?.Id ?? "";
    return { physicalId: id, attributes: { Id: id, Arn: Service?.Arn ?? "", Name } };
  },

  async update(request, current) {
    const change = apiInput<ServiceChange>(request.properties, schema, "same", ["DnsConfig", "HealthCheckConfig"]);
    const records = change.DnsConfig?.DnsRecords;
    const { OperationId } = await discovery(request)("UpdateService", {
      Id: current.physicalId,
      Service: {
        Description: text(request.properties, "Description") ?? "",
        ...(records === undefined ? {} : { DnsConfig: { DnsRecords: records } }),
        ...(change.HealthCheckConfig === undefined ? {} : { HealthCheckConfig: change.HealthCheckConfig }),
      },
    });
    await finished(request, OperationId, "SERVICE");
    await retag(request, String(current.attributes.Arn));
    return current;
  },

  async delete(request, { physicalId }) {
    const codes = { busy: /^ResourceInUse/, gone: /^ServiceNotFound/ };
    await deleteWhenFree(request, codes, () => discovery(request)("DeleteService", { Id: physicalId }));
  },
};
