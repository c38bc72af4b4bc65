/**
 * AWS::ECS::TaskSet and AWS::ECS::PrimaryTaskSet: task sets of a service with the deployment controller EXTERNAL, deployed by
 * whoever updates the stack. A task set is complete when it is in STEADY_STATE; that no other takes its place is as by the API.
 */
import type { CreateTaskSetRequest, NetworkConfiguration, Scale, TaskSet } from "@aws-sdk/client-ecs";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { apiInput, text, unless } from "../../resource-work.ts";
import { ecs, ecsTags, retag } from "./ecs-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ECS::TaskSet"];
const GONE = /^(TaskSetNotFound|ServiceNotFound|ServiceNotActive|ClusterNotFound)/;

type Owner = { readonly cluster: string; readonly service: string };

function ownerOf({ properties }: Pick<ResourceRequest, "properties">): Owner {
  return { cluster: text(properties, "Cluster") ?? "", service: text(properties, "Service") ?? "" };
}

/** `Ref` is the identifier of three parts; templates use `!GetAtt TaskSet.Id`. */
export const taskSet: ResourceType = {
  type: "AWS::ECS::TaskSet",
  schema,

  async create(request) {
    const { Tags: _, ...properties } = request.properties;
    const { networkConfiguration, ...input } = apiInput<CreateTaskSetRequest>(properties, schema, "camel");
    const { tags } = ecsTags(request);
    const { taskSet: made } = await ecs(request)("CreateTaskSet", {
      ...input,
      ...ownerOf(request),
      ...(networkConfiguration === undefined ? {} : { networkConfiguration: networkOf(networkConfiguration) }),
      clientToken: request.token,
      ...(tags.length > 0 ? { tags } : {}),
    });
    const state = stateOf(request, made);
    request.initiated(state);
    await steady(request, idOf(state));
    return state;
  },

  async update(request, current, _previous) {
    const { scale } = apiInput<{ scale?: Scale }>(request.properties, schema, "camel", ["Scale"]);
    // Without a scale a task set has no tasks.
    const { taskSet: updated } = await ecs(request)("UpdateTaskSet", {
      ...ownerOf(request),
      taskSet: idOf(current),
      scale: scale ?? { value: 0, unit: "PERCENT" },
    });
    if (updated?.taskSetArn !== undefined) await retag(request, updated.taskSetArn);
    await steady(request, idOf(current));
    return current;
  },

  async delete(request, current) {
    const input = { ...ownerOf(request), taskSet: idOf(current) };
    await unless(GONE, () => ecs(request)("DeleteTaskSet", { ...input, force: true }));
    await request.until(async () => (await find(request, idOf(current))) === undefined);
  },
};

/** Deleting it leaves the task set PRIMARY: the API has no way to have none. */
export const primaryTaskSet: ResourceType = {
  type: "AWS::ECS::PrimaryTaskSet",
  schema: schemas["AWS::ECS::PrimaryTaskSet"],
  create: promote,
  update: promote,
  delete: async () => undefined,
};

async function promote(request: ResourceRequest): Promise<ResourceState> {
  const owner = ownerOf(request);
  await ecs(request)("UpdateServicePrimaryTaskSet", { ...owner, primaryTaskSet: text(request.properties, "TaskSetId") ?? "" });
  return { physicalId: `${owner.cluster}|${owner.service}`, attributes: {} };
}

function stateOf(request: ResourceRequest, made: TaskSet | undefined): ResourceState {
  const { cluster, service } = ownerOf(request);
  const id = made?.id ?? "";
  return { physicalId: `${cluster}|${service}|${id}`, attributes: { Id: id } };
}

function idOf({ physicalId }: ResourceState): string {
  return physicalId.split("|").at(-1) ?? "";
}

/** This type spells `AwsVpcConfiguration` what the service's spells `AwsvpcConfiguration`. */
function networkOf(configuration: NetworkConfiguration & { awsVpcConfiguration?: NetworkConfiguration["awsvpcConfiguration"] }) {
  const { awsVpcConfiguration, ...rest } = configuration;
  return awsVpcConfiguration === undefined ? rest : { ...rest, awsvpcConfiguration: awsVpcConfiguration };
}

async function steady(request: ResourceRequest, id: string): Promise<void> {
  await request.until(async () => (await find(request, id))?.stabilityStatus === "STEADY_STATE");
}

async function find(request: ResourceRequest, id: string): Promise<TaskSet | undefined> {
  let found: TaskSet | undefined;
  await unless(GONE, async () => {
    const { taskSets = [] } = await ecs(request)("DescribeTaskSets", { ...ownerOf(request), taskSets: [id] });
    found = taskSets[0];
  });
  return found;
}
