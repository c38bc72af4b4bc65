/** Schedules: created, read, replaced, listed, deleted. */
import {
  ConflictException,
  type CreateScheduleInput,
  type GetScheduleOutput,
  ResourceNotFoundException,
  ValidationException,
} from "@aws-sdk/client-scheduler";
import type { Clock } from "../../../kit/clock.ts";
import { parseJson } from "../../../kit/json.ts";
import { parseSchedule, ScheduleExpressionError } from "../../../kit/schedule-expression.ts";
import { formatArn, parseArn } from "../../../model/arn.ts";
import type { Call, Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { DEFAULT_GROUP, type GroupRecord, keyOf, type ScheduleRecord, type SchedulerRecords } from "./records.ts";
import type { ScheduleRunner } from "./schedule-runner.ts";

export const invalid = (message: string) => new ValidationException({ message, Message: message, $metadata: {} });
export const notFound = (message: string) => new ResourceNotFoundException({ message, Message: message, $metadata: {} });
export const conflict = (message: string) => new ConflictException({ message, Message: message, $metadata: {} });

export interface ScheduleDependencies {
  readonly records: SchedulerRecords;
  readonly clock: Pick<Clock, "now">;
  readonly call: Call;
  readonly runner: Pick<ScheduleRunner, "refresh" | "forget">;
}

export function scheduleOperations({ records, clock, call, runner }: ScheduleDependencies): Operations<"scheduler"> {
  const { schedules } = records;

  const mustFind = ({ Name = "", GroupName = DEFAULT_GROUP }: { Name?: string; GroupName?: string }, region: string): ScheduleRecord => {
    const schedule = schedules.get(keyOf({ region, groupName: GroupName, name: Name }));
    if (schedule === undefined) throw notFound(`Schedule ${Name} does not exist.`);
    return schedule;
  };

  /** Reads a request into a record, refusing what Scheduler refuses. */
  const read = async (input: CreateScheduleInput, { region }: RequestContext): Promise<Omit<ScheduleRecord, "creationDate">> => {
    const { Name = "", GroupName = DEFAULT_GROUP, ScheduleExpression = "", Target, FlexibleTimeWindow, StartDate, EndDate } = input;
    if (Target === undefined || FlexibleTimeWindow === undefined) throw invalid("Target and FlexibleTimeWindow are required.");
    const timezone = input.ScheduleExpressionTimezone ?? "UTC";
    checkExpression(ScheduleExpression, timezone);
    const isFlexible = FlexibleTimeWindow.Mode === "FLEXIBLE";
    if (isFlexible !== (FlexibleTimeWindow.MaximumWindowInMinutes !== undefined)) {
      throw invalid(
        isFlexible
          ? "MaximumWindowInMinutes must be provided for the FLEXIBLE mode."
          : "MaximumWindowInMinutes must not be provided for the OFF mode.",
      );
    }
    if (StartDate !== undefined && EndDate !== undefined && EndDate <= StartDate)
      throw invalid("The EndDate must come after the StartDate.");
    if (EndDate !== undefined && EndDate.getTime() <= clock.now()) throw invalid("The EndDate you specify must be in the future.");
    checkRanges(input);
    checkInput(Target.Input);
    await checkRole(call, Target.RoleArn ?? "", region);
    return {
      region,
      groupName: GroupName,
      name: Name,
      expression: ScheduleExpression,
      timezone,
      state: input.State ?? "ENABLED",
      startDate: StartDate?.getTime(),
      endDate: EndDate?.getTime(),
      description: input.Description,
      kmsKeyArn: input.KmsKeyArn,
      flexibleTimeWindow: { mode: FlexibleTimeWindow.Mode ?? "OFF", maximumWindowInMinutes: FlexibleTimeWindow.MaximumWindowInMinutes },
      actionAfterCompletion: input.ActionAfterCompletion ?? "NONE",
      target: { ...Target, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...Target.RetryPolicy } },
      clientToken: input.ClientToken,
      lastModificationDate: clock.now(),
    };
  };

  const put = (schedule: ScheduleRecord): void => {
    schedules.put(keyOf(schedule), schedule);
    runner.refresh(schedule);
  };

  return {
    CreateSchedule: async (input, context) => {
      const given = await read(input, context);
      if (given.groupName !== DEFAULT_GROUP) mustFindGroup(records, context.region, given.groupName);
      const existing = schedules.get(keyOf(given));
      if (existing !== undefined && (input.ClientToken === undefined || existing.clientToken !== input.ClientToken)) {
        throw conflict(`Schedule ${given.name} already exists.`);
      }
      const schedule = existing ?? { ...given, creationDate: given.lastModificationDate };
      put(schedule);
      return { ScheduleArn: scheduleArn(schedule, context) };
    },

    /** An update replaces everything: what is left out goes back to its default. */
    UpdateSchedule: async (input, context) => {
      const before = mustFind(input, context.region);
      const schedule = { ...(await read(input, context)), creationDate: before.creationDate };
      put(schedule);
      return { ScheduleArn: scheduleArn(schedule, context) };
    },

    GetSchedule: (input, context) => view(mustFind(input, context.region), context),

    DeleteSchedule: (input, { region }) => {
      const key = keyOf(mustFind(input, region));
      schedules.delete(key);
      runner.forget(key);
      return {};
    },

    ListSchedules: ({ GroupName, NamePrefix = "", State, MaxResults = 100, NextToken }, context) => {
      if (GroupName !== undefined && GroupName !== DEFAULT_GROUP) mustFindGroup(records, context.region, GroupName);
      const found = schedules
        .list(`${context.region}/${GroupName === undefined ? "" : `${GroupName}/`}`)
        .filter(({ name, state }) => name.startsWith(NamePrefix) && (State === undefined || state === State));
      const page = pageOf(found, keyOf, MaxResults, NextToken, () => {
        throw invalid("Invalid NextToken.");
      });
      return {
        Schedules: page.items.map((schedule) => ({
          Arn: scheduleArn(schedule, context),
          Name: schedule.name,
          GroupName: schedule.groupName,
          State: schedule.state,
          CreationDate: new Date(schedule.creationDate),
          LastModificationDate: new Date(schedule.lastModificationDate),
          Target: { Arn: schedule.target.Arn ?? "" },
        })),
        NextToken: page.nextToken,
      };
    },
  };
}

