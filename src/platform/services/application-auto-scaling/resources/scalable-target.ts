import type { PutScheduledActionRequest, RegisterScalableTargetRequest, ScalableTarget } from "@aws-sdk/client-application-auto-scaling";
import { isObject } from "../../../../kit/json.ts";
import { type Properties, ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { apiInput, caller, objects, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ApplicationAutoScaling::ScalableTarget"];
const scaling = caller("application-auto-scaling");

/** What Application Auto Scaling knows a target by. */
type Target = Pick<Required<ScalableTarget>, "ResourceId" | "ScalableDimension" | "ServiceNamespace">;

/** AWS::ApplicationAutoScaling::ScalableTarget. `Ref` is `<resource id>|<dimension>|<namespace>`. */
export const scalableTarget: ResourceType = {
  type: "AWS::ApplicationAutoScaling::ScalableTarget",
  schema,

  async create(request) {
    // RegisterScalableTarget would take another's target over.
    const { ResourceId, ...target } = targetOf(request.properties);
    const { ScalableTargets: [existing] = [] } = await scaling(request)("DescribeScalableTargets", {
      ...target,
      ResourceIds: [String(ResourceId)],
    });
    if (existing !== undefined && !request.isRepeated)
      throw new ResourceFailure(`Scalable target ${ResourceId} already exists`, "AlreadyExists");
    return register(request, {});
  },

  update: (request, _current, previous) => register(request, previous),

  async delete(request) {
    await unless(/^ObjectNotFound/, () => scaling(request)("DeregisterScalableTarget", targetOf(request.properties)));
  },
};

async function register(request: ResourceRequest, previous: Properties): Promise<ResourceState> {
  const { properties } = request;
  const target = targetOf(properties);
  const input = apiInput<RegisterScalableTargetRequest>(properties, schema, "same", [
    "MaxCapacity",
    "MinCapacity",
    "RoleARN",
    "SuspendedState",
  ]);
  await scaling(request)("RegisterScalableTarget", { ...input, ...target });
  const state = {
    physicalId: `${target.ResourceId}|${target.ScalableDimension}|${target.ServiceNamespace}`,
    attributes: { Id: idOf(target) },
  };
  request.initiated(state);
  const actions = objects(properties, "ScheduledActions");
  const names = actions.map((action) => text(action, "ScheduledActionName"));
  for (const action of objects(previous, "ScheduledActions")) {
    const ScheduledActionName = text(action, "ScheduledActionName");
    if (!names.includes(ScheduledActionName))
      await unless(/^ObjectNotFound/, () => scaling(request)("DeleteScheduledAction", { ...target, ScheduledActionName }));
  }
  for (const action of actions) {
    const { StartTime, EndTime, ...rest } = action;
    await scaling(request)("PutScheduledAction", {
      ...(rest as unknown as PutScheduledActionRequest),
      ...(isObject(rest.ScalableTargetAction ?? null) ? {} : { ScalableTargetAction: {} }),
      ...(typeof StartTime === "string" ? { StartTime: new Date(StartTime) } : {}),
      ...(typeof EndTime === "string" ? { EndTime: new Date(EndTime) } : {}),
      ...target,
    });
  }
  return state;
}

function idOf({ ResourceId, ScalableDimension, ServiceNamespace }: Target): string {
  return `${ResourceId}|${ScalableDimension}|${ServiceNamespace}`;
}

function targetOf(properties: Properties): Target {
  return apiInput<Target>(properties, schema, "same", ["ResourceId", "ScalableDimension", "ServiceNamespace"]);
}
