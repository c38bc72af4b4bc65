/** Amazon EventBridge Scheduler: schedules that run tasks at their time. */
import type { Clock } from "../../../kit/clock.ts";
import type { Call, Provider } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { schedulerRecords } from "./records.ts";
import { scheduleGroupOperations } from "./schedule-groups.ts";
import type { ScheduleRunner } from "./schedule-runner.ts";
import { scheduleOperations } from "./schedules.ts";

export interface SchedulerDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Pick<Clock, "now">;
  /** Reads the role of a target from IAM. */
  readonly call: Call;
  readonly runner: Pick<ScheduleRunner, "refresh" | "forget">;
}

export function schedulerProvider({ store, clock, call, runner }: SchedulerDependencies): Provider<"scheduler"> {
  const records = schedulerRecords(store);
  return {
    service: "scheduler",
    operations: { ...scheduleOperations({ records, clock, call, runner }), ...scheduleGroupOperations({ records, store, clock, runner }) },
  };
}