export function mustFindGroup({ groups }: SchedulerRecords, region: string, name: string): GroupRecord {
  const group = groups.get(`${region}/${name}`);
  if (group === undefined) throw notFound(`Schedule group ${name} does not exist.`);
  return group;
}

function checkExpression(expression: string, timezone: string): void {
  try {
    parseSchedule("rate(1 minute)", timezone);
  } catch {
    throw invalid("Provided timezone is not valid. Verify the value and try again.");
  }
  try {
    parseSchedule(expression, timezone);
  } catch (failure) {
    if (failure instanceof ScheduleExpressionError) throw invalid(`Invalid Schedule Expression ${expression}.`);
    throw failure;
  }
}

/** What the API's model limits: ECS targets start 1–10 tasks, a window lasts a day at most, retries and ages end. */
function checkRanges({ FlexibleTimeWindow, Target }: CreateScheduleInput): void {
  for (const [place, value, least, most] of [
    ["flexibleTimeWindow.maximumWindowInMinutes", FlexibleTimeWindow?.MaximumWindowInMinutes, 1, 1440],
    ["target.ecsParameters.taskCount", Target?.EcsParameters?.TaskCount, 1, 10],
    ["target.retryPolicy.maximumRetryAttempts", Target?.RetryPolicy?.MaximumRetryAttempts, 0, 185],
    ["target.retryPolicy.maximumEventAgeInSeconds", Target?.RetryPolicy?.MaximumEventAgeInSeconds, 60, 86_400],
  ] as const) {
    if (value === undefined || (value >= least && value <= most)) continue;
    const bound = value < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
    throw invalid(
      `1 validation error detected: Value '${value}' at '${place}' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
}

function checkInput(input: string | undefined): void {
  if (input !== undefined && parseJson(input) === undefined) throw invalid("Input is not a valid JSON.");
}

async function checkRole(call: Call, roleArn: string, region: string): Promise<void> {
  const refused = invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
  const roleName = parseArn(roleArn)?.resource.split("/").at(-1) ?? "";
  try {
    const { Role } = await call("iam", "GetRole", { RoleName: roleName }, { region });
    if (Role?.Arn === roleArn && decodeURIComponent(Role.AssumeRolePolicyDocument ?? "").includes("scheduler.amazonaws.com")) return;
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== "NoSuchEntityException") throw failure;
  }
  throw refused;
}

function scheduleArn({ groupName, name }: ScheduleRecord, { region, account }: RequestContext): string {
  return formatArn("scheduler", region, account, `schedule/${groupName}/${name}`);
}

function view(schedule: ScheduleRecord, context: RequestContext): GetScheduleOutput {
  const date = (instant: number | undefined) => (instant === undefined ? undefined : new Date(instant));
  return {
    Arn: scheduleArn(schedule, context),
    GroupName: schedule.groupName,
    Name: schedule.name,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timezone,
    StartDate: date(schedule.startDate),
    EndDate: date(schedule.endDate),
    Description: schedule.description,
    State: schedule.state,
    KmsKeyArn: schedule.kmsKeyArn,
    Target: schedule.target,
    FlexibleTimeWindow: {
      Mode: schedule.flexibleTimeWindow.mode,
      MaximumWindowInMinutes: schedule.flexibleTimeWindow.maximumWindowInMinutes,
    },
    ActionAfterCompletion: schedule.actionAfterCompletion,
    CreationDate: date(schedule.creationDate),
    LastModificationDate: date(schedule.lastModificationDate),
  };
}
