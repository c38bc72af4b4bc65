// Written by tools/generators/operation-schemas.mjs from @aws-sdk/client-scheduler; do not edit.
export {
  CreateSchedule$ as CreateSchedule,
  CreateScheduleGroup$ as CreateScheduleGroup,
  DeleteSchedule$ as DeleteSchedule,
  DeleteScheduleGroup$ as DeleteScheduleGroup,
  GetSchedule$ as GetSchedule,
  GetScheduleGroup$ as GetScheduleGroup,
  ListScheduleGroups$ as ListScheduleGroups,
  ListSchedules$ as ListSchedules,
  ListTagsForResource$ as ListTagsForResource,
  TagResource$ as TagResource,
  UntagResource$ as UntagResource,
  UpdateSchedule$ as UpdateSchedule,
} from "@aws-sdk/client-scheduler";
