import type { CreateScheduleInput, Target } from "@aws-sdk/client-scheduler";
import { isObject } from "../../../../kit/json.ts";
import { ecsSpelling } from "../../ecs-spelling.ts";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { apiInput, caller, generatedName, tagList, text, unless, unlessMadeBefore } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::Scheduler::Schedule"];
const scheduler = caller("scheduler");

/** AWS::Scheduler::Schedule. `Ref` is the schedule's name. */
export const schedule: ResourceType = {
  type: "AWS::Scheduler::Schedule",
  schema,

  async create(request) {
    const Name = text(request.properties, "Name") ?? generatedName(request, 64);
    const isNew = await unlessMadeBefore(request, /^Conflict/, () =>
      scheduler(request)("CreateSchedule", { ...input(request), Name, ClientToken: request.token }),
    );
    if (!isNew) await scheduler(request)("UpdateSchedule", { ...input(request), Name });
    return describe(request, Name);
  },

  async update(request, { physicalId }, previous) {
    // The group is not among what replaces a schedule, yet no schedule can move: it is made anew in the other group.
    if (text(request.properties, "GroupName") === text(previous, "GroupName")) {
      await scheduler(request)("UpdateSchedule", { ...input(request), Name: physicalId });
    } else {
      await scheduler(request)("CreateSchedule", { ...input(request), Name: physicalId });
      await remove(request, physicalId, text(previous, "GroupName"));
    }
    return describe(request, physicalId);
  },

  async delete(request, { physicalId }) {
    await remove(request, physicalId, text(request.properties, "GroupName"));
  },
};

/** AWS::Scheduler::ScheduleGroup. `Ref` is the group's name. Deleting it deletes its schedules. */
export const scheduleGroup: ResourceType = {
  type: "AWS::Scheduler::ScheduleGroup",
  schema: schemas["AWS::Scheduler::ScheduleGroup"],

  async create(request) {
    const Name = text(request.properties, "Name") ?? generatedName(request, 64);
    const Tags = tagList(request);
    await unlessMadeBefore(request, /^Conflict/, () =>
      scheduler(request)("CreateScheduleGroup", { Name, ClientToken: request.token, ...(Tags.length > 0 ? { Tags } : {}) }),
    );
    return describeGroup(request, Name);
  },

  async update(request, current) {
    const ResourceArn = String(current.attributes.Arn);
    const wanted = tagList(request);
    const { Tags = [] } = await scheduler(request)("ListTagsForResource", { ResourceArn });
    const TagKeys = Tags.map(({ Key = "" }) => Key).filter((key) => !wanted.some(({ Key }) => Key === key));
    if (TagKeys.length > 0) await scheduler(request)("UntagResource", { ResourceArn, TagKeys });
    if (wanted.length > 0) await scheduler(request)("TagResource", { ResourceArn, Tags: wanted });
    return current;
  },

  async delete(request, { physicalId }) {
    await unless(/NotFound/, () => scheduler(request)("DeleteScheduleGroup", { Name: physicalId }));
    await request.until(async () => !(await unless(/NotFound/, () => scheduler(request)("GetScheduleGroup", { Name: physicalId }))));
  },
};

function input({ properties }: ResourceRequest): CreateScheduleInput {
  const { StartDate, EndDate, Target: target, ...rest } = properties;
  return {
    ...apiInput<CreateScheduleInput>(rest, schema, "same"),
    ...(isObject(target) ? { Target: ecsSpelling(target) as unknown as Target } : {}),
    ...(typeof StartDate === "string" ? { StartDate: new Date(StartDate) } : {}),
    ...(typeof EndDate === "string" ? { EndDate: new Date(EndDate) } : {}),
  };
}

async function remove(request: ResourceRequest, Name: string, GroupName: string | undefined): Promise<void> {
  await unless(/NotFound/, () => scheduler(request)("DeleteSchedule", { Name, GroupName }));
}

async function describe(request: ResourceRequest, Name: string): Promise<ResourceState> {
  const { Arn = "" } = await scheduler(request)("GetSchedule", { Name, GroupName: text(request.properties, "GroupName") });
  return { physicalId: Name, attributes: { Arn } };
}

async function describeGroup(request: ResourceRequest, Name: string): Promise<ResourceState> {
  const { Arn = "", State = "", CreationDate, LastModificationDate } = await scheduler(request)("GetScheduleGroup", { Name });
  return {
    physicalId: Name,
    attributes: {
      Arn,
      State,
      CreationDate: CreationDate?.toISOString() ?? "",
      LastModificationDate: LastModificationDate?.toISOString() ?? "",
    },
  };
}
