/** One service's snapshot: everything its reconcile may look at. */
import type { ServiceRevision, ServiceState } from "./service-state.ts";
import type { TaskHappening } from "./task-decision.ts";
import type { TaskPlan } from "./task-plan.ts";
import type { TaskState } from "./task-state.ts";

export interface ServiceWorld {
  readonly service: ServiceState;
  /** Every task of the service that is not both STOPPED and accounted for. */
  readonly tasks: readonly TaskState[];
  /** What its tasks did since the last reconcile. */
  readonly happenings: readonly TaskHappening[];
  readonly plan: (taskDefinitionArn: string) => TaskPlan;
  /** Why ECS can launch no task of the definition; undefined when it can. */
  readonly launchError: (taskDefinitionArn: string) => string | undefined;
  readonly revision: (serviceRevisionArn: string) => ServiceRevision;
  /** DescribeAlarms in the service's region: those of these alarms that exist, or the refusal of its rate limit. */
  readonly alarms: (alarmNames: readonly string[]) => readonly AlarmSnapshot[] | "throttled";
}

export interface AlarmSnapshot {
  readonly alarmName: string;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** Period times evaluation periods, in engine milliseconds. */
  readonly windowMs: number;
}

/** Where new identifiers come from: handed in, so that the same source gives the same bytes. */
export interface NewIds {
  hex(length: number): string;
  digits(length: number): string;
  uuid(): string;
}
