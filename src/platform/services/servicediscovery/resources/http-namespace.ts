import type { ResourceType } from "../../resource-type.ts";
import { deleteWhenFree, tagList, text } from "../../resource-work.ts";
import { discovery, finished, retag } from "./discovery-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::ServiceDiscovery::HttpNamespace. `Ref` is its id. */
export const httpNamespace: ResourceType = {
  type: "AWS::ServiceDiscovery::HttpNamespace",
  schema: schemas["AWS::ServiceDiscovery::HttpNamespace"],

  async create(request) {
    const Tags = tagList(request);
    const { OperationId } = await discovery(request)("CreateHttpNamespace", {
      Name: text(request.properties, "Name"),
      Description: text(request.properties, "Description"),
      CreatorRequestId: request.token,
      ...(Tags.length > 0 ? { Tags } : {}),
    });
    const Id = await finished(request, OperationId, "NAMESPACE");
    const { Namespace } = await discovery(request)("GetNamespace", { Id });
    return { physicalId: Id, attributes: { Id, Arn: Namespace?.Arn ?? "" } };
  },

  async update(request, current) {
    const { OperationId } = await discovery(request)("UpdateHttpNamespace", {
      Id: current.physicalId,
      Namespace: { Description: text(request.properties, "Description") ?? "" },
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
