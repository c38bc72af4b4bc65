import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { apiInput, caller, generatedName, tagList, tagMap, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::CloudWatch::Alarm"];
const cloudwatch = caller("cloudwatch");

/** AWS::CloudWatch::Alarm. `Ref` is the alarm's name. */
export const alarm: ResourceType = {
  type: "AWS::CloudWatch::Alarm",
  schema,

  async create(request) {
    const name = text(request.properties, "AlarmName") ?? generatedName(request, 255);
    // PutMetricAlarm would take another's alarm over.
    if (!request.isRepeated && (await describe(request, name)).attributes.Arn !== "")
      throw new ResourceFailure(`Alarm ${name} already exists`, "AlreadyExists");
    const Tags = tagList(request);
    await cloudwatch(request)("PutMetricAlarm", { ...input(request, name), ...(Tags.length > 0 ? { Tags } : {}) });
    return describe(request, name);
  },

  async update(request, { physicalId }) {
    await cloudwatch(request)("PutMetricAlarm", input(request, physicalId));
    const state = await describe(request, physicalId);
    await retag(request, String(state.attributes.Arn));
    return state;
  },

  async delete(request, { physicalId }) {
    await unless(/^ResourceNotFound/, () => cloudwatch(request)("DeleteAlarms", { AlarmNames: [physicalId] }));
  },

  async find(request) {
    const name = text(request.properties, "AlarmName");
    if (name === undefined) return undefined;
    const state = await describe(request, name);
    return state.attributes.Arn === "" ? undefined : state;
  },
};

function input({ properties }: ResourceRequest, AlarmName: string): PutMetricAlarmInput {
  const { Tags: _, AlarmName: _name, ...rest } = properties;
  return { ...apiInput<PutMetricAlarmInput>(rest, schema, "same"), AlarmName };
}

async function describe(request: Pick<ResourceRequest, "call" | "region">, name: string): Promise<ResourceState> {
  const { MetricAlarms: [found] = [] } = await cloudwatch(request)("DescribeAlarms", { AlarmNames: [name] });
  return { physicalId: name, attributes: { Arn: found?.AlarmArn ?? "" } };
}

async function retag(request: ResourceRequest, ResourceARN: string): Promise<void> {
  const wanted = tagMap(request);
  const { Tags = [] } = await cloudwatch(request)("ListTagsForResource", { ResourceARN });
  const stale = Tags.map(({ Key = "" }) => Key).filter((key) => !Object.hasOwn(wanted, key));
  if (stale.length > 0) await cloudwatch(request)("UntagResource", { ResourceARN, TagKeys: stale });
  if (Object.keys(wanted).length > 0) await cloudwatch(request)("TagResource", { ResourceARN, Tags: tagList(request) });
}
