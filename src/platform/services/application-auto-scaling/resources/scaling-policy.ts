import type { PutScalingPolicyRequest } from "@aws-sdk/client-application-auto-scaling";
import { type Properties, ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { apiInput, caller, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ApplicationAutoScaling::ScalingPolicy"];
const scaling = caller("application-auto-scaling");

type Target = Pick<PutScalingPolicyRequest, "ResourceId" | "ScalableDimension" | "ServiceNamespace">;

/** AWS::ApplicationAutoScaling::ScalingPolicy. `Ref` is its ARN. */
export const scalingPolicy: ResourceType = {
  type: "AWS::ApplicationAutoScaling::ScalingPolicy",
  schema,

  async create(request) {
    // PutScalingPolicy would take another's policy over.
    const { ResourceId, ScalableDimension, ServiceNamespace } = targetOf(request.properties);
    const PolicyNames = [text(request.properties, "PolicyName") ?? ""];
    const { ScalingPolicies: [existing] = [] } = await scaling(request)("DescribeScalingPolicies", {
      ResourceId,
      ScalableDimension,
      ServiceNamespace,
      PolicyNames,
    });
    if (existing !== undefined && !request.isRepeated)
      throw new ResourceFailure(`Scaling policy ${PolicyNames[0]} already exists`, "AlreadyExists");
    return put(request);
  },
  update: put,

  async delete(request) {
    const input = { ...targetOf(request.properties), PolicyName: text(request.properties, "PolicyName") };
    await unless(/^ObjectNotFound/, () => scaling(request)("DeleteScalingPolicy", input));
  },
};

async function put(request: ResourceRequest): Promise<ResourceState> {
  const { properties } = request;
  const { TargetTrackingScalingPolicyConfiguration, StepScalingPolicyConfiguration } = apiInput<PutScalingPolicyRequest>(
    properties,
    schema,
    "same",
  );
  if (properties.PredictiveScalingPolicyConfiguration !== undefined)
    throw new ResourceFailure("Predictive scaling is not supported for this resource", "InvalidRequest");
  const { PolicyARN = "" } = await scaling(request)("PutScalingPolicy", {
    ...targetOf(properties),
    PolicyName: text(properties, "PolicyName"),
    PolicyType: text(properties, "PolicyType") === "StepScaling" ? "StepScaling" : "TargetTrackingScaling",
    ...(StepScalingPolicyConfiguration === undefined ? {} : { StepScalingPolicyConfiguration }),
    ...(TargetTrackingScalingPolicyConfiguration === undefined ? {} : { TargetTrackingScalingPolicyConfiguration }),
  });
  return { physicalId: PolicyARN, attributes: { Arn: PolicyARN } };
}

/** Named directly or by what `Ref` of the scalable target answers. */
function targetOf(properties: Properties): Target {
  const [ResourceId, ScalableDimension, ServiceNamespace] = (text(properties, "ScalingTargetId") ?? "").split("|");
  const direct = apiInput<Target>(properties, schema, "same", ["ResourceId", "ScalableDimension", "ServiceNamespace"]);
  return ServiceNamespace === undefined ? direct : ({ ResourceId, ScalableDimension, ServiceNamespace } as Target);
}
