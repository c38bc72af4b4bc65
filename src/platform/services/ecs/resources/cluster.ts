import type { CreateClusterRequest, PutClusterCapacityProvidersRequest, UpdateClusterRequest } from "@aws-sdk/client-ecs";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { apiInput, changed, deleteWhenFree, generatedName, list, text } from "../../resource-work.ts";
import { ecs, ecsTags, retag } from "./ecs-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ECS::Cluster"];
const CAPACITY = ["CapacityProviders", "DefaultCapacityProviderStrategy"];

/** AWS::ECS::Cluster. `Ref` is the cluster's name. */
export const cluster: ResourceType = {
  type: "AWS::ECS::Cluster",
  schema,

  async create(request) {
    const { properties } = request;
    const clusterName = text(properties, "ClusterName") ?? generatedName(request, 255);
    const input = apiInput<CreateClusterRequest>(properties, schema, "camel", [...CAPACITY, "Configuration", "ServiceConnectDefaults"]);
    const { cluster: made } = await ecs(request)("CreateCluster", { ...input, ...settings(request), clusterName, ...ecsTags(request) });
    return { physicalId: clusterName, attributes: { Arn: made?.clusterArn ?? "" } };
  },

  async update(request, current, previous) {
    const { properties } = request;
    const input = apiInput<UpdateClusterRequest>(properties, schema, "camel", ["Configuration", "ServiceConnectDefaults"]);
    if (["ClusterSettings", "Configuration", "ServiceConnectDefaults"].some((name) => changed(name, properties, previous)))
      await ecs(request)("UpdateCluster", { ...input, ...settings(request), cluster: current.physicalId });
    if (CAPACITY.some((name) => changed(name, properties, previous)))
      await ecs(request)("PutClusterCapacityProviders", { cluster: current.physicalId, ...capacity(request) });
    await retag(request, text(current.attributes, "Arn") ?? "");
    return current;
  },

  async delete(request, { physicalId }) {
    const codes = { busy: /^ClusterContains|^UpdateInProgress|^ResourceInUse/, gone: /^ClusterNotFound/ };
    await deleteWhenFree(request, codes, () => ecs(request)("DeleteCluster", { cluster: physicalId }));
  },

  async find(request) {
    const name = text(request.properties, "ClusterName");
    if (name === undefined) return undefined;
    const { clusters: [found] = [] } = await ecs(request)("DescribeClusters", { clusters: [name] });
    return found?.status === "ACTIVE" ? { physicalId: name, attributes: { Arn: found.clusterArn ?? "" } } : undefined;
  },
};

/** AWS::ECS::ClusterCapacityProviderAssociations. `Ref` is the cluster as the template names it. */
export const clusterCapacityProviderAssociations: ResourceType = {
  type: "AWS::ECS::ClusterCapacityProviderAssociations",
  schema: schemas["AWS::ECS::ClusterCapacityProviderAssociations"],

  create: associate,
  update: associate,

  async delete(request, { physicalId }) {
    const codes = { busy: /^ResourceInUse|^UpdateInProgress/, gone: /^ClusterNotFound/ };
    await deleteWhenFree(request, codes, () =>
      ecs(request)("PutClusterCapacityProviders", { cluster: physicalId, capacityProviders: [], defaultCapacityProviderStrategy: [] }),
    );
  },
};

async function associate(request: ResourceRequest): Promise<ResourceState> {
  const name = text(request.properties, "Cluster") ?? "";
  await ecs(request)("PutClusterCapacityProviders", { cluster: name, ...capacity(request) });
  return { physicalId: name, attributes: {} };
}

function capacity({
  properties,
}: ResourceRequest): Pick<PutClusterCapacityProvidersRequest, "capacityProviders" | "defaultCapacityProviderStrategy"> {
  const associations = schemas["AWS::ECS::ClusterCapacityProviderAssociations"];
  return {
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    ...apiInput<Partial<PutClusterCapacityProvidersRequest>>(properties, associations, "camel", CAPACITY),
  };
}

function settings({ properties }: ResourceRequest): Pick<CreateClusterRequest, "settings"> {
  if (list(properties, "ClusterSettings").length === 0) return {};
  const { clusterSettings } = apiInput<{ clusterSettings: CreateClusterRequest["settings"] }>(properties, schema, "camel", [
    "ClusterSettings",
  ]);
  return { settings: clusterSettings };
}
