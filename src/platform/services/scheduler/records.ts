/** What EventBridge Scheduler keeps: groups and schedules. No SDK code: the runner starts with the platform. */
import type { Target } from "@aws-sdk/client-scheduler";
import type { Collection, Store } from "../../persistence/store.ts";

export interface GroupRecord {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, as all dates here. */
  readonly creationDate: number;
  readonly lastModificationDate: number;
}

export interface ScheduleRecord {
  readonly region: string;
  readonly groupName: string;
  readonly name: string;
  readonly expression: string;
  readonly timezone: string;
  readonly state: "ENABLED" | "DISABLED";
  readonly startDate?: number;
  readonly endDate?: number;
  readonly description?: string;
  readonly kmsKeyArn?: string;
  readonly flexibleTimeWindow: { readonly mode: "OFF" | "FLEXIBLE"; readonly maximumWindowInMinutes?: number };
  readonly actionAfterCompletion: "NONE" | "DELETE";
  /** As the caller gave it. */
  readonly target: Target;
  readonly clientToken?: string;
  readonly creationDate: number;
  readonly lastModificationDate: number;
}

/** One occurrence of a schedule, on its way to the target. */
export interface Occurrence {
  /** Key of its schedule, whose target it is delivered to. */
  readonly schedule: string;
  /** Wall time, ms. */
  readonly scheduledTime: number;
}

export interface SchedulerRecords {
  /** `<region>/<name>` */
  readonly groups: Collection<GroupRecord>;
  /** `<region>/<group>/<name>` */
  readonly schedules: Collection<ScheduleRecord>;
}

export const DEFAULT_GROUP = "default";

export function schedulerRecords(store: Store): SchedulerRecords {
  return {
    groups: store.collection("scheduler.group"),
    schedules: store.collection("scheduler.schedule"),
  };
}

export function keyOf({ region, groupName, name }: Pick<ScheduleRecord, "region" | "groupName" | "name">): string {
  return `${region}/${groupName}/${name}`;
}
